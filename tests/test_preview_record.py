"""One record whole, and the effect of a draft."""

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings

from sync import preview
from sync.access import Person, Role
from sync.entities import ENTITIES
from sync.openshop import opened_shop
from sync.store import Forbidden, UsageError
from tests.conftest import Place
from tests.test_agreement import DRAFTS
from tests.test_preview_rows import all_of, filled_place

__all__ = ["filled_place"]
SHARED = ("key", "action", "reasons")


def test_a_record_says_what_would_be_sent_and_where_it_comes_from(filled_place: Place):
    place = filled_place
    for entity in ENTITIES:
        lines = [line for line in place.records() if line["entity"] == entity]
        assert lines
        for line in lines[:15]:
            check_record(place, line)


def check_record(place: Place, line: dict[str, Any]) -> None:
    entity = line["entity"]
    found = preview.record(place.desk, place.store, entity, line["id"], revealed=True)
    assert {name: getattr(found, name) for name in SHARED} == {name: line[name] for name in SHARED}
    if line["payload"] is not None and not line["reasons"]:
        assert found.payload == line["payload"]
        assert all(field.source for field in found.fields)
    assert found.source["id"] == line["id"] or entity == "pages"
    stored = place.objects(entity).get(line["key"])
    assert (found.confirmed is None) == (stored is None)
    if stored is not None:
        assert found.confirmed.items() <= stored.items()


def test_fields_tell_old_and_new_and_the_setting(filled_place: Place):
    place = filled_place
    row = next(row for row in all_of(place, key_of(place), "products", step="sent") if row["image"])
    found = preview.record(
        place.desk, place.store, "products", row["id"], {"image_size": "90x90x1"}
    )
    fields = {field.name: field for field in found.fields}
    assert found.action == "update"
    assert fields["image"].setting == "image_size"
    assert "/300x400x1/" in fields["image"].old
    assert "/90x90x1/" in fields["image"].new
    assert [name for name, field in fields.items() if field.changed] == ["image"]


def key_of(place: Place, draft: dict[str, str] | None = None) -> str:
    return preview.prepared(place.desk, place.store, draft).key


def test_what_leaves_has_no_payload_and_says_what_would_keep_it(filled_place: Place):
    place = filled_place
    row = all_of(place, key_of(place), "products", step="sent")[0]
    found = preview.record(
        place.desk, place.store, "products", row["id"], {"import_products": "no"}
    )
    assert (found.action, found.payload) == ("skip", found.confirmed)
    assert found.would_include == {"import_products": "yes"}


def test_a_gone_record_is_told_from_what_clerk_confirmed(filled_place: Place):
    place = filled_place
    row = all_of(place, key_of(place), "products", step="sent")[0]
    place.state.delete("product", row["id"])
    place.run("refresh", full=True)
    found = preview.record(place.desk, place.store, "products", row["id"])
    assert (found.action, found.reasons) == ("remove", ["gone"])
    assert (found.source, found.payload, found.would_include) == (None, None, None)
    assert found.confirmed["id"] == row["id"]
    gone = all_of(place, key_of(place), "products", step="gone")
    assert [(each["id"], each["title"]) for each in gone] == [(row["id"], row["title"])]


def test_an_unknown_record_is_refused_in_one_line(place: Place):
    for entity in (*ENTITIES, "brands"):
        with pytest.raises(UsageError, match=r"^[^\n]+$"):
            preview.record(place.desk, place.store, entity, 1)


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(draft=DRAFTS)
def test_the_effect_is_the_difference_of_both_previews(filled_place: Place, draft: dict[str, str]):
    place = filled_place
    found = preview.effect(place.desk, place.store, draft)
    before, after = contents(place, None), contents(place, draft)
    for entity in ENTITIES:
        old, new = before[entity], after[entity]
        was, will = (
            waiting(place, some) if entity == "orders" else set() for some in (None, draft)
        )
        assert {"entity": entity, **vars(found.entities[entity])} == {
            "entity": entity,
            "enter": len(new.keys() - old.keys() - was),
            "leave": len((old.keys() | was) - new.keys() - will),
            "change": sum(old[key] != new[key] for key in old.keys() & new.keys()),
            "follow": len(will - new.keys() - old.keys() - was),
        }
    assert found.key == key_of(place, draft)
    if len(found.settings) == 1:
        moved = {name: some for name, some in found.entities.items() if some != preview.Moves()}
        assert [each.entities for each in found.blame] == ([moved] if moved else [])


def test_what_a_new_plan_shares_with_old_ones_is_not_thrown_away(filled_place: Place):
    place = filled_place
    for side in range(100, 800, 100):
        preview.effect(place.desk, place.store, {"image_size": f"{side}x{side}x1"})
    key = key_of(place, {"include_orders": "6m"})
    assert all_of(place, key, "products")


def contents(place: Place, draft: dict[str, str] | None) -> dict[str, dict[Any, Any]]:
    """What Clerk.io would have after a sync, by entity and key."""
    found: dict[str, dict[Any, Any]] = {entity: ledger_of(place, entity) for entity in ENTITIES}
    for line in place.records(draft):
        stock = found[line["entity"]]
        if line["action"] == "remove":
            stock.pop(line["key"], None)
        elif line["payload"] is not None:
            patched = line["payload"].keys() == {"id", "status"}
            stock[line["key"]] = (stock[line["key"]] if patched else {}) | line["payload"]
    return found


def waiting(place: Place, draft: dict[str, str] | None) -> set[Any]:
    """Keys of the orders that go once their lines are read."""
    lines = place.records(draft)
    return {line["key"] for line in lines if line["reasons"] == ["lines_pending"]}


def ledger_of(place: Place, entity: str) -> dict[Any, Any]:
    sql = (
        "SELECT l.key, p.payload FROM ledger l JOIN ledger_payload p USING (store, entity, source)"
        " WHERE l.entity = ? AND NOT l.hidden"
    )
    with opened_shop(place.desk, place.store) as shop:
        return {key: orjson.loads(payload) for key, payload in shop.mirror.stream(sql, entity)}


def test_who_may_not_see_persons_is_shown_none(filled_place: Place):
    place = filled_place
    [customer, *_] = all_of(place, key_of(place), "customers")
    looking = place.desk.on_behalf(Person("x", Role.VIEWER))
    shown = preview.record(looking, place.store, "customers", customer["id"])
    assert shown.personal
    with pytest.raises(Forbidden):
        preview.reveal(looking, place.store, "customers", customer["id"])
    with pytest.raises(Forbidden):
        preview.record(looking, place.store, "customers", customer["id"], revealed=True)
