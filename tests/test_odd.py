"""Odd values of every field, from the shop's answer to what Clerk.io takes."""

from __future__ import annotations

import random
from itertools import product as combined
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync import explain, mapping, preview, rules, shapes
from sync.documents import as_json
from sync.ledger import balanced
from sync.mapping import ProductExtra, ShopFacts
from sync.openshop import opened_shop
from sync.plan.sales import sold
from sync.rules import OrderRules
from sync.sandbox.clerk import shapes as clerk
from sync.sandbox.oddities import Oddity, set_oddities
from sync.settings import Settings
from sync.store import RunRow
from tests.conftest import Place, placed

NOW = 1_780_000_000
SHOP = ShopFacts(1, "www.shop.example", "eu1", "nl", True, False)
ALL = Settings.from_values(
    {"include_out_of_stock": "yes", "include_free_products": "yes", "include_pages": "yes"}
    | {"include_customers": "yes", "include_orders": "all", "collect_emails": "yes"}
    | {"include_review_score": "yes", "custom_attributes": "Kleur, Gewicht, data01, nieuw"}
)

TEXTS = st.sampled_from(
    [
        "",
        " ",
        "\u200b",
        "\u00ad\u2060",
        "tent",
        "/tent",
        "//",
        "..",
        "koepel tent",
        "größe-xl",
        "50%-korting",
        "fiets-\U0001f6b2",
        "a//b/",
        "?x=1#y",
        "https://www.shop.example/nl/x.html",
        "https://",
        "Kabel &amp; Stecker",
        "a\r\n\0b",
        '"Kleur: Zwart","Maat: XL"',
        "Maat: XL",
        "\ud83d Fiets",
        "\u202etxet",
        "<b>x</b>",
        "<script>x",
        "&#" + "9" * 5000 + ";",
    ]
)
NUMBERS = st.sampled_from(
    [
        0,
        1,
        -5,
        2**63 - 1,
        12.1,
        50.004,
        1e300,
        -0.0,
        2**63,
        10**400,
        "12.1000",
        "12,95",
        "1.299,95",
        "-1",
        "nan",
        "inf",
        "1e5",
        "abc",
        "7",
        "0.00",
        float("nan"),
        float("inf"),
        1e-9,
    ]
)
TIMES = st.sampled_from(
    [
        "2024-01-01T00:00:00+01:00",
        "2024-01-01 00:00:00",
        "0000-00-00 00:00:00",
        "soon",
        "-0001-11-30T00:00:00+00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
    ]
)
EMPTIES = st.sampled_from([None, False, True, [], {}, "", "0", "null"])
ODD = TEXTS | NUMBERS | TIMES | EMPTIES | st.text(max_size=8)


