"""What is told to people: a code of the catalogues and its values, from its birth to the reader.

An error is a `CodedError`; what is noted without one is a `Message` alone. Both are stored as code
and values and become a text only where somebody reads them, in that reader's language. What others
say (Clerk.io, Lightspeed, SQLite) is a value, mostly `said`, and stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import orjson

from sync.texts import text
from sync.texts.numbers import number

# Values that count something, by name; any other number may be one's name.
_COUNTS: Final = frozenset(
    {"attempts", "count", "differ", "files", "free", "n", "needed", "read", "seconds"}
)
OLD: Final = "message.old"  # a sentence that an older version stored without its code


class Message:
    """A code of the catalogues with what stands in its placeholders: texts, numbers, and other
    messages (`Message("state.held")` is a state's name), which are told in the same language."""

    __slots__ = ("code", "values")

    def __init__(self, code: str, /, **values: object) -> None:
        self.code = code
        self.values: dict[str, str | int | float | Message] = {
            name: _value(value) for name, value in values.items()
        }

    @classmethod
    def of(cls, detail: Mapping[str, Any] | str | None, sentence: str | None = "") -> Message:
        """The message that `as_json` or `written` gave; where there is none, or one that nobody
        knows any more, the `sentence` that was stored beside it."""
        try:
            if detail:
                message = cls._read(orjson.loads(detail) if isinstance(detail, str) else detail)
                message.text()
                return message
        except KeyError:  # another version's
            pass
        return cls(OLD, said=sentence or "")

    @classmethod
    def _read(cls, detail: Mapping[str, Any]) -> Message:
        values = {
            name: cls._read(value) if isinstance(value, dict) else value
            for name, value in detail["values"].items()
        }
        return cls(detail["code"], **values)

    def text(self, lang: str = "en", **instead: object) -> str:
        """The line in a language; `instead` are values as this reader wants them."""
        values = {**self.values, **instead}
        told = {name: _told(name, value, lang) for name, value in values.items()}
        return text(self.code, lang, **told)

    def parts(self) -> Iterator[Message]:
        """The message and all that stand within it."""
        yield self
        for value in self.values.values():
            if isinstance(value, Message):
                yield from value.parts()

    def cleaned(self, clean: Callable[[str], str]) -> Message:
        """The same with every text in it passed through `clean`."""
        return Message(
            self.code,
            **{
                name: value.cleaned(clean)
                if isinstance(value, Message)
                else clean(value)
                if isinstance(value, str)
                else value
                for name, value in self.values.items()
            },
        )

    def as_json(self) -> dict[str, Any]:
        """{"code", "values"}, for documents."""
        values = {
            name: value.as_json() if isinstance(value, Message) else value
            for name, value in self.values.items()
        }
        return {"code": self.code, "values": values}

    def written(self) -> str:
        """`as_json` as a text, for databases."""
        return orjson.dumps(self.as_json()).decode()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self.as_json() == other.as_json()

    def __hash__(self) -> int:
        return hash(self.written())

    def __repr__(self) -> str:
        return f"Message({self.code!r}, {self.values!r})"

    def __str__(self) -> str:
        return self.text()


class CodedError(Exception):
    """An error with its code and values; as a string it is English, and one line."""

    def __init__(self, code: str | Message, /, **values: object) -> None:
        self.message = code if isinstance(code, Message) else Message(code, **values)
        super().__init__(self.message.code)

    @property
    def code(self) -> str:
        """The code of its text."""
        return self.message.code

    def text(self, lang: str = "en", **instead: object) -> str:
        """The line in a language; `instead` are values as this reader wants them."""
        return self.message.text(lang, **instead)

    def __str__(self) -> str:
        return self.text()


class BadEnvironment(CodedError, ValueError):
    """A variable of the environment holds what cannot be."""


def text_of(row: Mapping[str, Any], lang: str = "en") -> str:
    """The line of a stored row or a document that has a `message` and its `detail`."""
    return Message.of(row.get("detail"), row["message"]).text(lang)


def _told(name: str, value: object, lang: str) -> object:
    """A value as a reader of the language writes it; an id, a status or a year stays as it is."""
    if isinstance(value, Message):
        return value.text(lang)
    return number(value, lang) if name in _COUNTS and isinstance(value, int) else value


def _value(value: object) -> str | int | float | Message:
    if isinstance(value, CodedError):
        return value.message
    if isinstance(value, Message | int | float):
        return value
    return str(value)
