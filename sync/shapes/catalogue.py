"""Parsers of the catalogue: products and what hangs on them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final

from sync.shapes.plain import name, option_pairs, plain_text
from sync.shapes.records import (
    Brand,
    Category,
    Filter,
    FilterValues,
    Metafield,
    Oddity,
    Product,
    ProductStamp,
    Review,
    Specification,
    Tag,
    TagProduct,
    Variant,
    VariantStamp,
)
from sync.shapes.values import (
    ShapeError,
    answer,
    birth,
    code,
    decimal,
    flag,
    identifier,
    integer,
    is_empty,
    is_flag,
    price,
    raw_text,
    record,
    reference,
    rows,
    shown,
    stamp,
    text,
    whole,
)

_FILE = re.compile(r"/files/([0-9]+)/")
_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,5})(?:[?#]|$)")


def catalog_product(raw: object) -> Product:
    """Return a row of catalog.json; ShapeError without an id."""
    product_id, row = record("catalog", raw)
    brand = row.get("brand")
    title = name(brand.get("title")) if isinstance(brand, dict) else ""
    product = _product(product_id, row, _inside("variants", row.get("variants")), title)
    product["categories"] = _catalog_categories(row.get("categories"))
    product["filters"] = _filters(row.get("filters"))
    product["specs"] = _specs(row.get("specifications"))
    product["bulk"] = True
    supplier = row.get("supplier")
    if title := name(supplier.get("title")) if isinstance(supplier, dict) else "":
        product["supplier"] = title
    return product


def plain_product(
    raw: object, variants: Iterable[Any], *, categories: Iterable[int], brand: str
) -> Product:
    """Return a row of products.json with the rows of variants.json that belong to it; ShapeError
    without an id."""
    product = _product(*record("products", raw), rows(list(variants)), brand)
    product["categories"] = sorted(set(categories))
    return product


def _inside(kind: str, value: object) -> list[object]:
    """What stands in a list, or in a map by id, but for empties; ShapeError for anything else: a
    product whose variants cannot be read is none without variants."""
    held = list(value.values()) if isinstance(value, dict) else value
    if held in (None, False, ""):
        return []
    if not isinstance(held, list):
        raise ShapeError("shape.no_object", kind=kind)
    return [each for each in held if each not in (None, False, "", [], {})]


def _product(
    product_id: int, row: Mapping[str, Any], variants: Sequence[Any], brand: str
) -> Product:
    parsed, odd = [], []
    for each in variants:
        parsed.append(made := variant(each))
        if not _is_usual(each, made):
            odd += variant_oddities(each, made)
    if len(parsed) > 1:
        parsed.sort(key=itemgetter("sort", "id"))
    product: Product = {
        "id": product_id,
        "created": birth(row.get("createdAt")),
        "updated": stamp(row.get("updatedAt")),
        "visible": flag(row.get("isVisible")),
        "title": name(row.get("title")),
        "fulltitle": name(row.get("fulltitle")),
        "text": plain_text(text(row.get("description"))) or plain_text(text(row.get("content"))),
        "slug": text(row.get("url")),
        "brand": brand,
        "image": _image(row.get("image")),
        "categories": [],
        "variants": parsed,
        "filters": [],
        "specs": [],
        "data": [answer(row.get("data01")), answer(row.get("data02")), answer(row.get("data03"))],
        "bulk": False,
    }
    if not product["created"]:
        odd.append([0, "createdAt", shown(row.get("createdAt"))])
    if not is_flag(row.get("isVisible")):
        odd.append([0, "isVisible", shown(row.get("isVisible"))])
    if odd:
        product["odd"] = odd
    return product


def variant(raw: object) -> Variant:
    """Return a variant of catalog.json or variants.json; ShapeError without an id."""
    variant_id, row = record("variants", raw)
    title, pairs = _options(raw_text(row.get("title")))
    return {
        "id": variant_id,
        "default": flag(row.get("isDefault")),
        "sort": whole(row.get("sortOrder")),
        "sku": code(row.get("sku")),
        "ean": code(row.get("ean")),
        "code": code(row.get("articleCode")),
        "title": title,
        "options": [[option, value] for option, value in pairs],
        "excl": price(row.get("priceExcl")),
        "incl": price(row.get("priceIncl")),
        "old_excl": price(row.get("oldPriceExcl")),
        "old_incl": price(row.get("oldPriceIncl")),
        "tracking": text(row.get("stockTracking")).casefold(),
        "stock": whole(row.get("stockLevel")),
        "minimum": whole(row.get("stockMinimum")),
        "updated": stamp(row.get("updatedAt")),
    }


def _options(raw_title: str) -> tuple[str, Sequence[tuple[str, str]]]:
    """A variant's title as it is sent, and its options."""
    return _short_options(raw_title) if len(raw_title) <= _SHORT else _read_options(raw_title)


