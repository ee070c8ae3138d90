"""Reading Lightspeed at the lowest price, and never trusting half a read."""

from collections import Counter
from typing import Any

import pytest

from sync.mirror import facts, raw_product, unpacked
from sync.openshop import opened_shop
from sync.sandbox.lightspeed.switchboard import set_switches
from sync.sandbox.state import AREAS
from sync.store import RunRow
from tests.conftest import KEY, SECRET, Place

ALL_ON = {
    "include_customers": "yes",
    "include_pages": "yes",
    "include_review_score": "yes",
    "include_hidden_categories": "yes",
}


def lightspeed_calls(row: RunRow) -> int:
    return row.calls["lightspeed"]["total"]


def lines_fetched(place: Place) -> Counter[str]:
    paths = (call.path for call in place.state.calls(side="lightspeed"))
    return Counter(path for path in paths if "/orders/" in path and path.endswith("/products.json"))


@pytest.mark.after("refresh")
def test_an_unchanged_refresh_costs_six_calls_with_default_settings(place: Place):
    assert lightspeed_calls(place.run("refresh")) <= 6


@pytest.mark.after("refresh", **ALL_ON)
def test_an_unchanged_refresh_costs_ten_calls_with_everything_on(place: Place):
    assert lightspeed_calls(place.run("refresh")) <= 10


@pytest.mark.after("refresh")
def test_a_changed_product_and_a_changed_variant_cost_one_call_each(place: Place):
    unchanged = lightspeed_calls(place.run("refresh"))
    product = place.state.all("product")[0]["id"]
    others = [v for v in place.state.all("variant") if v["product"] not in (product, None)]
    known = {row["id"] for row in place.state.all("product")}
    variant = next(v for v in others if v["product"] in known)
    place.state.edit("product", product, title="Andere titel")
    place.state.edit("variant", variant["id"], stockLevel=77)
    done = place.run("refresh")
    assert lightspeed_calls(done) == unchanged + 2
    assert lightspeed_calls(place.run("refresh")) == unchanged


@pytest.mark.after("sync")
def test_an_incomplete_read_removes_nothing_and_the_run_is_partial(place: Place):
    before = set(place.objects("products"))
    place.set(page_size="10")
    place.state.delete("product", min(before))
    set_switches(place.state, drift="delete", drift_left=10_000)
    done = place.run(full=True)
    assert done.state in ("partial", "held")
    assert set(place.objects("products")) == before
    set_switches(place.state, drift="none")


@pytest.mark.after("sync")
def test_lines_are_fetched_once_and_a_status_change_costs_none(either_place: Place):
    place = either_place
    assert lines_fetched(place)
    number = next(iter(place.objects("orders")))
    order = next(row for row in place.state.all("order") if row["number"] == number)
    place.state.edit("order", order["id"], status="completed_picked_up")
    place.run()
    assert set(lines_fetched(place).values()) == {1}
    assert place.objects("orders")[number]["status"] == "DELIVERED"


@pytest.mark.after("sync")
def test_lines_are_fetched_again_when_the_totals_changed(either_place: Place):
    place = either_place
    number = next(iter(place.objects("orders")))
    order = next(row for row in place.state.all("order") if row["number"] == number)
    place.state.edit("order", order["id"], priceIncl=order["priceIncl"] + 1)
    place.run()
    again = [path for path, n in lines_fetched(place).items() if n == 2]
    assert again == [f"/nl/orders/{order['id']}/products.json"]


def test_embedded_lines_cost_no_call(place: Place):
    set_switches(place.state, embed_lines=True)
    done = place.run()
    assert done.state == "succeeded"
    assert not lines_fetched(place)
    assert place.objects("orders")


@pytest.mark.after("sync")
def test_where_catalog_is_refused_the_second_path_updates_nothing(hasty_place: Place):
    place = hasty_place
    before = place.objects("products")
    set_switches(place.state, catalog="403")
    done = place.run(full=True)
    assert done.state == "succeeded", done.errors
    assert done.books["products"]["updated"] == 0
    assert place.objects("products") == before


def test_a_missing_permission_for_orders_leaves_the_products_alone(hasty_place: Place):
    place = hasty_place
    place.state.remove_key(KEY)
    place.state.add_key(KEY, SECRET, [area for area in AREAS if area != "orders"])
    done = place.run()
    assert done.state == "partial"
    assert place.objects("products")
    assert not place.objects("orders")


@pytest.mark.after("refresh")
def test_a_wider_period_reads_only_the_older_orders(either_place: Place):
    place = either_place
    assert place.preview()["entities"]["orders"]["not_read"] > 0
    read = place.preview()["entities"]["orders"]["read"]
    place.set(include_orders="all")
    place.run("refresh")
    entities = place.preview()["entities"]["orders"]
    assert entities["read"] == place.state.count("order") > read
    assert entities["not_read"] == 0
    bounded = [
        call.query
        for call in place.state.calls(side="lightspeed")
        if "created_at_max" in call.query
    ]
    assert bounded


@pytest.mark.after("refresh")
def test_products_are_kept_as_received_and_once(place: Place):
    product = place.state.all("product")[0]["id"]
    place.state.edit("product", product, title="Andere titel")
    place.run("refresh")
    assert kept_as_received(place)[product]["title"] == "Andere titel"
    place.run("refresh", full=True)
    kept = kept_as_received(place)
    assert kept[product]["title"] == "Andere titel"
    with opened_shop(place.desk, place.store) as shop:
        boxes = [unpacked(row[0]) for row in shop.mirror.stream("SELECT records FROM raw_box")]
    assert Counter(number for box in boxes for number in box) == Counter(map(str, kept))


def kept_as_received(place: Place) -> dict[int, Any]:
    with opened_shop(place.desk, place.store) as shop:
        known = [row[0] for row in shop.mirror.stream("SELECT id FROM product")]
        kept = {number: raw_product(shop.mirror.conn, "nl", number) for number in known}
    assert set(known) == {row["id"] for row in place.state.all("product")}
    assert all(raw["id"] == number and raw["variants"] for number, raw in kept.items())
    return kept


def test_a_first_read_asks_beside_each_other_and_once_for_what_it_needs_first(place: Place):
    assert place.run("refresh").state == "succeeded"
    paths = [call.path for call in place.state.calls(side="lightspeed")]
    first = ["languages", "account/permissions", "filters", "catalog/count"]
    assert paths[0] == "/nl/shop.json"
    assert sorted(paths[1:5]) == sorted(f"/nl/{path}.json" for path in first)
    assert [paths.count(f"/nl/{path}.json") for path in first] == [1, 1, 1, 1]


def test_filters_beyond_a_page_are_read_to_their_end(place: Place):
    for number in range(600):
        place.state.put("filter", {"title": f"Filter {number}", "isActive": True, "values": False})
    assert place.run("refresh").state == "succeeded"
    with opened_shop(place.desk, place.store) as shop:
        assert len(shop.mirror.fact(facts.filters("nl"))) == len(place.state.all("filter")) >= 600
