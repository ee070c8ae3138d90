"""Lists below one record, and what a single order carries embedded."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import orjson

from sync.sandbox.lightspeed import shapes
from sync.sandbox.lightspeed.catalog import value_of
from sync.sandbox.lightspeed.resources import Part
from sync.sandbox.lightspeed.shop import Shop
from sync.sandbox.state import Record

Rows = Callable[[sqlite3.Connection, Record, Shop], list[Record]]


def rows(db: sqlite3.Connection, part: Part, owner: Record, shop: Shop) -> list[Record]:
    """All rows of the list below `owner`, the highest id first."""
    make = _ROWS.get((part.parent, part.name))
    records = [] if make is None else make(db, owner, shop)
    return sorted(records, key=lambda row: int(row["id"]), reverse=True)


def embed(db: sqlite3.Connection, row: Record, order: Record, shop: Shop) -> None:
    """Put lines, customer and the empty rest into the references of an order's row."""
    for name in ("invoices", "shipments", "metafields", "events"):
        row[name]["resource"]["embedded"] = []
    row["products"]["resource"]["embedded"] = _lines(db, order, shop)
    customer = _records(db, "customer", "id", order.get("customer"))
    if customer and row["customer"]:
        row["customer"]["resource"]["embedded"] = shapes.CUSTOMER.row(customer[0], shop)


def _records(db: sqlite3.Connection, kind: str, column: str, value: int | None) -> list[Record]:
    sql = f"select record from records where kind = ? and {column} = ? order by id desc"
    return [orjson.loads(row[0]) for row in db.execute(sql, (kind, value))]


def _lines(db: sqlite3.Connection, order: Record, shop: Shop) -> list[Record]:
    lines = _records(db, "order_product", "owner", order["id"])
    return [shapes.ORDER_PRODUCT.row(line, shop) for line in lines]


def _images(_: sqlite3.Connection, product: Record, shop: Shop) -> list[Record]:
    return [
        {
            "id": image["id"],
            "sortOrder": image.get("sortOrder") or 0,
            **_picture(image, product, shop),
        }
        for image in product.get("images") or []
    ]


def _picture(image: Record, product: Record, shop: Shop) -> Record:
    picture = shop.image({**image, "id": image["file"]}, {**product, **image})
    return picture if isinstance(picture, dict) else {}


def _attributes(db: sqlite3.Connection, product: Record, shop: Shop) -> list[Record]:
    attributes = []
    for each in product.get("specifications") or []:
        for attribute in _records(db, "attribute", "id", each["attribute"]):
            row = shapes.ATTRIBUTE.row(attribute, shop)
            value = value_of(each["value"], shop)
            attributes.append({"id": attribute["id"], "value": value, "attribute": row})
    return attributes


def _metafields(db: sqlite3.Connection, product: Record, shop: Shop) -> list[Record]:
    fields = _records(db, "metafield", "owner", product["id"])
    return [shapes.METAFIELD.row(each, shop) for each in fields if each["owner"] == "product"]


def _filtervalues(_: sqlite3.Connection, product: Record, shop: Shop) -> list[Record]:
    return [
        {
            "id": value,
            "filter": shop.one("filters", chosen["filter"]),
            "filtervalue": shop.one(f"filters/{chosen['filter']}/values", value),
        }
        for chosen in product.get("filters") or []
        for value in chosen["values"]
    ]


def _values(_: sqlite3.Connection, record: Record, shop: Shop) -> list[Record]:
    return [shapes.FILTER_VALUE.row(value, shop) for value in record.get("values") or []]


_ROWS: dict[tuple[str, str], Rows] = {
    ("products", "images"): _images,
    ("products", "attributes"): _attributes,
    ("products", "metafields"): _metafields,
    ("products", "filtervalues"): _filtervalues,
    ("filters", "values"): _values,
    ("orders", "products"): _lines,
}
