"""Runs end to end: what the preview says is what is sent, and the books balance."""

from sync.ledger import balanced
from tests.conftest import Place


def test_preview_is_the_run(place: Place):
    place.run("refresh")
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


def test_records_are_what_clerk_then_has(place: Place):
    place.set(include_customers="yes", include_pages="yes", include_orders="all")
    place.run()
    place.set(image_size="200x200x2", price_tax="excl", collect_emails="yes")
    sent = {(r["entity"], r["key"]): r["payload"] for r in place.records() if r["payload"]}
    assert place.run().state == "succeeded"
    assert sent
    for (entity, key), payload in sent.items():
        assert place.objects(entity)[key] == payload


def test_a_second_run_sends_nothing(place: Place):
    place.run()
    calls = place.calls("clerk")
    done = place.run()
    assert done.state == "succeeded"
    assert place.calls("clerk") == calls
    assert all(book["created"] == book["updated"] == 0 for book in done.books.values())
