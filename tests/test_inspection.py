"""What Clerk.io really holds: adopted before the first plan, read back, compared, mended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sync import run
from sync.clerk import differences
from sync.database import immediate, opened, sqlite3
from sync.entities import ENTITIES
from sync.errors import Message
from sync.sandbox import clerk
from sync.sandbox.faults import Fault
from sync.store import Desk, RunRow
from sync.store.schema import migrations as desk_migrations
from tests.conftest import PUBLIC, Place, begun, connect
from tests.lives import KILLED, AfterCall, live

EVERYTHING = {
    "include_customers": "yes",
    "include_pages": "yes",
    "include_orders": "all",
    "collect_emails": "yes",
    "removal_limit_percent": "100",
}


@pytest.fixture
def desk_place(tiny: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """The shop without windows, where no pause takes time."""
    with begun(request, tiny, tmp_path, settings=EVERYTHING) as made:
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


# -- what was there before --------------------------------------------------------------------


@pytest.mark.after("sync")
def test_what_is_there_just_as_it_would_be_sent_is_confirmed_without_being_sent(
    desk_place: Place, tmp_path: Path
):
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


@pytest.mark.after("sync", include_out_of_stock="yes")
def test_what_is_outside_the_selection_is_removed_under_the_guard(
    desk_place: Place, tmp_path: Path
):
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
    run.approve(fresh.desk, held.id)
    assert fresh.drive(held.id).state == "succeeded"
    assert len(fresh.objects("products")) == len(everything) - leaving
    assert "held_before" not in fresh.preview()["entities"]["products"]


@pytest.mark.after("sync")
def test_what_is_there_with_other_values_is_updated(desk_place: Place, tmp_path: Path):
    key = next(iter(desk_place.objects("products")))
    wanted = desk_place.objects("products")
    clerk.overwrite(desk_place.state, PUBLIC, "products", changed_name(desk_place, key))
    fresh = new_desk(desk_place, tmp_path)
    done = fresh.run()
    assert done.books["products"]["updated"] == 1
    assert done.books["products"]["created"] == 0
    assert fresh.objects("products")[key]["name"] == wanted[key]["name"]


@pytest.mark.after("sync")
def test_customers_are_not_asked_for_by_address_while_addresses_stay_in(
    desk_place: Place, tmp_path: Path
):
    fresh = new_desk(desk_place, tmp_path)
    fresh.set(collect_emails="no")
    before = fresh.calls("clerk")
    fresh.run("refresh")
    asked = {call.path for call in fresh.state.calls(side="clerk")[before:]}
    assert asked == {"/v2/products", "/v2/categories", "/v2/pages"}


@pytest.mark.after("refresh")
def test_the_question_is_asked_once_and_counted_in_the_forecast(desk_place: Place):
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


@pytest.mark.after("sync")
def test_a_plan_of_a_store_that_was_never_asked_asks_first(desk_place: Place, tmp_path: Path):
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


@pytest.mark.after("sync")
@pytest.mark.parametrize("nth", [2, 4])
def test_a_killed_question_goes_on_where_it_was(desk_place: Place, tmp_path: Path, nth: int):
    fresh = new_desk(desk_place, tmp_path)
    calls = len(fresh.state.calls(side="lightspeed"))
    fresh.run("refresh")
    read = len(fresh.state.calls(side="lightspeed")) - calls
    other = new_desk(desk_place, tmp_path / "again")
    queued = run.request(other.desk, other.store, "refresh")
    assert live(other.desk.data_dir, queued.id, AfterCall(read + nth)) == KILLED
    assert live(other.desk.data_dir, queued.id) == 0
    assert other.preview()["fingerprint"]
    for entity in ("products", "categories", "pages", "customers"):
        assert other.confirmed(entity) == fresh.confirmed(entity) != {}


# -- what is read back ------------------------------------------------------------------------


def synced(place: Place) -> Place:
    assert place.run().state == "succeeded"
    return place


@pytest.mark.parametrize("entity", ENTITIES)
def test_lost_rows_make_the_run_partial_and_come_back_with_the_next(desk_place: Place, entity: str):
    synced(desk_place)
    whole = {each: desk_place.objects(each) for each in ENTITIES}
    clerk.lose(desk_place.state, PUBLIC, entity, list(whole[entity])[::2])
    found = desk_place.run()
    assert found.state == "partial"
    lost = (len(whole[entity]) + 1) // 2
    assert sum(error["count"] for error in found.errors) == lost
    assert desk_place.preview()["entities"][entity]["update"] == lost
    mended = desk_place.run()
    assert mended.state == "succeeded"
    assert mended.books[entity]["updated"] == lost
    assert desk_place.objects(entity) == whole[entity]
    assert desk_place.run().state == "succeeded"


def test_a_cancelled_order_that_was_lost_goes_whole(desk_place: Place):
    synced(desk_place)
    key = next(iter(desk_place.objects("orders")))
    clerk.lose(desk_place.state, PUBLIC, "orders", [key])
    [row] = [r for r in desk_place.state.all("order") if r["number"] == key]
    assert desk_place.run().state == "partial"
    desk_place.state.edit("order", row["id"], status="cancelled")
    assert desk_place.run().state == "succeeded"
    assert key not in desk_place.objects("orders")


def others_time(place: Place, row: dict[str, Any]) -> None:
    """Somebody writes another time into the order in Clerk.io; the next run finds it."""
    key = row["number"]
    values = {key: {**place.objects("orders")[key], "time": 1}}
    clerk.overwrite(place.state, PUBLIC, "orders", values)
    assert place.run().state == "partial"


def an_order(place: Place) -> dict[str, Any]:
    sent = place.objects("orders")
    return next(row for row in place.state.all("order") if row["number"] in sent)


def test_an_accepted_cancelled_order_with_other_values_goes_whole(desk_place: Place):
    desk_place.set(accepted_order_statuses="completed_shipped, cancelled")
    synced(desk_place)
    order = an_order(desk_place)
    others_time(desk_place, order)
    desk_place.state.edit("order", order["id"], status="cancelled")
    synced(desk_place)
    assert desk_place.objects("orders")[order["number"]]["status"] == "CANCELLED"
    assert desk_place.objects("orders") == desk_place.confirmed("orders")


def test_a_patch_alone_confirms_no_order_with_other_values(desk_place: Place):
    desk_place.set(accepted_order_statuses="completed_shipped")
    synced(desk_place)
    order = an_order(desk_place)
    others_time(desk_place, order)
    desk_place.state.edit("order", order["id"], status="cancelled")
    synced(desk_place)
    assert desk_place.objects("orders")[order["number"]]["status"] == "CANCELLED"
    before = writes(desk_place, 0)
    synced(desk_place)
    assert writes(desk_place, 0) == before
    desk_place.set(accepted_order_statuses="completed_shipped, cancelled")
    synced(desk_place)
    assert desk_place.objects("orders") == desk_place.confirmed("orders")


def test_changed_values_are_noticed_and_mended(desk_place: Place):
    synced(desk_place)
    whole = desk_place.objects("products")
    key = next(iter(whole))
    clerk.overwrite(desk_place.state, PUBLIC, "products", changed_name(desk_place, key))
    found = run_until_found(desk_place)
    assert [error["message"] for error in found.errors] == [
        "Clerk.io has other values for name; it is sent again"
    ]
    assert desk_place.run().books["products"]["updated"] == 1
    assert desk_place.objects("products") == whole


def run_until_found(place: Place) -> RunRow:
    for _ in range(20):
        done = place.run()
        if done.state == "partial":
            return done
    pytest.fail("the sample never met it")


def test_a_read_back_that_comes_too_early_is_no_difference(desk_place: Place):
    clerk.set_switches(desk_place.state, stale_reads=1)
    done = desk_place.run()
    assert done.state == "succeeded", done.errors
    assert desk_place.run().books["products"]["updated"] == 0


def test_what_clerks_own_modifiers_change_is_sent_twice_and_then_left_in_peace(desk_place: Place):
    clerk.set_switches(desk_place.state, modifier="name")
    states = [desk_place.run().state for _ in range(3)]
    assert states == ["partial", "partial", "succeeded"]
    before = desk_place.calls("clerk")
    assert desk_place.run().state == "succeeded"
    assert writes(desk_place, before) == 0
    assert gets(desk_place, before) <= 2 * len(ENTITIES)
    product = desk_place.state.all("product")[0]
    name = product["title"]["nl"]
    desk_place.state.edit(
        "product", product["id"], title={"nl": f"{name} anders", "en": "", "de": ""}
    )
    again = desk_place.run()
    assert again.state == "succeeded"
    assert again.books["products"]["updated"] == 1
    clerk.set_switches(desk_place.state, modifier=None)
    sent = desk_place.run(resend="products")
    assert sent.state == "succeeded"
    assert desk_place.objects("products") == desk_place.confirmed("products")


def test_an_undisturbed_run_asks_for_one_sample_an_entity(desk_place: Place):
    synced(desk_place)
    before = desk_place.calls("clerk")
    foreseen = desk_place.preview()["calls"]["clerk"]
    assert desk_place.run().state == "succeeded"
    assert (gets(desk_place, before), writes(desk_place, before)) == (len(ENTITIES), 0)
    assert foreseen == len(ENTITIES)


def test_a_rival_sync_is_told_of(desk_place: Place):
    synced(desk_place)
    theirs = desk_place.objects("products")
    ours = dict(list(theirs.items())[: len(theirs) // 2])
    clerk.rival_sync(desk_place.state, PUBLIC, "products", ours)
    assert desk_place.run().state == "partial"
    assert desk_place.run().state == "succeeded"
    clerk.rival_sync(desk_place.state, PUBLIC, "products", ours)
    found = desk_place.run()
    assert found.state == "partial"
    assert any("someone else writes" in error["message"] for error in found.errors)


def test_what_was_removed_and_is_back_is_removed_again_and_told_of(desk_place: Place):
    desk_place.set(include_out_of_stock="yes")
    synced(desk_place)
    everything = desk_place.objects("products")
    desk_place.set(include_out_of_stock="no")
    synced(desk_place)
    kept = desk_place.objects("products")
    assert kept.keys() < everything.keys()
    clerk.rival_sync(desk_place.state, PUBLIC, "products", everything)
    found = desk_place.run()
    assert found.state == "partial"
    assert any("someone else writes" in error["message"] for error in found.errors)
    desk_place.run()
    assert desk_place.objects("products").keys() == kept.keys()


# -- sent again because a person asks ---------------------------------------------------------


@pytest.mark.parametrize("entity", ["all", *ENTITIES])
def test_resend_sends_what_goes_whatever_the_ledger_says(desk_place: Place, entity: str):
    synced(desk_place)
    whole = {e: desk_place.objects(e) for e in ENTITIES}
    for each in ENTITIES:
        clerk.lose(desk_place.state, PUBLIC, each, list(whole[each]))
    desk_place.run(resend=entity)
    for each in ENTITIES:
        again = entity in ("all", each)
        assert desk_place.objects(each) == (whole[each] if again else {})


def test_resend_leaves_the_ledger_as_it_was_where_nothing_goes(desk_place: Place):
    desk_place.set(accepted_order_statuses="completed_shipped, new")
    synced(desk_place)
    desk_place.set(accepted_order_statuses="completed_shipped")
    synced(desk_place)
    whole = {entity: desk_place.objects(entity) for entity in ENTITIES}
    done = desk_place.run(resend="all")
    assert done.state == "succeeded"
    assert done.books["products"]["updated"] == len(whole["products"])
    assert {entity: desk_place.objects(entity) for entity in ENTITIES} == whole
    again = desk_place.run()
    assert sum(book["updated"] for book in again.books.values()) == 0


def test_resend_of_chosen_records_sends_just_those(desk_place: Place):
    synced(desk_place)
    one, two, *_ = desk_place.objects("products")
    done = desk_place.run(resend="all", only=[f"products:{one},{two}"])
    assert done.books["products"]["updated"] == 2
    assert sum(book["updated"] for book in done.books.values()) == 2


# -- everything compared ----------------------------------------------------------------------


def compared(place: Place, **options: Any) -> tuple[RunRow, dict[str, Any]]:
    done = place.run("compare", **options)
    return done, run.report(place.desk, done).entities


def disturb(place: Place) -> dict[str, Any]:
    """Ids that go missing, change and turn up."""
    place.set(include_out_of_stock="no")
    synced(place)
    lost = {entity: list(place.objects(entity))[:3] for entity in ENTITIES}
    changed = list(place.objects("products"))[5]
    out = next(
        row["id"]
        for row in place.state.all("product")
        if row["id"] not in place.objects("products")
    )
    somebodys = {out: {**place.objects("products")[changed], "id": out}}
    for entity, keys in lost.items():
        clerk.lose(place.state, PUBLIC, entity, keys)
    clerk.overwrite(place.state, PUBLIC, "products", {**changed_name(place, changed), **somebodys})
    return {"lost": lost, "changed": changed, "foreign": out}


def test_a_comparison_lists_what_is_missing_different_and_foreign(desk_place: Place):
    synced(desk_place)
    done, found = compared(desk_place)
    assert done.state == "succeeded"
    assert all(not found[e][v] for e in ENTITIES for v in ("missing", "different", "foreign"))
    disturbed = disturb(desk_place)
    lightspeed, before = desk_place.calls(), desk_place.calls("clerk")
    done, found = compared(desk_place)
    assert done.state == "partial"
    assert desk_place.calls() == lightspeed
    assert writes(desk_place, before) == 0
    for entity in ENTITIES:
        assert sorted(found[entity]["missing"], key=str) == sorted(
            disturbed["lost"][entity], key=str
        )
        assert (
            found[entity]["asked"]
            == len(desk_place.confirmed(entity)) - found[entity]["unreadable"]
        )
    assert found["products"]["different"] == [disturbed["changed"]]
    assert found["products"]["foreign"] == [disturbed["foreign"]]
    assert compared(desk_place)[1] == found


def test_mend_sends_what_is_missing_or_different_and_never_deletes(desk_place: Place):
    disturbed = disturb(desk_place)
    done, found = compared(desk_place, mend=True)
    assert done.state == "succeeded", done.errors
    assert found["products"]["different"] == [disturbed["changed"]]
    shown = desk_place.objects("products")
    assert shown.pop(disturbed["foreign"])
    done, found = compared(desk_place)
    assert done.state == "succeeded"
    assert not found["products"]["missing"] + found["products"]["different"]


def test_a_comparison_without_addresses_counts_customers_as_unreadable(desk_place: Place):
    synced(desk_place)
    held = len(desk_place.confirmed("customers"))
    desk_place.set(collect_emails="no")
    before = desk_place.calls("clerk")
    _, found = compared(desk_place)
    assert (found["customers"]["asked"], found["customers"]["unreadable"]) == (0, held)
    paths = {call.path for call in desk_place.state.calls(side="clerk")[before:]}
    assert "/v2/customers" not in paths


@pytest.mark.parametrize("nth", [1, 3, 6, 9])
def test_a_killed_comparison_goes_on_where_it_was(desk_place: Place, nth: int):
    disturb(desk_place)
    before = desk_place.calls("clerk")
    queued = run.request(desk_place.desk, desk_place.store, "compare", mend=True)
    assert live(desk_place.desk.data_dir, queued.id, AfterCall(nth)) == KILLED
    assert live(desk_place.desk.data_dir, queued.id) == 0
    done = desk_place.desk.run(queued.id)
    assert done.state == "succeeded", done.errors
    assert len(run.report(desk_place.desk, done).entities["products"]["missing"]) == 3
    asked = gets(desk_place, before)
    _, found = compared(desk_place)
    assert not any(found[e]["missing"] + found[e]["different"] for e in ENTITIES)
    assert asked <= 2 * 12 + 1


# -- the database ------------------------------------------------------------------------------


def test_a_desk_of_before_learns_of_comparisons_and_keeps_its_logs(tmp_path: Path):
    path = tmp_path / "desk.db"
    with opened(path) as db, immediate(db):
        desk_migrations.apply(db, stop_before="003_compare")
    desk = Desk(tmp_path)
    shop = desk.add_shop("Shop", domain="", cluster="eu1")
    store = desk.add_store(shop, "Main", language="nl", public="p" * 9, private="q" * 9)
    queued = desk.queue_run(store, "compare", trigger="manual")
    desk.log(queued.id, "info", "", Message("log.held"))
    assert len(desk.run_log(queued.id)) == 1
    with opened(path) as db, pytest.raises(sqlite3.IntegrityError):
        db.conn.execute("UPDATE run SET kind = 'nothing'")
    with opened(path) as db:
        assert db.conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize(
    ("sent", "shown", "names"),
    [
        ({"price": 12}, {"price": 12.0}, ()),
        ({"price": 12.1}, {"price": 12.10000000001}, ()),
        ({"price": 12.1}, {"price": "12.1"}, ("price",)),
        ({"on_sale": True}, {"on_sale": 1}, ("on_sale",)),
        ({"name": "A"}, {"name": "A", "age": 3, "clerk_score": 1.5}, ()),
        ({"name": "A"}, {}, ("name",)),
        ({"description": ""}, {}, ("description",)),
        ({"categories": [1, 2]}, {"categories": [2, 1]}, ("categories",)),
        ({"categories": [1]}, {"categories": [1.0]}, ()),
        (
            {"products": [{"id": 1, "price": 2}]},
            {"products": [{"price": 2.0, "id": 1, "x": 0}]},
            (),
        ),
        ({"products": [{"id": 1}]}, {"products": []}, ("products",)),
        ({"name": "A"}, {"name": "A", "index": False}, ("index",)),
        ({"name": "A"}, {"name": "A", "index": True}, ()),
        ({"name": "A", "index": True}, {"name": "A"}, ()),
        ({"id": 1}, {"id": "1"}, ("id",)),
        ({"name": "A"}, {"name": None}, ("name",)),
    ],
)
def test_what_clerk_may_do_to_a_record_is_forgiven_and_nothing_else(
    sent: dict[str, Any], shown: dict[str, Any], names: tuple[str, ...]
):
    assert differences(sent, shown) == names
