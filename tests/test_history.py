"""What Clerk.io held on a past day is what a copy kept on that day says."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sync import answers
from sync.answers import bisect, compare, held, lifeline, record_history
from sync.cli import main
from sync.engine.retention import forget_old_history
from sync.entities import ENTITIES
from sync.openshop import opened_shop
from sync.store import Refused
from sync.store.retention import KINDS, usual_days
from sync.texts import reason
from tests.conftest import Place

Copy = dict[str, dict[Any, Any]]
EVERYTHING = dict.fromkeys(("include_customers", "include_pages"), "yes")


def copied(place: Place) -> Copy:
    """What Clerk.io shows now, by entity and its own id, as the ledger has confirmed it."""
    shown = {entity: place.confirmed(entity) for entity in ENTITIES}
    return {
        entity: {key: each for key, each in some.items() if each.get("index") is not False}
        for entity, some in shown.items()
    }


def then(place: Place, moment: float) -> Copy:
    found: Copy = {entity: {} for entity in ENTITIES}
    for line in answers.held_records(place.desk, place.store, moment):
        found[line["entity"]][line["key"]] = line["payload"]
    return found


def change_the_shop(place: Place, dice: random.Random) -> None:
    """Anything that may happen between two runs: records change, hide, come back, vanish."""
    with opened_shop(place.desk, place.store) as shop:
        ids = [row[0] for row in shop.mirror.stream("SELECT id FROM product")]
        customers = [row[0] for row in shop.mirror.stream("SELECT id FROM customer")]
    for product in dice.sample(ids, 12):
        change = dice.choice(
            [
                {"title": f"T{dice.random()}", "fulltitle": ""},
                {"isVisible": False, "visibility": "hidden"},
                {"isVisible": True, "visibility": "visible"},
                {"description": "x" * dice.randrange(400)},
            ]
        )
        place.state.edit("product", product, **change)
    if customers and dice.random() < 0.7:
        address = f"{dice.randrange(10**6)}@new.example"
        place.state.edit("customer", dice.choice(customers), email=address)
    if dice.random() < 0.5:
        place.state.delete("product", dice.choice(ids))


@pytest.mark.parametrize("removed", ["delete", "hide"])
@pytest.mark.after("refresh", **EVERYTHING)
def test_the_state_of_a_day_is_the_copy_kept_on_that_day(place: Place, removed: str):
    dice = random.Random(removed)
    place.set(removed_products=removed, removal_limit_percent="100")
    kept: list[tuple[float, Copy]] = []
    for draft in ({}, {}, {"include_out_of_stock": "yes"}, {"price_tax": "excl"}, {}):
        place.set(**draft)
        assert place.run().state in ("succeeded", "partial")
        kept.append((place.desk.clock.now(), copied(place)))
        place.desk.clock.sleep(3600)
        change_the_shop(place, dice)
    for moment, copy in kept:
        assert then(place, moment) == copy
        document = held(place.desk, place.store, moment)
        for entity, each in document.entities.items():
            assert (each.count, set(each.ids)) == (len(copy[entity]), set(copy[entity]))
    (first, before), (last, after) = kept[0], kept[-1]
    for entity, each in held(place.desk, place.store, first, last).entities.items():
        old, new = before[entity], after[entity]
        assert set(each.entered or ()) == new.keys() - old.keys()
        assert set(each.left or ()) == old.keys() - new.keys()
        assert set(each.changed or ()) == {k for k in old.keys() & new.keys() if old[k] != new[k]}


@pytest.mark.after("sync")
def test_a_record_is_told_over_all_runs(place: Place):
    (product,) = going(place, 1)
    begun = record_history(place.desk, place.store, "product", product)
    assert [event.action for event in begun] == ["created"]
    place.state.edit("product", product, title="Other", fulltitle="")
    place.run()
    place.run(resend="products")  # sent again as it is: no change
    place.state.edit("product", product, isVisible=False, visibility="hidden")
    place.set(removal_limit_percent="100")
    gone = place.run()
    told = record_history(place.desk, place.store, "product", product)
    assert [event.action for event in told] == ["removed", "updated", "created"]
    assert told[0].reasons == ("hidden",)
    assert "name" in told[1].fields
    assert (told[2].run, told[2].at) == (begun[0].run, begun[0].at)
    left = bisect(place.desk, place.store, "product", str(product))
    assert (left.found, left.run, left.why) == (True, gone.id, ["hidden"])
    assert left.settings_version == gone.settings_version
    place.state.edit("product", product, isVisible=True, visibility="visible")
    place.run(full=True)  # the stamps of both changes may be of one second
    assert record_history(place.desk, place.store, "product", product)[0].action == "created"
    assert not bisect(place.desk, place.store, "product", str(product)).found
    assert not bisect(place.desk, place.store, "product", "nothing").found


def going(place: Place, n: int) -> list[int]:
    lines = place.records()
    ids = [each["id"] for each in lines if each["entity"] == "products" and each["payload"]]
    return ids[:n]


@pytest.mark.after("sync")
def test_two_runs_are_compared_by_what_moved(place: Place):
    hidden, renamed = going(place, 2)
    before = place.desk.runs(place.store)[0]
    place.state.edit("product", hidden, isVisible=False, visibility="hidden")
    place.state.edit("product", renamed, title="Other", fulltitle="")
    place.set(removal_limit_percent="100")
    after = place.run()
    found = compare(place.desk, before.id, after.id)
    assert found.settings["removal_limit_percent"][1] == "100"
    moved = {each.id: (each.was, each.is_, each.why) for each in found.moved["products"]}
    assert moved[hidden] == ("created", "removed", ["hidden"])
    assert moved[renamed] == ("created", "updated", [])
    again = compare(place.desk, after.id, place.run().id)
    back = {each.id: (each.was, each.is_) for each in again.moved["products"]}
    assert back == {hidden: ("removed", "absent"), renamed: ("updated", "unchanged")}
    assert again.settings == {}


@pytest.mark.after("sync")
def test_times_without_history_are_refused_and_never_zero(place: Place):
    with opened_shop(place.desk, place.store) as shop:
        since = shop.ledger.history.since()
    assert since is not None
    held(place.desk, place.store, since)
    with pytest.raises(Refused, match="known from"):
        held(place.desk, place.store, since - 60)
    place.desk.clock.sleep(10 * 86400)
    place.state.edit("product", going(place, 1)[0], title="Other", fulltitle="")
    place.run()
    forget_old_history(place.desk, 5)
    now = place.desk.clock.now()
    assert then(place, now - 4 * 86400) != {}
    with pytest.raises(Refused, match="known from"):
        held(place.desk, place.store, now - 6 * 86400)


def test_nothing_is_held_before_anything_was_sent(place: Place):
    with pytest.raises(Refused, match="nothing was ever sent"):
        held(place.desk, place.store, place.desk.clock.now())


def test_history_days_are_whole_numbers():
    assert usual_days("history", {}) == KINDS["history"].days
    assert usual_days("history", {"SYNC_HISTORY_DAYS": "30"}) == 30
    with pytest.raises(Refused, match="SYNC_HISTORY_DAYS"):
        usual_days("history", {"SYNC_HISTORY_DAYS": "0"})


@pytest.mark.after("sync")
def test_a_record_s_line_of_life_has_fields_and_outlives_the_outcomes(place: Place):
    (product,) = going(place, 1)
    place.state.edit("product", product, title="Anders")
    place.run()
    line = lifeline(place.desk, place.store, "product", product)
    assert [event["outcome"] for event in line] == ["goes", "updated", "created"]
    assert "name" in line[1]["fields"]
    with opened_shop(place.desk, place.store) as shop, shop.mirror.conn as conn:
        conn.execute("DELETE FROM outcome")
    again = lifeline(place.desk, place.store, "product", product)
    told = [
        [(event["run"], event["outcome"], event["fields"]) for event in of] for of in (line, again)
    ]
    assert told[0] == told[1]


@pytest.mark.after("sync")
def test_the_command_line_tells_it(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    def said(*words: str) -> Any:
        command = ["--data", str(place.desk.data_dir), *words, "--json"]
        assert main(command, clock=place.desk.clock) == 0
        return json.loads(capsys.readouterr().out)

    (product,) = going(place, 1)
    slug, records = place.store.slug, tmp_path / "records.ndjson"
    document = said("held", slug, "--on", today(place))
    copy = copied(place)
    assert {name: each["count"] for name, each in document["entities"].items()} == {
        name: len(each) for name, each in copy.items()
    }
    said("held", slug, "--on", today(place), "--records", str(records))
    lines = [json.loads(line) for line in records.read_text().splitlines()]
    assert len(lines) == sum(map(len, copy.values()))
    both = said("held", slug, "--on", today(place), "--and", today(place))
    assert both["entities"]["products"]["left"] == []
    told = said("explain", slug, "product", str(product), "--history")
    assert [each["action"] for each in told["history"]] == ["created"]
    assert said("bisect", slug, "product", str(product))["found"] is False
    runs = [row.id for row in place.desk.runs(place.store)]
    document = said("compare", str(runs[0]), str(runs[0]))
    assert document == {
        "runs": [runs[0], runs[0]],
        "settings": {},
        "books": document["books"],
        "moved": {},
    }
    for words in (
        ["held", slug, "--on", today(place)],
        ["explain", slug, "product", str(product), "--history"],
        ["compare", str(runs[0]), str(runs[0])],
        ["bisect", slug, "product", "1"],
    ):
        command = ["--data", str(place.desk.data_dir), *words, "--lang", "de"]
        assert main(command, clock=place.desk.clock) == 0
        assert capsys.readouterr().out.strip()


@pytest.mark.after("sync")
@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_command_line_says_why_a_record_left(
    place: Place, capsys: pytest.CaptureFixture[str], lang: str
):
    (product,) = going(place, 1)
    place.state.edit("product", product, isVisible=False, visibility="hidden")
    place.set(removal_limit_percent="100")
    place.run()
    runs = [str(row.id) for row in place.desk.runs(place.store)]
    slug, why = place.store.slug, reason("hidden", lang=lang)
    for words in (
        ["bisect", slug, "product", str(product)],
        ["explain", slug, "product", str(product), "--history"],
        ["compare", runs[1], runs[0]],
    ):
        command = ["--data", str(place.desk.data_dir), *words, "--lang", lang]
        assert main(command, clock=place.desk.clock) == 0
        assert why in capsys.readouterr().out


def today(place: Place) -> str:
    return datetime.fromtimestamp(place.desk.clock.now(), UTC).date().isoformat()
