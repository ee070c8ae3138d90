"""Comma lists as people type them: split on commas outside double quotes, as in a CSV line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_QUOTE = '"'


def split(text: str) -> list[str]:
    """Return the entries of a comma list, trimmed and without empty ones.

    `"Betaald, verzonden", completed` has two; `""` inside quotes is a quote. Quotes count where
    an entry begins with one and ends with one: elsewhere (`26", 28"`, one that is never closed)
    a quote is a character like any other, so nothing typed is lost.
    """
    return [entry for part in _parts(text) if (entry := part.strip())]


def written(entries: Iterable[str]) -> str:
    """Return entries as the text that `split` reads back, quoted where they need it."""
    return ", ".join(map(quoted, entries))


def quoted(entry: str) -> str:
    """Return one entry as a comma list holds it."""
    if "," not in entry and not entry.startswith(_QUOTE):
        return entry
    return _QUOTE + entry.replace(_QUOTE, _QUOTE * 2) + _QUOTE


def _parts(text: str) -> Iterator[str]:
    at = 0
    while at <= len(text):
        closed = _quoted(text, at)
        if closed is None:
            end = text.find(",", at)
            end = len(text) if end < 0 else end
            yield text[at:end]
        else:
            entry, end = closed
            yield entry
        at = end + 1


def _quoted(text: str, at: int) -> tuple[str, int] | None:
    """The quoted entry that begins at `at`, and where the comma or the end after it is."""
    begin = at + len(text[at:]) - len(text[at:].lstrip())
    if not text.startswith(_QUOTE, begin):
        return None
    close = text.find(_QUOTE, begin + 1)
    while close >= 0 and text.startswith(_QUOTE, close + 1):
        close = text.find(_QUOTE, close + 2)
    if close < 0:
        return None
    end = text.find(",", close)
    end = len(text) if end < 0 else end
    if text[close + 1 : end].strip():
        return None
    return text[begin + 1 : close].replace(_QUOTE * 2, _QUOTE), end
