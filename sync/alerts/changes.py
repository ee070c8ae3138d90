"""What of the stores' conditions is news: one alert for one cause, however many stores have it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from sync.alerts.conditions import Conditions
from sync.store import Key, Known, Pace

Turn = Literal["began", "grew", "over"]
FIRST_PAUSE: Final = 600.0  # seconds in which what is added to a cause is gathered
LONGEST_PAUSE: Final = 6 * 3600.0
_CALM: Final = 4  # pauses without news, after which the next pause is the first again
# A person has decided, or a run has come: nobody waits to hear that.
_QUIET: Final = frozenset({("late", "soon"), ("missed", "made_up")})


@dataclass(frozen=True, slots=True)
class Event:
    """News of a cause: of these stores, the first of which has it since then (unix s); `size` is
    how many have it now."""

    turn: Turn
    stores: Collection[int]
    since: float
    size: int


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be kept of a cause, and what is to be told of it."""

    key: Key
    news: Mapping[int, Known]
    gone: Collection[int]
    pace: Pace | None
    events: Collection[Event]


def changes(
    before: Mapping[Key, Mapping[int, Known]],
    found: Conditions,
    paces: Mapping[Key, Pace],
    now: float,
) -> Iterator[Change]:
    """What changed of each cause."""
    failing = {
        store for key, stores in found.found.items() if key[0] == "failing" for store in stores
    }
    for key in sorted({*before, *found.found, *paces}):
        known = dict(before.get(key, {}))
        after = _known(key, known, found, now)
        yield _told(key, known, after, paces.get(key), failing, now)


def _known(
    key: Key, before: Mapping[int, Known], found: Conditions, now: float
) -> dict[int, Known]:
    """What is known by now of each store that has it or had it."""
    has = found.found.get(key, {})
    after = {store: before.get(store) or Known(since, None, None) for store, since in has.items()}
    for store, known in before.items():
        if store in has or found.lasts(key, store):
            after[store] = known._replace(ended=None)
        else:
            after[store] = known._replace(ended=known.ended or now)
    return after


def _told(
    key: Key,
    before: Mapping[int, Known],
    after: dict[int, Known],
    pace: Pace | None,
    failing: Collection[int],
    now: float,
) -> Change:
    there = {store for store, known in after.items() if known.ended is None}
    gone = {
        store
        for store, known in after.items()
        if known.ended and (known.told is None or _is_silent(key, store in failing))
    }
    fresh = {store for store in there if after[store].told is None}
    over = after.keys() - there - gone
    first = not any(after[store].told for store in there)
    waits = _waits(pace, now)
    events = []
    if key[0] == "outage" and not first:  # whoever joins it is no news
        after |= {store: after[store]._replace(told=now) for store in fresh}
    elif fresh and (first or not waits):
        since = min(after[store].since for store in fresh)
        events.append(Event("began" if first else "grew", fresh, since, len(there)))
        after |= {store: after[store]._replace(told=now) for store in fresh}
    if over and (not there or not waits):
        events.append(Event("over", over, min(after[store].since for store in over), len(there)))
        gone |= over
    news = {s: known for s, known in after.items() if s not in gone and known != before.get(s)}
    pace = _pace(pace, there, bool(events), now)
    if pace is not None and pace.muted_size is not None and len(there) > pace.muted_size:
        pace = replace(pace, muted_size=None)  # it has grown: it is heard again
    return Change(key, news, gone & before.keys(), pace, events)


def _waits(pace: Pace | None, now: float) -> bool:
    """Whether the cause was told so lately that more of it is gathered; a time that is still to
    come was told by a clock that was set back since."""
    return pace is not None and pace.told is not None and pace.told <= now < pace.told + pace.pause


def _is_silent(key: Key, fails: bool) -> bool:
    """Whether nobody is to hear that a store has it no longer: it fails for another reason now, or
    somebody has ended it."""
    return key in _QUIET or key[0] == "held" or (key[0] == "failing" and fails)


def _pace(pace: Pace | None, there: Collection[int], told: bool, now: float) -> Pace | None:
    """How often the cause may be told from now on; None once there is nothing to remember."""
    if told:
        calm = pace is None or pace.told is None or now >= pace.told + _CALM * pace.pause
        pause = FIRST_PAUSE if calm or pace is None else min(2 * pace.pause, LONGEST_PAUSE)
        pace = replace(pace or Pace(None, pause), told=now, pause=pause)
    if pace is not None and not there:
        pace = replace(pace, muted_size=None)
        if pace.told is None or now >= pace.told + pace.pause:
            timed = pace.muted_until is not None and now < pace.muted_until
            return replace(pace, told=None) if timed else None
    return pace
