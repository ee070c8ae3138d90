"""What all payloads of one plan have in common, worked out once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from hashlib import blake2b
from operator import itemgetter
from typing import Final, Literal

import orjson

from sync.mapping.names import Wanted, attribute_name, wanted_attributes
from sync.names import name_key
from sync.rules import circles, parents, visible_categories
from sync.settings import Settings
from sync.shapes import Blog, Category, Filter, Variant

Side = Literal["incl", "excl"]
# Raised when the same record and settings give another payload.
VERSION: Final = {"products": 2, "orders": 2, "categories": 2, "customers": 1, "pages": 2}
CDN: Final = {"eu1": "https://cdn.webshopapp.com", "us1": "https://cdn.shoplightspeed.com"}


_NO_IDS: Final[Mapping[str, int]] = {}


@dataclass(frozen=True)
class ShopFacts:
    """What payloads need to know of the shop, and of the store's language in it."""

    id: int
    domain: str
    cluster: str
    language: str
    language_in_url: bool  # several languages are active, and by the shop's url_language
    b2b: bool
    cdn: str = ""  # where the shop's files are, if not where its cluster keeps them


@dataclass(frozen=True)
class Context:
    """Made by `context`; the same for all records of a plan."""

    shop: ShopFacts
    settings: Settings
    side: Side
    price: Callable[[Variant], float | None]
    old_price: Callable[[Variant], float | None]
    prefix: str  # https://{domain}/[{lang}/]
    files: str  # where the shop's files begin
    parents: Mapping[int, int]  # of categories
    going: Set[int]  # categories
    children: Mapping[int, list[int]]
    filters: Mapping[int, Filter] | None  # None: not known, every filter counts as active
    wanted: tuple[Wanted, ...]
    tags: frozenset[str]  # keys of the tags that the shop has
    tag_ids: Mapping[str, int]  # by key, of those that are called after their id
    blogs: Mapping[int, str]


def context(
    shop: ShopFacts,
    s: Settings,
    categories: Mapping[int, Category],
    filters: Mapping[int, Filter] | None,
    blogs: Mapping[int, Blog],
    tags: Iterable[str] = (),
    tag_ids: Mapping[str, int] = _NO_IDS,
) -> Context:
    """Return the context of a plan. `tags` are titles of tags the shop has: a custom attribute
    of that name is true or false on every product. `tag_ids` are ids by title, of the tags whose
    titles make no attribute's name."""
    side = price_side(shop, s)
    parent_of, going = parents(categories), visible_categories(categories, s)
    return Context(
        shop=shop,
        settings=s,
        side=side,
        price=itemgetter(side),
        old_price=itemgetter(f"old_{side}"),
        prefix=_prefix(shop),
        files=f"{shop.cdn or CDN.get(shop.cluster, CDN['eu1'])}/shops/{shop.id}/files/",
        parents=parent_of,
        going=going,
        children=_children(parent_of, going),
        filters=filters,
        wanted=wanted_attributes(s.custom_attributes),
        tags=frozenset(map(name_key, tags)),
        tag_ids=_first_ids(tag_ids),
        blogs={number: blog["slug"] for number, blog in blogs.items()},
    )


def _first_ids(tag_ids: Mapping[str, int]) -> dict[str, int]:
    """The smallest id by key, for several titles may be compared alike."""
    ids: dict[str, int] = {}
    for title, number in tag_ids.items():
        key = name_key(title)
        ids[key] = min(ids.get(key, number), number)
    return ids


def price_side(shop: ShopFacts, s: Settings) -> Side:
    """Return which of the two prices goes; `shop` means as the shop shows them."""
    if s.price_tax == "shop":
        return "excl" if shop.b2b else "incl"
    return "incl" if s.price_tax == "incl" else "excl"


def _prefix(shop: ShopFacts) -> str:
    domain = shop.domain.strip().removeprefix("https://").removeprefix("http://").strip("/")
    return f"https://{domain}/{shop.language}/" if shop.language_in_url else f"https://{domain}/"


def _children(parent_of: Mapping[int, int], going: Set[int]) -> dict[int, list[int]]:
    """Direct children that go; of a circle the category with the smallest id is nobody's child."""
    roots = {min(circle) for circle in circles(parent_of)}
    children: dict[int, list[int]] = {}
    for number in sorted(going & parent_of.keys() - roots):
        children.setdefault(parent_of[number], []).append(number)
    return children


def mapping_key(entity: str, c: Context) -> str:
    """Return a hash of everything beside the record itself that can change a payload of
    products, orders, categories, customers or pages; KeyError for another entity.

    Settings that only decide who goes are not in it, so they update nothing.
    """
    return _hash([VERSION[entity], entity, _PARTS[entity](c)])


def glance_key(entity: str, c: Context) -> str:
    """Return a hash of everything beside the record itself that can change what a list shows of
    it: what `product_glance` gives but for the size of its image, and an order's total."""
    return _hash([VERSION[entity], entity, _GLANCED[entity](c) if entity in _GLANCED else None])


def _hash(parts: object) -> str:
    text = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)
    return blake2b(text, digest_size=8).hexdigest()


def _product_parts(c: Context) -> list[object]:
    s = c.settings
    tree = [sorted(c.parents.items()), sorted(c.going)]
    flags = (s.include_variant_data, s.include_variant_stock, s.variant_stock_tracking)
    keys = c.tags & {wanted.key for wanted in c.wanted}
    # What was made without ids keeps its key.
    tags = sorted(keys) + sorted((k, c.tag_ids[k]) for k in keys & c.tag_ids.keys())
    wanted = [(each.key, each.name) for each in c.wanted]
    places = [c.prefix, c.files, s.image_size]
    return [c.side, places, tree, flags, s.include_review_score, _auto_names(c), wanted, tags]


def _auto_names(c: Context) -> object:
    if not c.settings.auto_detect_attributes:
        return False
    if c.filters is None:
        return None
    return sorted(
        (number, attribute_name(row["title"], number))
        for number, row in c.filters.items()
        if row["active"]
    )


_PARTS: Final[Mapping[str, Callable[[Context], object]]] = {
    "products": _product_parts,
    "orders": lambda c: [c.side, c.settings.order_id, c.settings.collect_emails],
    "categories": lambda c: [c.prefix, sorted(c.children.items())],
    "customers": lambda c: c.settings.collect_emails,
    "pages": lambda c: [c.prefix, sorted(c.blogs.items())],
}
_GLANCED: Final[Mapping[str, Callable[[Context], object]]] = {
    "products": lambda c: [c.side, c.files, c.settings.variant_stock_tracking],
    "orders": lambda c: c.side,
}
