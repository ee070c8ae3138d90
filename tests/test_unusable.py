"""One row that cannot be used costs itself alone, is named once, and is left alone afterwards."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from sync import explain, preview
from sync.ledger import balanced
from sync.sandbox.faults import Fault
from sync.sandbox.lightspeed.switchboard import set_switches
from sync.sandbox.oddities import Oddity, set_oddities
from sync.store import RunRow, UsageError
from tests.conftest import KEY, SECRET, Place, begun

EVERYTHING = {"include_customers": "yes", "include_pages": "yes", "include_orders": "all"}
SINGULAR = {
    "products": "product",
    "orders": "order",
    "categories": "category",
    "customers": "customer",
    "pages": "page",
}


@pytest.fixture
def shop(tiny: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    with begun(request, tiny, tmp_path, settings=EVERYTHING) as made:
        yield made


def odd(path: str, find: str, put: str) -> Fault:
    """Every answer of the path has something odd in it."""
    return Fault("lightspeed", "bytes", path=path, find=find, put=put)


# list, entity, what is in the first row there, what comes instead, whether it still tells an id
BROKEN = [
    ("catalog", "products", '"data01":"', '"data01":"\\ud83d ', True),
    ("catalog", "products", '"data01":"', '"data01":"Gr\xf6\xdfe', True),
    ("catalog", "products", '"data02":"', '"data02":NaN,"odd":"', True),
    ("catalog", "products", '{"products":[{"id":', '{"products":[{"id":"x","was":', False),
    ("catalog", "products", '{"products":[{"id":', '{"products":[null,{"id":', False),
    ("catalog", "products", '{"products":[{"id":', '{"products":[{},{"id":', False),
    ("categories", "categories", '"categories":[{"id":', '"categories":[{"id":false,"was":', False),
    ("orders", "orders", '"orders":[{"id":', '"orders":[{"id":-', False),
    ("orders", "orders", '"channel":"', '"channel":"\xff', True),
    ("customers", "customers", '"customers":[{"id":', '"customers":["a",{"id":', False),
    ("customers", "customers", '"lastname":"', '"lastname":"\\udc00', True),
    ("textpages", "pages", '"textpages":[{"id":', '"textpages":[{"id":null,"was":', False),
    ("blogs/articles", "pages", '"author":"', '"author":"\xfe', True),
]


@pytest.mark.parametrize(("path", "entity", "find", "put", "named"), BROKEN)
@pytest.mark.parametrize("known", [True, False])
def test_a_row_that_cannot_be_used_is_failed_once_and_then_skipped(
    shop: Place, path: str, entity: str, find: str, put: str, named: bool, known: bool
):
    if known:
        shop.run()
        if entity in ("orders", "customers"):  # of these only what changed is read
            kind = SINGULAR[entity]
            shop.state.edit(kind, shop.state.all(kind)[-1]["id"], memo="neu")
    before = shop.objects(entity)
    shop.state.faults.add(odd(f"/{path}(/\\d+)?\\.json", find, put))
    first = shop.run(full=True)
    assert first.state == "partial", (first.message, first.errors)
    assert balanced(first.books)
    assert first.books[entity]["failed"] == 1
    assert [e for e in first.errors if path in e["message"] and "cannot be used" in e["message"]]
    assert before.items() <= shop.objects(entity).items() or not known
    assert_left_alone(shop, entity, named=named)
    second = shop.run()
    assert second.state == "succeeded", second.errors
    third = shop.run(full=True)
    assert third.state == "succeeded", third.errors
    assert third.books[entity]["reasons"]["unreadable"] == 1
    assert balanced(third.books)
    assert before.items() <= shop.objects(entity).items() or not known
    shop.state.faults.clear()
    mended = shop.run(full=True)
    assert mended.state == "succeeded", mended.errors
    assert "unreadable" not in mended.books[entity]["reasons"]


def assert_left_alone(shop: Place, entity: str, *, named: bool) -> None:
    [line] = [row for row in shop.records() if row["reasons"] == ["unreadable"]]
    assert (line["entity"], line["action"]) == (entity, "skip")
    assert shop.preview()["entities"][entity]["reasons"]["unreadable"] == 1
    key = preview.prepared(shop.desk, shop.store).key
    [row] = preview.rows(shop.desk, shop.store, key, entity, reasons=["unreadable"]).rows
    assert row["id"] == line["id"]
    [part] = [
        each
        for each in preview.flow(shop.desk, shop.store, key, entity).parts
        if each.step == "readable"
    ]
    assert part.count == 1
    with suppress(UsageError):  # a row without an id is no record that can be opened
        preview.record(shop.desk, shop.store, entity, line["id"])
    with suppress(UsageError):
        explain.explain(shop.desk, shop.store, SINGULAR[entity], line["id"])
    if named:
        told = explain.explain(shop.desk, shop.store, SINGULAR[entity], line["id"])
        assert told.found
        assert told.reasons == ["unreadable"]


@pytest.mark.after("sync")
def test_later_runs_are_cheap(shop: Place):
    quiet = shop.run().calls["lightspeed"]["total"]
    product = max(shop.objects("products"))
    shop.state.edit("product", product, data01="neu")
    shop.state.faults.add(odd("/catalog(/\\d+)?\\.json", '"data01":"neu', '"data01":"\xff'))
    assert shop.run().state == "partial"
    done = shop.run()
    assert done.state == "succeeded"
    assert done.calls["lightspeed"]["total"] == quiet


HELPERS = [
    ("tags", '"tags":[{"id":', '"tags":[{"id":"","was":'),
    ("filters", '"filters":[{"id":', '"filters":[null,{"id":'),
    ("reviews", '"reviews":[{"id":', '"reviews":[{"id":"abc","was":'),
    ("subscriptions", '"subscriptions":[{"id":', '"subscriptions":[7,{"id":'),
    ("languages", '"languages":[{"id":', '"languages":[[],{"id":'),
    ("blogs", '"blogs":[{"id":', '"blogs":[{"id":0,"was":'),
    ("orders/customstatuses", '"customStatuses":[{"id":', '"customStatuses":[true,{"id":'),
    ("tags/products", '"tagsProducts":[{"id":', '"tagsProducts":[{"id":{},"was":'),
]


@pytest.mark.parametrize(("path", "find", "put"), HELPERS)
def test_a_row_of_a_helping_list_is_named_and_fails_nothing(
    shop: Place, path: str, find: str, put: str
):
    shop.set(include_review_score="yes", custom_attributes="Nieuw, Sale, Aanbieding")
    shop.state.faults.add(odd(f"/{path}\\.json", find, put))
    done = shop.run()
    assert done.state == "succeeded", (done.message, done.errors)
    calls = [c for c in shop.state.calls(side="lightspeed") if c.path.endswith(f"/{path}.json")]
    lines = [line["message"] for line in shop.desk.run_log(done.id)]
    if calls:
        assert [line for line in lines if line.startswith(f"a row of {path} cannot be used")]
        assert len(calls) < 8


@pytest.mark.after("sync")
def test_a_product_whose_variants_cannot_be_read_is_none_without_variants(shop: Place):
    """It would be removed from Clerk.io for having no price."""
    before = shop.objects("products")
    odd = dict(
        zip(sorted(before), ['"x"', "[1, 2]", '{"a": 1}', "[[7]]", "true", "7"], strict=False)
    )
    set_oddities(shop.state, *[Oddity("/catalog", i, "variants", raw) for i, raw in odd.items()])
    first = shop.run(full=True)
    assert first.state == "partial"
    assert first.books["products"]["failed"] == len(odd)
    assert balanced(first.books)
    assert shop.run(full=True).state == "succeeded"
    assert shop.objects("products") == before


@pytest.mark.after("sync")
def test_a_visibility_that_is_not_known_is_named(shop: Place):
    ids = sorted(shop.objects("products"))[:3]
    shop.set(removal_limit_percent="100")
    raws = ["7", '"soms"', "null"]
    odd = [Oddity("/catalog", i, "isVisible", raw) for i, raw in zip(ids, raws, strict=True)]
    set_oddities(shop.state, *odd)
    done = shop.run(full=True)
    assert done.books["products"]["removed"] == 1  # the last one: an empty value is a no
    lines = [
        line["message"] for line in shop.desk.run_log(done.id) if "isVisible" in line["message"]
    ]
    assert [line.partition(":")[0] for line in lines] == [f"product {i}" for i in ids[:2]]
    story = explain.explain(shop.desk, shop.store, "product", str(ids[1]))
    assert [(each.code, each.value) for each in story.warnings] == [("unknown_visible", '"soms"')]
    assert "isVisible" in explain.warning_text(story.warnings[0], "de")


TWICE = {
    "product": "/(catalog|products)[.]json",
    "variant": "/variants[.]json",
    "category": "/categories[.]json",
    "order": "/orders[.]json",
    "order_product": "/orders/[0-9]+/products[.]json",
    "customer": "/customers[.]json",
    "subscription": "/subscriptions[.]json",
    "textpage": "/textpages[.]json",
    "article": "/blogs/articles[.]json",
    "review": "/reviews[.]json",
    "tag": "/tags[.]json",
    "tag_product": "/tags/products[.]json",
    "filter": "/filters[.]json",
    "return": "/returns[.]json",
    "brand": "/brands[.]json",
    "custom_status": "/orders/customstatuses[.]json",
}


@pytest.mark.parametrize("switched", [{}, {"catalog": "403"}])
def test_a_row_that_comes_twice_stops_nothing(shop: Place, switched: dict[str, str]):
    """In each list a second row has the id of the first."""
    shop.set(include_review_score="yes", custom_attributes="Nieuw, wasadvies")
    set_switches(shop.state, **switched)
    twice = []
    for kind, path in TWICE.items():
        first, second, *_ = sorted(row["id"] for row in shop.state.all(kind))
        twice.append(Oddity(path, second, "id", str(first)))
    set_oddities(shop.state, *twice)
    for full in (False, False, True):
        done = shop.run(full=full)
        assert done.state == "succeeded", (done.message, done.errors)
        assert balanced(done.books)


PLAIN = [
    ("variants", '"variants":[{"id":', '"variants":[{"id":null,"was":'),
    ("variants", '"product":{"resource":{"id":', '"product":{"resource":{"was":'),
    ("variants", '"variants":[{"id":', '"variants":[null,{"id":'),
    ("categories/products", '"product":{"resource":{"id":', '"product":{"resource":{"was":'),
    ("categories/products", '"category":{"resource":{"id":', '"category":{"resource":{"was":'),
    ("categories/products", '"categoriesProducts":[{"id":', '"categoriesProducts":[{"was":'),
    ("products", '"products":[{"id":', '"products":[{"id":"x","was":'),
    ("brands", '"brands":[{"id":', '"brands":["x",{"id":'),
]


@pytest.mark.after("sync")
@pytest.mark.parametrize(("path", "find", "put"), PLAIN)
def test_the_other_way_of_reading_bears_odd_rows_too(shop: Place, path: str, find: str, put: str):
    before = shop.objects("products")
    set_switches(shop.state, catalog="403")
    shop.state.faults.add(odd(f"/{path}\\.json", find, put))
    first = shop.run(full=True)
    assert first.state in ("partial", "succeeded"), first.message
    assert balanced(first.books)
    assert set(shop.objects("products")) == set(before)
    lines = [line["message"] for line in shop.desk.run_log(first.id)]
    if path != "categories/products" or "was" in find:
        assert first.state == "succeeded" or [line for line in lines if "cannot be used" in line]
    seen = len(shop.state.calls())
    assert shop.run().state == "succeeded"
    pages = [c for c in shop.state.calls(seen, "lightspeed") if c.path.endswith(f"/{path}.json")]
    assert len(pages) < 3


@pytest.mark.after("sync")
def test_ids_as_texts_are_ids_on_both_ways(shop: Place):
    before = shop.objects("products")
    set_switches(shop.state, catalog="403")
    ids_as_texts(shop)
    done = shop.run(full=True)
    assert done.state == "succeeded", (done.message, done.errors)
    assert done.books["products"]["updated"] == 0
    assert shop.objects("products") == before


def ids_as_texts(shop: Place) -> None:
    """Lists of fewer rows than a page, as they are, with every id a text."""
    for path in ("products", "variants", "categories/products"):
        url = f"{shop.sandbox.url}/nl/{path}.json"
        body: dict[str, list[Any]] = {}
        for page in range(1, 5):
            got = httpx.get(url, params={"limit": 250, "page": page}, auth=(KEY, SECRET)).json()
            for name, rows in got.items():
                body.setdefault(name, []).extend(rows)
        text = re.sub(rb'"id":(\d+)', rb'"id":"\1"', orjson.dumps(body))
        if len(next(iter(body.values()))) < 250:
            fault = Fault(
                "lightspeed", "status", path=f"/nl/{path}\\.json", code=200, body=orjson.loads(text)
            )
            shop.state.faults.add(fault)


@pytest.mark.parametrize(
    ("find", "put"),
    [
        ('"orderProducts":[{"id":', '"orderProducts":[{"id":null,"was":'),
        ('"orderProducts":[{"id":', '"orderProducts":[null,{"id":'),
        ('"productTitle":"', '"productTitle":"\xff'),
    ],
)
def test_an_order_with_a_line_that_cannot_be_used_fails_once_alone(
    shop: Place, find: str, put: str
):
    shop.state.faults.add(
        Fault("lightspeed", "bytes", path="/orders/\\d+/products", find=find, put=put, times=1)
    )
    first = shop.run()
    assert first.state == "partial", first.message
    assert first.books["orders"]["failed"] == 1
    assert balanced(first.books)
    second = shop.run()
    assert second.state == "succeeded", second.errors
    assert second.books["orders"]["reasons"]["unreadable"] == 1
    [line] = [row for row in shop.records() if row["reasons"] == ["unreadable"]]
    order: RunRow | Any = shop.state.get("order", line["id"])
    shop.state.edit("order", line["id"], priceIncl=order["priceIncl"] + 1)
    third = shop.run()
    assert third.state == "succeeded", third.errors
    assert "unreadable" not in third.books["orders"]["reasons"]


@pytest.mark.after("sync")
def test_an_empty_list_of_lines_in_the_order_list_says_nothing(shop: Place):
    whole = shop.objects("orders")
    order = next(row for row in shop.state.all("order") if row["number"] in whole)
    shop.state.edit("order", order["id"], priceIncl=order["priceIncl"] + 1)
    set_switches(shop.state, embed_lines=True)
    lines = re.compile(r"/orders\.json")
    assert lines.search("/nl/orders.json")
    shop.state.faults.add(
        odd("/orders\\.json", '"embedded":[{"id":', '"embedded":[],"odd":[{"id":')
    )
    seen = len(shop.state.calls())
    done = shop.run()
    assert done.state == "succeeded", done.errors
    assert shop.objects("orders").keys() == whole.keys()
    asked = [
        c.path for c in shop.state.calls(seen) if c.path.endswith(f"{order['id']}/products.json")
    ]
    assert len(asked) <= 1


def test_a_refresh_that_meets_such_a_row_is_partial(shop: Place):
    shop.state.faults.add(odd("/catalog\\.json", '{"products":[{"id":', '{"products":[{"was":'))
    assert shop.run("refresh").state == "partial"
    assert shop.run("refresh", full=True).state == "succeeded"
    sent = shop.run()
    assert sent.state == "succeeded"
    assert sent.books["products"]["reasons"]["unreadable"] == 1
