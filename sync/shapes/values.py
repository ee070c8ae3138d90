"""One normaliser for each kind of value, whatever empties and odd types the API uses for it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from json import dumps
from typing import Any, Final

from sync.errors import CodedError

_LARGEST = 2**63 - 1
_LATEST = 100_000_000_000  # unix seconds; beyond it a moment of creation is no real one
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


class ShapeError(CodedError, ValueError):
    """A row that cannot be used."""


def text(value: object) -> str:
    """Return a text without NUL and without blanks at its ends; "" for every empty value, and
    for a truth value, which is no text."""
    if isinstance(value, str):
        plain = value.isascii() and "\0" not in value
        return (value if plain else _clean(value)).strip()
    if value is None or isinstance(value, (bool, list, dict)):
        return ""
    return str(value)


def code(value: object) -> str:
    """Return a text as `text` does, but the digits alone of a whole number that came with a
    fraction (`8712345678906.0`): what names a thing is no amount."""
    if type(value) is float and value.is_integer() and abs(value) < _EXACT_BELOW:
        return str(int(value))
    return text(value)


_EXACT_BELOW = 2**53


def answer(value: object) -> str:
    """Return a text as `text` does, `1` for true: where people say yes or no in their words."""
    return "1" if value is True else text(value)


def _clean(value: str) -> str:
    if "\0" in value:
        value = value.replace("\0", "")
    if value.isascii():
        return value
    # Half a surrogate pair is legal in a Python text but in no database and no JSON.
    return value.encode("utf-8", "replace").decode("utf-8")


def is_empty(value: object) -> bool:
    """Return whether a value is one of the API's several empties."""
    return value in (None, False, "") or value in ([], {})


def raw_text(value: object) -> str:
    """Return a text as `text` does, but with the blanks at its ends."""
    return _clean(value) if isinstance(value, str) else text(value)


def decimal(value: object) -> float | None:
    """Return a finite number given as one or as a plain decimal text (`12.1000`); None for
    everything else, truth values and `12,95` too: what cannot be read is no number."""
    if type(value) is float:
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        value = value.strip()  # here, for `float` knows fewer blanks
        if len(value) > _DIGITS or _DECIMAL.fullmatch(value) is None:
            return None
    elif type(value) is not int:
        return None
    try:
        result = float(value)
    except OverflowError:
        return None
    return result if math.isfinite(result) else None


_DIGITS = 64


def price(value: object) -> float | None:
    """Return a price of 0 or more; None for what is none."""
    if (type(value) is float or type(value) is int) and 0 <= value <= _LARGEST:  # nearly every one
        return float(value)
    amount = decimal(value)
    return amount if amount is not None and amount >= 0 else None


def number(value: object) -> float:
    """Return a finite number; 0.0 for what is none."""
    return decimal(value) or 0.0


def quantity(value: object) -> float | None:
    """Return a number that fits into 64 bits, a whole one as an integer; None for what is none."""
    amount = value if type(value) is int else decimal(value)
    if amount is None or not -_LARGEST <= amount <= _LARGEST:
        return None
    return int(amount) if type(amount) is float and amount.is_integer() else amount


def integer(value: object) -> int | None:
    """Return a 64-bit integer, fractions cut off; None for what is none."""
    if type(value) is int:
        return value if -_LARGEST <= value <= _LARGEST else None
    amount = quantity(value)
    return None if amount is None else int(amount)


def whole(value: object) -> int:
    """Return a 64-bit integer, fractions cut off; 0 for what is none."""
    if type(value) is int and -_LARGEST <= value <= _LARGEST:  # nearly every one
        return value
    return integer(value) or 0


_FALSE = frozenset({"", "0", "false", "no", "n", "off", "null", "none", "nee", "nein", "non"})


def flag(value: object) -> bool:
    """Return a truth value; texts that say no, such as `false`, `nee` and `0`, are false."""
    if isinstance(value, str):
        return value.strip().lower() not in _FALSE
    return bool(value)


YES: Final = frozenset({"1", "true", "yes", "y", "on", "ja", "oui", "x"})


def is_flag(value: object) -> bool:
    """Return whether it is a truth value in a form that is known; each empty is one."""
    if value in (None, [], {}):
        return True
    if isinstance(value, str):
        return value.strip().lower() in _FALSE | YES
    return type(value) is bool or (type(value) is int and value in (0, 1))


def identifier(value: object) -> int | None:
    """Return a positive id given as a number or as digits, else None."""
    if isinstance(value, str):
        value = value.strip()  # here, for `int` knows fewer blanks
        value = int(value) if len(value) < 32 and value.isdecimal() else 0
    elif isinstance(value, float):
        value = int(value) if value.is_integer() else 0
    return value if type(value) is int and 0 < value <= _LARGEST else None


def reference(value: object) -> int | None:
    """Return the id that `{"resource": {"id": 12}}` points to (also a bare id or object)."""
    if isinstance(value, dict):
        resource = value.get("resource")
        inner = resource if isinstance(resource, dict) else value
        return identifier(inner.get("id"))
    return identifier(value)


def shown(value: object) -> str:
    """Return an odd value for people, as JSON and short."""
    line = str(value) if isinstance(value, (list, dict)) else dumps(value, ensure_ascii=False)
    line = "".join(each if each.isprintable() else " " for each in line[: 2 * _SHOWN])
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"


_SHOWN = 40


def embedded(value: object) -> object:
    """Return what a reference carries with it, or None."""
    resource = value.get("resource") if isinstance(value, dict) else None
    return resource.get("embedded") if isinstance(resource, dict) else None


def rows(value: object) -> list[dict[str, Any]]:
    """Return the objects of a list, of a map by id, or of an empty value."""
    if isinstance(value, dict):
        value = list(value.values())
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def record(kind: str, raw: object) -> tuple[int, Mapping[str, Any]]:
    """Return a row with its id; ShapeError if it has none that can be used."""
    if not isinstance(raw, dict):
        raise ShapeError("shape.no_object", kind=kind)
    record_id = identifier(raw.get("id"))
    if record_id is None:
        raise ShapeError("shape.no_id", kind=kind)
    return record_id, raw


def stamp(value: object) -> int:
    """Return unix seconds of an ISO time with offset, or of `YYYY-MM-DD HH:MM:SS` as UTC; 0 for
    what is no time."""
    if not isinstance(value, str):
        return 0
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return 0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() // 1)


def moment(value: object) -> int | None:
    """Return unix seconds of a time as `stamp` knows it, or given as unix seconds; 0 where none is
    told, also by an empty date (`0000-00-00`), None for what cannot be read."""
    typed = value.strip() if isinstance(value, str) else value
    if is_empty(typed) or typed == "0":
        return 0
    if isinstance(typed, str) and not (typed.isdecimal() and len(typed) in _UNIX_DIGITS):
        return stamp(typed) or (0 if typed.startswith(_EMPTY_DATES) else None)
    number = integer(typed)
    return number if number is not None and _EARLIEST <= number <= _LATEST else None


_EARLIEST = 100_000_000  # unix seconds; a number below it is more likely a year or a day
_UNIX_DIGITS = range(len(str(_EARLIEST)), len(str(_LATEST)) + 1)
_EMPTY_DATES = ("0000-00-00", "-0001-11-30", "1970-01-01", "1969-12-31")


def birth(value: object) -> int:
    """Return unix seconds of the moment something was made; 0 for what is no real one, such as
    `-0001-11-30` or the year 9999."""
    seconds = stamp(value)
    return seconds if 0 < seconds <= _LATEST else 0
