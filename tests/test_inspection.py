"""What Clerk.io really holds: adopted before the first plan, read back, compared, mended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sync import run
from sync.ledger import ENTITIES
from sync.sandbox import clerk
from sync.sandbox.faults import Fault
from sync.store import Desk, RunRow
from tests.conftest import NO_LIMITS, PUBLIC, HastyClock, Place, connect, placed
from tests.lives import KILLED, AfterCall, live

EVERYTHING = {
    "include_customers": "yes",
    "include_pages": "yes",
    "include_orders": "all",
    "collect_emails": "yes",
    "removal_limit_percent": "100",
}


@pytest.fixture
def desk_place(filled: Path, tmp_path: Path) -> Any:
    """The shop without windows, where no pause takes time."""
    with placed(filled, tmp_path, NO_LIMITS, HastyClock()) as made:
        made.set(**EVERYTHING)
        yield made


def new_desk(place: Place, folder: Path) -> Place:
    """Another desk before the same shop and Clerk.io store, which knows nothing yet."""
    desk = Desk(folder / "other", clock=place.desk.clock)
    fresh = Place(place.sandbox, place.state, desk, connect(desk, place.sandbox.url))
    fresh.set(**EVERYTHING)
    return fresh


def gets(place: Place, since: int) -> int:
    return sum(call.method == "GET" for call in place.state.calls(side="clerk")[since:])


def writes(place: Place, since: int) -> int:
    return sum(call.method != "GET" for call in place.state.calls(side="clerk")[since:])


def changed_name(place: Place, key: Any) -> dict[Any, Any]:
    return {key: {**place.objects("products")[key], "name": "Somebody else's"}}


def everything_is_as_confirmed(place: Place) -> None:
    for entity in ENTITIES:
        shown = {k: {n: v for n, v in o.items() if n != "index"} for k, o in place.objects(entity).items()}
        held = {k: {n: v for n, v in o.items() if n != "index"} for k, o in place.confirmed(entity).items()}
        assert shown == held


# -- what was there before --------------------------------------------------------------------


def test_what_is_there_just_as_it_would_be_sent_is_confirmed_without_being_sent(
    desk_place: Place, tmp_path: Path
):
    assert desk_place.run().state == "succeeded"
    fresh = new_desk(desk_place, tmp_path)
    assert fresh.run("refresh").state == "succeeded"
    counts = fresh.preview()["entities"]
    for entity in ("products", "categories", "pages", "customers"):
        assert counts[entity]["unchanged"] == len(fresh.objects(entity)) > 0
        assert counts[entity]["create"] == counts[entity]["update"] == counts[entity]["remove"] == 0
    before = desk_place.calls("clerk")
    done = fresh.run()
    assert done.state == "succeeded"
    posts = [c.path for c in fresh.state.calls(side="clerk")[before:] if c.method != "GET"]
    assert set(posts) == {"/v2/orders"}


def test_what_is_outside_the_selection_is_removed_under_the_guard(desk_place: Place, tmp_path: Path):
    desk_place.set(include_out_of_stock="yes")
    desk_place.run()
    everything = desk_place.objects("products")
    fresh = new_desk(desk_place, tmp_path)
    fresh.set(include_out_of_stock="no", removal_limit_percent="1", removal_limit_min="1")
    fresh.run("refresh")
    products = fresh.preview()["entities"]["products"]
    leaving = products["remove"]
    assert products["held_before"] == {"count": len(everything), "remove": leaving}
    assert 0 < leaving < len(everything)
    held = fresh.run()
    assert held.state == "held"
    assert len(fresh.objects("products")) == len(everything)
    assert "held_before" in fresh.preview()["entities"]["products"]
    run.approve(fresh.desk, held.id, who="test")
    assert fresh.drive(held.id).state == "succeeded"
    assert len(fresh.objects("products")) == len(everything) - leaving
    assert "held_before" not in fresh.preview()["entities"]["products"]


def test_what_is_there_with_other_values_is_updated(desk_place: Place, tmp_path: Path):
    desk_place.run()
    key = next(iter(desk_place.objects("products")))
    wanted = desk_place.objects("products")
    clerk.overwrite(desk_place.state, PUBLIC, "products", changed_name(desk_place, key))
    fresh = new_desk(desk_place, tmp_path)
    done = fresh.run()
    assert done.books["products"]["updated"] == 1
    assert done.books["products"]["created"] == 0
    assert fresh.objects("products")[key]["name"] == wanted[key]["name"]


def test_customers_are_not_asked_for_by_address_while_addresses_stay_in(
    desk_place: Place, tmp_path: Path
):
    desk_place.run()
    fresh = new_desk(desk_place, tmp_path)
    fresh.set(collect_emails="no")
    before = fresh.calls("clerk")
    fresh.run("refresh")
    asked = {call.path for call in fresh.state.calls(side="clerk")[before:]}
    assert asked == {"/v2/products", "/v2/categories", "/v2/pages"}


def test_the_question_is_asked_once_and_counted_in_the_forecast(desk_place: Place):
    desk_place.run("refresh")
    calls = desk_place.calls("clerk")
    assert calls > 0
    desk_place.run("refresh")
    assert desk_place.calls("clerk") == calls


@pytest.mark.parametrize("kind", ["refresh", "sync"])
def test_a_refused_question_is_warned_of_and_asked_again(desk_place: Place, kind: str):
    fault = Fault("clerk", "soft_error", "GET", "/v2/products", times=2, type="LogicalError")
    desk_place.state.faults.add(fault)
    done = desk_place.run("refresh")
    assert done.state == "succeeded"
    assert any("could not be asked" in line["message"] for line in desk_place.desk.run_log(done.id))
    desk_place.state.faults.clear()
    before = desk_place.calls("clerk")
    desk_place.run(kind)
    assert gets(desk_place, before) >= 1


def test_a_plan_of_a_store_that_was_never_asked_asks_first(desk_place: Place, tmp_path: Path):
    desk_place.run()
    fresh = new_desk(desk_place, tmp_path)
    down = Fault("clerk", "soft_error", "GET", "/v2/", type="LogicalError")
    fresh.state.faults.add(down)
    fresh.run("refresh")
    fresh.state.faults.clear()
    plan = fresh.preview()["fingerprint"]
    before = writes(fresh, 0)
    done = fresh.run(plan=plan)
    assert (done.state, done.message) == ("failed", str(run.StalePlan()))
    assert writes(fresh, 0) == before


@pytest.mark.parametrize("nth", [2, 4])
def test_a_killed_question_goes_on_where_it_was(
    desk_place: Place, tmp_path: Path, nth: int
):
    desk_place.run()
    fresh = new_desk(desk_place, tmp_path)
    calls = len(fresh.state.calls(side="lightspeed"))
    fresh.run("refresh")
    read = len(fresh.state.calls(side="lightspeed")) - calls
    other = new_desk(desk_place, tmp_path / "again")
    queued = run.request(other.desk, other.store, "refresh", who="test")
    assert live(other.desk.data_dir, queued.id, AfterCall(read + nth)) == KILLED
    assert live(other.desk.data_dir, queued.id) == 0
    assert other.preview()["fingerprint"]
    for entity in ("products", "categories", "pages", "customers"):
        assert other.confirmed(entity) == fresh.confirmed(entity) != {}
