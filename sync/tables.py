"""Tables for spreadsheets: CSV whose cells are text and never formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

# https://owasp.org/www-community/attacks/CSV_Injection, with the wide forms that Excel reads too
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_ROWS_AT_ONCE: Final = 500
_MARK: Final = b"\xef\xbb\xbf"  # without it Excel takes UTF-8 for a local code page


def defused(value: object) -> str:
    """The text of a cell. What a spreadsheet would take for a formula gets an apostrophe in front;
    numbers stay numbers, None is empty, a list is joined by commas."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, list | tuple):
        value = ", ".join(str(part) for part in value)
    cell = str(value)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """A table as CSV (RFC 4180, UTF-8 with its mark) in chunks; every cell is defused."""
    yield _MARK + _lines([header])
    coming = iter(rows)
    while chunk := list(islice(coming, _ROWS_AT_ONCE)):
        yield _lines(chunk)


def _lines(rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([defused(cell) for cell in row] for row in rows)
    return text.getvalue().encode()
