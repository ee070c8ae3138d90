"""Finding a record by any name, its answer in one sentence, and what happened to it."""

import pytest

from sync import explain
from sync.mirror.find import ENTITIES
from sync.texts import CATALOGUES
from sync.workshop import opened_shop
from tests.conftest import Place


@pytest.fixture
def read(place: Place) -> Place:
    """A place whose shop was synced, with customers and pages."""
    place.set(include_customers="yes", include_pages="yes")
    place.run()
    return place


def one(place: Place, sql: str) -> tuple:
    with opened_shop(place.desk, place.store) as shop:
        return shop.mirror.conn.execute(sql).fetchone()


WAYS = {
    "id": ("product", "id", "SELECT id, id FROM product"),
    "sku": ("product", "sku", "SELECT product, lower(sku) FROM variant WHERE sku <> ''"),
    "ean": ("product", "ean", "SELECT product, ean FROM variant WHERE ean <> ''"),
    "url": ("product", "url", "SELECT id, 'https://x.example/nl/' || slug || '.html' FROM product"),
    "title": ("product", "title", "SELECT id, upper(title) FROM product"),
    "order number": ("order", "number", "SELECT id, number FROM orders"),
    "order id": ("order", "id", "SELECT id, id FROM orders"),
    "category": ("category", "title", "SELECT id, title FROM category"),
    "customer id": ("customer", "id", "SELECT id, id FROM customer"),
    "e-mail": ("customer", "email", "SELECT id, upper(email) FROM customer WHERE email <> ''"),
    "page": ("page", "title", "SELECT id, title FROM page WHERE lang = 'nl'"),
    "page id": ("page", "id", "SELECT id, id FROM page WHERE lang = 'nl'"),
}


@pytest.mark.parametrize("way", WAYS)
def test_everything_is_found_by_every_name(read: Place, way: str):
    entity, matched, sql = WAYS[way]
    source, key = one(read, sql)
    found = explain.lookup(read.desk, read.store, f" {key} ")
    assert (entity, source, matched) in [(f["entity"], f["id"], f["matched"]) for f in found]
    assert "@" not in str(found)


def test_exact_matches_come_before_parts_of_titles(read: Place):
    found = explain.lookup(read.desk, read.store, "fiets", limit=50)
    lengths = [len(f["title"]) for f in found]
    assert lengths == sorted(lengths)
    assert len(lengths) > 3
    title = found[-1]["title"]
    assert explain.lookup(read.desk, read.store, title)[0]["title"] == title


def test_lookup_says_what_goes_as_explain_does(read: Place):
    found = explain.lookup(read.desk, read.store, "e", limit=200)
    assert {f["goes"] for f in found} == {True, False}
    for f in found:
        story = explain.explain(read.desk, read.store, f["entity"], f["id"])
        assert f["goes"] == (story["decision"] == "include"), f


def test_nothing_is_found_for_nothing(read: Place):
    assert explain.lookup(read.desk, read.store, "  ") == []
    assert explain.lookup(read.desk, read.store, "no such thing") == []


@pytest.mark.parametrize(("lang", "no"), [("en", " does not go "), ("de", " geht nicht an ")])
def test_a_sentence_says_first_whether_the_record_goes(read: Place, lang: str, no: str):
    singular = {plural: entity for entity, plural in ENTITIES.items()}
    for record in read.records():
        entity = singular[record["entity"]]
        story = explain.explain(read.desk, read.store, entity, record["id"])
        told = explain.sentence(story, lang)
        assert told.startswith(CATALOGUES[lang][f"a_record.{entity}"])
        assert (no in told) == (record["action"] != "unchanged"), told
        assert told.endswith(".")


def test_a_timeline_begins_with_now_and_ends_with_the_first_run(read: Place):
    source, _ = one(read, "SELECT source, key FROM outcome WHERE entity = 'products'")
    read.set(image_size="111x111x2")
    read.run()
    events = explain.timeline(read.desk, read.store, "product", source)
    assert [event["outcome"] for event in events] == ["goes", "updated", "created"]
    assert [event["settings_version"] for event in events] == [3, 3, 2]
    read.set(import_products="no")
    assert explain.timeline(read.desk, read.store, "product", source)[0]["reasons"] == [
        "import_off"
    ]
