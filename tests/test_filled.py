"""In how many of the records in Clerk.io each field is filled, and what is unusual of it."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sync import preview
from sync import run as runs
from sync.backup.numbers import renumber
from sync.database import immediate
from sync.documents import as_json
from sync.entities import ENTITIES
from sync.ledger import RECORDS
from sync.ledger.filled import MOST, forget_filled
from sync.openshop import opened_shop
from sync.run import Field
from sync.store import State
from tests.conftest import Place

EVERYTHING = dict.fromkeys(("include_customers", "include_pages"), "yes")
Numbers = Mapping[str, Mapping[str, int]]


def counted(place: Place) -> Numbers:
    """What the ledger says of the records that Clerk.io shows, counted one by one."""
    found = {entity: Counter[str]() for entity in ENTITIES}
    with opened_shop(place.desk, place.store) as shop:
        hidden = set(shop.mirror.stream("SELECT entity, key FROM ledger WHERE hidden"))
    for entity in ENTITIES:
        for key, payload in place.confirmed(entity).items():
            if (entity, key) not in hidden:
                found[entity][RECORDS] += 1
                found[entity].update(
                    n for n, v in payload.items() if v not in (None, "", []) and n != "index"
                )
    return without_zeros(found)


def without_zeros(numbers: Numbers) -> Numbers:
    some = {entity: {n: v for n, v in each.items() if v} for entity, each in numbers.items()}
    return {entity: each for entity, each in some.items() if each}


def kept(place: Place) -> Numbers:
    with opened_shop(place.desk, place.store) as shop:
        return without_zeros(shop.ledger.filled.now())


@pytest.mark.parametrize("removed", ["delete", "hide"])
@pytest.mark.after("refresh", **EVERYTHING)
def test_each_run_leaves_what_a_count_of_the_ledger_finds(place: Place, removed: str):
    place.set(removed_products=removed, removal_limit_percent="100")
    products = [line["id"] for line in place.records() if line["entity"] == "products"][:9]
    edits: list[dict[str, Any]] = [
        {},
        {"isVisible": False, "visibility": "hidden"},
        {"isVisible": True, "visibility": "visible", "description": "", "content": ""},
        {"description": "some text"},
    ]
    left = []
    for edit in edits:
        for product in products if edit else ():
            place.state.edit("product", product, **edit)
        run = place.run(full=True)
        assert kept(place) == counted(place)
        left.append((run.id, kept(place)))
    place.set(include_variant_data="no")
    left.append((place.run().id, kept(place)))
    assert left[-1][1]["products"].keys() < left[0][1]["products"].keys()
    with opened_shop(place.desk, place.store) as shop:
        then = {run: without_zeros(each) for run, each in shop.ledger.filled.after(dict(left))}
    assert then == dict(left)


@pytest.mark.after("sync")
def test_what_is_there_before_it_was_counted_is_counted_once(place: Place):
    """The migration finds what the runs would have counted."""
    before = kept(place)
    with opened_shop(place.desk, place.store) as shop:
        for statement in (
            "DROP TABLE filled",
            "DELETE FROM _sqlite_migrations WHERE name = '009_filled'",
        ):
            shop.ledger.db.execute(statement)
    assert kept(place) == before == counted(place)


@pytest.mark.after("sync")
def test_old_runs_are_forgotten_and_the_present_stays(place: Place):
    place.state.edit("product", going(place)[0], description="", content="")
    place.run()
    before = kept(place)
    with opened_shop(place.desk, place.store) as shop, immediate(shop.ledger.db):
        forget_filled(shop.ledger.db, 2)
        assert dict(shop.ledger.filled.after([1])) == {1: {}}
    assert kept(place) == before


@pytest.mark.after("sync")
def test_a_run_without_a_number_leaves_the_present_as_it_is(place: Place):
    place.state.edit("product", going(place)[0], description="", content="")
    place.run()
    before = kept(place)
    with opened_shop(place.desk, place.store) as shop:
        with immediate(shop.ledger.db):
            renumber(shop.ledger.db, {place.store.id: place.store.id}, {1: 7})
        assert without_zeros(shop.ledger.filled.now()) == before
        (last,) = shop.ledger.filled.after([7])
        assert without_zeros(last[1]) == before


@pytest.mark.after("sync")
def test_names_that_a_shop_makes_up_have_an_end(place: Place):
    with opened_shop(place.desk, place.store) as shop, immediate(shop.ledger.db):
        filled = shop.ledger.filled
        (product,) = shop.mirror.stream("SELECT min(source) FROM ledger WHERE entity = 'products'")
        with filled.within([("products", product[0])], 2):
            shop.ledger.db.execute(
                "UPDATE ledger_payload SET payload = json_patch(CAST(payload AS TEXT), ?)".replace(
                    "json_patch", "CAST(json_patch"
                ).replace("?)", "?) AS BLOB)")
                + " WHERE entity = 'products' AND source = ?",
                [str({f"made_up_{n}": n for n in range(2 * MOST)}).replace("'", '"'), product[0]],
            )
        assert len(filled.now()["products"]) == MOST + 1


# -- days -----------------------------------------------------------------------------------


def going(place: Place) -> list[int]:
    lines = place.records()
    return [each["id"] for each in lines if each["entity"] == "products" and each["payload"]]


def lived(place: Place) -> None:
    """Three weeks of syncs that changed nothing."""
    now, held = place.desk.clock.now(), place.preview()["entities"]
    books = {name: {"unchanged": each["unchanged"]} for name, each in held.items()}
    for n in range(21, 0, -1):
        run = place.desk.queue_run(place.store, "sync", trigger="schedule")
        at = now - n * 86_400
        ended = {"state": State.SUCCEEDED, "started": at, "finished": at + 60, "books": books}
        place.desk.update_run(run.id, ended)


@pytest.mark.after("sync")
@pytest.mark.parametrize("hold", ["yes", "no"])
def test_an_attribute_that_is_emptied_is_told_or_held(place: Place, hold: str):
    lived(place)
    place.desk.set_options(place.store, {"outlier_hold": hold})
    rates = runs.fill_rates(place.desk, place.store, UTC)
    usual = dict(rates[Field("products", "description")].points)
    assert len(usual) == 22
    assert len(set(usual.values())) == 1
    for product in going(place):
        place.state.edit("product", product, description="", content="")
    before = place.calls("clerk")
    run = place.run()
    if hold == "yes":
        assert run.state == "held"
        assert place.calls("clerk") == before
        (told,) = run.holds
        assert (told["reason"], told["attribute"], told["count"]) == ("emptied", "description", 0)
        assert told["of"] <= max(usual.values()) <= told["limit"]
        place.desk.clock.sleep(1)
        run = place.drive(runs.approve(place.desk, run.id, note="").id)
    assert run.state == "succeeded"
    said = [line["detail"]["code"] for line in place.desk.run_log(run.id) if line["detail"]]
    assert "log.emptied" in said
    rates = runs.fill_rates(place.desk, place.store, UTC)
    today = datetime.fromtimestamp(place.desk.clock.now(), UTC).date()
    assert rates[Field("products", "description")].points[-1] == (today, 0.0)
    assert rates[Field("products", "name")].points[-1] == (today, 100.0)
    (found,) = runs.unusual_now(rates, 4)
    assert (found.field.name, found.fell) == ("description", True)
    assert today - timedelta(days=21) == rates[found.field].points[0][0]


@pytest.mark.after("sync")
def test_a_preview_foretells_which_attribute_a_run_would_be_held_for(place: Place):
    lived(place)
    for product in going(place):
        place.state.edit("product", product, description="", content="")
    place.run("refresh")
    assert holds_foretold(place) == []
    place.desk.set_options(place.store, {"outlier_hold": "yes"})
    foretold = holds_foretold(place)
    assert [each["attribute"] for each in foretold] == ["description"]
    fewer = {"include_variant_data": "no"}
    drafted = holds_foretold(place, fewer)
    assert all(each["attribute"].startswith("variant_") for each in drafted)
    assert place.run().holds == foretold
    place.set(**fewer)
    assert place.run().holds == drafted != []


def holds_foretold(place: Place, draft: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """What the command line says, and a page at each look."""
    said = place.preview(dict(draft or {}))["holds"]
    for _ in range(2):
        shown = preview.prepared(place.desk, place.store, draft).preview
        assert as_json(shown.holds) == said
    return [dict(each) for each in said]
