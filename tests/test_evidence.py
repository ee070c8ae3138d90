"""What stands behind each reason, and what would be sent of a record that is left out."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from sync import explain, preview
from sync.documents import as_json
from sync.entities import ENTITIES, SINGULARS
from sync.explain import evidence
from sync.openshop import opened_shop
from sync.personal import masking
from sync.texts import text
from tests.conftest import Left, Place, again


@pytest.fixture
def read(filled: Path, tmp_path: Path, runs_left: Callable[..., Left]) -> Iterator[Place]:
    """A place whose shop was synced, with customers and pages."""
    everything = dict.fromkeys(("include_customers", "include_pages"), "yes")
    with again(runs_left(filled, "sync", everything), tmp_path) as place:
        yield place


def left_out(place: Place, reason: str, **draft: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The records that the reason keeps out, each with the singular of its entity."""
    if draft:
        place.set(**draft)
    for line in place.records():
        if reason in line["reasons"]:
            yield line, SINGULARS[line["entity"]]


def told(place: Place, entity: str, source: Any, lang: str = "en") -> tuple[explain.Story, str]:
    story = explain.explain(place.desk, place.store, entity, source)
    return story, explain.sentence(story, lang)


def lines(reason: str, story: explain.Story, lang: str = "en") -> list[str]:
    return explain.evidence_lines(reason, story.evidence, lang, explain.in_utc)


def test_what_is_sold_out_shows_the_numbers_of_each_variant(read: Place):
    found = list(left_out(read, "out_of_stock"))
    assert found
    for line, entity in found:
        story, _ = told(read, entity, line["id"])
        variants = story.evidence.variants
        assert variants
        assert not any(each.sellable for each in variants)
        said = lines("out_of_stock", story)
        assert f"stock {variants[0].stock:,}, minimum {variants[0].minimum:,}" in said[0]
        assert variants[0].tracking in said[0]


def test_a_free_product_names_the_field_that_says_so(read: Place):
    (product, *_) = left_out(read, "free_product")
    story, _ = told(read, "product", product[0]["id"])
    free = story.evidence.free
    assert free
    assert free.source.startswith(("specification ", "tag", "data0"))
    assert lines("free_product", story) == [f"{free.source} says free_product: {free.value}"]


def test_a_category_under_a_hidden_one_names_it(read: Place):
    found = list(left_out(read, "hidden_parent"))
    assert found
    for line, entity in found:
        story, _ = told(read, entity, line["id"])
        hidden = [each for each in story.evidence.parents or () if not each.visible]
        assert hidden
        assert hidden[0].name in lines("hidden_parent", story)[0]


@pytest.mark.parametrize("lang", ["en", "de"])
def test_an_order_s_own_status_stands_in_its_sentence(read: Place, lang: str):
    found = [line for line, _ in left_out(read, "status_not_accepted")]
    statuses = set()
    for line in found:
        story, sentence = told(read, "order", line["id"], lang)
        assert story.status == story.evidence.order.status
        assert story.status in sentence
        statuses.add(story.status)
    assert len(statuses) > 1


def test_an_order_that_is_too_old_shows_both_dates(read: Place):
    line, _ = next(left_out(read, "too_old", include_orders="1m"))
    story, _ = told(read, "order", line["id"])
    order = story.evidence.order
    assert order.created < order.cutoff
    (said,) = lines("too_old", story)
    assert explain.in_utc(order.created) in said
    assert explain.in_utc(order.cutoff) in said


@pytest.mark.parametrize("lang", ["en", "de"])
def test_cancelled_is_never_proposed(read: Place, lang: str):
    with opened_shop(read.desk, read.store) as shop:
        sql = "SELECT id FROM orders WHERE status = 'cancelled'"
        cancelled = [row[0] for row in shop.mirror.conn.execute(sql)]
    assert cancelled
    advice = text("reason.status_not_accepted.change", lang)
    for order in cancelled:
        story, sentence = told(read, "order", order, lang)
        assert story.would_include is None
        assert text("because.cancelled", lang, status="cancelled") in sentence
        assert advice not in sentence
        (said,) = lines("status_not_accepted", story, lang)
        assert said == text("evidence.cancelled", lang, status=story.status)


def test_the_document_has_what_there_is_alone(read: Place):
    for record in read.records():
        story, _ = told(read, SINGULARS[record["entity"]], record["id"])
        document = as_json(story)
        assert None not in document["evidence"].values()
        assert ("status" in document) == (record["entity"] == "orders")
        assert "@" not in str(document["evidence"])


@pytest.mark.parametrize("entity", ENTITIES)
def test_what_would_be_sent_is_what_is_sent_once_it_goes(read: Place, entity: str):
    """Left out by one setting, a record shows the payload that it has without it."""
    goes = next(r for r in read.records() if r["entity"] == entity and r["payload"])
    off = {f"import_{entity}": "no"}
    found = preview.record(read.desk, read.store, entity, goes["id"], off)
    assert found.reasons == ["import_off"]
    sent = masking.record(entity, read.objects(entity)[goes["key"]])
    assert found.if_sent.items() <= sent.items()
    assert preview.record(read.desk, read.store, entity, goes["id"]).if_sent is None


def test_a_hidden_product_shows_what_would_be_sent(read: Place):
    line, _ = next(found for found in left_out(read, "hidden") if found[0]["reasons"] == ["hidden"])
    found = preview.record(read.desk, read.store, line["entity"], line["id"])
    assert found.if_sent["id"] == line["key"]
    assert orjson.dumps(found.if_sent)


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("specification free_product", "Spezifikation free_product"),
        ("tag", "Tag"),
        ("data02", "Datenfeld 02"),
    ],
)
def test_what_marks_a_product_as_free_is_named_in_the_reader_s_language(source: str, named: str):
    """Not by the code that documents have; the letter to the merchant says it too."""
    found = evidence.Evidence(free=evidence.FreeEvidence(source, "1"))
    [said] = explain.evidence_lines("free_product", found, "de", str)
    assert said == f"{named} sagt free_product: 1"