def _read_options(raw_title: str) -> tuple[str, Sequence[tuple[str, str]]]:
    title = name(raw_title)
    pairs = option_pairs(raw_title) or (option_pairs(title) if "&" in raw_title else None)
    return (" / ".join(value for _, value in pairs), tuple(pairs)) if pairs else (title, ())


# Most variants of a shop are called as others are.
_SHORT: Final = 100
_short_options = lru_cache(2048)(_read_options)

TRACKINGS: Final = frozenset({"enabled", "disabled", "indicator"})
_PRICES: Final = ("priceExcl", "priceIncl")
_OLD_PRICES: Final = ("oldPriceExcl", "oldPriceIncl")


def variant_oddities(raw: Mapping[str, Any], v: Variant) -> list[Oddity]:
    """Return what cannot be read of a variant and so counts as none: its id, the field in
    Lightspeed's words, and the value."""
    checks = [
        *((field, price(raw.get(field)) is None) for field in _PRICES),
        *((field, _is_odd(raw.get(field), price)) for field in _OLD_PRICES),
        ("stockLevel", integer(raw.get("stockLevel")) is None),
        ("stockMinimum", _is_odd(raw.get("stockMinimum"), integer)),
        ("stockTracking", v["tracking"] not in TRACKINGS),
    ]
    return [[v["id"], field, shown(raw.get(field))] for field, is_odd in checks if is_odd]


def _is_usual(raw: Mapping[str, Any], v: Variant) -> bool:
    """Whether all of it can be read, at a glance: nearly every variant."""
    stock, minimum = raw.get("stockLevel"), raw.get("stockMinimum")
    return (
        v["tracking"] in TRACKINGS
        and None not in (v["excl"], v["incl"], v["old_excl"], v["old_incl"])
        and type(stock) is int
        and type(minimum) is int
        and (stock, minimum) == (v["stock"], v["minimum"])
    )


def _is_odd(value: object, read: Callable[[object], float | None]) -> bool:
    """Whether something is there that cannot be read."""
    return not is_empty(value) and read(value) is None


def _image(raw: object) -> list[int | str] | None:
    """The file's id and extension. products.json has no id there, but the address names the file;
    catalog.json names every file `file.jpg`."""
    if not isinstance(raw, dict):
        return None
    src, thumb = text(raw.get("src")), text(raw.get("thumb"))
    named = _FILE.search(src) or _FILE.search(thumb)
    file_id = identifier(named[1] if named else raw.get("id"))
    if file_id is None:
        return None
    ends = _EXTENSION.search(src) or _EXTENSION.search(thumb)
    ending = ends[1] if ends else text(raw.get("extension"))
    return [file_id, ending.lower() if ending.isalnum() and ending.isascii() else "jpg"]


def _catalog_categories(raw: object) -> list[int]:
    if isinstance(raw, dict):
        ids = {reference(value) or identifier(key) for key, value in raw.items()}
    else:
        ids = {reference(value) for value in raw} if isinstance(raw, list) else set()
    return sorted(each for each in ids if each is not None)


def _by_id(row: Mapping[str, Any]) -> int:
    return whole(row.get("id"))


def _by_sort_order(row: Mapping[str, Any]) -> tuple[int, int]:
    return whole(row.get("sortOrder")), whole(row.get("id"))


def _in_order(
    raw: object, key: Callable[[Mapping[str, Any]], int | tuple[int, int]]
) -> list[dict[str, Any]]:
    records = rows(raw)
    if len(records) > 1:
        records.sort(key=key)
    return records


def _filters(raw: object) -> list[FilterValues]:
    filters: list[FilterValues] = []
    for row in _in_order(raw, _by_id) if raw else ():
        filter_id = identifier(row.get("id"))
        if filter_id is not None:
            values = _in_order(row.get("values"), _by_sort_order)
            titles = dict.fromkeys([name(value.get("title")) for value in values])
            titles.pop("", None)
            filters.append({"id": filter_id, "title": name(row.get("title")), "values": [*titles]})
    return filters