def sometimes_odd(usual: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A row some of whose fields are odd or missing; its id stays."""
    fields = [name for name in usual if name != "id"]
    changed = st.dictionaries(st.sampled_from(fields), ODD, max_size=4)
    left = st.sets(st.sampled_from(fields), max_size=2)
    return st.builds(
        lambda change, gone: {k: v for k, v in {**usual, **change}.items() if k not in gone},
        changed,
        left,
    )


VARIANT = {
    "id": 1010,
    "isDefault": True,
    "sortOrder": 1,
    "sku": "S",
    "ean": "E",
    "articleCode": "A",
    "title": '"Kleur: Zwart","Maat: XL"',
    "priceIncl": 12.1,
    "priceExcl": 10,
    "oldPriceIncl": 15,
    "oldPriceExcl": 0,
    "stockTracking": "enabled",
    "stockLevel": 3,
    "stockMinimum": 0,
}
PRODUCT = {
    "id": 101,
    "createdAt": "2024-01-01T00:00:00+01:00",
    "updatedAt": "2024-02-01T00:00:00+01:00",
    "isVisible": True,
    "title": "Tent",
    "fulltitle": "Tent XL",
    "url": "tent",
    "description": "CO<sub>2</sub>",
    "content": "",
    "brand": {"id": 1, "title": "M&amp;M"},
    "image": {"id": 7, "src": "https://cdn/files/7/x.jpg"},
    "categories": {"11": {"id": 11}, "12": {"id": 12}},
    "filters": [{"id": 4, "title": "Kleur", "values": [{"id": 1, "title": "Zwart"}]}],
    "specifications": [{"id": 8, "name": "Gewicht", "value": "2 kg"}],
    "data01": "x",
}
CATEGORY = {
    "id": 11,
    "isVisible": True,
    "depth": 1,
    "sortOrder": 1,
    "url": "tenten",
    "title": "Tenten",
    "fulltitle": "",
    "parent": {"resource": {"id": 12}},
}
LINE = {
    "id": 1,
    "product": {"resource": {"id": 101}},
    "quantityOrdered": 2,
    "quantityReturned": 0,
    "priceIncl": 24.2,
    "priceExcl": 20,
}
ORDER = {
    "id": 5001,
    "number": "ORD1",
    "status": "completed",
    "createdAt": "2024-01-01T00:00:00+01:00",
    "priceIncl": 24.2,
    "priceExcl": 20,
    "customer": {"resource": {"id": 3}},
    "email": "jan@shop.example",
    "shipmentStatus": "shipped",
    "shipmentIsPickup": False,
}
CUSTOMER = {
    "id": 3,
    "email": "jan@shop.example",
    "firstname": "Jan",
    "lastname": "Jansen",
    "companyName": "",
    "addressBillingZipcode": "1234 AB",
    "gender": "male",
    "isCompany": False,
    "type": "registered",
    "createdAt": "2024-01-01T00:00:00+01:00",
}
PAGE = {
    "id": 12,
    "isVisible": True,
    "isPublished": True,
    "publishedAt": "2024-01-01T00:00:00+01:00",
    "url": "over-ons",
    "title": "Over ons",
    "content": "<p>Wij</p>",
    "summary": "",
    "blog": {"resource": {"id": 1}},
}


def context(tree: dict[int, Any], side: str = "incl") -> mapping.Context:
    made = ALL.changed({"price_tax": side})
    blogs: Any = {1: {"id": 1, "slug": "nieuws/", "title": "Nieuws"}}
    return mapping.context(SHOP, made, tree, None, blogs, ["nieuw"])


def refused(entity: str, payload: dict[str, Any]) -> str | None:
    """What Clerk.io has against it."""
    sent = orjson.loads(mapping.payload_bytes(payload))
    try:
        clerk.checked(clerk.ENTITIES[entity], [sent], partial=False)
    except clerk.Refusal as error:
        return error.message
    return None


@settings(max_examples=300, deadline=None)
@given(
    product=sometimes_odd(PRODUCT),
    variants=st.lists(sometimes_odd(VARIANT), max_size=3),
    side=st.sampled_from(["incl", "excl"]),
)
def test_every_product_that_goes_is_taken(product, variants, side):
    rows = [{**row, "id": 1010 + n} for n, row in enumerate(variants)]
    made = shapes.catalog_product({**product, "variants": rows})
    made["created"] = made["created"] or NOW  # as the mirror keeps it
    made = orjson.loads(orjson.dumps(made))
    facts = rules.product_facts(made)
    reasons = rules.product_reasons(facts, ALL, side)
    payload = mapping.product_payload(made, ProductExtra(), context({}, side))
    invalid = {reason for reason in reasons if reason.startswith("invalid")}
    assert (refused("products", payload) is None) is not bool(invalid), (reasons, payload)
    lists = [value for name, value in payload.items() if name.startswith("variant_")]
    assert len({len(value) for value in lists}) <= 1
    if "price" in payload:
        field = "priceIncl" if side == "incl" else "priceExcl"
        readable = [price for row in rows if (price := read_price(row.get(field))) is not None]
        assert payload["price"] in {mapping.money(price) for price in readable}


def read_price(value: object) -> float | None:
    """What an independent reader takes for a price."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if 0 <= found < float("inf") else None


@settings(max_examples=200, deadline=None)
@given(row=sometimes_odd(CATEGORY), parents=st.lists(st.integers(10, 14), min_size=3, max_size=3))
def test_every_category_that_goes_is_taken(row, parents):
    others = [{**CATEGORY, "id": 12 + n, "parent": p} for n, p in enumerate(parents)]
    tree = {each["id"]: each for each in map(shapes.category, [row, *others])}
    c = context(tree)
    for number, reasons in rules.category_reasons(tree, ALL).items():
        payload = mapping.category_payload(tree[number], c)
        invalid = any(reason.startswith("invalid") for reason in reasons)
        assert (refused("categories", payload) is None) is not invalid, payload


@settings(max_examples=200, deadline=None)
@given(
    row=sometimes_odd(ORDER),
    lines=st.lists(sometimes_odd(LINE), max_size=3),
    side=st.sampled_from(["incl", "excl"]),
)
def test_every_order_that_goes_is_taken(row, lines, side):
    order = shapes.order({**row, "status": "completed"})
    parsed = shapes.order_lines([{**line, "id": n + 1} for n, line in enumerate(lines)])
    items = mapping.order_items(parsed, side)
    lacking = rules.NO_PRICE * mapping.unpriced(parsed, side)
    lacking += rules.NO_QUANTITY * mapping.uncounted(parsed)
    usable = -lacking or len(items)
    reasons = OrderRules(ALL, NOW, {}).reasons(order["created"], "completed", None, usable)
    payload = mapping.order_payload(
        id=order["id"],
        number=order["number"],
        created=order["created"],
        customer=order["customer"],
        email=order["email"],
        status="SENT",
        items=items,
        c=context({}, side),
    )
    if not reasons:
        assert refused("orders", payload) is None, payload
    elif usable >= 0:
        assert refused("orders", payload) is not None


@settings(max_examples=100, deadline=None)
@given(row=sometimes_odd(CUSTOMER))
def test_every_customer_is_taken(row):
    customer = shapes.customer(row)
    assert refused("customers", mapping.customer_payload(customer, True, context({}))) is None


@settings(max_examples=200, deadline=None)
@given(row=sometimes_odd(PAGE), parse=st.sampled_from([shapes.textpage, shapes.article]))
def test_every_page_that_goes_is_taken(row, parse):
    page = parse(row)
    reasons = set(rules.page_reasons(page, ALL, NOW, "nl"))
    payload = mapping.page_payload(page, context({}))
    missing = reasons & {"empty", "invalid:url"}
    assert (refused("pages", payload) is None) is not bool(missing), payload


@settings(max_examples=50, deadline=None)
@given(rows=st.lists(sometimes_odd(PRODUCT), min_size=2, max_size=5), seed=st.integers(0, 99))
def test_a_payload_never_depends_on_what_was_mapped_before(rows, seed):
    """Not on the order, and not on which others there are."""
    made = [
        shapes.catalog_product({**row, "variants": [VARIANT], "id": n + 1})
        for n, row in enumerate(rows)
    ]
    tree = {11: shapes.category(CATEGORY)}

    def payload(product: Any, c: mapping.Context) -> bytes:
        return mapping.payload_bytes(mapping.product_payload(product, ProductExtra(), c))

    alone = {p["id"]: payload(p, context(tree)) for p in made}
    shuffled = random.Random(seed).sample(made, len(made))
    together = context(tree)
    assert {p["id"]: payload(p, together) for p in shuffled} == alone
    differs = mapping.product_comparer(together)
    for p in shuffled:
        assert not differs(p, ProductExtra(), orjson.loads(alone[p["id"]]))


# -- over the wire --------------------------------------------------------------------------


def told(place: Place, run: RunRow) -> list[str]:
    return [line["message"] for line in place.desk.run_log(run.id) if line["level"] == "warning"]


def going(place: Place) -> list[int]:
    """Products that go, with the default variant's id."""
    place.run()
    return sorted(place.objects("products"))


def variant_of(place: Place, product: int) -> int:
    return min(v["id"] for v in place.state.all("variant") if v["product"] == product)


def test_a_price_that_cannot_be_read_is_named_and_costs_its_own_product(place: Place):
    first, second, third, *rest = going(place)
    odd = [
        Oddity("catalog", first, "variants/*/priceIncl", "true"),
        Oddity("catalog", second, "variants/*/priceIncl", "-5"),
        Oddity(
            "catalog", third, f"variants/{variant_of(place, third)}/stockTracking", '"preorder"'
        ),
    ]
    set_oddities(place.state, *odd)
    done = place.run(full=True)
    assert done.state == "succeeded"
    assert balanced(done.books)
    assert done.books["products"]["reasons"]["invalid:price"] == 2
    assert {first, second} & place.objects("products").keys() == set()
    assert set(rest) <= place.objects("products").keys()
    said = told(place, done)
    variant = variant_of(place, first)
    assert f"variant {variant} of product {first}: priceIncl true cannot be read" in " ".join(said)
    assert 'stockTracking "preorder" is not known' in " ".join(said)
    assert len(said) < 20
    story = explain.explain(place.desk, place.store, "product", first)
    assert story.reasons == ["invalid:price"]
    assert as_json(story.warnings[0]) == {
        "code": "unreadable",
        "field": "priceIncl",
        "variant": variant,
        "value": "true",
    }
    assert explain.warning_text(story.warnings[0], "de")
    record = preview.record(place.desk, place.store, "products", third)
    assert {each.code for each in record.warnings} == {"unknown_tracking"}
    set_oddities(place.state)
    healed = place.run(full=True)
    assert {first, second} <= place.objects("products").keys()
    assert not [line for line in told(place, healed) if "cannot be read" in line]


@pytest.mark.parametrize("raw", ['""', "null", None, '"0000-00-00 00:00:00"', '"-0001-11-30"'])
def test_a_made_up_moment_of_creation_never_moves_and_is_told_once(place: Place, raw: str | None):
    set_oddities(
        place.state,
        Oddity("catalog", at="createdAt", raw=raw),
        Oddity("catalog", at="updatedAt", raw='"2025-03-01T00:00:00+00:00"'),
    )
    done = place.run()
    assert done.state == "succeeded"
    products = place.objects("products")
    assert {product["created_at"] for product in products.values()} == {1740787200}
    assert sum("createdAt" in line for line in told(place, done)) == 6
    set_oddities(
        place.state,
        Oddity("catalog", at="createdAt", raw=raw),
        Oddity("catalog", at="updatedAt", raw='"2026-03-01T00:00:00+00:00"'),
    )
    again = place.run(full=True)
    assert again.books["products"]["updated"] == 0
    assert place.objects("products") == products
    assert not [line for line in told(place, again) if "createdAt" in line]


def test_without_any_moment_the_first_reading_counts_and_is_kept(place: Place):
    nothing = [
        Oddity("catalog", at=f"{name}At", raw='"0000-00-00"') for name in ("created", "updated")
    ]
    set_oddities(place.state, *nothing)
    place.run()
    products = place.objects("products")
    now = place.desk.clock.now()
    assert all(now - 600 < product["created_at"] <= now for product in products.values())
    assert place.run(full=True).books["products"]["updated"] == 0
    assert place.objects("products") == products


UNCOUNTABLE = ["null", '""', '"2 stuks"', '"2,5"', "true", "9" * 20, "[2]", None]


def story_of(place: Place, kind: str, key: object) -> explain.Story:
    return explain.explain(place.desk, place.store, kind, str(key))


def shipped(place: Place) -> list[dict[str, Any]]:
    """Orders that go, each with a line of a product at least."""
    found = {row["order"] for row in place.state.all("order_product") if row["quantityOrdered"]}
    every = place.state.all("order")
    return [row for row in every if row["status"] == "completed_shipped" and row["id"] in found]


@pytest.mark.after("refresh", include_orders="all")
@pytest.mark.parametrize("side", ["incl", "excl"])
def test_what_cannot_be_read_of_lines_keeps_the_order_back_by_name(place: Place, side: str):
    place.set(price_tax=side)
    orders = shipped(place)
    fields = ("priceIncl", "priceExcl", "quantityOrdered")
    odd, expected = [], {}
    for order, fit in zip(orders, combined((True, False), repeat=3), strict=False):
        lacking = {field for field, is_fit in zip(fields, fit, strict=True) if not is_fit}
        path = f"/orders/{order['id']}/products"
        odd += [Oddity(path, at=field, raw="null") for field in lacking]
        price = ["invalid:price"] if f"price{side.title()}" in lacking else []
        expected[order["number"]] = price + ["invalid:quantity"] * ("quantityOrdered" in lacking)
    for order, raw in zip(orders[8:], UNCOUNTABLE, strict=False):
        odd.append(Oddity(f"/orders/{order['id']}/products", at="quantityOrdered", raw=raw))
        expected[order["number"]] = ["invalid:quantity"]
    assert len(expected) == 16
    set_oddities(place.state, *odd)
    done = place.run()
    assert (done.state, balanced(done.books)) == ("succeeded", True)
    shown = {line["key"]: line["reasons"] for line in place.records() if line["key"] in expected}
    assert shown == expected
    for number, reasons in expected.items():
        assert story_of(place, "order", number).reasons == reasons
        assert (number in place.objects("orders")) is not bool(reasons)
    said = [code for reasons in expected.values() for code in reasons]
    for code in set(said):
        assert done.books["orders"]["reasons"][code] == said.count(code)
        assert place.preview()["entities"]["orders"]["reasons"][code] == said.count(code)
    again = place.run()
    assert again.books["orders"]["created"] == again.books["orders"]["updated"] == 0
    with opened_shop(place.desk, place.store) as shop:
        sales = sold(shop.plan_inputs(place.desk.settings(place.store).settings), 3650)
    assert all(each.revenue >= 0 for each in sales.values())


@pytest.mark.after("sync", include_orders="all")
def test_an_order_in_clerk_whose_quantities_cannot_be_read_stays_and_can_be_cancelled(place: Place):
    order = next(row for row in shipped(place) if row["number"] in place.objects("orders"))
    number, before = order["number"], place.objects("orders")[order["number"]]
    path = f"/orders/{order['id']}/products"
    set_oddities(place.state, Oddity(path, at="quantityOrdered", raw="null"))
    place.state.edit("order", order["id"], priceIncl=order["priceIncl"] + 1)
    place.run()
    assert story_of(place, "order", number).reasons == ["invalid:quantity"]
    assert place.objects("orders")[number] == before
    place.state.edit("order", order["id"], status="cancelled")
    place.run()
    assert place.objects("orders")[number] == {**before, "status": "CANCELLED"}


@pytest.mark.after("refresh", include_orders="all")
def test_a_free_text_line_is_skipped_whatever_its_quantity(place: Place):
    order = shipped(place)[0]
    lines = [row for row in place.state.all("order_product") if row["order"] == order["id"]]
    place.state.put("order_product", {**lines[0], "id": 900_000_001})
    path = f"/orders/{order['id']}/products"
    free = Oddity(path, 900_000_001, "product", "false")
    set_oddities(place.state, free, Oddity(path, 900_000_001, "quantityOrdered", '"op maat"'))
    place.run()
    assert story_of(place, "order", order["number"]).reasons == []
    assert order["number"] in place.objects("orders")


@pytest.mark.after("sync", include_review_score="yes")
def test_a_rating_is_the_mean_of_scores_that_can_be_read(place: Place):
    reviews: dict[int, list[int]] = {}
    for row in place.state.all("review"):
        if row["isVisible"] and row["product"] in place.objects("products"):
            reviews.setdefault(row["product"], []).append(row["id"])
    product, ids = max(reviews.items(), key=lambda each: len(each[1]))
    raws = ["4.5", '"3.25"', "1e30", "-3", "0", '"4,5"', "true"]
    set_oddities(
        place.state,
        *(Oddity("/reviews", one, "score", raw) for one, raw in zip(ids, raws, strict=False)),
        *(Oddity("/reviews", one, "score", "null") for one in ids[len(raws) :]),
    )
    place.run(full=True)
    read = [4.5, 3.25][: len(ids)]
    found = place.objects("products")[product]
    assert (found["rating"], found["review_count"]) == (
        mapping.money(sum(read) / len(read)),
        len(read),
    )


ARTICLES = [
    *(
        ("language", raw, "other_language")
        for raw in ('"de"', "{de}", '"{de}"', '{{"id": {de}}}', '{{"resource": {{"id": {de}}}}}')
    ),
    *(("language", raw, "other_language") for raw in ("true", '"Klingon"', "987654321", "[1]")),
    *(
        ("language", raw, "")
        for raw in ('"NL"', "{nl}", '{{"id": {nl}}}', '{{"resource": {{"id": {nl}}}}}')
    ),
    *(("language", raw, "") for raw in ("null", "false", '""', "{{}}", None)),
    *(
        ("publishedAt", raw, "invalid:publishedAt")
        for raw in ('"01-12-2099"', '"2099/01/01"', "true", "2099")
    ),
    *(("publishedAt", raw, "unpublished") for raw in ("4081708800", '"4081708800"')),
    *(("publishedAt", raw, "") for raw in ("1704067200", '"0000-00-00 00:00:00"', "null", None)),
]


@pytest.mark.after("sync", include_pages="yes", removal_limit_percent="100")
def test_articles_of_another_language_and_of_an_unreadable_date_stay_out(place: Place):
    ids = {row["code"]: row["id"] for row in place.state.fact("languages")}
    key = next(key for key in place.objects("pages") if key.startswith("article"))
    for field, form, reason in ARTICLES:
        raw = form and form.format(**ids)
        set_oddities(place.state, Oddity("/articles", int(key.split("-")[1]), field, raw))
        done = place.run()
        expected = [reason] if reason else []
        (shown,) = (line for line in place.records() if line["id"] == key)
        assert shown["reasons"] == expected, (field, raw)
        assert story_of(place, "page", key).reasons == expected, (field, raw)
        assert (key in place.objects("pages")) is not bool(reason), (field, raw)
        assert not reason or done.books["pages"]["reasons"][reason] >= 1


@pytest.mark.after("sync", include_pages="yes")
def test_what_makes_a_page_go_whose_date_cannot_be_read(place: Place):
    key = next(key for key in place.objects("pages") if key.startswith("article"))
    number = int(key.removeprefix("article-"))
    set_oddities(place.state, Oddity("/articles", number, "publishedAt", '"1 mei"'))
    place.run()
    (way,) = explain.smallest(place.desk, place.store, "page", key)
    assert "publication date" in way.shop[0].text("en")


@pytest.mark.after("sync")
def test_stock_beyond_every_number_is_named(place: Place):
    product = min(place.objects("products"))
    variant = variant_of(place, product)
    place.state.edit("variant", variant, stockTracking="enabled")
    at = f"variants/{variant}/stockLevel"
    set_oddities(place.state, Oddity("catalog", product, at, "9" * 20))
    done = place.run(full=True)
    assert "stockLevel 1e+20 cannot be read" in " ".join(told(place, done))
    assert [each.field for each in story_of(place, "product", product).warnings] == ["stockLevel"]


@pytest.mark.after("sync", include_pages="yes")
def test_categories_and_pages_without_name_or_url_stay_out(place: Place):
    categories, pages = place.objects("categories"), place.objects("pages")
    nameless = next(number for number, each in categories.items() if each["subcategories"])
    (page,) = [key for key in pages if key.startswith("textpage")][:1]
    set_oddities(
        place.state,
        Oddity("categories", nameless, "title", '" \\u200b"'),
        Oddity("categories", nameless, "fulltitle", '""'),
        Oddity("textpages", int(page.removeprefix("textpage-")), "url", '"/"'),
    )
    done = place.run(full=True)
    assert done.state == "succeeded"
    assert done.books["categories"]["reasons"]["invalid:name"] == 1
    assert done.books["pages"]["reasons"]["invalid:url"] == 1
    assert page not in place.objects("pages")
    for child in categories[nameless]["subcategories"]:
        assert child in place.objects("categories")
    assert not any(nameless in each["categories"] for each in place.objects("products").values())
    reasons = [line["reasons"] for line in place.records() if line["id"] in (nameless, page)]
    assert all(any(code.startswith("invalid") for code in each) for each in reasons)
    again = place.run()
    assert all(book["failed"] == book["updated"] == 0 for book in again.books.values())


def test_names_are_found_as_they_are_sent(place: Place):
    first = going(place)[0]
    set_oddities(
        place.state,
        Oddity("catalog", first, "title", '"Wasch\\u00admaschinen\\u200bschrank &amp; Co"'),
    )
    place.run(full=True)
    assert place.objects("products")[first]["name"] == "Waschmaschinenschrank & Co"
    for text in ("Waschmaschinenschrank & Co", "maschinenschrank"):
        found = explain.lookup(place.desk, place.store, text)
        assert [(match["id"], match["title"]) for match in found] == [
            (first, "Waschmaschinenschrank & Co")
        ]


RAWS = ["true", "false", "null", '""', "[]", "{}", '"0"', "-5", "0", '"12,95"', '"12.1000"', None]
RAWS += ['"/"', '"a//b"', '"50%-korting"', '"&amp;"', '"\\u200b"', '"0000-00-00"', "1e30", "[7]"]
PLACES = {
    r"/catalog": "title fulltitle url description content brand image categories filters data01"
    " specifications createdAt updatedAt isVisible brand/title filters/*/title filters/*/values"
    " filters/*/values/*/title specifications/*/name specifications/*/value variants/*/priceIncl"
    " variants/*/priceExcl variants/*/oldPriceIncl variants/*/stockLevel variants/*/stockMinimum"
    " variants/*/stockTracking variants/*/title variants/*/sku variants/*/sortOrder"
    " variants/*/isDefault",
    r"/categories": "title fulltitle url parent depth sortOrder isVisible path",
    r"/orders\.json": "number status createdAt customer email shipmentStatus shipmentIsPickup",
    r"/orders/\d+/products": "product quantityOrdered quantityReturned priceIncl priceExcl",
    r"/customers": "email firstname lastname companyName isCompany gender type createdAt",
    r"/textpages": "title content url isVisible",
    r"/blogs/articles": "title content summary url blog language isPublished publishedAt",
    r"/blogs\.json": "url title",
    r"/filters": "title isActive",
}
PLACED = [(path, at) for path, fields in PLACES.items() for at in fields.split()]
ODDITY = st.tuples(st.sampled_from(PLACED), st.sampled_from(RAWS), st.booleans())


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(odd=st.lists(ODDITY, min_size=3, max_size=12), seed=st.integers(0, 99))
def test_whatever_stands_in_a_row_nothing_is_refused(tiny: Path, tmp_path_factory, odd, seed):
    """No record fails, the books balance, and the next run has nothing to send."""
    with placed(tiny, tmp_path_factory.mktemp("odd")) as place:
        place.set(
            include_orders="all",
            include_customers="yes",
            include_pages="yes",
            include_out_of_stock="yes",
            collect_emails="yes",
            removal_limit_percent="100",
        )
        if seed % 2:
            place.run()
        dice = random.Random(seed)
        every = [row["id"] for row in place.state.all("product")]
        set_oddities(
            place.state,
            *(
                Oddity(path, dice.choice(every) if path == "/catalog" and one else None, at, raw)
                for (path, at), raw, one in odd
            ),
        )
        done = place.run(full=True)
        assert done.state in ("succeeded", "held"), (done.message, done.errors)
        if done.state == "held":
            return
        assert balanced(done.books)
        assert all(book["failed"] == 0 for book in done.books.values())
        again = place.run()
        assert again.state == "succeeded"
        sent = {e: book["created"] + book["updated"] for e, book in again.books.items()}
        assert set(sent.values()) == {0}, sent
