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
_OTHER_AT: Final = ("\uff20", "\ufe6b")
_BEFORE: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+\Z")
_PLAIN_BEFORE: Final = re.compile(r"[\w.+-]+\Z")
_BEHIND: Final = re.compile(r"[\w-]+(?:\.[\w-]+)+")
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

    def look(self, payload: bytes, *, spelled: bool = False) -> Found:
        """What is in a payload: each address counts once. With `spelled` those of customers are
        found with blanks between too, which is slow where many an @ is no address's."""
        if not any(map(payload.__contains__, _MARKS)):
            return NOTHING
        known: set[str] = set()
        other: set[str] = set()
        for text in _texts(orjson.loads(payload)):
            for at in (found.start() for found in re.finditer("@", text)):
                before = folded(text[max(0, at - _LONGEST) : at])
                behind = folded(text[at + 1 : at + 1 + _LONGEST])
                forms = _forms(before, behind)
                if any(map(self._is_known, forms)):
                    known.add(forms[0])
                elif forms:
                    other.add(forms[0])
                elif spelled:
                    known.update(self._spelled(before, behind))
        return Found(len(known), len(other))

    @cached_property
    def _known(self) -> array[int]:
        """Sorted, eight bytes each, so that a million customers take little room."""
        return array("Q", sorted({self._hash(folded(each.strip())) for each in self._addresses()}))

    def _hash(self, address: str) -> int:
        digest = blake2b(address.encode(), digest_size=8, key=self._key).digest()
        return int.from_bytes(digest, "big")

    def _is_known(self, address: str) -> bool:
        hashed = self._hash(address)
        place = bisect_left(self._known, hashed)
        return place < len(self._known) and self._known[place] == hashed

    def _spelled(self, before: str, behind: str) -> Iterator[str]:
        """Customers' addresses around an @ that are written with blanks between."""
        left, right = ("".join(each.split()) for each in (before, behind))
        for start in range(len(left)):
            for end in range(3, len(right) + 1):
                if self._is_known(address := f"{left[start:]}@{right[:end]}"):
                    yield address


def folded(address: str) -> str:
    """An address in the form in which two are compared."""
    return unicodedata.normalize("NFKC", address).casefold()


def _forms(before: str, behind: str) -> list[str]:
    """The address around an @ with all signs that may belong to it, and with the usual ones alone;
    nothing where there is none."""
    names = (_BEFORE.search(before), _PLAIN_BEFORE.search(before))
    domain = _BEHIND.match(behind)
    return [f"{name[0].lstrip('.')}@{domain[0]}" for name in names if name and domain]


def _texts(value: Any) -> Iterator[str]:
    """Every text with an @ in it, as a reader or a browser would see it."""
    if isinstance(value, str):
        plain = html.unescape(value) if "&" in value else value
        plain = unquote(plain) if "%40" in plain else plain
        if any(each in plain for each in _OTHER_AT):
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