def _specs(raw: object) -> list[Specification]:
    return [
        {
            "id": identifier(row.get("id")) or 0,
            "name": name(row.get("name")),
            "value": name(answer(row.get("value"))),
        }
        for row in (rows(raw) if raw else ())
    ]


def category(raw: object) -> Category:
    """Return a row of categories.json; ShapeError without an id."""
    category_id, row = record("categories", raw)
    parent = reference(row.get("parent"))
    path = row.get("path")
    if parent is None and isinstance(path, list) and len(path) > 1:
        parent = identifier(path[1])
    return {
        "id": category_id,
        "visible": flag(row.get("isVisible")),
        "parent": parent,
        "depth": whole(row.get("depth")),
        "sort": whole(row.get("sortOrder")),
        "slug": text(row.get("url")),
        "title": name(row.get("title")) or name(row.get("fulltitle")),
        "created": stamp(row.get("createdAt")),
        "updated": stamp(row.get("updatedAt")),
    }


def brand(raw: object) -> Brand:
    """Return a row of brands.json; ShapeError without an id."""
    brand_id, row = record("brands", raw)
    return {"id": brand_id, "title": name(row.get("title"))}


def tag(raw: object) -> Tag:
    """Return a row of tags.json; ShapeError without an id."""
    tag_id, row = record("tags", raw)
    return {"id": tag_id, "title": name(row.get("title"))}


def tag_product(raw: object) -> TagProduct:
    """Return a row of tags/products.json; ShapeError without an id."""
    link_id, row = record("tags/products", raw)
    ends = reference(row.get("tag")) or 0, reference(row.get("product")) or 0
    return {"id": link_id, "tag": ends[0], "product": ends[1]}


def metafield(raw: object) -> Metafield:
    """Return a row of metafields.json or products/{id}/metafields.json; ShapeError without an id.
    Its `product` is None where the row does not say that it belongs to one."""
    number, row = record("metafields", raw)
    return {
        "id": number,
        "product": _owning_product(row),
        "key": text(row.get("key")),
        "value": name(answer(row.get("value"))),
    }


def _owning_product(row: Mapping[str, Any]) -> int | None:
    for field in ("owner", "ownerType", "resource"):
        owner = row.get(field)
        if isinstance(owner, str) and owner.lower() in ("product", "products"):
            return identifier(row.get("ownerId"))
        inner = owner.get("resource", owner) if isinstance(owner, dict) else {}
        if isinstance(inner, dict) and text(inner.get("url")).startswith("products/"):
            return reference(owner)
    return reference(row.get("product"))


def shop_filter(raw: object) -> Filter:
    """Return a row of filters.json; ShapeError without an id."""
    filter_id, row = record("filters", raw)
    active = flag(row.get("isActive", True))
    return {"id": filter_id, "title": name(row.get("title")), "active": active}


def review(raw: object) -> Review:
    """Return a row of reviews.json, `product` 0 if it has none; one whose score cannot be read or
    is none from 1 to 5 does not count as visible. ShapeError without an id."""
    review_id, row = record("reviews", raw)
    score = decimal(row.get("score"))
    if score is not None and not _LOWEST <= score <= _HIGHEST:
        score = None
    return {
        "id": review_id,
        "product": reference(row.get("product")) or 0,
        "visible": flag(row.get("isVisible")) and score is not None,
        "score": score or 0.0,
        "updated": stamp(row.get("updatedAt")),
    }


_LOWEST: Final = 1
_HIGHEST: Final = 5


def product_stamp(raw: object) -> ProductStamp:
    """Return id and updatedAt of a row of products.json; ShapeError without an id."""
    product_id, row = record("products", raw)
    return {"id": product_id, "updated": stamp(row.get("updatedAt"))}


def variant_stamp(raw: object) -> VariantStamp:
    """Return id, product (0 if it has none) and updatedAt of a row of variants.json; ShapeError
    without an id."""
    variant_id, row = record("variants", raw)
    product = reference(row.get("product")) or 0
    return {"id": variant_id, "product": product, "updated": stamp(row.get("updatedAt"))}


def product_brand(raw: Mapping[str, Any]) -> int | None:
    """Return the id of the brand that a row of products.json points to."""
    return reference(raw.get("brand"))
