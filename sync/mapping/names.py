"""Names of attributes in Clerk.io."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Final, NamedTuple

from sync.names import name_key, normal_name
from sync.shapes.plain import compared

VARIANT_PREFIX: Final = "variant_"
VARIANT_LISTS: Final = frozenset(
    f"{VARIANT_PREFIX}{part}"
    for part in ("ids", "titles", "skus", "eans", "prices", "list_prices", "stocks")
)
KNOWN: Final = frozenset(
    {"id", "name", "description", "price", "list_price", "on_sale", "image", "url", "categories"}
    | {"created_at", "brand", "sku", "ean", "article_code", "stock", "rating", "review_count"}
    | {"age", "index", "tags"}
)


class Wanted(NamedTuple):
    """A custom attribute as typed, by what it is matched, and its name in Clerk.io."""

    typed: str
    key: str
    name: str | None  # None: from the id of where it is found


@lru_cache(maxsize=16384)
def attribute_name(title: str, source_id: int | None = None) -> str:
    """Return the name `[a-z0-9_]+` of an attribute; one without letters is called after its id,
    one that would collide with a known name ends in `_attr`."""
    name = normal_name(title) or f"attr_{source_id or _hashed(title)}"
    return f"{name}_attr" if collides(name) else name


def collides(name: str) -> bool:
    """Return whether a name belongs to another field."""
    return name in KNOWN or name.startswith(VARIANT_PREFIX)


@lru_cache(maxsize=16384)
def option_name(option: str) -> str:
    """Return the name of a variant option's list, such as `variant_color`."""
    name = VARIANT_PREFIX + (normal_name(option) or f"attr_{_hashed(option)}")
    return f"{name}_attr" if name in VARIANT_LISTS else name


def _hashed(title: str) -> str:
    return blake2b(title.encode(), digest_size=4).hexdigest()


def wanted_attributes(typed: Iterable[str]) -> tuple[Wanted, ...]:
    """Return the custom attributes of a setting."""
    return tuple(map(_wanted, typed))


def _wanted(typed: str) -> Wanted:
    plain = compared(typed)
    return Wanted(typed, name_key(typed), attribute_name(plain) if normal_name(plain) else None)
