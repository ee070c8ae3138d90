"""E-mail addresses in what is about to leave: looked for once more, in the payloads themselves."""

from __future__ import annotations

import html
import re
import secrets
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from hashlib import blake2b
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import orjson

# What an @ may be written as in JSON, in a page's text or in an address of the web.
_MARKS: Final = tuple(mark.encode() for mark in ("@", "%40", "&#", "&commat", "\uff20", "\ufe6b"))
_PLAIN: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_WIDE: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
_LONGEST: Final = 64  # characters that are looked at before and behind an @


class Found(NamedTuple):
    """Addresses in one payload: customers' own, and others."""

    known: int = 0
    other: int = 0


NOTHING: Final = Found()


class Scan:
    """Looks for addresses; `addresses` gives those of the shop's customers. Of them it keeps
    hashes alone, under a key of its own, and asks for them only once an address is met."""

    def __init__(self, addresses: Callable[[], Iterable[str]] = tuple) -> None:
        self._addresses = addresses
        self._key = secrets.token_bytes(16)

    def look(self, payload: bytes) -> Found:
        """What is in a payload: each address counts once."""
        if not any(mark in payload for mark in _MARKS):
            return NOTHING
        known: set[str] = set()
        other: set[str] = set()
        for text in _texts(orjson.loads(payload)):
            for address in (each.strip(".") for each in _WIDE.findall(text)):
                plain = (address, *_PLAIN.findall(address))  # without signs that stand before it
                (known if any(map(self._is_known, plain)) else other).add(address)
            known.update(self._apart(text))
        return Found(len(known), len(other))

    @cached_property
    def _known(self) -> array[int]:
        """Sorted, eight bytes each, so that a million customers take little room."""
        return array("Q", sorted({self._hash(folded(each)) for each in self._addresses()}))

    def _hash(self, address: str) -> int:
        digest = blake2b(address.encode(), digest_size=8, key=self._key).digest()
        return int.from_bytes(digest, "big")

    def _is_known(self, address: str) -> bool:
        hashed = self._hash(address)
        place = bisect_left(self._known, hashed)
        return place < len(self._known) and self._known[place] == hashed

    def _apart(self, text: str) -> Iterator[str]:
        """Customers' addresses that are written with blanks between, or within another word."""
        if "@" not in text or _WIDE.search(text):
            return
        close = "".join(text.split())
        for at in (found.start() for found in re.finditer("@", close)):
            for start in range(max(0, at - _LONGEST), at):
                for end in range(at + 2, min(len(close), at + _LONGEST) + 1):
                    if self._is_known(close[start:end]):
                        yield close[start:end]


def folded(address: str) -> str:
    """An address in the form in which two are compared."""
    return unicodedata.normalize("NFKC", address).casefold().strip()


def _texts(value: Any) -> Iterator[str]:
    """Every text with an @ in it, as a reader or a browser would see it."""
    if isinstance(value, str):
        plain = html.unescape(value) if "&" in value else value
        plain = unquote(plain) if "%40" in plain else plain
        plain = folded(plain)
        if "@" in plain:
            yield plain
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _texts(name)
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
