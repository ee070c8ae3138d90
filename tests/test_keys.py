"""One key, one owner: of several records that would get one key in Clerk.io."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sync import explain, preview
from sync.database import immediate
from sync.ledger import balanced
from sync.openshop import opened_shop
from sync.plan.alike import count_orders
from sync.sandbox.state import Record
from tests.conftest import Place, begun

EVERYTHING = {"include_orders": "all", "include_customers": "yes", "collect_emails": "yes"}
EMAIL = "anna@shop.example"


@pytest.fixture
def shop(tiny: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    with begun(request, tiny, tmp_path, settings=EVERYTHING) as made:
        yield made


def accepted(place: Place) -> list[Record]:
    orders = [o for o in place.state.all("order") if o["status"] == "completed_shipped"]
    return sorted(orders, key=lambda order: order["createdAt"])


def reasons(place: Place, entity: str) -> dict[Any, list[str]]:
    return {r["id"]: r["reasons"] for r in place.records() if r["entity"] == entity}


def one_number(place: Place, count: int = 2) -> list[int]:
    """The ids of that many accepted orders, oldest first, which have one number now."""
    ids = [order["id"] for order in accepted(place)[:count]]
    for order in ids:
        place.state.edit("order", order, number="TWICE")
    return ids


def quiet(place: Place) -> None:
    """A further run has nothing to send."""
    again = place.run()
    assert balanced(again.books)
    assert all(book["created"] == book["updated"] == 0 for book in again.books.values())


@pytest.mark.parametrize("seed", range(8))
def test_of_single_orders_it_is_as_of_all(shop: Place, seed: int):
    shop.run()
    some = random.Random(seed)
    with opened_shop(shop.desk, shop.store) as opened:
        ids = [row[0] for row in opened.mirror.conn.execute("SELECT id FROM orders ORDER BY id")]
        numbers = {oid: some.choice(["A", "B", "", str(some.choice(ids)), str(oid)]) for oid in ids}
        with immediate(opened.mirror.db) as conn:
            for oid, number in numbers.items():
                conn.execute("UPDATE orders SET number = ? WHERE id = ?", [number, oid])
        settings = shop.desk.settings(shop.store).settings
        taken = opened.plan_inputs(settings).taken_orders
        assert taken
        for oid, number in numbers.items():
            for name in filter(None, (oid, number)):
                named = opened.plan_inputs(settings, {"orders": frozenset([name])}).taken_orders
                assert named.get(oid) == taken.get(oid)
                assert named.items() <= taken.items()


def test_what_cannot_be_used_is_looked_up_once_for_all_orders_with_one_number(shop: Place):
    [_, *others] = one_number(shop, len(accepted(shop)))
    shop.run()
    settings = shop.desk.settings(shop.store).settings
    with opened_shop(shop.desk, shop.store) as opened:
        inputs = opened.plan_inputs(settings)
        statements: list[str] = []
        opened.mirror.conn.set_trace_callback(statements.append)
        taken = [made for made, _ in count_orders(inputs) if "key_taken" in made.reasons]
    assert len(taken) == len(others) > 3
    assert sum("FROM odd_row" in each for each in statements) < len(others)


def test_the_order_that_was_made_first_has_the_number(shop: Place):
    first, second = one_number(shop)
    done = shop.run()
    assert done.state == "succeeded"
    assert balanced(done.books)
    assert done.books["orders"]["reasons"]["key_taken"] == 1
    created = next(o["createdAt"] for o in shop.state.all("order") if o["id"] == first)
    story = explain.explain(shop.desk, shop.store, "order", second)
    assert (story.reasons, story.owner) == (["key_taken"], first)
    assert explain.explain(shop.desk, shop.store, "order", first).owner is None
    record = preview.record(shop.desk, shop.store, "orders", second)
    assert (record.action, record.owner, record.would_include) == ("skip", first, None)
    line = next(each for each in shop.records() if each["id"] == second)
    assert (line["action"], line["owner"], line["payload"]) == ("skip", first, None)
    seconds = int(datetime.fromisoformat(created).timestamp())
    assert shop.objects("orders")["TWICE"]["time"] == seconds
    quiet(shop)


def test_no_line_is_fetched_for_an_order_without_a_key(shop: Place):
    _, second, third = one_number(shop, 3)
    shop.run()
    asked = {call.path for call in shop.state.calls() if "/orders/" in call.path}
    assert not [path for path in asked if str(second) in path or str(third) in path]
    quiet(shop)


@pytest.mark.after("sync")
def test_who_was_confirmed_keeps_the_number(shop: Place):
    older, newer = (order["id"] for order in accepted(shop)[:2])
    number = next(o["number"] for o in shop.state.all("order") if o["id"] == newer)
    before = shop.objects("orders")[number]
    shop.state.edit("order", older, number=number)
    done = shop.run()
    assert done.state == "succeeded"
    assert shop.objects("orders")[number] == before
    assert reasons(shop, "orders")[older] == ["key_taken"]
    quiet(shop)


@pytest.mark.parametrize("change", [{"status": "cancelled"}, {"priceIncl": 1.0}])
def test_what_happens_to_the_other_order_does_not_touch_the_owner(shop: Place, change: Record):
    _, second = one_number(shop)
    shop.run()
    before = shop.objects("orders")["TWICE"]
    shop.state.edit("order", second, **change)
    done = shop.run()
    assert done.state == "succeeded"
    assert shop.objects("orders")["TWICE"] == before
    assert done.books["orders"]["updated"] == 0
    assert "key_taken" in reasons(shop, "orders")[second]


def test_a_cancelled_owner_stays_the_owner(shop: Place):
    first, second = one_number(shop)
    shop.run()
    shop.state.edit("order", first, status="cancelled")
    shop.run()
    assert shop.objects("orders")["TWICE"]["status"] == "CANCELLED"
    assert reasons(shop, "orders")[second] == ["key_taken"]
    quiet(shop)


def test_an_order_that_does_not_go_has_no_claim(shop: Place):
    first, second = one_number(shop)
    shop.state.edit("order", first, status="on_hold")
    shop.run()
    assert reasons(shop, "orders")[second] == []
    assert reasons(shop, "orders")[first] == ["status_not_accepted", "key_taken"]
    shop.state.edit("order", first, status="completed_shipped")
    before = shop.objects("orders")["TWICE"]
    shop.run()
    assert shop.objects("orders")["TWICE"] == before
    assert reasons(shop, "orders")[first] == ["key_taken"]


def test_a_number_that_is_another_orders_id(shop: Place):
    first, second = (order["id"] for order in accepted(shop)[:2])
    shop.state.edit("order", first, number="")
    shop.state.edit("order", second, number=str(first))
    shop.run()
    assert reasons(shop, "orders")[second] == ["key_taken"]
    assert str(first) in shop.objects("orders")


def test_ids_as_keys_never_collide(shop: Place):
    shop.set(order_id="id")
    ids = one_number(shop)
    shop.run()
    assert set(ids) <= shop.objects("orders").keys()


NUMBERS = ["BF1", "", None]


@pytest.mark.parametrize("to", ["BF2", "", None, 7])
@pytest.mark.parametrize("number", NUMBERS)
def test_an_order_that_was_sent_keeps_its_key(shop: Place, number: str | None, to: object):
    order = accepted(shop)[0]["id"]
    shop.state.edit("order", order, number=number)
    shop.run()
    before = shop.objects("orders")
    shop.state.edit("order", order, number=to)
    done = shop.run()
    assert (done.state, done.books["orders"]["created"]) == ("succeeded", 0)
    assert shop.objects("orders") == before == shop.confirmed("orders")
    shop.state.edit("order", order, status="cancelled")
    shop.run()
    key = number or str(order)
    assert shop.objects("orders") == {**before, key: {**before[key], "status": "CANCELLED"}}
    keys = {line["id"]: line["key"] for line in shop.records() if line["entity"] == "orders"}
    assert [source for source in keys if keys[source] == key] == [order]
    quiet(shop)


def test_a_number_under_which_another_order_was_sent_is_not_free(shop: Place):
    first, second, third = (order["id"] for order in accepted(shop)[:3])
    shop.state.edit("order", first, number="BF1")
    for order in (second, third):
        shop.state.edit("order", order, status="on_hold")
    shop.run()
    before = shop.objects("orders")["BF1"]
    shop.state.edit("order", first, number="BF2")
    shop.state.edit("order", second, number="BF1", status="completed_shipped")
    shop.state.edit("order", third, number="BF2", status="completed_shipped")
    shop.run()
    assert shop.objects("orders")["BF1"] == before
    assert "BF2" in shop.objects("orders")
    taken = {second: ["key_taken"], first: ["key_taken"], third: []}
    assert {order: reasons(shop, "orders")[order] for order in taken} == taken
    assert explain.explain(shop.desk, shop.store, "order", second).owner == first
    quiet(shop)


# -- customers ------------------------------------------------------------------------------


def one_address(place: Place, *kinds: str) -> list[int]:
    """Ids of customers, the oldest first, who have one address now and these types."""
    people = sorted(place.state.all("customer"), key=lambda each: each["createdAt"])
    ids = [person["id"] for person in people[: len(kinds)]]
    written = [EMAIL, EMAIL.upper(), EMAIL.title()]
    for person, kind, email in zip(ids, kinds, written, strict=False):
        place.state.edit("customer", person, type=kind, email=email)
    return ids


def sent_to(place: Place) -> list[int]:
    people = place.objects("customers").items()
    return [key for key, each in people if each["email"].casefold() == EMAIL]


@pytest.mark.parametrize(
    ("kinds", "owner"),
    [
        (("guest", "registered", "guest"), 1),
        (("guest", "guest", "guest"), 2),
        (("registered", "registered"), 1),
        (("", "guest"), 1),
    ],
)
def test_a_registered_customer_has_the_address_else_the_newest(
    shop: Place, kinds: tuple[str, ...], owner: int
):
    ids = one_address(shop, *kinds)
    done = shop.run()
    assert done.state == "succeeded"
    assert balanced(done.books)
    assert sent_to(shop) == [ids[owner]]
    assert done.books["customers"]["reasons"]["key_taken"] == len(ids) - 1
    for each in ids:
        story = explain.explain(shop.desk, shop.store, "customer", each)
        taken = each != ids[owner]
        assert story.reasons == (["key_taken"] if taken else [])
        assert story.owner == (ids[owner] if taken else None)
    quiet(shop)


def test_the_confirmed_customer_keeps_the_address(shop: Place):
    ids = one_address(shop, "guest")
    shop.run()
    assert sent_to(shop) == ids
    others = one_address(shop, "guest", "registered", "registered")
    shop.run()
    assert sent_to(shop) == ids
    before = shop.objects("customers")[ids[0]]
    shop.state.delete("customer", others[1])
    shop.run(full=True)
    assert shop.objects("customers")[ids[0]] == before
    quiet(shop)


def test_another_customer_takes_over_when_the_owner_is_gone(shop: Place):
    ids = one_address(shop, "guest", "registered")
    shop.run()
    assert sent_to(shop) == [ids[1]]
    shop.state.delete("customer", ids[1])
    done = shop.run(full=True)
    assert done.state == "succeeded"
    assert sent_to(shop) == [ids[0]]
    quiet(shop)


def test_the_old_owner_is_deleted_before_the_new_one_is_made(shop: Place):
    ids = one_address(shop, "guest", "registered")
    shop.run()
    begun = len(shop.state.calls(side="clerk"))
    shop.state.delete("customer", ids[1])
    shop.run(full=True)
    calls = [c.method for c in shop.state.calls(side="clerk")[begun:] if "customers" in c.path]
    assert calls.index("DELETE") < calls.index("POST")


def test_while_the_owner_may_not_be_removed_he_stays_it(shop: Place):
    ids = one_address(shop, "guest", "registered")
    shop.run()
    shop.state.delete("customer", ids[1])
    shop.run("refresh", full=True)
    done = shop.run(only=[f"customers:{ids[0]}"])
    assert done.books["customers"]["reasons"] == {"key_taken": 1}
    assert sent_to(shop) == [ids[1]]


@pytest.mark.after("sync")
def test_two_customers_may_swap_their_addresses(shop: Place):
    one, two, *_ = shop.state.all("customer")
    shop.state.edit("customer", one["id"], email=two["email"])
    shop.state.edit("customer", two["id"], email=one["email"])
    done = shop.run()
    assert done.state == "succeeded"
    people = shop.objects("customers")
    assert people[one["id"]]["email"] == two["email"]
    assert people[two["id"]]["email"] == one["email"]
    quiet(shop)


def addresses(place: Place) -> list[str]:
    return sorted(each["email"].casefold() for each in place.objects("customers").values())


@pytest.mark.after("sync")
def test_who_gets_anothers_address_leaves_his_old_one(shop: Place):
    one, two, *_ = shop.state.all("customer")
    shop.state.edit("customer", one["id"], email=two["email"])
    before = shop.objects("customers")[two["id"]]
    done = shop.run()
    assert (done.state, balanced(done.books)) == ("succeeded", True)
    assert shop.objects("customers")[two["id"]] == before
    assert one["id"] not in shop.objects("customers")
    story = explain.explain(shop.desk, shop.store, "customer", one["id"])
    assert (story.reasons, story.owner, story.goes) == (["key_taken"], two["id"], False)
    quiet(shop)


@pytest.mark.after("sync")
@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("to", ["another's", "a new one"])
def test_an_address_that_was_left_is_the_next_ones(shop: Place, to: str, at_once: bool):
    one, two, three, *_ = shop.state.all("customer")
    new = two["email"] if to == "another's" else "new@shop.example"
    shop.state.edit("customer", one["id"], email=new)
    if not at_once:
        shop.run()
    shop.state.edit("customer", three["id"], email=one["email"])
    done = shop.run()
    assert done.state == "succeeded"
    assert shop.objects("customers")[three["id"]]["email"] == one["email"]
    assert len(addresses(shop)) == len(set(addresses(shop)))
    quiet(shop)


@pytest.mark.after("sync")
def test_an_address_is_not_free_while_its_old_record_stays(shop: Place):
    one, two, *_ = shop.state.all("customer")
    shop.state.edit("customer", one["id"], email="new@shop.example")
    shop.state.edit("customer", two["id"], email=one["email"])
    shop.run("refresh", full=True)
    done = shop.run(only=[f"customers:{two['id']}"])
    assert done.books["customers"]["reasons"] == {"key_taken": 1}
    assert len(addresses(shop)) == len(set(addresses(shop)))
    shop.run()
    assert shop.objects("customers")[two["id"]]["email"] == one["email"]
    quiet(shop)


def test_without_addresses_everybody_goes(shop: Place):
    shop.set(collect_emails="no")
    ids = one_address(shop, "guest", "registered")
    shop.run()
    assert set(ids) <= shop.objects("customers").keys()
