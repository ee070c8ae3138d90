"""What leaves the selection leaves Clerk.io, and nothing else does."""

import pytest

from sync import run
from sync.ledger import balanced
from sync.run import StalePlan
from sync.sandbox.faults import Fault
from tests.conftest import Place


@pytest.fixture
def place(either_place: Place) -> Place:
    """Every one of these holds on both ways of reading products."""
    return either_place


def sent_products(place: Place) -> list[int]:
    return sorted(place.objects("products"))


@pytest.mark.after("sync")
def test_a_hidden_product_is_removed_and_counted_apart(place: Place):
    gone = sent_products(place)[0]
    place.state.edit("product", gone, isVisible=False)
    done = place.run()
    assert done.state == "succeeded", done.message
    assert gone not in place.objects("products")
    assert done.books["products"]["removed"] == 1
    assert done.books["products"]["reasons"]["hidden"] >= 1
    assert balanced(done.books)


@pytest.mark.after("sync")
def test_a_deleted_product_is_noticed_by_the_counts(place: Place):
    gone = sent_products(place)[0]
    place.state.delete("product", gone)
    before = place.desk.settings(place.store)
    done = place.run()
    assert gone not in place.objects("products")
    assert done.books["products"]["removed"] == 1
    assert done.books["products"]["reasons"]["gone"] == 1
    assert before == place.desk.settings(place.store)


@pytest.mark.after("sync", removed_products="hide")
def test_hide_keeps_the_product_and_a_return_shows_it_again(place: Place):
    product = sent_products(place)[0]
    place.state.edit("product", product, isVisible=False)
    place.run()
    assert place.objects("products")[product]["index"] is False
    calls = place.calls("clerk")
    assert place.run().books["products"]["removed"] == 0
    assert {call.method for call in place.state.calls(side="clerk")[calls:]} == {"GET"}
    place.state.edit("product", product, isVisible=True)
    place.run()
    assert place.objects("products")[product]["index"] is True
    assert place.preview()["entities"]["products"]["update"] == 0


@pytest.mark.after("sync", removal_limit_min="3")
def test_too_many_removals_are_held_before_the_first_write(place: Place):
    leaving = sent_products(place)[:20]
    for product in leaving:
        place.state.edit("product", product, isVisible=False)
    calls = place.calls("clerk")
    held = place.run()
    assert held.state == "held"
    assert held.holds[0]["reason"] == "removals"
    assert held.holds[0]["count"] == len(leaving)
    assert place.calls("clerk") == calls
    approved = run.approve(place.desk, held.id)
    done = place.drive(approved.id)
    assert (done.id, done.state) == (held.id, "succeeded")
    assert not set(leaving) & set(sent_products(place))


@pytest.mark.after("sync", removal_limit_min="3")
def test_approving_allows_no_removal_beyond_the_list(place: Place):
    products = sent_products(place)
    for product in products[:20]:
        place.state.edit("product", product, isVisible=False)
    held = place.run()
    place.state.edit("product", products[20], isVisible=False)
    run.approve(place.desk, held.id)
    refreshed = place.desk.run(held.id)
    assert refreshed.state == "approved"
    done = place.drive(held.id)
    assert done.state == "succeeded"
    assert products[20] in sent_products(place)


@pytest.mark.after("sync", removal_limit_min="3")
def test_a_newer_run_supersedes_a_held_one(place: Place):
    for product in sent_products(place)[:20]:
        place.state.edit("product", product, isVisible=False)
    held = place.run()
    newer = place.run()
    assert newer.id != held.id
    assert place.desk.run(held.id).state == "rejected"
    assert place.desk.run(held.id).message == "superseded"


@pytest.mark.after("sync")
def test_an_empty_source_removes_nothing_even_when_approved(place: Place):
    before = place.objects("products")
    for record in place.state.all("product"):
        place.state.delete("product", record["id"])
    held = place.run()
    assert held.state == "held"
    assert held.holds[0]["reason"] == "empty_source"
    run.approve(place.desk, held.id)
    place.drive(held.id)
    assert place.objects("products") == before


@pytest.mark.after("sync")
def test_a_cancelled_order_is_patched_not_deleted(place: Place):
    number, sent = next(iter(place.objects("orders").items()))
    order = next(row for row in place.state.all("order") if row["number"] == number)
    place.state.edit("order", order["id"], status="cancelled")
    done = place.run()
    assert place.objects("orders")[number] == {**sent, "status": "CANCELLED"}
    assert done.books["orders"]["updated"] == 1
    assert balanced(done.books)
    assert place.preview()["entities"]["orders"]["update"] == 0


@pytest.mark.after("refresh")
def test_a_plan_runs_by_its_fingerprint_until_something_moved(place: Place):
    fingerprint = place.preview()["fingerprint"]
    place.run("refresh")
    assert place.preview()["fingerprint"] == fingerprint
    place.state.edit("product", place.state.all("product")[0]["id"], title="Anders")
    place.run("refresh")
    with pytest.raises(StalePlan):
        place.run(plan=fingerprint)
    fresh = place.preview()["fingerprint"]
    calls = len([c for c in place.state.calls(side="lightspeed") if "/products.json" not in c.path])
    assert place.run(plan=fresh).state == "succeeded"
    after = [c for c in place.state.calls(side="lightspeed") if "/products.json" not in c.path]
    assert len(after) == calls


def test_a_soft_error_for_every_write_fails_the_records_and_keeps_the_ledger_honest(place: Place):
    place.state.faults.add(
        Fault(side="clerk", method="POST", path="/products", kind="soft_error", times=1)
    )
    done = place.run()
    assert done.state == "succeeded"
    assert len(place.objects("products")) == done.books["products"]["created"]
