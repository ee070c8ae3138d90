"""A product as Clerk.io gets it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any, Final, NamedTuple

import orjson

from sync.mapping.attributes import product_attributes
from sync.mapping.common import Context
from sync.mapping.names import VARIANT_PREFIX, option_name
from sync.mapping.prices import money
from sync.rules import sellable
from sync.shapes import Product, Variant, url_path

LARGEST: Final = 2**63 - 1  # that JSON's readers take for a whole number


class ProductExtra(NamedTuple):
    """What is known of a product beside its own record: mean and number of its visible reviews,
    titles of its tags."""

    rating: float | None = None
    reviews: int = 0
    tags: frozenset[str] = frozenset()


class Glance(NamedTuple):
    """What a list shows of a product, as its payload has it; None for what it does not have."""

    price: float | None
    stock: int
    image: str | None
    sku: str | None


def product_glance(p: Product, c: Context, image_size: str) -> Glance:
    """Return price, stock, image (of that size) and SKU of a product without making its
    payload."""
    leading = leading_variant(p["variants"], c)
    return Glance(
        price=_leading(leading, c)["price"] if leading else None,
        stock=_stock(p["variants"], total=c.settings.variant_stock_tracking),
        image=_image(p, c, image_size) or None,
        sku=(leading["sku"] or None) if leading else None,
    )


def product_payload(p: Product, extra: ProductExtra, c: Context) -> dict[str, Any]:
    """Return the product for POST /products; fields without a value are left out, but for
    description and categories."""
    payload: dict[str, Any] = {}
    for part in _PARTS:
        payload |= part(p, extra, c)
    return payload


def product_changer(
    before: Context, now: Context
) -> Callable[[Product, ProductExtra, Mapping[str, Any]], dict[str, Any]]:
    """Return a function that makes a product's payload of the one it had `before`, and no more of
    it anew than the two contexts have differing parts. `index` is no part of it."""
    parts = _differing(before, now)
    fixed = ["index", *(name for part in parts for name in _FIELDS.get(part, ()))]
    loose = parts - _FIELDS.keys()  # parts whose fields have no fixed names

    def changed(p: Product, extra: ProductExtra, given: Mapping[str, Any]) -> dict[str, Any]:
        payload = {
            name: each for name, each in given.items() if not loose or _part_of(name) not in loose
        }
        for name in fixed:
            payload.pop(name, None)
        for part in parts:
            payload |= part(p, extra, now)
        return payload

    return changed


def product_splicer(
    before: Context, now: Context
) -> Callable[[Product, ProductExtra, bytes], bytes | None]:
    """Return a function that does the same within the bytes of the payload that a product had
    `before`, in half the time; None where more than values of fixed fields changes, or where a
    field's place is in doubt."""
    parts = _differing(before, now)
    places = {name: b'"%s":' % name.encode() for part in parts for name in _FIELDS.get(part, ())}

    def spliced(p: Product, extra: ProductExtra, given: bytes) -> bytes | None:
        if b'"index":' in given:
            return None
        for part in parts:
            old, new = part(p, extra, before), part(p, extra, now)
            if old.keys() != new.keys():
                return None
            for name in new:
                was, wanted = orjson.dumps(old[name]), orjson.dumps(new[name])
                if was == wanted:
                    continue
                head, place, tail = given.partition(places[name])
                end = len(was)
                if places[name] in tail or tail[:end] != was or tail[end : end + 1] not in b",}":
                    return None
                given = b"".join([head, place, wanted, tail[end:]])
        return given

    return spliced if parts <= _FIELDS.keys() else lambda *_: None


def _differing(before: Context, now: Context) -> set[_Part]:
    """The parts of a payload that two contexts may make otherwise."""
    return {part for part, shaped_by in _PARTS.items() if shaped_by(before) != shaped_by(now)}


def product_comparer(c: Context) -> Callable[[Product, ProductExtra, Mapping[str, Any]], bool]:
    """Return a function that says whether a product's payload differs from the one given, and
    makes no more of it than that takes: what differed last is looked at first, for what a change
    of settings alters is the same part of most products. `index`, which shows a hidden product
    again, is no part of it."""
    parts = list(_PARTS)

    def differs(p: Product, extra: ProductExtra, given: Mapping[str, Any]) -> bool:
        same = 0
        for place, part in enumerate(parts):
            fields = part(p, extra, c)
            if any(name not in given or given[name] != fields[name] for name in fields):
                parts.insert(0, parts.pop(place))
                return True
            same += len(fields)
        return same != len(given) - ("index" in given)

    return differs


def _picture(p: Product, _extra: ProductExtra, c: Context) -> dict[str, Any]:
    image = _image(p, c, c.settings.image_size)
    return {"image": image} if image else {}


def _offer(p: Product, _extra: ProductExtra, c: Context) -> dict[str, Any]:
    leading = leading_variant(p["variants"], c)
    return _leading(leading, c) if leading else {}


def _available(p: Product, _extra: ProductExtra, c: Context) -> dict[str, Any]:
    return {"stock": _stock(p["variants"], total=c.settings.variant_stock_tracking)}


def _rated(_p: Product, extra: ProductExtra, c: Context) -> dict[str, Any]:
    if not c.settings.include_review_score or not extra.reviews or extra.rating is None:
        return {}
    return {"rating": money(extra.rating), "review_count": extra.reviews}


def _attributes(p: Product, extra: ProductExtra, c: Context) -> dict[str, Any]:
    attributes = product_attributes(p, extra.tags, c)
    return {name: each.value for name, each in attributes.items()}


