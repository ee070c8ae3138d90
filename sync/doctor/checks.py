"""What a check of an installation found, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sync import causes
from sync.database import StorageError, message_of
from sync.errors import Message
from sync.texts import text

NAMES: Final = (
    *("folder", "rights", "desk", "files", "integrity", "sqlite", "disk", "backup"),
    *("signin", "forgotten", "vault", "worker", "reach", "clock", "lightspeed", "clerk"),
    *("own_sync", "storefront"),
)
"""What is checked, in this order."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what was found, and what to do (None: nothing). Where it is
    `ok` all the same, that is advice. `shop` or `store` is the slug of what it is about."""

    name: str
    ok: bool
    text: Message
    todo: Message | None = None
    shop: str | None = None
    store: str | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that was looked at; `ok` unless something failed."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        return all(check.ok for check in self.checks)

    def document(self, lang: str = "en") -> dict[str, Any]:
        """{"ok", "checks": [{"name", "ok", "text", "todo", "shop", "store"}]} in a language."""
        return {"ok": self.ok, "checks": [_document(check, lang) for check in self.checks]}

    def telling(self) -> list[Check]:
        """What somebody should read: what failed, then what is advised."""
        wrong = [check for check in self.checks if not check.ok]
        return wrong + [check for check in self.checks if check.ok and check.todo]

    def fine(self) -> Iterator[tuple[str, Sequence[Check]]]:
        """What is as it should be, by name."""
        for name in NAMES:
            found = [c for c in self.checks if c.name == name and c.ok and not c.todo]
            if found:
                yield name, found


def failed(
    name: str, error: Exception, *, shop: str | None = None, store: str | None = None
) -> Check:
    """A check that ended in an error: what it says, and the next step for what is behind it."""
    message = message_of(error)
    return Check(name, False, message, todo_of(message), shop, store)


def todo_of(message: Message) -> Message:
    """The next step for what is behind a message."""
    return Message(causes.to_do(message))


def is_beyond(error: Exception) -> bool:
    """Whether a file that gives this error has to be brought back."""
    return isinstance(error, StorageError) and error.fault in ("damaged", "not_a_database")


def _document(check: Check, lang: str) -> dict[str, Any]:
    return {
        "name": check.name,
        "ok": check.ok,
        "text": check.text.text(lang),
        "todo": check.todo and check.todo.text(lang),
        "shop": check.shop,
        "store": check.store,
    }


def heading(check: Check, lang: str) -> str:
    """What a check is about, for a reader."""
    about = check.store or check.shop
    name = text(f"doctor.name.{check.name}", lang)
    return f"{name} ({about})" if about else name
