"""What each day had: the worst of its runs, days that the schedule left out, what Clerk.io held."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sync import run
from sync.clock import SystemClock
from sync.store import Desk, StoreRow
from sync.usual import ENOUGH

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
TODAY = date(2026, 11, 28)


def days_ago(days: float) -> float:
    return NOW.timestamp() - 86_400 * days


class SetClock(SystemClock):
    """A clock that stands at what it is set to."""

    def __init__(self, at: float) -> None:
        self.at = at

    def now(self) -> float:
        return self.at


@pytest.fixture
def clock() -> SetClock:
    return SetClock(days_ago(40))


@pytest.fixture
def desk(tmp_path: Path, clock: SetClock) -> Desk:
    """A desk whose shop was connected forty days ago."""
    desk = Desk(tmp_path, clock=clock)
    shop = desk.add_shop("Shop", domain="shop.example", cluster="eu1")
    keys = {"public": "p" * 8, "private": "q" * 8}
    desk.add_store(shop, "Main", language="nl", **keys)
    clock.at = NOW.timestamp()
    return desk


@pytest.fixture
def store(desk: Desk) -> StoreRow:
    return desk.store("main")


def ran(desk: Desk, store: StoreRow, at: float, state: str, **columns: Any) -> int:
    """A run that began at that time and took a minute."""
    queued = desk.queue_run(store, "sync", trigger="schedule")
    times = {"queued": at, "started": at, "finished": at + 60}
    desk.update_run(queued.id, {**times, "state": state, **columns})
    return queued.id


def verdicts(desk: Desk, store: StoreRow | None) -> dict[date, tuple[str, int]]:
    return {day.day: (day.verdict, day.runs) for day in run.days(desk, store, BERLIN)}


@pytest.mark.parametrize("everywhere", [False, True])
def test_a_day_is_as_bad_as_the_worst_of_its_runs(desk: Desk, store: StoreRow, everywhere: bool):
    for state in ("succeeded", "failed", "partial"):
        ran(desk, store, days_ago(2), state)
    ran(desk, store, days_ago(1), "succeeded")
    ran(desk, store, days_ago(0.1), "cancelled")
    assert verdicts(desk, None if everywhere else store) == {
        TODAY - timedelta(days=2): ("failed", 3),
        TODAY - timedelta(days=1): ("ok", 1),
        TODAY: ("other", 1),
    }


def test_a_run_belongs_to_the_day_of_the_reader(desk: Desk, store: StoreRow):
    ran(desk, store, datetime(2026, 11, 27, 23, 30, tzinfo=UTC).timestamp(), "succeeded")
    assert verdicts(desk, store) == {TODAY: ("ok", 1)}


def test_a_day_without_a_run_was_missed_if_the_schedule_was_on_all_day(desk: Desk, store: StoreRow):
    ran(desk, store, days_ago(4), "succeeded")
    found = verdicts(desk, store)
    assert [verdict for verdict, _ in found.values()] == [
        "ok",
        "missed",
        "missed",
        "missed",
        "none",
    ]


@pytest.mark.parametrize("why", ["off", "paused", "resumed", "under way"])
def test_a_day_without_a_run_may_be_as_it_should(
    desk: Desk, store: StoreRow, clock: SetClock, why: str
):
    finished = days_ago(0) if why == "under way" else days_ago(4)
    ran(desk, store, days_ago(4), "succeeded", finished=finished)
    if why == "off":
        changed = desk.settings(store).settings.changed({"sync_time": "off"})
        clock.at = days_ago(5)
        desk.save_settings(store, changed, note="")
        clock.at = NOW.timestamp()
    if why in ("paused", "resumed"):
        store = desk.pause(store, True)
    if why == "resumed":
        store = desk.pause(store, False)
    found = [verdict for verdict, _ in verdicts(desk, store).values()]
    assert found == ["ok", "none", "none", "none", "none"]


def test_nothing_ran_no_days(desk: Desk, store: StoreRow):
    assert verdicts(desk, store) == {}
    assert run.course(desk, store, BERLIN) == {}


def test_the_course_has_the_last_whole_sync_of_each_day(desk: Desk, store: StoreRow):
    def books(created: int, unchanged: int) -> dict[str, Any]:
        each = {"created": created, "updated": 2, "unchanged": unchanged, "skipped": 9}
        return {"products": each, "customers": dict.fromkeys(each, 0)}

    ran(desk, store, days_ago(2), "succeeded", books=books(5, 0))
    ran(desk, store, days_ago(1.9), "partial", books=books(1, 6))
    ran(desk, store, days_ago(1), "succeeded", books=books(3, 10))
    ran(desk, store, days_ago(0.9), "succeeded", books=books(1, 0), options={"only": {}})
    assert run.course(desk, store, BERLIN) == {
        "products": [(TODAY - timedelta(days=2), 9), (TODAY - timedelta(days=1), 15)]
    }


def test_efforts_and_usual_ranges_follow_the_days(desk: Desk, store: StoreRow):
    book = {"products": {"created": 1, "updated": 0, "unchanged": 9, "skipped": 0}}
    for n in range(20, 0, -1):
        calls = {"lightspeed": {"total": 100 if n == 1 else 6 + n % 2}, "clerk": {"total": 1}}
        ran(desk, store, days_ago(n), "succeeded", books=book, calls=calls)
    found = run.efforts(desk, store, BERLIN)
    assert [n for _, n in found["calls"]][-2:] == [6, 100]
    assert len(found["duration"]) == 20
    known = run.ranges(found["calls"], 4)
    assert min(known) == TODAY - timedelta(days=20 - ENOUGH)  # nothing is usual before
    assert [day for day, n in found["calls"] if day in known and not known[day].holds(n)] == [
        TODAY - timedelta(days=1)
    ]
