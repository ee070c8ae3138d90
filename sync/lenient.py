"""Reading JSON of which a piece is none: what is odd costs its own record and no other.

A record is an object directly in the answer's envelope, or in a list there. One that holds a broken
character, NaN, a number beyond all bounds, wrong syntax or more than DEEPEST levels is replaced by
a Damaged, which names it. A byte order mark, bytes behind the end and control characters in texts
damage nothing. What is cut off is no JSON at all: ValueError.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from sync.errors import Message

DEEPEST: Final = 200
_DEEPER_THAN_ORJSON_WRITES: Final = 254 - DEEPEST
_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]"]', re.DOTALL)
_ENVELOPES: Final = ("{", "[", "{[")
_PARTNER: Final = {"}": "{", "]": "["}
_ID: Final = re.compile(r'\{[^{}\[\]]*?"id"\s*:\s*"?([0-9]{1,18})(?![0-9.eE])')
_HALF: Final = re.compile(r"[\ud800-\udfff]")
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1
_LONGEST_PLACE: Final = 200
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class TooDeep(ValueError):
    """More levels than DEEPEST, and no single record that could be left out for it."""


@dataclass(frozen=True, slots=True)
class Damaged:
    """Stands where a record stood that cannot be trusted: `where` its first odd place is in the
    answer (`products[3].title`), `what` is odd there. `id` is the record's own, None if it tells
    none; `value` is the record as far as it can be read, None if not at all: broken characters are
    U+FFFD in it, numbers that are none are None."""

    id: int | None
    where: str
    what: Message
    value: Any = field(default=None, repr=False)

    @property
    def message(self) -> Message:
        """What is odd, and where."""
        return Message("damaged.at", where=self.where, what=self.what)


def too_deep(value: object) -> bool:
    """Whether a value has more levels than DEEPEST. (orjson writes 254 levels and is quick.)"""
    for _ in range(_DEEPER_THAN_ORJSON_WRITES):
        value = [value]
    try:
        orjson.dumps(value)
    except TypeError:
        return True
    return False


def parse(body: bytes) -> Any:
    """The value of a body that is no strict JSON, with a Damaged for each record that has no other
    reading. ValueError if it is no whole JSON."""
    text = _decoded(body)
    spans, end = _records(text)
    skeleton, at = [], 0
    for number, span in enumerate(spans):
        skeleton += [text[at : span.start], f'{{"":{number}}}']
        at = span.end
    value = _read("".join([*skeleton, text[at:end]]))
    return _Filled(text, spans).envelope(value)


def _decoded(body: bytes) -> str:
    """The text; a byte that is no UTF-8 becomes half a pair, which no sound text holds."""
    if body.startswith(_UTF16):
        return body.decode("utf-16", "surrogatepass")
    return body.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape").lstrip()


@dataclass(slots=True)
class _Span:
    start: int
    end: int = 0
    depth: int = 0


def _records(text: str) -> tuple[list[_Span], int]:
    """Where the records are, how deep each goes, and where the whole value ends. Counts brackets
    instead of calling itself, so that no depth is too much."""
    spans: list[_Span] = []
    open_: list[str] = []
    end, inside = 0, None
    for token in _TOKEN.finditer(text):
        mark = token.group()
        if mark in _PARTNER:
            if not open_ or open_.pop() != _PARTNER[mark]:
                raise ValueError("brackets do not match")
            if inside is not None and len(open_) == inside:
                spans[-1].end, inside = token.end(), None
            if not open_:
                end = token.end()
                break
        elif mark in "{[":
            if inside is None and mark == "{" and "".join(open_[:3]) in _ENVELOPES:
                spans.append(_Span(token.start()))
                inside = len(open_)
            open_.append(mark)
            if inside is not None:
                spans[-1].depth = max(spans[-1].depth, len(open_))
            elif len(open_) > DEEPEST:
                raise TooDeep
        elif mark == '"':
            raise ValueError("a text does not end")
    if not end:
        raise ValueError("cut off")
    return spans, end


@dataclass(frozen=True, slots=True)
class _Lost:
    """Stands where a number stood that is none."""

    what: Message


def _read(text: str) -> Any:
    """What Python's own parser makes of it; ValueError if it is no JSON even so."""
    return json.loads(
        text, strict=False, parse_constant=_no_number, parse_float=_float, parse_int=_int
    )


def _no_number(_text: str) -> _Lost:
    return _Lost(Message("damaged.no_number"))


def _float(text: str) -> float | _Lost:
    number = float(text)
    return number if math.isfinite(number) else _Lost(Message("damaged.huge_number"))


def _int(text: str) -> float | _Lost:
    """As orjson: an integer of 64 bits, else a float."""
    if len(text) > len(str(_SMALLEST)):
        return _float(text)
    number = int(text)
    return number if _SMALLEST <= number <= _LARGEST else float(number)


class _Filled:
    """Puts the records back into the envelope they were taken from."""

    def __init__(self, text: str, spans: list[_Span]) -> None:
        self._text = text
        self._spans = spans

    def envelope(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {_clean(name): self._member(row, _clean(name)) for name, row in value.items()}
        return self._member(value, "")

    def _member(self, value: Any, where: str) -> Any:
        if isinstance(value, list):
            return [self._row(row, f"{where}[{n}]") for n, row in enumerate(value)]
        if isinstance(value, dict) and self._spans[value[""]].depth > DEEPEST:
            raise TooDeep
        return self._row(value, where)

    def _row(self, value: Any, where: str) -> Any:
        if isinstance(value, dict):
            return self._record(self._spans[value[""]], where)
        return _clean_value(value)

    def _record(self, span: _Span, where: str) -> Any:
        text = self._text[span.start : span.end]
        if span.depth > DEEPEST:
            return Damaged(_id(text), where, Message("damaged.deep", levels=DEEPEST))
        try:
            value = _read(text)
        except ValueError:
            return Damaged(_id(text), where, Message("damaged.no_json"))
        for place, what in _odd(value, where):
            return Damaged(_id(text), place[:_LONGEST_PLACE], what, _clean_value(value))
        return value


def _id(text: str) -> int | None:
    match = _ID.match(text)
    return int(match[1]) if match else None


def _odd(value: Any, where: str) -> Iterator[tuple[str, Message]]:
    """Places of what is no character and no number."""
    if isinstance(value, str):
        half = _HALF.search(value)
        if half:
            byte = "\udc80" <= half.group() <= "\udcff"
            yield where, Message("damaged.no_utf8" if byte else "damaged.half_character")
    elif isinstance(value, _Lost):
        yield where, value.what
    elif isinstance(value, list):
        for n, row in enumerate(value):
            yield from _odd(row, f"{where}[{n}]")
    elif isinstance(value, dict):
        for name, row in value.items():
            yield from _odd(name, where)
            yield from _odd(row, f"{where}.{_clean(name)}")


def _clean_value(value: Any) -> Any:
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, list):
        return [_clean_value(row) for row in value]
    if isinstance(value, dict):
        return {_clean(name): _clean_value(row) for name, row in value.items()}
    return None if isinstance(value, _Lost) else value


def _clean(text: str) -> str:
    return _HALF.sub("\ufffd", text)
