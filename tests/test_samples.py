"""Whole answers, of the shape that Lightspeed documents and shops give, go through the parsers."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from sync import engine, run, shapes
from sync.store import Desk
from tests.conftest import SAMPLES

ROOT = Path(__file__).parents[1]

DOCS = orjson.loads((SAMPLES / "answers.json").read_bytes())
CATALOG = SAMPLES / "catalog.json"
PRODUCTS = orjson.loads(CATALOG.read_bytes())["products"]

PARSERS = {
    "blog": ("blogs", shapes.blog),
    "blogArticle": ("articles", shapes.article),
    "brand": ("brands", shapes.brand),
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


def inner(name):
    """What the answer's envelope holds."""
    (record,) = DOCS[name].values()
    return record


@pytest.mark.parametrize("name", DOCS)
def test_documented_answers(name):
    raw = inner(name)
    if name not in PARSERS:
        # Nothing that is read into the mirror; it may still come as an odd row of another kind.
        for _, parse in PARSERS.values():
            with suppress(shapes.ShapeError):
                parse(raw)
        return
    kind, parse = PARSERS[name]
    record = parse(raw)
    assert orjson.loads(orjson.dumps(record)) == record
    assert shapes.unknown_fields(kind, raw) == []
    if name not in {"language", "textpage", "blogArticle"}:
        assert record["id"] == int(raw["id"])


def test_what_the_documentation_shows_is_understood():
    def record(name):
        return PARSERS[name][1](inner(name))

    order = record("order")
    assert (order["number"], order["status"]) == ("ORD00042", "processing_awaiting_shipment")
    assert order["lines"][0]["quantity"] == 6
    assert order["lines"][0]["incl"] == 88.2
    assert order["created"] == 1_722_194_769
    assert record("category")["parent"] == 1278
    assert record("return")["lines"] == [[1537, 1]]
    assert record("blogArticle")["blog"] == 1222
    assert record("customer")["name"] == "Wilma Winter"
    assert record("shop")["b2b"] is True
    product = record("product")
    assert product["image"] == [1467, "jpg"]
    assert product["text"] == "A jacket for the Rider's rain"


@pytest.mark.parametrize("row", PRODUCTS, ids=itemgetter("url"))
def test_catalog_answers_of_a_shop(row):
    product = shapes.catalog_product(row)
    assert orjson.loads(orjson.dumps(product)) == product
    assert shapes.unknown_fields("catalog", row) == []
    assert product["categories"] == sorted(map(int, row["categories"]))
    assert product["image"] == [row["image"]["id"], "jpg"]
    sorts = [variant["sort"] for variant in product["variants"]]
    assert sorts == sorted(sorts)
    assert all(variant["options"] for variant in product["variants"])
    assert all('"' not in variant["title"] for variant in product["variants"])


@contextmanager
def served(file: Path) -> Iterator[dict[str, str]]:
    """`python -m sync.sandbox` on a shop of this catalog answer: its URL and keys."""
    words = ["--cluster", "us1", "--language", "us", "--domain", "www.shop.example"]
    command = [sys.executable, "-m", "sync.sandbox", *words, "--catalog", str(file)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, text=True) as process:
        try:
            yield dict(word.split("=", 1) for word in process.stdout.readline().split())
        finally:
            process.terminate()


def test_a_catalog_goes_the_whole_way(tmp_path):
    raw = PRODUCTS
    with served(CATALOG) as access:
        url, key = access["URL"], (access["LIGHTSPEED_API_KEY"], access["LIGHTSPEED_API_SECRET"])
        public, private = access["CLERK_PUBLIC_KEY_us"], access["CLERK_PRIVATE_KEY_us"]
        answer = httpx.get(f"{url}/us/catalog.json", auth=key, params={"limit": 250}).json()
        ids = sorted(product["id"] for product in raw)
        assert sorted(answer["products"], key=itemgetter("id")) == sorted(raw, key=itemgetter("id"))
        desk = Desk(tmp_path / "data")
        shop = desk.add_shop("Real", domain="www.shop.example", cluster="us1", api_url=url)
        desk.add_key(shop, *key)
        keys = {"public": public, "private": private}
        store = desk.add_store(shop, "US", language="us", api_url=url, **keys)
        settings = desk.settings(store).settings.changed({"include_out_of_stock": "yes"})
        run.change_settings(desk, store, settings, note="")
        asked = run.request(desk, store, "sync")
        done = engine.drive(desk, asked.id, stop=threading.Event())
        assert (done.state, done.books["products"]["created"]) == ("succeeded", len(raw))
        params = {"key": public, "private_key": private, "products": str(ids)}
        sent = httpx.get(f"{url}/v2/products", params=params).json()["products"]
    assert {each["id"]: facts_of(each) for each in sent} == {p["id"]: told(p) for p in raw}


# What anybody can read off a catalog answer, without the mapping.
TOLD = (
    "name",
    "description",
    "price",
    "url",
    "image",
    "brand",
    "categories",
    "created_at",
    "stock",
    "variant_ids",
    "variant_skus",
    "variant_prices",
    "variant_stocks",
    "variant_titles",
)


def facts_of(payload: dict[str, Any]) -> dict[str, Any]:
    return {name: payload[name] for name in TOLD}


def told(product: dict[str, Any]) -> dict[str, Any]:
    variants = sorted(product["variants"].values(), key=itemgetter("sortOrder", "id"))
    stocks = [max(0, variant["stockLevel"]) for variant in variants]
    titles = [re.findall(r'"[^":]+: ([^"]+)"', variant["title"]) for variant in variants]
    file = product["image"]["src"].rpartition("/")
    return {
        "name": product["title"],
        "description": "",
        "price": min(variant["priceIncl"] for variant in variants),
        "url": f"https://www.shop.example/{product['url']}.html",
        "image": f"{file[0]}/300x400x1/{file[2]}",
        "brand": product["brand"]["title"],
        "categories": sorted(map(int, product["categories"])),
        "created_at": int(datetime.fromisoformat(product["createdAt"]).timestamp()),
        "stock": sum(stocks),
        "variant_ids": [variant["id"] for variant in variants],
        "variant_skus": [variant["sku"] for variant in variants],
        "variant_prices": [variant["priceIncl"] for variant in variants],
        "variant_stocks": stocks,
        "variant_titles": [" / ".join(parts) for parts in titles],
    }
