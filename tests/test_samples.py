"""Stored answers of the real API go through the parsers; skipped where they are not at hand."""

from contextlib import suppress

import orjson
import pytest

from sync import shapes
from tests.conftest import SAMPLES

DOCS = sorted((SAMPLES / "docs").glob("*.json"))
CATALOGS = sorted((SAMPLES / "real").glob("*.json"))
pytestmark = pytest.mark.skipif(not DOCS, reason="no samples here")

PARSERS = {
    "blog": ("blogs", shapes.blog),
    "blogArticle": ("articles", shapes.article),
    "brand": ("brands", shapes.brand),
    "categoriesProduct": ("categories/products", shapes.category_product),
    "category": ("categories", shapes.category),
    "customStatus": ("custom_statuses", shapes.custom_status),
    "customer": ("customers", shapes.customer),
    "filter": ("filters", shapes.shop_filter),
    "language": ("languages", shapes.language),
    "order": ("orders", shapes.order),
    "orderProduct": ("order_lines", lambda raw: shapes.order_lines([raw])[0]),
    "product": (
        "products",
        lambda raw: shapes.plain_product(raw, [], categories=[], brand=""),
    ),
    "return": ("returns", shapes.order_return),
    "review": ("reviews", shapes.review),
    "shop": ("shop", shapes.shop),
    "subscription": ("subscriptions", shapes.subscription),
    "tag": ("tags", shapes.tag),
    "tagsProduct": ("tags/products", shapes.tag_product),
    "textpage": ("textpages", shapes.textpage),
    "variant": ("variants", shapes.variant),
}


def inner(path):
    """The one value of an answer; order.json and some others stand beside further keys."""
    body = orjson.loads(path.read_bytes())
    return next(iter(body.values())) if isinstance(body, dict) and len(body) == 1 else body


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.stem)
def test_documented_answers(path):
    raw = inner(path)
    if path.stem not in PARSERS:
        # Nothing that is read into the mirror; it may still come as an odd row of another kind.
        for _, parse in PARSERS.values():
            with suppress(shapes.ShapeError):
                parse(raw)
        return
    kind, parse = PARSERS[path.stem]
    record = parse(raw)
    assert orjson.loads(orjson.dumps(record)) == record
    assert shapes.unknown_fields(kind, raw) == []
    if path.stem not in {"language", "textpage", "blogArticle"}:
        assert record["id"] == int(raw["id"])


def test_what_the_documentation_shows_is_understood():
    def record(name):
        return PARSERS[name][1](inner(SAMPLES / "docs" / f"{name}.json"))

    order = record("order")
    assert (order["number"], order["status"]) == ("ORD00018", "processing_awaiting_shipment")
    assert order["lines"][0]["quantity"] == 6
    assert order["lines"][0]["incl"] == 44.1
    assert order["created"] == 1566407700
    assert record("category")["parent"] == 1541383
    assert record("return")["lines"] == [[3515329, 1]]
    assert record("blogArticle")["blog"] == 3851
    assert record("customer")["name"] == "Lightspeed Test"
    assert record("shop")["b2b"] is True
    product = record("product")
    assert product["image"] == [14119398, "jpg"]
    assert product["text"] == "Description of the Lookin' Sharp T-Shirt"


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.stem)
def test_catalog_answers_of_a_real_shop(path):
    raw = inner(path)
    for row in raw if isinstance(raw, list) else [raw]:
        product = shapes.catalog_product(row)
        assert orjson.loads(orjson.dumps(product)) == product
        assert shapes.unknown_fields("catalog", row) == []
        assert product["categories"] == sorted(map(int, row["categories"]))
        assert product["image"] == [row["image"]["id"], "jpg"]
        sorts = [variant["sort"] for variant in product["variants"]]
        assert sorts == sorted(sorts)
        assert all(variant["options"] for variant in product["variants"])
        assert all('"' not in variant["title"] for variant in product["variants"])
