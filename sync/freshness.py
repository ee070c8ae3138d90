"""The freshness promise: how old what Clerk.io holds may be, by store and group of entities, when
that is broken next, and how much of the time it was kept. All times are unix seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from sync.schedule import pause_after

Group = Literal["products", "orders"]
State = Literal["kept", "soon", "broken", "never", "paused", "by_hand", "not_sent"]
GROUPS: Final[tuple[Group, ...]] = ("products", "orders")
PERIOD: Final = 30 * 86_400.0
CHOSEN_HOUR: Final = 26 * 3_600.0  # a day, and two hours for the run and what it waits for
WARNED: Final = 0.8  # of the promise is used up
GRACE: Final = 600.0  # seconds after which a run that is due has not begun
_HOUR: Final = 3_600.0
_INTERVALS: Final = 2


class Pass(NamedTuple):
    """A run that brought Clerk.io, by `at`, to what the shop held at `as_of`, in so many seconds of
    work."""

    as_of: float
    at: float
    worked: float


class Pause(NamedTuple):
    """A time in which nothing was promised; `until` is infinite for one that lasts."""

    since: float
    until: float


class Breach(NamedTuple):
    """A time in which Clerk.io held what was older than promised."""

    since: float
    until: float


def promised(option: str, sync_time: str, worked: float) -> float | None:
    """Seconds that what Clerk.io holds may be old after a pass of so many seconds of work; None
    where nothing is promised. `option` is `auto` or hours."""
    if option != "auto":
        return float(option) * _HOUR
    if sync_time == "off":
        return None
    return _INTERVALS * pause_after(worked) if sync_time == "when_needed" else CHOSEN_HOUR


# -- what was ------------------------------------------------------------------------------------


def breaches(
    passes: Sequence[Pass], option: str, sync_time: str, pauses: Sequence[Pause]
) -> Iterator[Breach]:
    """When the promise was broken between passes, in their order; what has not ended yet is none
    of it. Pauses are taken out, and after each the promise begins anew."""
    ordered = sorted(passes, key=lambda each: each.at)
    held: Pass | None = None
    for each in ordered:
        if held is not None:
            yield from _between(held, each.at, option, sync_time, pauses)
        if held is None or each.as_of >= held.as_of:
            held = each


def _between(
    held: Pass, until: float, option: str, sync_time: str, pauses: Sequence[Pause]
) -> Iterator[Breach]:
    """The breaches while this pass was what Clerk.io held."""
    allowed = promised(option, sync_time, held.worked)
    if allowed is None:
        return
    begun, start = held.as_of, held.at
    for pause in [*sorted(pauses), Pause(until, until)]:
        if pause.until < begun or pause.since > until:
            continue
        breach = Breach(max(start, begun + allowed), min(pause.since, until))
        if breach.since < breach.until:
            yield breach
        begun = max(begun, min(pause.until, until))
        start = max(start, begun)


@dataclass(frozen=True, slots=True)
class History:
    """What is known of one group of a store: its newest pass, since when there is one, and the
    breaches of the last 30 days that have ended."""

    last: Pass
    since: float
    breaches: Sequence[Breach]

    def as_json(self) -> list[Any]:
        """As a column holds it: whole seconds."""
        ended = [round(at) for breach in self.breaches for at in breach]
        return [*map(round, self.last), round(self.since), ended]

    @classmethod
    def of(cls, told: Sequence[Any]) -> History:
        """The history that `as_json` gave."""
        as_of, at, worked, since, ended = told
        pairs = zip(ended[::2], ended[1::2], strict=True)
        return cls(Pass(as_of, at, worked), since, [Breach(*pair) for pair in pairs])


def history(
    passes: Sequence[Pass],
    option: str,
    sync_time: str,
    pauses: Sequence[Pause],
    *,
    since: float,
    now: float,
) -> History | None:
    """What there is to know, from the passes of a store; None if there was none. What was before
    `since`, when the present sync time was chosen, says nothing of it."""
    known = sorted(passes, key=lambda each: each.at)
    if not known:
        return None
    first = max(known[0].at, since, now - PERIOD)
    found = breaches(known, option, sync_time, pauses)
    cut = (Breach(max(each.since, first), each.until) for each in found)
    newest = max(known, key=lambda each: (each.as_of, each.at))
    return History(newest, first, [each for each in cut if each.since < each.until])


# -- what is -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a promise of now goes by: the option and the sync time, since when that schedule counts
    (chosen, or resumed), when it wants a run, and whether one is under way."""

    option: str
    sync_time: str
    since: float
    due: float | None
    paused: bool
    under_way: bool
    sent: bool


