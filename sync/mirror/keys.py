"""What people paste to name a record, read as what it may mean: ids, codes, addresses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple
from urllib.parse import parse_qs, unquote

from sync.database import folded
from sync.entities import number_in

_EAN_LENGTHS: Final = (8, 12, 13, 14)
_THOUSANDS: Final = re.compile(r"[0-9]{1,3}([.,'’][0-9]{3})+")
_BRACKETED: Final = re.compile(r"<[a-z]+://[^<>\s]+>", re.IGNORECASE)
# No scheme is longer, and without a bound each letter of a long word would be tried to its end.
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]{0,39}://", re.IGNORECASE)


class Address(NamedTuple):
    """The slugs that an address may have, likeliest first, and the variant that its `?id=` names;
    in the form in which the mirror may hold them."""

    slugs: tuple[str, ...]
    variant: int | None


def readable(key: str) -> str:
    """A key without what cannot be typed on purpose: halves of characters, blanks around it, and
    the angle brackets that mail puts around an address."""
    whole = "".join(c for c in key if not "\ud800" <= c <= "\udfff").strip()
    return whole[1:-1].strip() if _BRACKETED.fullmatch(whole) else whole


def number_from(key: str) -> int | None:
    """The id that a key of digits is; `#1234`, `1 234` and `1.234` are 1234."""
    digits = "".join(key.split()).removeprefix("#")
    if _THOUSANDS.fullmatch(digits):
        digits = re.sub(r"[.,'’]", "", digits)
    return number_in(digits)


def order_numbers(key: str) -> list[str]:
    """The ways an order number may be written that is meant by a key."""
    bare = key.strip("#").strip()
    tight = "".join(bare.split())
    plain = re.sub(r"[.,'’]", "", tight) if _THOUSANDS.fullmatch(tight) else tight
    return list(dict.fromkeys([key, bare, tight, plain, tight.upper(), tight.lower()]))


def codes(key: str) -> list[str]:
    """The ways a SKU, EAN or article code may be written that is meant by a key: other case,
    without blanks, and a number with and without leading zeros."""
    tight = "".join(key.split())
    written = [key, key.upper(), key.lower(), tight, tight.upper(), tight.lower()]
    digits = tight.replace("-", "")
    if digits.isascii() and digits.isdecimal():
        bare = digits.lstrip("0")
        written += [digits, bare, *(bare.zfill(length) for length in _EAN_LENGTHS)]
    return [each for each in dict.fromkeys(written) if each]


def tight(key: str) -> str:
    """A code without case and blanks."""
    return "".join(folded(key).split())


def address(key: str, languages: Collection[str]) -> Address:
    """What a pasted address, a part of one or a bare slug names. The host has no say; a first part
    that is one of the shop's `languages` may be left out."""
    rest = unicodedata.normalize("NFC", _SCHEME.sub("", key, count=1))
    path, _, query = rest.partition("#")[0].partition("?")
    asked = parse_qs(query, max_num_fields=100).get("id", [""]) if query.count("&") < 100 else [""]
    parts = [unquote(part).strip() for part in path.split("/")]
    if _SCHEME.match(key) or (len(parts) > 1 and "." in parts[0]):
        parts = parts[1:]
    slugs = dict.fromkeys(_slugs([part for part in parts if part], languages))
    return Address(tuple(slugs), number_from(asked[0]))


def _slugs(parts: list[str], languages: Collection[str]) -> Iterator[str]:
    spoken = {code.casefold() for code in languages}
    if len(parts) > 1 and parts[0].casefold() in spoken:
        yield from _spelled(parts[1:])
    yield from _spelled(parts)


def _spelled(parts: list[str]) -> Iterator[str]:
    if not parts:
        return
    *above, last = parts
    for name in dict.fromkeys([re.sub(r"\.html?$", "", last, flags=re.IGNORECASE), last]):
        slug = "/".join([*above, name])
        yield from (slug, slug.lower(), f"/{slug}", f"{slug}/")
