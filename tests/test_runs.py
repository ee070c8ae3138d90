"""Runs end to end: what the preview says is what is sent, and the books balance."""

import pytest

from sync.entities import ENTITIES
from sync.ledger import balanced
from sync.mirror import facts
from sync.openshop import opened_shop
from tests.conftest import Place


@pytest.fixture
def place(either_place: Place) -> Place:
    """Every one of these holds on both ways of reading products."""
    return either_place


@pytest.mark.after("refresh")
def test_preview_is_the_run(place: Place):
    before = place.preview()
    done = place.run()
    assert done.state == "succeeded", done
    for entity in ("products", "categories"):
        said, booked = before["entities"][entity], done.books[entity]
        assert said["create"] == booked["created"] > 0
        assert said["skip"] == booked["skipped"]
        assert said["read"] == booked["read"]
        assert len(place.objects(entity)) == said["create"]
    assert balanced(done.books)
    after = place.preview()["entities"]
    assert after["products"]["unchanged"] == before["entities"]["products"]["create"]
    assert after["orders"]["lines_missing"] == 0


@pytest.mark.after("sync", include_customers="yes", include_pages="yes", include_orders="all")
def test_records_are_what_clerk_then_has(place: Place):
    place.set(image_size="200x200x2", price_tax="excl", collect_emails="yes")
    sent = {(r["entity"], r["key"]): r["payload"] for r in place.records() if r["payload"]}
    assert place.run().state == "succeeded"
    assert sent
    for (entity, key), payload in sent.items():
        assert place.objects(entity)[key] == payload


@pytest.mark.after("sync")
def test_a_second_run_sends_nothing(place: Place):
    calls = place.calls("clerk")
    done = place.run()
    assert done.state == "succeeded"
    later = place.state.calls(side="clerk")[calls:]
    assert {call.method for call in later} == {"GET"}  # a sample of what was confirmed before
    assert len(later) <= len(ENTITIES)
    assert all(book["created"] == book["updated"] == 0 for book in done.books.values())


@pytest.mark.after("refresh")
def test_two_filters_of_one_name_are_a_warning_in_the_log(place: Place):
    """SETTINGS: two sources with one name are reported as a warning."""
    with opened_shop(place.desk, place.store) as shop:
        filters = [{**row, "active": True} for row in shop.mirror.fact(facts.filters("nl"))]
        title = f"{filters[0]['title'].upper()}!"
        twice = {**filters[0], "id": filters[0]["id"] + 1_000_000, "title": title}
        stock = {**filters[0], "id": filters[0]["id"] + 2_000_000, "title": "Stock"}
        shop.mirror.note(facts.filters("nl"), [*filters, twice, stock])
    done = place.run()
    warnings = [x["message"] for x in place.desk.run_log(done.id) if x["level"] == "warning"]
    assert any("have this name; the first of them counts" in line for line in warnings)
    assert any("attribute stock_attr: the plain name of filter Stock" in x for x in warnings)
