"""catalog.json: whole products with everything that is embedded in them, rendered once.

Source: two live answers of 2025, and a client's sample for filters and specifications. Maps are
keyed by the id as a text and turn into [] when empty, as PHP writes an empty array.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import orjson

from sync.sandbox.lightspeed.shapes import DELIVERYDATE, SUPPLIER, Shape
from sync.sandbox.lightspeed.shop import Shop, number, shop_of
from sync.sandbox.state import Record, State

_AMOUNTS: Final = ("priceExcl", "priceIncl", "priceCost", "oldPriceExcl", "oldPriceIncl")
_SINGLE: Final = ("brand", "supplier", "deliverydate")
_MANY: Final = {"filter": "filters", "attribute": "specifications"}
_RENDERED_AT_ONCE: Final = 250
_EMBEDDED: Final = (*_SINGLE, *_MANY, "category")


@dataclass
class _Library:
    """What the products at hand embed: records of the small kinds, variants, memberships."""

    shop: Shop
    small: dict[str, dict[int, Record]] = field(default_factory=dict)
    variants: dict[int, list[Record]] = field(default_factory=dict)
    memberships: dict[int, list[Record]] = field(default_factory=dict)


def catalog_bytes(state: State, shop: Shop, ids: Sequence[int]) -> list[bytes]:
    """The products as JSON, in the order of their ids; unknown ids are left out."""
    with state.read() as db:
        known = _rendered(db, shop.language, ids)
    if missing := [id for id in ids if id not in known]:
        with state.write() as db:
            fresh = _render(db, shop, missing)
            db.executemany(
                "insert or replace into rendered values (?, ?, ?)",
                [(id, shop.language, body) for id, body in fresh.items()],
            )
        known |= fresh
    return [known[id] for id in ids if id in known]


def render_all(state: State, language: str) -> None:
    """Render every product in a language now, so that no reader waits for it later."""
    shop = shop_of(state, language)
    with state.read() as db:
        rows = db.execute("select id from records where kind = 'product'").fetchall()
    for start in range(0, len(rows), _RENDERED_AT_ONCE):
        catalog_bytes(state, shop, [row[0] for row in rows[start : start + _RENDERED_AT_ONCE]])


def _rendered(db: sqlite3.Connection, language: str, ids: Sequence[int]) -> dict[int, bytes]:
    rows = db.execute(
        "select id, body from rendered where language = ?"
        " and id in (select value from json_each(?))",
        (language, _json(ids)),
    )
    return dict(rows.fetchall())


def _render(db: sqlite3.Connection, shop: Shop, ids: Sequence[int]) -> dict[int, bytes]:
    products = _records(db, "product", "id", ids)
    library = _Library(shop)
    for kind, shelf in (
        ("variant", library.variants),
        ("category_product", library.memberships),
    ):
        for record in _records(db, kind, "owner", ids):
            shelf.setdefault(record["product"], []).append(record)
    for kind, named in _named(products, library.memberships).items():
        library.small[kind] = {each["id"]: each for each in _records(db, kind, "id", named)}
    return {record["id"]: orjson.dumps(_product(record, library)) for record in products}


def _named(
    products: Iterable[Record], memberships: Mapping[int, list[Record]]
) -> dict[str, set[int]]:
    """The ids of all that these products embed, by kind."""
    named: dict[str, set[int]] = {kind: set() for kind in _EMBEDDED}
    for product in products:
        for kind in _SINGLE:
            named[kind].add(product.get(kind) or 0)
        for kind, many in _MANY.items():
            named[kind].update(each[kind] for each in product.get(many) or [])
        for each in memberships.get(product["id"], []):
            named["category"].add(each["category"])
    return named


def _records(db: sqlite3.Connection, kind: str, column: str, ids: Iterable[int]) -> list[Record]:
    rows = db.execute(
        f"select record from records where kind = ? and {column}"
        " in (select value from json_each(?)) order by id desc",
        (kind, _json(ids)),
    )
    return [orjson.loads(row[0]) for row in rows]


def _json(ids: Iterable[int]) -> str:
    return orjson.dumps(list(ids)).decode()


def _product(record: Record, library: _Library) -> Record:
    shop, small = library.shop, library.small
    return {
        "id": record["id"],
        **_stamps(record, shop),
        "isVisible": record.get("isVisible", True),
        "isFeatured": record.get("isFeatured") or False,
        "visibility": record.get("visibility") or "visible",
        "hits": record.get("hits") or 0,
        **{name: record.get(name) or "" for name in ("data01", "data02", "data03")},
        **{
            name: shop.text(record.get(name))
            for name in ("url", "title", "fulltitle", "description", "content")
        },
        "brand": _brand(small["brand"].get(record.get("brand") or 0), shop),
        "supplier": _whole(SUPPLIER, small["supplier"].get(record.get("supplier") or 0), shop),
        "deliverydate": _whole(
            DELIVERYDATE, small["deliverydate"].get(record.get("deliverydate") or 0), shop
        ),
        "image": shop.short_image(record.get("image")),
        "images": _map(_image(image, record, shop) for image in record.get("images") or []),
        "categories": _map(
            _category(small["category"][each["category"]], shop)
            for each in library.memberships.get(record["id"], [])
            if each["category"] in small["category"]
        ),
        "variants": _map(_variant(each, shop) for each in library.variants.get(record["id"], [])),
        "relations": [],
        "filters": _filters(record, library),
        "reviews": [],
        "specifications": _specifications(record, library),
        "discounts": [],
    }


def _stamps(record: Record, shop: Shop) -> Record:
    return {
        "createdAt": shop.stamp(record.get("createdAt")),
        "updatedAt": shop.stamp(record.get("updatedAt")),
    }


def _map(rows: Iterable[Record]) -> Record | list[Record]:
    return {str(row["id"]): row for row in rows} or []


def _whole(shape: Shape, record: Record | None, shop: Shop) -> Record | bool:
    return False if record is None else shape.row(record, shop)


def _brand(record: Record | None, shop: Shop) -> Record | bool:
    if record is None:
        return False
    return {
        "id": record["id"],
        **_stamps(record, shop),
        "image": shop.short_image(record.get("image")),
        "url": shop.text(record.get("url")),
        "title": shop.text(record.get("title")),
    }


def _image(image: Record, product: Record, shop: Shop) -> Record:
    return {
        "id": image["id"],
        "createdAt": shop.stamp(image.get("createdAt", product.get("createdAt"))),
        "updatedAt": shop.stamp(image.get("updatedAt", product.get("updatedAt"))),
        "sortOrder": image.get("sortOrder") or 0,
        **shop.files(image["file"], "file.jpg"),
    }


def _category(record: Record, shop: Shop) -> Record:
    return {
        "id": record["id"],
        **_stamps(record, shop),
        "isVisible": record.get("isVisible", True),
        "depth": record.get("depth") or 1,
        "sortOrder": record.get("sortOrder") or 0,
        "image": shop.short_image(record.get("image")),
        "url": shop.text(record.get("url")),
        "title": shop.text(record.get("title")),
    }


_VARIANT: Final = {
    "isDefault": False,
    "sortOrder": 0,
    "articleCode": "",
    "ean": "",
    "sku": "",
    "hs": None,
    "tax": 0,
    **dict.fromkeys(_AMOUNTS, 0),
    "stockTracking": "disabled",
    "stockLevel": 0,
    "stockAlert": 0,
    "stockMinimum": 0,
    "stockSold": 0,
    "stockBuyMininum": 1,
    "stockBuyMinimum": 1,
    "stockBuyMaximum": 10_000,
    "weight": 0,
    "volume": 0,
    "colli": 0,
    "sizeX": 0,
    "sizeY": 0,
    "sizeZ": 0,
}


def _variant(record: Record, shop: Shop) -> Record:
    row: Record = {"id": record["id"], **_stamps(record, shop)}
    for name, empty in _VARIANT.items():
        value = record.get(name)
        row[name] = empty if value is None else value
    for name in _AMOUNTS:
        row[name] = number(row[name])
    row["tax"] = number(row["tax"])
    row["matrix"] = False
    row["title"] = shop.text(record.get("title"))
    return row


def _filters(record: Record, library: _Library) -> list[Record]:
    rows = []
    for chosen in record.get("filters") or []:
        each = library.small["filter"].get(chosen["filter"])
        if each is not None:
            rows.append(_filter(each, set(chosen["values"]), library.shop))
    return rows


def _filter(record: Record, chosen: set[int], shop: Shop) -> Record:
    return {
        "id": record["id"],
        **_stamps(record, shop),
        "sortOrder": record.get("position") or 0,
        "title": shop.text(record.get("title")),
        "values": [
            {
                "id": value["id"],
                "sortOrder": value.get("position") or 0,
                "title": shop.text(value.get("title")),
            }
            for value in record.get("values") or []
            if value["id"] in chosen
        ],
    }


def _specifications(record: Record, library: _Library) -> list[Record]:
    shop, known = library.shop, library.small["attribute"]
    return [
        {
            "id": each["attribute"],
            "name": shop.text(known[each["attribute"]].get("title")),
            "value": value_of(each["value"], shop),
        }
        for each in record.get("specifications") or []
        if each["attribute"] in known
    ]


def value_of(value: object, shop: Shop) -> str | int | float:
    """A specification's value: a number stays one, a text comes in the shop's language."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    return shop.text(value)
