"""Faults on both sides in mid-run: every run ends, says what happened, and the next ones arrive.

Pauses are skipped by the clock; what a fault breaks is real HTTP on loopback.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from sync import run
from sync.entities import ENTITIES
from sync.ledger import balanced
from sync.sandbox import clerk
from sync.sandbox.faults import Fault
from sync.sandbox.windows import Limits
from sync.store import RunRow
from tests.conftest import PRIVATE, PUBLIC, HastyClock, Place, fill_file, placed

Objects = dict[str, dict[Any, Any]]

EVERYTHING = {
    "include_customers": "yes",
    "include_pages": "yes",
    "include_orders": "all",
    "include_review_score": "yes",
    "collect_emails": "yes",
}
READS = r"/nl/(catalog|categories|orders|customers|textpages|reviews)\.json"
LINES = r"/nl/orders/\d+/products"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill_file(tmp_path_factory.mktemp("filled") / "sandbox.db", products=30, orders=34)


@pytest.fixture(scope="module")
def expected(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Objects:
    """What Clerk.io has after a run that nothing goes wrong in."""
    folder = tmp_path_factory.mktemp("faultless")
    with placed(filled, folder, Limits(), HastyClock()) as place:
        place.set(**EVERYTHING)
        assert finished(place).state == "succeeded"
        objects = in_clerk(place)
    assert all(objects.values())
    return objects


@pytest.fixture
def place(
    hasty_place: Place, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Place:
    """Only where calls hang on purpose is the client impatient, and then maybe with others too."""
    hangs = any(word in request.node.name for word in ("timeout", "by_chance"))
    monkeypatch.setenv("SYNC_HTTP_TIMEOUT", "0.8" if hangs else "20")
    hasty_place.set(**EVERYTHING)
    return hasty_place


def finished(place: Place, **options: Any) -> RunRow:
    """One run driven to its end; its waits for a window are skipped."""
    row = run.request(place.desk, place.store, "sync", **options)
    for _ in range(200):
        row = place.drive(row.id, wait=False)
        if row.state != "waiting":
            break
        assert row.until is not None
        place.desk.clock.sleep(row.until - place.desk.clock.now())
    assert row.state in {"succeeded", "partial", "failed"}, row
    assert "unknown error" not in (row.message or "")
    assert row.state == "failed" or balanced(row.books)
    return row


def until_succeeded(place: Place, most: int) -> list[RunRow]:
    """Runs, one after the other, up to the first that succeeds."""
    rows = [finished(place)]
    while rows[-1].state != "succeeded" and len(rows) < most:
        rows.append(finished(place))
    assert rows[-1].state == "succeeded", [(row.state, row.message, row.errors) for row in rows]
    return rows


def in_clerk(place: Place) -> Objects:
    return {entity: place.objects(entity) for entity in ENTITIES}


def confirmed(place: Place) -> Objects:
    return {entity: place.confirmed(entity) for entity in ENTITIES}


def line_calls(place: Place) -> int:
    calls = place.state.calls(side="lightspeed")
    return sum(re.search(LINES, call.path) is not None for call in calls)


def lines_answered_twice(place: Place) -> int:
    """Answers with order lines beyond the first for each order."""
    answered = Counter(
        call.path
        for call in place.state.calls(side="lightspeed")
        if re.search(LINES, call.path) and call.status == 200
    )
    return sum(answered.values()) - len(answered)


def arrived(place: Place, expected: Objects) -> None:
    """Both sides and the ledger agree, and another run would send nothing."""
    assert in_clerk(place) == expected
    assert confirmed(place) == expected
    sent = place.calls("clerk")
    last = finished(place)
    assert last.state == "succeeded"
    assert all(book["created"] == book["updated"] == 0 for book in last.books.values())
    assert {call.method for call in place.state.calls(side="clerk")[sent:]} <= {"GET"}


LIGHTSPEED_FAULTS = {
    "429": Fault("lightspeed", "too_many"),
    "429 without headers": Fault("lightspeed", "too_many", rate_headers=False),
    "429 seconds": Fault("lightspeed", "too_many", retry_after="seconds", seconds=7),
    "429 date": Fault("lightspeed", "too_many", retry_after="date", seconds=90),
    "500": Fault("lightspeed", "status", code=500),
    "error in a 200": Fault("lightspeed", "status", code=200, body={"error": {"code": 500}}),
    "html": Fault("lightspeed", "html"),
    "empty": Fault("lightspeed", "empty"),
    "truncated": Fault("lightspeed", "truncate"),
    "reset": Fault("lightspeed", "reset"),
    "timeout": Fault("lightspeed", "timeout_before"),
    "timeout after": Fault("lightspeed", "timeout_after"),
}


@pytest.mark.parametrize("name", LIGHTSPEED_FAULTS)
def test_a_passing_fault_of_lightspeed_costs_tries_and_no_record(place, expected, name):
    fault, times = LIGHTSPEED_FAULTS[name], 1 if "timeout" in name else 3
    plans = [
        place.state.faults.add(replace(fault, path=READS, after=1, times=times)),
        place.state.faults.add(replace(fault, path=LINES, after=9, times=times)),
    ]
    until_succeeded(place, most=2)
    assert [place.state.faults.applied(plan) for plan in plans] == [times] * 2
    assert lines_answered_twice(place) <= times or "timeout" in name
    arrived(place, expected)


def test_orders_that_are_missing_for_a_moment_are_not_given_up(place, expected):
    place.state.faults.add(Fault("lightspeed", "not_found", path=LINES, times=2))
    assert finished(place).state == "succeeded"
    arrived(place, expected)


def test_an_order_that_stays_missing_is_noted_and_delays_no_other(place, expected):
    number, order = next(iter(expected["orders"].items()))
    missing = next(row for row in place.state.all("order") if row["number"] == number)
    path = f"/orders/{missing['id']}/products"
    place.state.faults.add(Fault("lightspeed", "not_found", path=path))
    row = finished(place)
    assert row.state == "partial"
    assert row.books["orders"]["reasons"]["lines_pending"] == 1
    assert [(error["count"], path[1:] in error["message"]) for error in row.errors] == [(1, True)]
    others = {key: value for key, value in expected["orders"].items() if key != number}
    assert place.objects("orders") == others
    place.state.faults.clear()
    before = line_calls(place)
    assert finished(place).state == "succeeded"
    assert line_calls(place) == before + 1
    assert place.objects("orders")[number] == order
    arrived(place, expected)


CLERK_FAULTS = {
    "429": Fault("clerk", "too_many"),
    "429 seconds": Fault("clerk", "too_many", retry_after="seconds", seconds=20),
    "500": Fault("clerk", "status", code=500),
    "html": Fault("clerk", "html"),
    "empty": Fault("clerk", "empty"),
    "truncated": Fault("clerk", "truncate"),
    "reset": Fault("clerk", "reset"),
    "timeout": Fault("clerk", "timeout_before"),
    "timeout after": Fault("clerk", "timeout_after"),
    "soft InternalError": Fault("clerk", "soft_error"),
    "soft ParsingError": Fault("clerk", "soft_error", type="ParsingError"),
}


@pytest.mark.parametrize("name", CLERK_FAULTS)
def test_a_passing_fault_of_clerk_costs_tries_and_no_record(place, expected, name):
    fault, times = CLERK_FAULTS[name], 1 if "timeout" in name else 2
    plans = [
        place.state.faults.add(replace(fault, method="POST", path="products", times=times)),
        place.state.faults.add(replace(fault, method="POST", path="orders", times=times)),
        place.state.faults.add(replace(fault, method="GET", times=1)),
    ]
    until_succeeded(place, most=2)
    assert [place.state.faults.applied(plan) for plan in plans] == [times, times, 1]
    assert lines_answered_twice(place) == 0 or "timeout" in name
    arrived(place, expected)


@pytest.mark.parametrize("name", ["500", "html", "reset", "timeout after", "soft ParsingError"])
def test_removals_get_through_passing_faults(place, name):
    finished(place)
    gone = list(place.objects("products"))[:5]
    for id in gone:
        place.state.edit("product", id, isVisible=False)
    plan = place.state.faults.add(replace(CLERK_FAULTS[name], method="DELETE", times=2))
    rows = until_succeeded(place, most=2)
    assert place.state.faults.applied(plan) == 2
    assert sum(row.books["products"]["removed"] for row in rows) == 5
    assert not set(gone) & set(place.objects("products"))
    assert confirmed(place) == in_clerk(place)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_fault_at_once_by_chance_ends_with_the_same_objects(place, expected, seed):
    for n, fault in enumerate((*LIGHTSPEED_FAULTS.values(), *CLERK_FAULTS.values())):
        chance = 0.02 if "timeout" in fault.kind else 0.04
        place.state.faults.add(replace(fault, probability=chance, seed=100 * seed + n))
    until_succeeded(place, most=6)
    place.state.faults.clear()
    arrived(place, expected)


# outages


def test_clerk_down_for_a_whole_run_loses_nothing_and_fetches_no_line(place, expected):
    place.state.faults.add(Fault("clerk", "status", code=503))
    row = finished(place)
    assert row.state == "failed"
    assert "Clerk.io" in (row.message or "")
    assert not any(in_clerk(place).values())
    assert not any(confirmed(place).values())
    assert line_calls(place) == 0
    place.state.faults.clear()
    assert finished(place).state == "succeeded"
    assert lines_answered_twice(place) == 0
    arrived(place, expected)


CREATED = {"products": "product", "customers": "customer", "pages": "textpage"}


@pytest.mark.parametrize("mode", ["delete", "hide"])
@pytest.mark.parametrize("entity", CREATED)
def test_what_was_created_without_an_answer_and_is_gone_since_is_removed(place, entity, mode):
    """Clerk.io has it, and nothing here was told so."""
    place.set(removed_products=mode, removal_limit_percent="100")
    place.state.faults.add(Fault("clerk", "reset", method="POST", path=entity))
    assert finished(place).state == "failed"
    place.state.faults.clear()
    there, known = place.objects(entity), place.confirmed(entity)
    unanswered = sorted(there.keys() - known.keys(), key=str)
    assert unanswered
    key = next(key for key in unanswered if not str(key).startswith("article"))
    place.state.delete(CREATED[entity], int(str(key).removeprefix("textpage-")))
    assert finished(place, full=True).state == "succeeded"
    left = place.objects(entity).get(key)
    assert left is None or (left["index"] is False and (mode, entity) == ("hide", "products"))
    assert place.confirmed(entity).keys() == place.objects(entity).keys()


def test_an_order_created_without_an_answer_and_cancelled_since_is_cancelled(place):
    place.state.faults.add(Fault("clerk", "reset", method="POST", path="orders"))
    assert finished(place).state == "failed"
    place.state.faults.clear()
    number = min(place.objects("orders"))
    order = next(row for row in place.state.all("order") if row["number"] == number)
    place.state.edit("order", order["id"], status="cancelled")
    assert finished(place).state == "succeeded"
    assert place.objects("orders")[number]["status"] == "CANCELLED"
    assert place.confirmed("orders") == place.objects("orders")


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        ("status", 1),
        ("status", 3),
        ("status", 4),
        ("reset", 2),
        ("timeout_before", 1),
        ("timeout_after", 3),
    ],
)
def test_clerk_going_down_in_mid_run_leaves_the_ledger_honest(place, expected, kind, after):
    place.state.faults.add(Fault("clerk", kind, method="POST", after=after))
    assert finished(place).state == "failed"
    ledger, there = confirmed(place), in_clerk(place)
    for entity in ENTITIES:
        assert ledger[entity].items() <= there[entity].items()
    if kind in ("status", "timeout_before"):
        assert ledger == there
    assert any(ledger.values())
    place.state.faults.clear()
    assert finished(place).state == "succeeded"
    assert lines_answered_twice(place) == 0 or "timeout" in kind
    arrived(place, expected)


@pytest.mark.parametrize("kind", ["status", "html", "reset"])
def test_lightspeed_down_for_a_whole_run_removes_nothing(place, expected, kind):
    assert finished(place).state == "succeeded"
    place.state.faults.add(Fault("lightspeed", kind))
    sent = place.calls("clerk")
    for full in (False, True):
        row = finished(place, full=full)
        assert (row.state, "Lightspeed" in (row.message or "")) == ("failed", True)
    assert {call.method for call in place.state.calls(side="clerk")[sent:]} <= {"GET"}
    place.state.faults.clear()
    arrived(place, expected)


def test_lightspeed_going_down_among_the_lines_costs_no_line_twice(place, expected):
    place.state.faults.add(Fault("lightspeed", "status", path=LINES, code=502, after=12))
    assert finished(place).state in ("failed", "partial")
    place.state.faults.clear()
    fetched = line_calls(place)
    assert fetched > 12
    assert finished(place).state == "succeeded"
    assert lines_answered_twice(place) == 0
    arrived(place, expected)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("lightspeed", "status", code=401, path=LINES, after=5), "refused the key"),
        (Fault("clerk", "soft_error", type="AuthenticationError", after=1), "Clerk.io"),
        (Fault("clerk", "status", code=401, after=1, type="AuthenticationError"), "Clerk.io"),
    ],
)
def test_a_key_revoked_in_mid_run_fails_it_and_a_good_one_goes_on(place, expected, fault, words):
    place.state.faults.add(fault)
    row = finished(place)
    assert row.state == "failed"
    assert words in (row.message or "")
    place.state.faults.clear()
    assert finished(place).state == "succeeded"
    assert lines_answered_twice(place) == 0
    arrived(place, expected)


# one record


def at_clerk(place: Place, method: str, **arguments: Any) -> None:
    """Change customers in Clerk.io behind the desk's back."""
    keys = {"key": PUBLIC, "private_key": PRIVATE}
    url = f"{place.sandbox.url}/v2/customers"
    if method == "POST":
        answer = httpx.post(url, json=keys | arguments)
    else:
        encoded = {name: orjson.dumps(value).decode() for name, value in arguments.items()}
        answer = httpx.request(method, url, params=keys | encoded)
    assert answer.json() == {"status": "ok"}


