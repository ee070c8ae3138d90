"""The freshness promise: what is promised, when it breaks, how much of the time it was kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import cli, overview, run
from sync.errors import Message
from sync.fleet import standings
from sync.freshness import (
    CHOSEN_HOUR,
    GROUPS,
    PERIOD,
    Breach,
    Freshness,
    History,
    Pass,
    Pause,
    Schedule,
    breaches,
    freshness,
    history,
    promised,
)
from sync.schedule import next_due, start_second
from sync.status import store_status
from sync.store import Desk, StoreRow
from tests.conftest import Place
from tests.test_fleet import (
    DAY,
    HOUR,
    NOON,
    HandClock,
    add_run,
    add_store,
    ended,
    set_sync_time,
)

USUAL = Schedule(
    option="auto",
    sync_time="when_needed",
    since=0.0,
    due=None,
    paused=False,
    under_way=False,
    sent=True,
)


def hourly(count: int, *, until: float = NOON, took: float = 300) -> list[Pass]:
    """Passes an hour apart, the last one ended then."""
    ends = [until - HOUR * n for n in reversed(range(count))]
    return [Pass(end - took, end, took) for end in ends]


def now_of(passes: list[Pass], now: float, *pauses: Pause, **changes: Any) -> Freshness:
    goes_by = Schedule(**{**{f: getattr(USUAL, f) for f in Schedule.__slots__}, **changes})
    times = goes_by.option, goes_by.sync_time, pauses
    known = history(passes, *times, since=0.0, now=now)
    return freshness(known, goes_by, pauses, now)


@pytest.mark.parametrize(
    ("option", "sync_time", "worked", "hours"),
    [
        ("auto", "when_needed", 60, 2),
        ("auto", "when_needed", 35 * 60, 25),
        ("auto", "when_needed", 3 * HOUR, 48),
        ("auto", "3", 60, 26),
        ("auto", "off", 60, None),
        ("6.5", "off", 60, 6.5),
        ("6.5", "when_needed", 3 * HOUR, 6.5),
    ],
)
def test_what_is_promised(option: str, sync_time: str, worked: float, hours: float | None):
    allowed = promised(option, sync_time, worked)
    assert allowed == (None if hours is None else pytest.approx(hours * HOUR))


def test_a_store_that_runs_each_hour_keeps_it():
    found = now_of(hourly(400), NOON + 60)
    assert (found.state, found.kept) == ("kept", 1.0)
    assert found.breaks == NOON - 300 + 2 * HOUR


def test_hours_without_a_run_count_from_the_promise_to_the_next_success():
    passes = [*hourly(100, until=NOON - 10 * HOUR), *hourly(2)]
    [breach] = breaches(passes, "auto", "when_needed", ())
    assert breach == Breach(NOON - 10 * HOUR - 300 + 2 * HOUR, NOON - HOUR)
    found = now_of(passes, NOON)
    assert found.kept == pytest.approx(1 - (7 * HOUR + 300) / (109 * HOUR))


@pytest.mark.parametrize(
    ("minutes", "changes", "state"),
    [
        (60, {}, "kept"),
        (96, {}, "soon"),
        (96, {"under_way": True}, "kept"),
        (96, {"due": NOON + 96 * 60 + 60}, "kept"),
        (96, {"due": NOON + 3 * HOUR}, "soon"),
        (106, {"due": NOON + 95 * 60}, "soon"),  # it is due, and nothing happens
        (121, {"under_way": True}, "broken"),
        (121, {"paused": True}, "paused"),
        (121, {"sync_time": "off"}, "by_hand"),
        (121, {"sent": False}, "not_sent"),
        (121, {"option": "3"}, "kept"),
        (121, {"since": NOON + HOUR}, "kept"),  # resumed an hour ago
    ],
)
def test_it_is_said_before_it_breaks_unless_a_run_comes_in_time(
    minutes: int, changes: dict[str, Any], state: str
):
    found = now_of([Pass(NOON, NOON + 60, 60)], NOON + minutes * 60, **changes)
    assert found.state == state


def test_what_was_never_sent_is_not_broken():
    assert now_of([], NOON).state == "never"
    assert now_of([], NOON, paused=True).state == "paused"


def test_with_a_chosen_hour_nothing_is_said_on_the_days_on_which_clocks_are_set():
    """The hour is one of UTC: 24 hours lie between two runs, whatever a wall clock says."""
    for changed in (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)):
        day = changed - timedelta(days=3)
        starts = [(day + timedelta(days=n, hours=1)).timestamp() for n in range(6)]
        starts = [at + start_second("demo") for at in starts]
        passes = [Pass(at, at + 1800, 1800) for at in starts]
        assert list(breaches(passes, "auto", "1", ())) == []
        for before, after in pairwise(passes):
            known = [each for each in passes if each.at <= before.at]
            for now in (before.at, before.at + 23 * HOUR, after.as_of - 1):
                due = next_due(
                    "1",
                    store="demo",
                    last_start=before.as_of,
                    last_end=before.at,
                    last_duration=1800,
                    now=now,
                    paused=False,
                )
                found = now_of(known, now, sync_time="1", due=due)
                assert (found.state, found.promise) == ("kept", CHOSEN_HOUR)


def test_a_pause_is_no_breach_and_the_promise_begins_anew_after_it():
    week = Pause(NOON + HOUR, NOON + 7 * DAY)
    first = Pass(NOON - 60, NOON, 60)
    back = Pass(NOON + 7 * DAY + 60, NOON + 7 * DAY + 120, 60)
    assert list(breaches([first, back], "auto", "when_needed", [week])) == []
    found = now_of([first, back], back.at + HOUR, week, since=week.until)
    assert (found.state, found.kept) == ("kept", 1.0)
    late = Pass(week.until + 5 * HOUR, week.until + 5 * HOUR, 60)
    [breach] = breaches([first, late], "auto", "when_needed", [week])
    assert breach == Breach(week.until + 2 * HOUR, late.at)


passes_of = st.lists(
    st.tuples(st.integers(0, 40 * 24 * 60), st.integers(0, 600)), min_size=1, max_size=40
).map(
    lambda rows: [
        Pass(NOON + start * 60.0, NOON + (start + took) * 60.0, took * 60.0) for start, took in rows
    ]
)
pauses_of = st.lists(
    st.tuples(st.integers(0, 40 * 24), st.integers(1, 200)), max_size=4, unique_by=lambda p: p[0]
).map(lambda rows: [Pause(NOON + a * HOUR, NOON + (a + n) * HOUR) for a, n in sorted(rows)])


@given(passes_of, pauses_of, st.sampled_from(["auto", "1", "30"]), st.integers(0, 41 * 24))
def test_the_share_is_that_of_looking_at_each_moment(
    passes: list[Pass], pauses: list[Pause], option: str, hours: int
):
    """At each moment outside of pauses it is broken or not: by what Clerk.io held then."""
    now = NOON + hours * HOUR
    known = [each for each in passes if each.at <= now]
    held = history(known, option, "when_needed", pauses, since=0.0, now=now)
    assert (held is None) == (not known)
    if held is None:
        return
    assert History.of(json.loads(json.dumps(held.as_json()))).last.at == round(held.last.at)
    assert held.since >= now - PERIOD
    for breach in held.breaches:
        assert held.since <= breach.since < breach.until <= now
        for moment in (breach.since + 1, (breach.since + breach.until) / 2, breach.until - 1):
            if breach.since < moment < breach.until:
                assert is_broken(known, option, pauses, moment)
    over = max((pause.until for pause in pauses if pause.until <= now), default=0.0)
    paused = any(pause.since <= now < pause.until for pause in pauses)
    goes_by = Schedule(option, "when_needed", over, None, paused, False, True)
    found = freshness(held, goes_by, pauses, now)
    assert found.kept is None or 0 <= found.kept <= 1
    if not paused and found.state != "soon":
        assert (found.state == "broken") == is_broken(known, option, pauses, now)


def is_broken(passes: list[Pass], option: str, pauses: list[Pause], moment: float) -> bool:
    """Looked at by itself: how old is what is held, and since when does anything count?"""
    if any(pause.since <= moment < pause.until for pause in pauses):
        return False
    there = [each for each in passes if each.at < moment]
    newest = there and max(there, key=lambda each: (each.as_of, each.at))
    if not newest:
        return False
    allowed = promised(option, "when_needed", newest.worked) or 0
    begun = [pause.until for pause in pauses if pause.until <= moment]
    return moment > max([newest.as_of, *begun]) + allowed


# -- from runs ------------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, clock=HandClock(NOON))


@pytest.fixture
def store(desk: Desk) -> StoreRow:
    """One that was added forty days ago."""
    desk.clock.at -= 40 * DAY
    added = add_store(desk, "one")
    desk.clock.at += 40 * DAY
    return added


def found_for(desk: Desk, store: StoreRow) -> dict[str, Freshness]:
    run.note_freshness(desk, store.id)
    [standing] = standings(desk, store.id)
    now = desk.clock.now()
    return {**standing.promises(standing.due(now), now)}


def states(desk: Desk, store: StoreRow) -> tuple[str, ...]:
    found = found_for(desk, store)
    return tuple(found[group].state for group in GROUPS)


NO_CATALOGUE = {
    "message": Message("read.catalogue_moved").text(),
    "detail": Message("read.catalogue_moved").as_json(),
    "count": 1,
}
RESTED = {"rested": {"at": NOON - 600, "phase": "lines", "worked": 60}}
RUNS: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "succeeded": (ended(NOON - 60), ("kept", "kept")),
    "failed": (ended(NOON - 60, state="failed"), ("broken", "broken")),
    "some records failed": (ended(NOON - 60, state="partial"), ("kept", "kept")),
    "not all could be read": (
        ended(NOON - 60, state="partial", errors=[NO_CATALOGUE]),
        ("broken", "kept"),
    ),
    "order lines are left": (
        {
            "state": "waiting",
            "phase": "lines",
            "started": NOON - 900,
            "until": NOON + 60,
            "window": "hour",
            "progress": RESTED,
        },
        ("kept", "broken"),
    ),
    "made way before its order lines": (
        ended(NOON - 60, ended="superseded", progress=RESTED),
        ("kept", "broken"),
    ),
}


@pytest.mark.parametrize("case", RUNS.values(), ids=RUNS)
def test_which_runs_make_what_fresh(desk: Desk, store: StoreRow, case: Any):
    columns, expected = case
    add_run(desk, store, **ended(NOON - 5 * HOUR))
    add_run(desk, store, **columns)
    assert states(desk, store) == expected


def test_a_run_of_chosen_records_makes_nothing_fresh(desk: Desk, store: StoreRow):
    add_run(desk, store, **ended(NOON - 5 * HOUR))
    add_run(desk, store, options={"only": {"products": [1]}}, **ended(NOON - 60))
    assert states(desk, store) == ("broken", "broken")


def test_a_plan_is_as_fresh_as_what_it_was_made_from(desk: Desk, store: StoreRow):
    add_run(desk, store, **ended(NOON - 3 * HOUR))
    add_run(desk, store, plan="abc", **ended(NOON - 60))
    assert found_for(desk, store)["products"].as_of == NOON - 3 * HOUR - 300


def test_orders_that_are_not_sent_are_not_promised(desk: Desk, store: StoreRow):
    set_sync_time(desk, store, "when_needed", include_orders="none")
    add_run(desk, store, **ended(NOON - 60))
    assert states(desk, store) == ("kept", "not_sent")


def test_a_pause_is_noted_and_the_share_goes_on_after_it(desk: Desk, store: StoreRow):
    add_run(desk, store, **ended(NOON - HOUR))
    desk.pause(store, True)
    desk.clock.at += 3 * DAY
    assert states(desk, store) == ("paused", "paused")
    desk.pause(store, False)
    desk.clock.at += HOUR
    add_run(desk, store, **ended(desk.clock.now()))
    found = found_for(desk, store)
    assert {(each.state, each.kept) for each in found.values()} == {("kept", 1.0)}


def test_a_schedule_that_was_never_on_has_kept_nothing(desk: Desk, store: StoreRow):
    other = {"language": "nl", "public": "public-two", "private": "private-two"}
    made = desk.add_store(desk.shop_by_id(store.shop_id), "Two", **other, paused=True)
    desk.clock.at += HOUR
    add_run(desk, made, **ended(desk.clock.at))
    desk.clock.at += 3 * DAY
    found = found_for(desk, made)
    assert {(each.state, each.kept) for each in found.values()} == {("paused", None)}
    desk.pause(made, False)
    desk.clock.at += 60
    found = found_for(desk, made)
    assert {each.kept for each in found.values()} == {1.0}


def test_another_sync_time_begins_a_count_of_its_own(desk: Desk, store: StoreRow):
    add_run(desk, store, **ended(NOON - 50 * HOUR))
    add_run(desk, store, **ended(NOON - 60))
    assert found_for(desk, store)["products"].kept < 0.1
    desk.clock.at += HOUR
    set_sync_time(desk, store, "3")
    desk.clock.at += HOUR
    found = found_for(desk, store)["products"]
    assert (found.kept, found.since, found.promise) == (1.0, NOON + HOUR, CHOSEN_HOUR)


def test_a_store_whose_promise_is_broken_is_not_in_order(desk: Desk, store: StoreRow):
    """Also where the schedule is content: a shorter promise than the schedule can keep."""
    add_run(desk, store, **ended(NOON - HOUR / 2))
    assert store_status(desk, store)["code"] == "succeeded"
    desk.set_options(store, {"fresh_products_h": "0.5"})
    run.note_freshness(desk, store.id)
    found = store_status(desk, store)
    assert (found["code"], found["level"]) == ("stale", "amber")
    [line] = overview.overview(desk).lines
    assert (line.state, line.cause, line.since) == ("look", "stale", NOON - 5 * 60)


def test_a_run_keeps_it_and_the_options_act(place: Place, capsys: pytest.CaptureFixture[str]):
    assert place.run().state == "succeeded"
    words = ["--json", "--data", str(place.desk.data_dir)]
    assert cli.main([*words, "store", "set", "main", "fresh_orders_h=6"]) == 0
    capsys.readouterr()
    assert cli.main([*words, "store", "list"], clock=place.desk.clock) == 0
    [row] = json.loads(capsys.readouterr().out)
    told = row["freshness"]
    assert {group: told[group]["state"] for group in told} == {"products": "kept", "orders": "kept"}
    assert (told["products"]["promise_h"], told["orders"]["promise_h"]) == (2, 6)
    assert told["orders"]["kept"] in (None, 1.0)
    assert told["orders"]["breaks_at"] > told["products"]["breaks_at"]
