"""What a shop really has."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sync import survey
from sync.mirror import Mirror
from sync.openshop import opened_shop
from tests.conftest import Left, Place, again


@pytest.fixture
def read_place(filled: Path, tmp_path: Path, runs_left: Callable[..., Left]) -> Iterator[Place]:
    with again(runs_left(filled, "refresh", {"include_orders": "all"}), tmp_path) as place:
        yield place


def test_statuses_are_counted_most_frequent_first(read_place: Place):
    place = read_place
    found = survey.statuses(place.desk, place.store)
    counts = [row["orders"] for row in found]
    assert counts == sorted(counts, reverse=True)
    assert sum(counts) == place.preview()["entities"]["orders"]["read"]
    assert sum(row["share"] for row in found) == pytest.approx(1)
    real = Counter(row["status"] for row in place.state.all("order"))
    told: Counter[str] = Counter()
    for row in found:
        told[row["status"]] += row["orders"]
    assert told == real
    lines = [line for line in place.records() if line["entity"] == "orders"]
    refused = sum("status_not_accepted" in line["reasons"] for line in lines)
    assert sum(row["orders"] for row in found if not row["accepted"]) == refused
    every = survey.statuses(place.desk, place.store, {"accepted_order_statuses": ""})
    assert not any(row["accepted"] for row in every)


def test_typed_statuses_that_no_order_has_get_the_nearest_real_one(read_place: Place):
    place = read_place
    real = survey.statuses(place.desk, place.store)[0]["status"]
    typed = [real.replace("_", " ").title(), f"{real}x", "offer", "zzz"]
    found = survey.unmatched_statuses(place.desk, place.store, typed)
    assert found == [
        {"typed": f"{real}x", "nearest": real, "known": False},
        {"typed": "offer", "nearest": "offer", "known": True},
        {"typed": "zzz", "nearest": None, "known": False},
    ]


def test_titles_of_own_statuses_match_too(read_place: Place):
    place = read_place
    titles = [row["title"] for row in survey.statuses(place.desk, place.store) if row["title"]]
    assert titles
    assert survey.unmatched_statuses(place.desk, place.store, titles) == []


def test_an_empty_mirror_says_nothing(place: Place):
    assert survey.statuses(place.desk, place.store) == []
    assert survey.unread_names(place.desk, place.store) == survey.UnreadNames([], False)
    assert survey.unmatched_statuses(place.desk, place.store, ["typo"]) == []
    assert survey.attributes(place.desk, place.store) == []
    (found,) = survey.attribute_uses(place.desk, place.store, ["Materiaal"])
    assert (found["filled"], found["total"], found["nearest"]) == (0, 0, None)


def test_attributes_agree_with_what_is_sent_for_each(read_place: Place):
    place = read_place
    offered = survey.attributes(place.desk, place.store)
    assert offered
    filled = [row["filled"] for row in offered]
    assert filled == sorted(filled, reverse=True)
    names = [row["name"] for row in offered]
    uses = survey.attribute_uses(place.desk, place.store, names)
    for row, use in zip(offered, uses, strict=True):
        assert (row["kinds"], row["total"]) == (use["kinds"], use["total"])
        assert use["nearest"] is None
        assert len(row["samples"]) <= 3
    assert {kind for row in offered for kind in row["kinds"]} >= {"specification", "option"}


def test_a_mistyped_attribute_gets_the_nearest_name(read_place: Place):
    place = read_place
    name = survey.attributes(place.desk, place.store)[0]["name"]
    (found,) = survey.attribute_uses(place.desk, place.store, [f"{name}x"])
    assert (found["filled"], found["nearest"]) == (0, name)


def test_products_are_read_once_for_a_state_of_the_catalogue(
    read_place: Place, monkeypatch: pytest.MonkeyPatch
):
    place, read = read_place, Counter()
    stream = Mirror.stream

    def counted(self: Mirror, sql: str, *args: object):
        read[sql.startswith("SELECT flat FROM product")] += 1
        return stream(self, sql, *args)

    monkeypatch.setattr(Mirror, "stream", counted)
    first = survey.attributes(place.desk, place.store)
    uses = survey.attribute_uses(place.desk, place.store, ["Materiaal"])
    assert read[True] == 2
    assert survey.attributes(place.desk, place.store) == first
    assert survey.attribute_uses(place.desk, place.store, ["Materiaal"]) == uses
    assert read[True] == 2
    with opened_shop(place.desk, place.store) as shop:
        shop.mirror.moved("catalog:nl")
    survey.attributes(place.desk, place.store)
    assert read[True] == 3


def test_what_nobody_knows_is_named_with_its_count(read_place: Place):
    place = read_place
    shop = place.desk.shop_by_id(place.store.shop_id)
    with opened_shop(place.desk, place.store) as opened:
        opened.mirror.count_unknown("product", {"newField": 7_000_000})
        with opened.mirror.conn as conn:
            conn.execute("UPDATE orders SET status = 'sent_by_drone' WHERE id % 2 = 0")
            drones = conn.execute("SELECT count(*) FROM orders WHERE id % 2 = 0").fetchone()[0]
    found = survey.unknown(place.desk, shop)
    assert found[0] == {"kind": "product", "name": "newField", "count": 7_000_000}
    assert {"kind": "order_status", "name": "sent_by_drone", "count": drones} in found
    assert not any(row["name"] == "completed" for row in found)


def test_a_shop_that_was_never_read_has_nothing_unknown(place: Place):
    shop = place.desk.shop_by_id(place.store.shop_id)
    assert survey.unknown(place.desk, shop) == []


def test_names_that_nobody_read_yet_are_told(read_place: Place):
    """The titles of all tags come with one list; their products only where a setting asks."""
    found = survey.unread_names(read_place.desk, read_place.store)
    assert found.tags
    assert not found.metafields
    offered = {row["name"] for row in survey.attributes(read_place.desk, read_place.store)}
    assert not offered & set(found.tags)
