"""Where answers go: one JSON document, or lines and tables for a reader."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TextIO

import orjson

from sync.cli.streams import encodes, silence
from sync.documents import as_json
from sync.shapes.plain import shortened
from sync.texts import LANGUAGES, labels, text
from sync.texts.numbers import number

Cell = str | int | None
LONGEST_CELL: Final = 100
LONGEST_ERROR: Final = 1000  # what was typed may be in it, however long
_JSON: Final = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS


@dataclass(frozen=True)
class Screen:
    """Answers on stdout, remarks on stderr; with `json` stdout holds one document alone."""

    json: bool
    lang: str = "en"
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)

    def document(self, document: object) -> None:
        written = _UNUSUAL.sub(_escaped, orjson.dumps(as_json(document), option=_JSON).decode())
        if not encodes(self.out, written):
            written = _UNUSUAL.sub(_as_ascii, written)
        self.out.write(written + "\n")

    def line(self, text: str = "") -> None:
        self.out.write(harmless(text) + "\n")

    def text(self, code: str, **values: object) -> str:
        """The command line's text in the reader's language; ints are shown as numbers, so an id
        is given as a text."""
        told = {n: self.number(v) if type(v) is int else v for n, v in values.items()}
        return text(f"cli.{code}", self.lang, **told)

    def say(self, code: str, **values: object) -> None:
        """`text` as a line of the answer."""
        self.line(self.text(code, **values))

    def number(self, value: int) -> str:
        return number(value, self.lang)

    def columns(self, *names: str) -> list[str]:
        """Headings of a table."""
        known = labels("cli.column", self.lang)
        return [known[name] for name in names]

    def remark(self, text: str) -> None:
        """One line beside the answer, on stderr; where that takes nothing, the work goes on."""
        try:
            self.err.write(harmless(text) + "\n")
            self.err.flush()
        except OSError:
            silence(self.err)

    def error(self, text: str) -> None:
        """One line on stderr, and with `json` the error as the document."""
        line = shortened(one_line(shortened(text, 2 * LONGEST_ERROR)), LONGEST_ERROR)
        if self.json:
            try:
                self.document({"error": line})
                self.out.flush()
            except OSError:  # which may be the very error
                silence(self.out)
        self.remark(f"error: {line}")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """Rows under their columns; numbers stand to the right. Plain lines off a terminal."""
        columns = [one_line(column) for column in columns]
        cells = [[shown(cell, self.lang) for cell in row] for row in rows]
        right = [all(isinstance(row[i], int | None) for row in rows) for i in range(len(columns))]
        if self.out.isatty():
            self._drawn(columns, cells, right)
        else:
            self._lines(columns, cells, right)

    def _drawn(
        self, columns: Sequence[str], cells: Sequence[Sequence[str]], right: Sequence[bool]
    ) -> None:
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
        for column, to_right in zip(columns, right, strict=True):
            table.add_column(Text(column), justify="right" if to_right else "left")
        for row in cells:
            table.add_row(*(Text(cell) for cell in row))
        Console(file=self.out, markup=False, highlight=False, emoji=False).print(table)

    def _lines(
        self, columns: Sequence[str], cells: Sequence[Sequence[str]], right: Sequence[bool]
    ) -> None:
        grid = [list(columns), *cells]
        widths = [max(len(row[i]) for row in grid) for i in range(len(columns))]
        for row in grid:
            parts = [
                cell.rjust(width) if to_right else cell.ljust(width)
                for cell, width, to_right in zip(row, widths, right, strict=True)
            ]
            self.line("  ".join(parts).rstrip())


def language(environ: Mapping[str, str] | None = None) -> str:
    """The catalogue for the reader's locale; English where there is none."""
    names = os.environ if environ is None else environ
    locale = names.get("LC_ALL") or names.get("LC_MESSAGES") or names.get("LANG") or ""
    return locale[:2] if locale[:2] in LANGUAGES else "en"


def shown(cell: Cell, lang: str = "en") -> str:
    """A cell as text: thousands apart, nothing for None, long texts cut."""
    if cell is None:
        return ""
    if isinstance(cell, int):
        return number(cell, lang)
    text = one_line(cell)
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1].rstrip() + "…"


def one_line(text: str) -> str:
    """The text without line breaks and without characters that could steer a terminal."""
    return harmless(" ".join(text.split()))


def harmless(text: str) -> str:
    """The text without characters that could steer a terminal or turn what is read around: a name
    from a shop may hold anything. Its line feeds stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in _STEERING)


_STEERING: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_UNUSUAL: Final = re.compile(r"[^ -~\n]")


def _escaped(match: re.Match[str]) -> str:
    """The same character of a JSON text, as an escape if it could steer a terminal."""
    steers = unicodedata.category(match[0]) in _STEERING
    return _as_ascii(match) if steers else match[0]


def _as_ascii(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]


class HarmlessFormatter(logging.Formatter):
    """Log lines for a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return harmless(super().format(record))


def local(at: str | float | None, *, utc: bool = False) -> str | None:
    """A moment (ISO text or unix seconds) in the reader's zone, to the minute, UTC beside it."""
    if at is None:
        return None
    moment = (
        datetime.fromisoformat(at) if isinstance(at, str) else datetime.fromtimestamp(at, UTC)
    ).astimezone()
    here = f"{moment:%Y-%m-%d %H:%M}"
    zone = moment.astimezone(UTC)
    if not utc:
        return here
    return f"{here} UTC" if moment.utcoffset() == zone.utcoffset() else f"{here} ({zone:%H:%M} UTC)"
