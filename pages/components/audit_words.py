"""What stands in the audit trail, in the reader's words: actions, fields and their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pages.components import format, settings_words
from pages.components.texts import lang, t
from sync import tables
from sync.access import ACTIONS, SIGN_INS
from sync.clock import iso
from sync.database import folded
from sync.settings import SETTINGS
from sync.store import Entry
from sync.texts import catalogue

# Whose fields have words of their own.
FIELDS: Final = {
    "settings": "setting.{}.label",
    "export records": "setting.{}.label",
    "store set": "shops.option.{}",
    "retention": "retention.kind.{}",
    "export feed": "entity.{}",
}
# Fields whose values are codes.
_VALUES: Final = {
    "trigger": ("trigger.{}",),
    "entity": ("record.{}",),
    "table": ("entity.{}", "audit.exported.{}"),
    "resend": ("entity.{}", "audit.exported.{}"),
    "digest": ("alert.digest_name.{}",),
    "service": ("alert.service.{}",),
    "url_language": ("shops.url_form.{}",),
}
_MOMENTS: Final = ("on", "until")


def action(code: str) -> str:
    """The action in words; one of an older version stays as it is written."""
    known = code in ACTIONS or code in SIGN_INS
    return t(f"audited.{code.replace(' ', '_')}") if known else code


def changed(entry: Entry) -> str:
    """What became of what, in a line; what has no word stays as it is written."""
    before, after = (_told(entry.action, each) for each in (entry.before, entry.after))
    if isinstance(after, dict):  # what is empty and was not there before says nothing
        after = {name: each for name, each in after.items() if each != "" or name in (before or {})}
    return tables.changes(before, after)


def subject(written: str) -> str:
    """What it was done to: a slug, or a run."""
    number = written.removeprefix("run ")
    return t("runs.number", run=number) if written != number and number.isdecimal() else written


def meant(text: str) -> dict[str, list[str]]:
    """What is written in the trail where the reader sees a word of the text."""
    return {word: list(_written(word)) for word in folded(text).split()}


def _written(word: str) -> Iterator[str]:
    for code in (*ACTIONS, *SIGN_INS):
        if word in folded(action(code)):
            yield code
    families = {"audit.field.{}", *FIELDS.values()}
    for code, said in catalogue(lang()).items():
        for family in families:
            before, after = family.split("{}")
            name = code.removeprefix(before).removesuffix(after)
            if family.format(name) == code and "." not in name and word in folded(said):
                yield f'"{name}":'


def _told(action: str, value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {_field(action, name): _value(action, name, each) for name, each in value.items()}


def _field(action: str, name: str) -> str:
    known = catalogue(lang())
    codes = (FIELDS.get(action, "{}").format(name), f"audit.field.{name.replace(' ', '_')}")
    return next((known[code] for code in codes if code in known), name)


def _value(action: str, name: str, value: Any) -> Any:
    if value is None or value == "":
        return value
    if isinstance(value, bool):
        return t("option.yes" if value else "option.no")
    if name in _MOMENTS:
        return format.when(iso(value) if isinstance(value, float) else value)
    if isinstance(value, str):
        return _text(action, name, value)
    if isinstance(value, Mapping):
        return ", ".join(_inner(name, each, held) for each, held in value.items())
    if isinstance(value, int | float) and name not in ("id", "run", "retry", "key", "version"):
        return format.number(value)
    return value


def _text(action: str, name: str, value: str) -> str:
    if action in ("settings", "export records") and name in SETTINGS:
        return _setting(name, value)
    if action == "store set" and value in ("yes", "no"):
        return t(f"option.{value}")
    codes = [family.format(value) for family in _VALUES.get(name, ())]
    return next((t(code) for code in codes if code in catalogue(lang())), value)


def _setting(name: str, value: str) -> str:
    try:
        return settings_words.value(name, value)
    except ValueError:  # an older version kept it otherwise
        return value


def _inner(name: str, key: str, value: Any) -> str:
    """A part of a value that has parts: `Products 1, 2`, `local copy 3`."""
    known = catalogue(lang())
    codes = (f"entity.{key}", f"cli.forget.place.{key}", f"audit.field.{key}")
    word = next((known[code] for code in codes if code in known), key)
    if isinstance(value, Mapping):
        return f"{word} ({', '.join(_inner(key, each, held) for each, held in value.items())})"
    if isinstance(value, list):
        return f"{word} {', '.join(map(str, value))}"
    return f"{word} {value}"
