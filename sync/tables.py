"""Tables for spreadsheets: CSV whose cells are text and never formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from itertools import islice
from typing import Final
from unicodedata import normalize

# https://owasp.org/www-community/attacks/CSV_Injection, with the wide forms that Excel reads too,
# and what stands before a formula unseen
_FORMULA: Final = frozenset("=+-@")
_CONTROLS: Final = ("\t", "\r", "\n")
_UNSEEN: Final = " \t\r\n\0\v\f\xa0\xad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
# Where a spreadsheet takes another sign to stand between cells, a formula may begin inside of one.
_INSIDE: Final = re.compile(r"(?:(?<=;)|(?<=.\t))(?=[=+@＝＋＠-])|(?<=,)(?=[=@＝＠])")
_ROWS_AT_ONCE: Final = 500
_MARK: Final = b"\xef\xbb\xbf"  # without it Excel takes UTF-8 for a local code page


@dataclass(frozen=True)
class Habit:
    """How the spreadsheets of a country read a table: what stands between cells, the decimal sign,
    and (None: ISO 8601 as it is) how a moment is written, in the reader's zone."""

    between: str = ","
    decimal: str = "."
    moment: str | None = None
    zone: tzinfo = UTC


PLAIN: Final = Habit()
_HABITS: Final = {"de": Habit(";", ",", "%d.%m.%Y %H:%M:%S")}
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def habit(lang: str, zone: tzinfo = UTC) -> Habit:
    """What the spreadsheets of readers of that language expect."""
    return replace(_HABITS.get(lang, PLAIN), zone=zone)


def defused(value: object, as_in: Habit = PLAIN) -> str:
    """The text of a cell. What a spreadsheet would take for a formula gets an apostrophe in front;
    numbers stay numbers, None is empty, a list is joined by commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | Decimal):
        return str(value).replace(".", as_in.decimal)
    if isinstance(value, list | tuple):
        value = ", ".join(str(part) for part in value)
    cell = str(value)
    if as_in.moment and _MOMENT.fullmatch(cell):
        return _moment(cell, as_in.moment, as_in.zone)
    if any(sign in cell for sign in ";,\t"):
        cell = _INSIDE.sub("'", cell)
    return f"'{cell}" if _is_formula(cell) else cell


def _is_formula(cell: str) -> bool:
    if not cell or cell[0].isalnum():
        return False
    bare = cell.lstrip(_UNSEEN)
    return cell.startswith(_CONTROLS) or normalize("NFKC", bare[:1])[:1] in _FORMULA


def _moment(cell: str, form: str, zone: tzinfo) -> str:
    try:
        return datetime.fromisoformat(cell).astimezone(zone).strftime(form)
    except (ValueError, OverflowError):  # looks like a moment and is none
        return cell


def csv_bytes(
    header: Sequence[str], rows: Iterable[Sequence[object]], as_in: Habit = PLAIN
) -> Iterator[bytes]:
    """A table as CSV (RFC 4180, UTF-8 with its mark) in chunks; every cell is defused, and written
    as the spreadsheets of the reader's country read it."""
    yield _MARK + _lines([header], as_in)
    coming = iter(rows)
    while chunk := list(islice(coming, _ROWS_AT_ONCE)):
        yield _lines(chunk, as_in)


def _lines(rows: Iterable[Sequence[object]], as_in: Habit) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=as_in.between)
    writer.writerows([defused(cell, as_in) for cell in row] for row in rows)
    return text.getvalue().encode()


def changes(before: object, after: object) -> str:
    """What changed between two JSON values, in a line: `reserve: 10 → 20; name: A`."""
    was, now = _named(before), _named(after)
    names = dict.fromkeys([*was, *now])
    return "; ".join(_change(name, was.get(name), now.get(name)) for name in names)


def _named(value: object) -> dict[str, object]:
    if isinstance(value, dict):
        return value
    return {} if value is None else {"": value}


def _change(name: str, was: object, now: object) -> str:
    told = [_plain(value) for value in (was, now) if value is not None]
    return f"{name}: {' → '.join(told)}" if name else " → ".join(told)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value))
    return str(value)
