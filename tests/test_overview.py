"""All stores in lines: their state, what is behind it and since when, and when to look again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sync import overview, run
from sync.errors import Message
from sync.overview import SORTS, Wanted, chosen, ordered
from sync.store import Desk, StoreRow
from tests.conftest import Place
from tests.test_fleet import DAY, HOUR, NOON, HandClock, add_run, add_store, ended

REFUSED = Message("clerk.typed", type="AuthenticationError", said="Invalid private key")
SAID = {"message": REFUSED.text(), "detail": REFUSED.written()}
PARSING = {"message": "ParsingError: price", "detail": None, "count": 3}
HOLD = {"entity": "products", "reason": "removals", "count": 41, "of": 560, "limit": 5}
SIDE = {"state": "waiting", "side": "clerk", "host": "api.clerk.io", "until": NOON + 60}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, clock=HandClock(NOON))


def only_line(desk: Desk) -> overview.Line:
    [line] = overview.overview(desk).lines
    return line


STANDS: dict[str, tuple[dict[str, Any], str, str, float | None]] = {
    "refused": (ended(NOON - 60, state="failed", **SAID), "broken", "clerk_key", NOON - 60),
    "unexplained": (ended(NOON - 60, state="failed"), "broken", "failed", NOON - 60),
    "a side is out": (SIDE, "waiting", "clerk_outage", NOON - 900),
    "held": (
        {"state": "held", "holds": [HOLD], "progress": {"rested": {"at": NOON - 90, "worked": 1}}},
        "look",
        "hold_removals",
        NOON - 90,
    ),
    "stuck": ({"due": NOON - 2 * HOUR}, "look", "stuck", NOON - 2 * HOUR),
    "partial": (
        ended(NOON - 60, state="partial", errors=[PARSING], books={"products": {"failed": 3}}),
        "look",
        "clerk_parsing",
        NOON - 60,
    ),
    "cancelled": (ended(NOON - 60, state="cancelled"), "look", "cancelled", NOON - 60),
    "running": ({"state": "running", "started": NOON - 30}, "running", "", NOON - 30),
    "succeeded": (ended(NOON - 60), "ok", "", NOON - 60),
}


@pytest.mark.parametrize("stand", STANDS.values(), ids=STANDS)
def test_a_store_s_line_says_how_it_is_why_and_since_when(desk: Desk, stand: Any):
    columns, state, cause, since = stand
    desk.side_failed("clerk", "api.clerk.io", probe=False)
    desk.clock.at -= 900
    desk.side_answers("clerk", "api.clerk.io")
    desk.side_failed("clerk", "api.clerk.io", probe=False)
    desk.clock.at += 900
    row = add_run(desk, add_store(desk, "one"), **columns)
    line = only_line(desk)
    assert (line.state, line.cause, line.since, line.run) == (state, cause, since, row.id)


def test_a_store_that_never_ran_needs_a_look(desk: Desk):
    add_store(desk, "one")
    line = only_line(desk)
    assert (line.state, line.cause, line.since, line.strip) == ("look", "never", None, ())


def test_since_when_is_as_long_as_the_runs_have_ended_alike(desk: Desk):
    """However long that is; a run that made way does not count."""
    store = add_store(desk, "one")
    add_run(desk, store, **ended(NOON - 9 * DAY))
    for hours in range(50, 0, -1):
        add_run(desk, store, **ended(NOON - hours * HOUR, state="failed", **SAID))
    gave_way = add_run(desk, store, **ended(NOON - HOUR / 2, state="cancelled"))
    desk.update_run(gave_way.id, {"ended": "superseded"})
    line = only_line(desk)
    assert line.since == NOON - 50 * HOUR
    assert line.strip == ["failed"] * overview.STRIP
    add_run(desk, store, **ended(NOON))
    line = only_line(desk)
    assert line.since == NOON
    assert line.strip[-2:] == ["failed", "succeeded"]


def test_what_clerk_holds_is_counted_when_a_run_comes_to_rest(place: Place):
    assert place.run().state == "succeeded"
    counted = only_line(place.desk).confirmed
    assert counted == {
        entity: len(place.confirmed(entity)) for entity in ("products", "categories", "orders")
    }
    [first, *_] = [row for row in place.state.all("product") if row["isVisible"]]
    place.state.edit("product", first["id"], isVisible=False)
    place.run()
    assert only_line(place.desk).confirmed["products"] == counted["products"] - 1


def several(desk: Desk) -> dict[str, StoreRow]:
    stores = {name: add_store(desk, name) for name in STANDS}
    for name, store in stores.items():
        add_run(desk, store, **STANDS[name][0])
    return stores


def test_the_worst_come_first_and_causes_are_grouped(desk: Desk):
    several(desk)
    add_run(desk, add_store(desk, "refused too"), **ended(NOON - 90, state="failed", **SAID))
    found = overview.overview(desk)
    states = [line.state for line in found.lines]
    assert states == sorted(states, key=overview.STATES.index)
    assert found.counts() == {"broken": 3, "waiting": 1, "look": 4, "running": 1, "ok": 1}
    first, *others = found.groups()
    assert (first.cause, len(first.lines), first.since) == ("clerk_key", 2, NOON - 90)
    assert [group.state for group in others] == ["broken", "waiting", *["look"] * 4]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted("PART"), {"partial"}),
        (Wanted("refused shop.example"), {"refused"}),
        (Wanted(states=("broken",)), {"refused", "unexplained"}),
        (Wanted(cause="stuck"), {"stuck"}),
        (Wanted("held", ("ok",)), set()),
    ],
)
def test_stores_are_found(desk: Desk, wanted: Wanted, found: set[str]):
    several(desk)
    assert {line.store for line in chosen(overview.overview(desk).lines, wanted)} == found


@pytest.mark.parametrize("sort", SORTS)
def test_every_column_sorts_and_what_is_not_known_comes_last(desk: Desk, sort: str):
    several(desk)
    add_store(desk, "never")
    lines = overview.overview(desk).lines
    for down in (False, True):
        found = ordered(lines, sort, down=down)
        keys = [SORTS[sort](line) for line in found]
        known = [key for key in keys if key is not None]
        assert known == sorted(known, reverse=down)
        assert keys[len(known) :] == [None] * (len(keys) - len(known))


# -- when to look again ---------------------------------------------------------------------------


def test_nothing_is_drawn_again_until_something_is_otherwise(desk: Desk):
    store = add_store(desk, "one")
    queued = add_run(desk, store)
    seen = overview.overview(desk)
    assert overview.holds(desk, seen)
    desk.log(queued.id, "info", "", Message("log.cancelled"))
    desk.update_run(queued.id, {"calls": {"lightspeed": {"total": 3}}})
    assert overview.holds(desk, seen)


CHANGES: dict[str, Any] = {
    "a run begins": lambda desk, row, _: desk.update_run(row.id, {"state": "running"}),
    "a phase begins": lambda desk, row, _: desk.update_run(row.id, {"phase": "orders"}),
    "a run ends": lambda desk, row, _: desk.update_run(row.id, ended(NOON)),
    "a run is held": lambda desk, row, _: desk.update_run(row.id, {"state": "held"}),
    "a side is out": lambda desk, *_: desk.side_failed("clerk", "x", probe=False),
    "a schedule is paused": lambda desk, _, store: _paused(desk, store),
    "a file is damaged": lambda desk, *_: desk.note_check("desk.db", "torn"),
    "settings are saved": lambda desk, _, store: _saved(desk, store),
}


def _paused(desk: Desk, store: StoreRow) -> None:
    desk.pause(store, True)
    desk.audit("store pause", store.slug)


def _saved(desk: Desk, store: StoreRow) -> None:
    settings = desk.settings(store).settings.changed({"sync_time": "off"})
    run.change_settings(desk, store, settings, note="")


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_the_table_shows_is_noticed(desk: Desk, change: Any):
    store = add_store(desk, "one")
    queued = add_run(desk, store)
    seen = overview.overview(desk)
    change(desk, queued, store)
    assert not overview.holds(desk, seen)


def test_a_store_that_becomes_late_is_noticed_though_no_row_changed(desk: Desk):
    add_run(desk, add_store(desk, "one"), **ended(NOON - 60))
    seen = overview.overview(desk)
    desk.clock.at += 1.9 * HOUR
    assert overview.holds(desk, seen)
    desk.clock.at += 0.2 * HOUR
    assert not overview.holds(desk, seen)
    assert only_line(desk).cause == "late"
