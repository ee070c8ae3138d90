"""Which records go, and every reason why one does not."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import rules
from sync.rules import OrderRules, ProductFacts, order_cutoff
from sync.settings import Settings

DEFAULTS = Settings.from_values({})
EVERYTHING = DEFAULTS.changed(
    {"include_out_of_stock": "yes", "include_free_products": "yes", "include_pages": "yes"}
    | {"include_customers": "yes", "include_orders": "all", "include_hidden_categories": "yes"}
)


def with_(**changes):
    return DEFAULTS.changed(changes)


def unix(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def variant(tracking="enabled", stock=1, minimum=0, incl=10.0, excl=8.26):
    prices = {"incl": incl, "excl": excl}
    return {"tracking": tracking, "stock": stock, "minimum": minimum, **prices}


def product(**changes):
    plain = {"visible": True, "title": "Shirt", "fulltitle": "", "slug": "shirt", "specs": []}
    return {**plain, "variants": [variant()], "data": ["", "", ""], **changes}


def spec(name, value):
    return {"id": 1, "name": name, "value": value}


# -- products -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tracking", "stock", "minimum", "sellable"),
    [
        ("disabled", 0, 0, True),
        ("disabled", -5, 3, True),
        ("indicator", 0, 0, True),
        ("indicator", -1, 0, True),
        ("enabled", 1, 0, True),
        ("enabled", 0, 0, False),
        ("enabled", -1, 0, False),
        ("enabled", 2, 2, False),
        ("enabled", 3, 2, True),
        ("enabled", 0, -1, True),
        ("", 9, 0, False),
        ("never heard of", 9, 0, False),
    ],
)
def test_a_variant_is_sellable(tracking, stock, minimum, sellable):
    one = variant(tracking, stock, minimum)
    assert rules.sellable(one) is sellable
    assert rules.product_facts(product(variants=[one])).sellable is sellable


def test_one_sellable_variant_is_enough_and_none_is_out_of_stock():
    sold_out = variant(stock=0)
    assert rules.product_facts(product(variants=[sold_out, variant()])).sellable
    assert not rules.product_facts(product(variants=[sold_out, sold_out])).sellable
    assert not rules.product_facts(product(variants=[])).sellable


@pytest.mark.parametrize(
    ("changes", "invalid"),
    [
        ({}, ()),
        ({"title": "", "fulltitle": "Shirt for men"}, ()),
        ({"title": ""}, ("name",)),
        ({"slug": ""}, ("url",)),
        ({"slug": "/"}, ("url",)),
        ({"slug": ".."}, ("url",)),
        ({"slug": "https://www.shop.example/"}, ("url",)),
        ({"variants": []}, ("price",)),
        ({"variants": [variant(incl=None, excl=None)]}, ("price",)),
        ({"variants": [variant(incl=None, excl=None), variant(incl=0.0, excl=0.0)]}, ()),
        ({"title": "", "slug": "", "variants": []}, ("name", "url", "price")),
    ],
)
def test_what_makes_a_product_invalid(changes, invalid):
    facts = rules.product_facts(product(**changes))
    for side in ("incl", "excl"):
        found = rules.product_reasons(facts, EVERYTHING, side)
        assert found == [f"invalid:{field}" for field in invalid]


def test_only_the_price_that_is_sent_is_asked_for():
    facts = rules.product_facts(product(variants=[variant(incl=None)]))
    assert rules.product_reasons(facts, DEFAULTS, "incl") == ["invalid:price"]
    assert rules.product_reasons(facts, DEFAULTS, "excl") == []


@pytest.mark.parametrize("value", ["1", "true", "YES", "y", "On", " ja ", "oui", "X"])
@pytest.mark.parametrize("name", ["free_product", "Free product", "FREE-PRODUCT"])
def test_free_by_specification(name, value):
    assert rules.product_facts(product(specs=[spec(name, value)])).free


@pytest.mark.parametrize("value", ["", "0", "no", "nein", "false", "maybe", "2"])
def test_not_free_by_specification(value):
    assert not rules.product_facts(product(specs=[spec("free_product", value)])).free


@pytest.mark.parametrize(
    ("data", "free"),
    [
        ("free_product", True),
        ("Free Product", True),
        ("free_product=1", True),
        ("free_product = Ja", True),
        ("free_product=no", False),
        ("free_product=", False),
        ("no free_product", False),
        ("yes", False),
    ],
)
@pytest.mark.parametrize("position", [0, 1, 2])
def test_free_by_data(data, free, position):
    entries = ["", "", ""]
    entries[position] = data
    assert rules.product_facts(product(data=entries)).free is free


def test_free_by_tag_and_never_by_price():
    assert rules.product_facts(product(), ["Sale", "Free product"]).free
    assert not rules.product_facts(product(), ["Sale"]).free
    assert not rules.product_facts(product(variants=[variant() | {"incl": 0.0}])).free


GOOD = ProductFacts(visible=True, sellable=True, free=False, invalid=())
BAD = ProductFacts(visible=False, sellable=False, free=True, invalid=("name", "price"))


@pytest.mark.parametrize(
    ("facts", "changes", "reasons"),
    [
        (GOOD, {}, []),
        (GOOD._replace(visible=False), {}, ["hidden"]),
        (GOOD._replace(sellable=False), {}, ["out_of_stock"]),
        (GOOD._replace(sellable=False), {"include_out_of_stock": "yes"}, []),
        (GOOD._replace(free=True), {}, ["free_product"]),
        (GOOD._replace(free=True), {"include_free_products": "yes"}, []),
        (GOOD._replace(invalid=("url",)), {}, ["invalid:url"]),
        (BAD, {}, ["hidden", "out_of_stock", "free_product", "invalid:name", "invalid:price"]),
        (
            BAD,
            {"include_out_of_stock": "yes", "include_free_products": "yes"},
            ["hidden", "invalid:name", "invalid:price"],
        ),
        (BAD, {"import_products": "no"}, ["import_off"]),
        (GOOD, {"import_products": "no"}, ["import_off"]),
        (GOOD, {"import_categories": "no", "import_orders": "no"}, []),
    ],
)
def test_product_reasons(facts, changes, reasons):
    assert rules.product_reasons(facts, with_(**changes)) == reasons


# -- orders ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("include", "as_of", "cutoff"),
    [
        ("1m", "2026-03-31T12:30:15", "2026-02-28T12:30:15"),
        ("1m", "2024-03-31T12:30:15", "2024-02-29T12:30:15"),
        ("1m", "2026-01-15T00:00:00", "2025-12-15T00:00:00"),
        ("1m", "2026-12-31T23:59:59", "2026-11-30T23:59:59"),
        ("3m", "2026-05-31T00:00:00", "2026-02-28T00:00:00"),
        ("3m", "2026-01-31T00:00:00", "2025-10-31T00:00:00"),
        ("6m", "2026-08-31T00:00:00", "2026-02-28T00:00:00"),
        ("1y", "2024-02-29T08:00:00", "2023-02-28T08:00:00"),
        ("1y", "2025-02-28T08:00:00", "2024-02-28T08:00:00"),
        ("2y", "2026-06-01T00:00:00", "2024-06-01T00:00:00"),
        ("3y", "2026-03-29T01:30:00", "2023-03-29T01:30:00"),
        ("3y", "2028-02-29T00:00:00", "2025-02-28T00:00:00"),
        ("2024-02-29", "2026-06-01T00:00:00", "2024-02-29T00:00:00"),
        ("2030-01-01", "2026-06-01T00:00:00", "2030-01-01T00:00:00"),
    ],
)
def test_order_cutoff(include, as_of, cutoff):
    assert order_cutoff(include, unix(as_of)) == unix(cutoff)


def test_all_has_no_cutoff_and_none_lets_nothing_in():
    assert order_cutoff("all", 1000) is None
    assert order_cutoff("none", 1000) == 1001


@given(st.integers(unix("2005-01-01"), unix("2100-01-01")))
def test_longer_periods_reach_further_back(as_of):
    cutoffs = [order_cutoff(each, as_of) for each in ("1m", "3m", "6m", "1y", "2y", "3y")]
    assert cutoffs == sorted(cutoffs, reverse=True)
    assert cutoffs[0] < as_of
    assert all((as_of - cutoff) % 86_400 == 0 for cutoff in cutoffs)


NOW = unix("2026-06-15T12:00:00")
EDGE = unix("2025-06-15T12:00:00")
TITLES = {1: "Packed & ready", 2: "Completed shipped", 3: "Own shop", 4: ""}


@pytest.mark.parametrize(
    ("created", "status", "custom", "lines", "reasons"),
    [
        (NOW, "completed", None, 2, []),
        (EDGE, "completed", None, 2, []),
        (EDGE - 1, "completed", None, 2, ["too_old"]),
        (EDGE, "on_hold", None, 2, ["status_not_accepted"]),
        (EDGE, "completed", None, None, ["lines_pending"]),
        (NOW, "on_hold", None, 2, ["status_not_accepted"]),
        (NOW, "completed", None, 0, ["no_lines"]),
        (NOW, "completed", None, None, ["lines_pending"]),
        (EDGE - 1, "on_hold", None, 0, ["too_old", "status_not_accepted", "no_lines"]),
        (EDGE - 1, "completed", None, None, ["too_old"]),
        (NOW, "on_hold", None, None, ["status_not_accepted"]),
        (EDGE - 1, "on_hold", None, None, ["too_old", "status_not_accepted"]),
        (NOW, "", None, 1, ["status_not_accepted"]),
        (NOW, "Completed-Shipped", None, 1, []),
        (NOW, "on_hold", 2, 1, []),
        (NOW, "on_hold", 1, 1, ["status_not_accepted"]),
        (NOW, "on_hold", 99, 1, ["status_not_accepted"]),
        (NOW, "cancelled", 2, 1, ["status_not_accepted"]),
        (NOW + 5, "completed", None, 1, []),
        (0, "completed", None, 1, ["invalid:time"]),
        (0, "on_hold", None, None, ["status_not_accepted", "invalid:time"]),
        (NOW, "completed", None, -1, ["invalid:price"]),
        (EDGE - 1, "completed", None, -1, ["too_old", "invalid:price"]),
        (NOW, "completed", None, -2, ["invalid:quantity"]),
        (NOW, "completed", None, -3, ["invalid:price", "invalid:quantity"]),
        (0, "on_hold", None, -2, ["status_not_accepted", "invalid:time", "invalid:quantity"]),
    ],
)
def test_order_reasons(created, status, custom, lines, reasons):
    checked = OrderRules(DEFAULTS, NOW, TITLES)
    assert checked.reasons(created, status, custom, lines) == reasons
    assert checked.reasons(created, status, custom, lines) == reasons  # decided once, kept


@pytest.mark.parametrize(
    "changes", [{"import_orders": "no"}, {"include_orders": "none"}, {"include_orders": "NONE"}]
)
def test_orders_that_are_off_show_that_alone(changes):
    off = OrderRules(with_(**changes), NOW, {})
    assert off.reasons(0, "on_hold", None, 0) == ["import_off"]
    assert off.reasons(NOW, "completed", None, None) == ["import_off"]


@pytest.mark.parametrize(
    ("typed", "status", "custom", "accepted"),
    [
        ("Completed shipped", "completed_shipped", None, True),
        ("COMPLETED-SHIPPED", "completed_shipped", None, True),
        ("completed", "completed_shipped", None, False),
        ("packed & ready", "on_hold", 1, True),
        ("Packed & Ready", "cancelled", 1, False),
        ("cancelled", "cancelled", None, True),
        ("cancelled", "cancelled", 1, True),
        ("cancelled", "canceled", None, True),
        ("Storniert", "Canceled", None, True),
        ("canceled", "cancelled", None, True),
        ("Packed & Ready", "canceled", 1, False),
        ("Packed & Ready", "CANCELED", 1, False),
        ("Packed &amp; Re\u00adady", "on_hold", 1, True),
        ("\u200b", "", None, False),
        ("\u200b", "on_hold", 4, False),
        ("own-shop", "processing", 3, True),
        ("", "completed", None, False),
        (",", "completed", 1, False),
        ("a_status_from_tomorrow", "a status from tomorrow", None, True),
    ],
)
def test_accepted_statuses(typed, status, custom, accepted):
    checked = OrderRules(with_(accepted_order_statuses=typed), NOW, TITLES)
    assert checked.accepts_status(status, custom) is accepted
    assert (checked.reasons(NOW, status, custom, 1) == []) is accepted


def test_all_orders_have_no_age():
    assert OrderRules(with_(include_orders="all"), NOW, {}).reasons(1, "completed", None, 1) == []


def test_an_order_whose_key_another_one_owns():
    checked = OrderRules(DEFAULTS, NOW, TITLES)
    assert checked.reasons(NOW, "completed", None, 1, True) == ["key_taken"]
    assert checked.reasons(NOW, "completed", None, None, True) == ["key_taken"]
    both = ["status_not_accepted", "key_taken"]
    assert checked.reasons(NOW, "cancelled", None, 1, True) == both


# -- categories -----------------------------------------------------------------------------


def tree(*rows):
    """(id, parent, visible) of each category."""
    texts = {"title": "Tents", "slug": "tents"}
    return {
        n: {"id": n, "parent": parent, "visible": visible, **texts} for n, parent, visible in rows
    }


@pytest.mark.parametrize(
    ("rows", "reasons"),
    [
        ([(1, None, True)], {1: []}),
        ([(1, None, False)], {1: ["hidden"]}),
        ([(1, None, False), (2, 1, True)], {1: ["hidden"], 2: ["hidden_parent"]}),
        ([(1, None, False), (2, 1, False)], {1: ["hidden"], 2: ["hidden", "hidden_parent"]}),
        (
            [(1, None, False), (2, 1, True), (3, 2, True)],
            {1: ["hidden"], 2: ["hidden_parent"], 3: ["hidden_parent"]},
        ),
        ([(1, None, True), (2, 1, False)], {1: [], 2: ["hidden"]}),
        ([(2, 99, True)], {2: []}),
        ([(1, 1, True)], {1: []}),
        ([(1, 2, True), (2, 1, True)], {1: [], 2: []}),
        ([(1, 2, False), (2, 1, True)], {1: ["hidden"], 2: ["hidden_parent"]}),
        (
            [(1, 2, True), (2, 3, True), (3, 2, False)],
            {1: ["hidden_parent"], 2: ["hidden_parent"], 3: ["hidden"]},
        ),
        ([], {}),
    ],
)
def test_category_reasons(rows, reasons):
    categories = tree(*rows)
    assert rules.category_reasons(categories, DEFAULTS) == reasons
    going = {number for number, why in reasons.items() if not why}
    off = with_(import_categories="no")
    assert rules.visible_categories(categories, DEFAULTS) == going
    assert rules.visible_categories(categories, off) == going
    assert rules.category_reasons(categories, off) == {n: ["import_off"] for n in categories}
    shown = with_(include_hidden_categories="yes")
    assert rules.category_reasons(categories, shown) == {n: [] for n in categories}
    assert rules.visible_categories(categories, shown) == set(categories)


@given(st.dictionaries(st.integers(1, 9), st.tuples(st.none() | st.integers(1, 12), st.booleans())))
def test_any_tree_ends_and_no_child_of_a_hidden_category_goes(rows):
    categories = tree(*((number, *row) for number, row in rows.items()))
    going = rules.visible_categories(categories, DEFAULTS)
    for number in going:
        assert categories[number]["visible"]
        parent = categories[number]["parent"]
        assert parent not in categories or parent in going


@pytest.mark.parametrize(
    ("changes", "invalid"),
    [({"title": ""}, "name"), ({"slug": ""}, "url"), ({"slug": "//"}, "url")],
)
def test_a_category_without_name_or_url_stays_out_and_its_children_go(changes, invalid):
    categories = tree((1, None, True), (2, 1, True), (3, 2, True))
    categories[2] |= changes
    reasons = rules.category_reasons(categories, DEFAULTS)
    assert reasons == {1: [], 2: [f"invalid:{invalid}"], 3: []}
    assert rules.visible_categories(categories, DEFAULTS) == {1, 3}


def test_a_long_chain_of_categories_takes_no_time():
    length = 20_000
    chain = tree(*((n, n + 1, n != length) for n in range(1, length + 1)))
    assert rules.category_reasons(chain, DEFAULTS)[1] == ["hidden_parent"]
    ring = tree(*((n, n % length + 1, True) for n in range(1, length + 1)))
    assert rules.visible_categories(ring, DEFAULTS) == set(ring)
    (circle,) = rules.circles(rules.parents(ring))
    assert sorted(circle) == sorted(ring)


# -- customers and pages --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({}, ["not_included"]),
        ({"include_customers": "yes"}, []),
        ({"import_customers": "no"}, ["import_off"]),
        ({"import_customers": "no", "include_customers": "yes"}, ["import_off"]),
    ],
)
def test_customer_reasons(changes, reasons):
    assert rules.customer_reasons(with_(**changes)) == reasons


def page(**changes):
    plain = {"visible": True, "published": True, "published_at": None, "language": None}
    return {**plain, "title": "About", "text": "Us", "slug": "about", **changes}


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({}, []),
        ({"visible": False}, ["hidden"]),
        ({"published": False}, ["unpublished"]),
        ({"published_at": NOW}, []),
        ({"published_at": NOW + 1}, ["unpublished"]),
        ({"published_at": NOW - 1, "published": False}, ["unpublished"]),
        ({"title": ""}, ["empty"]),
        ({"text": ""}, ["empty"]),
        ({"slug": ""}, ["invalid:url"]),
        ({"slug": " / "}, ["invalid:url"]),
        ({"unreadable": ["publishedAt"]}, ["invalid:publishedAt"]),
        ({"unreadable": ["publishedAt"], "slug": ""}, ["invalid:url", "invalid:publishedAt"]),
        ({"language": "109"}, ["other_language"]),
        ({"language": "nl"}, []),
        ({"language": "NL"}, []),
        ({"language": "de"}, ["other_language"]),
        (
            {"visible": False, "published": False, "text": "", "slug": "", "language": "de"},
            ["hidden", "unpublished", "empty", "invalid:url", "other_language"],
        ),
    ],
)
def test_page_reasons(changes, reasons):
    one = page(**changes)
    assert rules.page_reasons(one, with_(include_pages="yes"), NOW, "nl") == reasons
    assert rules.page_reasons(one, DEFAULTS, NOW, "nl") == ["not_included", *reasons]
    off = EVERYTHING.changed({"import_pages": "no"})
    assert rules.page_reasons(one, off, NOW, "nl") == ["import_off"]