def test_a_record_that_clerk_refuses_fails_alone_and_can_be_retried(place, expected):
    customer = sorted(expected["customers"])[3]
    at_clerk(place, "POST", customers=[{"customerid": customer, "email": "other@example.com"}])
    first = finished(place)
    assert first.state == "partial"
    assert {entity: book["failed"] for entity, book in first.books.items()} == {
        entity: int(entity == "customers") for entity in ENTITIES
    }
    (error,) = first.errors
    assert (error["count"], error["sample"]) == (1, f"customers {customer}")
    assert "cannot be changed" in error["message"]
    assert error["link"].startswith("http://my.clerk.io/error/")
    others = expected["customers"].keys() - {customer}
    assert confirmed(place) == expected | {
        "customers": {key: expected["customers"][key] for key in others}
    }
    again = finished(place, retry=first.id)
    assert (again.state, again.trigger, again.books["customers"]["failed"]) == (
        "partial",
        "retry",
        1,
    )
    at_clerk(place, "DELETE", customers=[customer])
    writes = len(clerk.requests(place.state, PUBLIC))
    assert finished(place, retry=again.id).state == "succeeded"
    written = [r for r in clerk.requests(place.state, PUBLIC)[writes:] if r.method == "POST"]
    assert [(r.path, r.objects) for r in written] == [("customers", 1)]
    arrived(place, expected)
