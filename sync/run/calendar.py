"""What each day had: how its runs went, and what Clerk.io held at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Final

from sync.entities import ENTITIES
from sync.store import ACTIVE, Desk, State, StoreRow
from sync.usual import Range, usual

DAYS: Final = 91  # thirteen weeks
_HELD: Final = ("created", "updated", "unchanged")
_SEVERITY: Final = ("failed", "held", "partial", "on", "ok", "other")
_VERDICTS: Final = {
    State.FAILED: "failed",
    State.HELD: "held",
    State.PARTIAL: "partial",
    State.SUCCEEDED: "ok",
    **dict.fromkeys(ACTIVE, "on"),
}


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the reader: the worst that a run of it came to (`failed`, `held`, `partial`, `on`,
    `ok`, `other` for cancelled and rejected), `missed` if the schedule should have brought one,
    `none`; and how many runs began."""

    day: date
    verdict: str
    runs: int


def days(desk: Desk, store: StoreRow | None, zone: tzinfo, most: int = DAYS) -> list[Day]:
    """The last days up to today, oldest first, of a store or of all of them; what lies before the
    first run is left out."""
    today = datetime.fromtimestamp(desk.clock.now(), zone).date()
    first = today - timedelta(days=most - 1)
    if store is None:
        found = [
            (datetime.fromtimestamp(quarter * 900, zone).date(), state, n)
            for quarter, state, n in desk.states_by_quarter(begin_of(first, zone))
        ]
        return _filled(found, today, lambda _: False)
    runs = desk.run_times(store.id, begin_of(first, zone))
    found = [(datetime.fromtimestamp(run["at"], zone).date(), run["state"], 1) for run in runs]
    return _filled(found, today, _missing(desk, store, runs, zone, today))


def begin_of(day: date, zone: tzinfo) -> float:
    """When a day begins there, in unix seconds."""
    return datetime.combine(day, time(), zone).timestamp()


def _filled(
    found: Iterable[tuple[date, str, int]], today: date, missed: Callable[[date], bool]
) -> list[Day]:
    verdicts: dict[date, set[str]] = {}
    numbers: dict[date, int] = {}
    for day, state, n in found:
        verdicts.setdefault(day, set()).add(_VERDICTS.get(State(state), "other"))
        numbers[day] = numbers.get(day, 0) + n
    if not numbers:
        return []
    first = min(numbers)
    each = (first + timedelta(days=n) for n in range((today - first).days + 1))
    return [Day(day, _verdict(day, verdicts, missed), numbers.get(day, 0)) for day in each]


def _verdict(day: date, verdicts: Mapping[date, set[str]], missed: Callable[[date], bool]) -> str:
    if day in verdicts:
        return next(name for name in _SEVERITY if name in verdicts[day])
    return "missed" if missed(day) else "none"


def _missing(
    desk: Desk, store: StoreRow, runs: Sequence[Mapping[str, Any]], zone: tzinfo, today: date
) -> Callable[[date], bool]:
    """Tell of a day without a run whether one should have begun: the schedule was on all day, and
    no run was under way. Only what can be known for certain counts: when a store that is paused
    now was paused is not kept."""
    resumed = desk.resumed(store)
    versions = [(row.at, row.settings.sync_time != "off") for row in desk.history(store)]
    now = desk.clock.now()

    def missed(day: date) -> bool:
        begin, end = begin_of(day, zone), begin_of(day + timedelta(days=1), zone)
        if day == today or store.paused or resumed > begin:
            return False
        before = [on for at, on in sorted(versions) if at <= begin]
        within = [on for at, on in versions if begin < at < end]
        if not before or not all([before[-1], *within]):
            return False
        return not any(run["at"] < end and (run["finished"] or now) >= begin for run in runs)

    return missed


Points = list[tuple[date, float]]


def course(desk: Desk, store: StoreRow, zone: tzinfo, most: int = DAYS) -> dict[str, Points]:
    """What Clerk.io held by entity after the last whole sync of each day, as the sync's books say;
    entities of which it never held anything are left out."""
    last = last_of_days(desk, store, zone, most)
    books = desk.books_of(list(last.values()))
    held: dict[str, Points] = {entity: [] for entity in ENTITIES}
    for day, run in last.items():
        for entity, book in books[run].items():
            held[entity].append((day, sum(book.get(name, 0) for name in _HELD)))
    return {entity: points for entity, points in held.items() if any(n for _, n in points)}


def efforts(desk: Desk, store: StoreRow, zone: tzinfo, most: int = DAYS) -> dict[str, Points]:
    """What the last whole sync of each day took: `duration` in seconds of work, `calls` to
    Lightspeed."""
    last = last_of_days(desk, store, zone, most)
    taken = desk.efforts_of(list(last.values()))
    known = [(day, *taken[run]) for day, run in last.items() if run in taken]
    return {
        "duration": [(day, round(worked)) for day, worked, _ in known],
        "calls": [(day, calls) for day, _, calls in known],
    }


def last_of_days(desk: Desk, store: StoreRow, zone: tzinfo, most: int) -> dict[date, int]:
    """The last whole sync of each day that had one."""
    today = datetime.fromtimestamp(desk.clock.now(), zone).date()
    since = begin_of(today - timedelta(days=most - 1), zone)
    return {
        datetime.fromtimestamp(run["at"], zone).date(): run["id"]
        for run in desk.run_times(store.id, since)
        if run["whole"]
    }


def ranges(points: Points, k: float, least: float = 1.0) -> dict[date, Range]:
    """The usual range of each day that has one, from the days before it; `least` is the smallest
    spread."""
    counted = dict(points)
    found = {day: usual(counted, day, k, least) for day in counted}
    return {day: each for day, each in found.items() if each is not None}