@dataclass(frozen=True, slots=True)
class Freshness:
    """How a group of a store is: its promise in seconds, as of when Clerk.io holds the shop, from
    when on the promise is broken, and the share of the last 30 days, or of the time `since` which
    there is a promise, in which it was kept."""

    state: State
    promise: float | None = None
    as_of: float | None = None
    breaks: float | None = None
    kept: float | None = None
    since: float | None = None


def freshness(
    known: History | None, schedule: Schedule, pauses: Sequence[Pause], now: float
) -> Freshness:
    """How a group of a store is at that time."""
    if not schedule.sent:
        return Freshness("not_sent")
    if known is None:
        allowed = promised(schedule.option, schedule.sync_time, 0)
        return Freshness("paused" if schedule.paused else "never", allowed)
    allowed = promised(schedule.option, schedule.sync_time, known.last.worked)
    as_of = known.last.as_of
    if allowed is None:
        return Freshness("by_hand", as_of=as_of)
    breaks = None if schedule.paused else max(as_of, schedule.since) + allowed
    share = _share(known, breaks, pauses, max(known.since, now - PERIOD), now)
    said: dict[str, Any] = {"promise": allowed, "as_of": as_of, "kept": share}
    said["since"] = max(known.since, now - PERIOD)
    if breaks is None:
        return Freshness("paused", **said)
    return Freshness(_state(known.last, schedule, allowed, breaks, now), **said, breaks=breaks)


def _state(last: Pass, schedule: Schedule, allowed: float, breaks: float, now: float) -> State:
    if now > breaks:
        return "broken"
    if schedule.under_way or now < breaks - (1 - WARNED) * allowed:
        return "kept"
    due = schedule.due
    in_time = due is not None and now <= due + GRACE and due + last.worked <= breaks
    return "kept" if in_time else "soon"


def warned_from(known: Freshness) -> float | None:
    """From when on a promise counts as about to be broken, if no run comes in time."""
    if known.breaks is None or known.promise is None:
        return None
    return known.breaks - (1 - WARNED) * known.promise


def _share(
    known: History, breaks: float | None, pauses: Sequence[Pause], since: float, now: float
) -> float | None:
    """Of the time without pauses; None where there was none."""
    open_ = [Breach(breaks, now)] if breaks is not None and breaks < now else []
    if not (pauses or known.breaches or open_):  # most stores
        return 1.0 if since < now else None
    whole = sum(until - begun for begun, until in _without([(since, now)], pauses))
    if whole <= 0:
        return None
    bad = [(max(each.since, since), each.until) for each in (*known.breaches, *open_)]
    broken = sum(until - begun for begun, until in _without(bad, pauses))
    return max(0.0, 1 - broken / whole)


def _without(
    spans: Iterable[tuple[float, float]], pauses: Sequence[Pause]
) -> list[tuple[float, float]]:
    """The spans without what of them lies in a pause."""
    left = [span for span in spans if span[0] < span[1]]
    for pause in pauses:
        left = [
            (begun, until)
            for span in left
            for begun, until in (
                (span[0], min(span[1], pause.since)),
                (max(span[0], pause.until), span[1]),
            )
            if begun < until
        ]
    return left


def as_json(groups: Mapping[str, History]) -> dict[str, list[Any]]:
    """Histories by group, as a column holds them."""
    return {group: known.as_json() for group, known in groups.items()}


def of_json(told: Mapping[str, Sequence[Any]]) -> dict[str, History]:
    """Histories by group, from a column."""
    return {group: History.of(known) for group, known in told.items()}