def _texts(p: Product, _extra: ProductExtra, c: Context) -> dict[str, Any]:
    path = url_path(p["slug"], (c.shop.language,), ".html")
    texts = (
        ("name", p["title"] or p["fulltitle"]),
        ("url", path and f"{c.prefix}{path}.html"),
        ("created_at", p["created"]),
        ("brand", p["brand"]),
    )
    fields: dict[str, Any] = {name: value for name, value in texts if value}
    return fields | {"id": p["id"], "description": p["text"], "categories": _categories(p, c)}


def _categories(p: Product, c: Context) -> list[int]:
    ids: set[int] = set()
    for number in p["categories"]:
        at: int | None = number
        while at is not None and at not in ids:
            ids.add(at)
            at = c.parents.get(at)
    return sorted(ids & c.going)


def _image(p: Product, c: Context, size: str) -> str:
    if p["image"] is None:
        return ""
    file_id, extension = p["image"]
    return f"{c.files}{file_id}/{size}/file.{extension}"


def leading_variant(variants: list[Variant], c: Context) -> Variant | None:
    """Return the variant that gives price, SKU and EAN: the cheapest sellable one with a price
    above 0, else the cheapest with one, else the default one, else the first, of those with a
    readable price; None if there is none. Variants are expected by sort, then id."""
    readable = [(price, v) for v in variants if (price := c.price(v)) is not None]
    if not readable:
        return None
    priced = [each for each in readable if each[0] > 0]
    candidates = [each for each in priced if sellable(each[1])] or priced
    if candidates:
        return min(candidates, key=itemgetter(0))[1]
    return default_variant([v for _, v in readable])


def default_variant(variants: list[Variant]) -> Variant:
    """Return the default variant, else the first; IndexError without variants."""
    return next((v for v in variants if v["default"]), variants[0])


def _leading(v: Variant, c: Context) -> dict[str, Any]:
    # What is compared is what is sent: 50.00 is no lower than an old price of 50.004.
    price, old = money(c.price(v) or 0), money(c.old_price(v) or 0)
    payload: dict[str, Any] = {"price": price, "on_sale": old > price}
    if old > price:
        payload["list_price"] = old
    if v["sku"]:
        payload["sku"] = v["sku"]
    if v["ean"]:
        payload["ean"] = v["ean"]
    if v["code"]:
        payload["article_code"] = v["code"]
    return payload


def variant_stock(v: Variant) -> int:
    """Return a variant's stock: never below 0, and 1 where Lightspeed keeps no count."""
    if v["tracking"] == "disabled":
        return 1
    return max(v["stock"], 0)


def _stock(variants: list[Variant], *, total: bool) -> int:
    if total or not variants:
        return min(sum(map(variant_stock, variants)), LARGEST)
    return variant_stock(default_variant(variants))


def _variants(p: Product, _extra: ProductExtra, c: Context) -> dict[str, Any]:
    """The lists of the variants, one without a readable price in none of them."""
    payload: dict[str, Any] = {}
    variants = [v for v in p["variants"] if c.price(v) is not None]
    if not variants:
        return payload
    if c.settings.include_variant_stock:
        payload["variant_stocks"] = [variant_stock(v) for v in variants]
    if not c.settings.include_variant_data:
        return payload
    prices = [money(c.price(v) or 0) for v in variants]
    olds = [money(c.old_price(v) or 0) for v in variants]
    payload["variant_ids"] = [v["id"] for v in variants]
    payload["variant_titles"] = [v["title"] for v in variants]
    payload["variant_skus"] = [v["sku"] for v in variants]
    payload["variant_eans"] = [v["ean"] for v in variants]
    payload["variant_prices"] = prices
    payload["variant_list_prices"] = [max(both) for both in zip(prices, olds, strict=True)]
    return payload | _options(variants)


def _options(variants: list[Variant]) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for position, v in enumerate(variants):
        for name, value in v["options"]:
            values = lists.setdefault(option_name(name), [""] * len(variants))
            values[position] = values[position] or value
    return lists


_Part = Callable[[Product, ProductExtra, Context], dict[str, Any]]
# The payload's parts, each with what of the context it is made from: no two of them have a field in
# common.
_PARTS: Final[Mapping[_Part, Callable[[Context], object]]] = {
    _picture: lambda c: (c.files, c.settings.image_size),
    _offer: lambda c: c.side,
    _available: lambda c: c.settings.variant_stock_tracking,
    _rated: lambda c: c.settings.include_review_score,
    _texts: lambda c: (c.prefix, c.shop.language, c.parents, c.going),
    _attributes: lambda c: (
        c.settings.auto_detect_attributes,
        c.filters,
        c.wanted,
        c.tags,
        c.tag_ids,
    ),
    _variants: lambda c: (
        c.side,
        c.settings.include_variant_stock,
        c.settings.include_variant_data,
    ),
}
_FIELDS: Final[Mapping[_Part, tuple[str, ...]]] = {
    _picture: ("image",),
    _offer: ("price", "on_sale", "list_price", "sku", "ean", "article_code"),
    _available: ("stock",),
    _rated: ("rating", "review_count"),
    _texts: ("name", "url", "created_at", "brand", "id", "description", "categories"),
}
_PART_OF: Final = {name: part for part, names in _FIELDS.items() for name in names}


def _part_of(field: str) -> _Part:
    """The part that a field other than `index` is of."""
    return _PART_OF.get(field) or (_variants if field.startswith(VARIANT_PREFIX) else _attributes)
