"""The one place where customers' names and e-mail addresses are hidden.

Pages, their files, logs and reports show what comes from here; what is sent is never touched.
Everything hidden once stays as it is when it is hidden again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sync.errors import Message

HIDDEN: Final = "•••"
VERSION: Final = 1  # raised when a list would show something else of the same record
_ADDRESS: Final = re.compile(
    r"""(?:"[^"\n]{1,64}"|[^\s@<>"'()\[\]{},;:=&?/\\|•]{1,64})(?:@|%40)[\w-]+(?:\.[\w-]+)+"""
)
_NAMES: Final = frozenset({"name", "company", "title"})
_PLAIN: Final = frozenset({"gender", "type"})  # texts of a customer that name nobody
_SHORTEST: Final = 2  # letters of a part of a name that is looked for in a message
_QUOTED: Final = re.compile(r"""(?<!\w)(['"`])(.+?)\1(?!\w)""")


def initials(name: str) -> str:
    """A name by the first letters of its first and last word: `A… V…`; nothing of an address."""
    told = without_addresses(name).replace("…", " ").split()
    words = [word for word in told if HIDDEN not in word]
    if not words:
        return HIDDEN if told else ""
    return " ".join(f"{word[0]}…" for word in (words[0], *words[1:][-1:]))


def typed(text: str) -> str:
    """What somebody typed; of an e-mail address its first letter and its domain."""
    name, at, domain = text.rpartition("@")
    return f"{name.strip()[:1]}…@{domain}" if at else text


def without_addresses(text: str) -> str:
    """A text in which each e-mail address became `•••@…`."""
    return _ADDRESS.sub(f"{HIDDEN}@…", text) if "@" in text or "%40" in text else text


def title(entity: str, text: str | None) -> str | None:
    """What a record is called, as people see it: of a customer the initials."""
    return initials(text) if text and entity == "customers" else text


def record(entity: str, whole: Any) -> Any:
    """A payload, or a record as the mirror keeps it, without what names a person: `entity` is the
    plural. Products, categories and pages are content, and stay."""
    if entity not in ("customers", "orders") or not isinstance(whole, Mapping):
        return whole
    return {name: value(entity, name, each) for name, each in whole.items()}


def value(entity: str, name: str, each: Any) -> Any:
    """A field of such a record. Of a customer every text is hidden that is not known to name
    nobody, for Clerk.io may have fields of other makers; of an order the address."""
    if isinstance(each, Mapping) and entity == "customers":
        return record(entity, each)
    if isinstance(each, list) and entity == "customers":
        return [value(entity, name, one) for one in each]
    if not isinstance(each, str) or not each or entity not in ("customers", "orders"):
        return each
    if name == "email":
        return HIDDEN
    if entity == "orders":
        return without_addresses(each)
    return initials(each) if name in _NAMES else each if name in _PLAIN else HIDDEN


def line(row: Mapping[str, Any]) -> dict[str, Any]:
    """A line of a file of records (`entity`, `payload` and others) without persons."""
    return {**row, "payload": record(row["entity"], row["payload"])}


def message(said: Message, whole: Mapping[str, Any]) -> Message:
    """What Clerk.io said of a customer or an order, without the texts of the record that name
    somebody, and without whatever else it quotes but names of fields: a refusal may repeat who was
    refused, and who has that address already."""
    named = [whole.get(name) for name in ("name", "company", "email", "zip")]
    texts = [text for text in named if isinstance(text, str) and text]
    words = [word for text in texts for word in text.split() if len(word) >= _SHORTEST]

    def field_alone(quoted: re.Match[str]) -> str:
        return quoted[0] if quoted[2] in whole else f"{quoted[1]}{HIDDEN}{quoted[1]}"

    return said.cleaned(lambda text: _QUOTED.sub(field_alone, _without(text, [*texts, *words])))


def _without(text: str, words: Iterable[str]) -> str:
    for word in sorted(words, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", HIDDEN, text, flags=re.IGNORECASE)
    return without_addresses(text)
