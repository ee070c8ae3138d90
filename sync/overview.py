"""Every store in a line, the worst first, and what is behind those that are not in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any, Final, NamedTuple

import orjson

from sync import causes, freshness, status
from sync.database import folded
from sync.entities import ENTITIES
from sync.fleet import OVERDUE, Past, Standing, budgets, pasts, standings
from sync.freshness import Freshness
from sync.status import Verdict
from sync.store import ACTIVE, Desk, State, in_sql

STATES: Final = ("broken", "waiting", "look", "running", "ok")
STRIP: Final = 30
_WHOLE: Final = 300.0  # seconds to which moments are rounded up at which budgets are looked at anew
_BROKEN: Final = ("damaged", "failed")
_RUNNING: Final = ("queued", "running", "approved", "waiting", "going_on")
_ORDER: Final = {code: n for n, code in enumerate(status.URGENCY)}
_MARK: Final = f"""
SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'run'), (SELECT max(id) FROM audit),
  (SELECT count(*) FROM store), (SELECT count(*) FROM shop),
  (SELECT json_group_array(json_array(id, state, phase, until, side, cancel))
    FROM run WHERE state IN ({in_sql(ACTIVE)})),
  (SELECT json_group_array(id) FROM run WHERE state = '{State.HELD}'),
  (SELECT json_group_array(json_array(host, since, next)) FROM outage),
  (SELECT count(*) FROM file_check WHERE problem IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One store. `cause` is the code of what is behind it, "" where nothing is wrong; `run` the one
    to look at; `strip` how its last syncs ended, the oldest first; `used` the share of the hour's
    calls of the key that has used most; times are unix seconds, `paused` and `by_hand` why there is
    no `due`; `fresh` says of each group of entities how the promise of it stands."""

    id: int
    store: str
    name: str
    shop: str
    shop_name: str
    domain: str
    language: str
    demo: bool
    paused: bool
    by_hand: bool
    state: str
    verdict: Verdict
    cause: str
    run: int | None
    phase: str
    holds: Sequence[dict[str, Any]]
    since: float | None
    strip: Sequence[str]
    confirmed: dict[str, int]
    success: float | None
    due: float | None
    used: float | None
    fresh: Mapping[freshness.Group, Freshness]

    @property
    def haystack(self) -> str:
        """What a search looks through."""
        return folded(f"{self.name} {self.store} {self.shop_name} {self.shop} {self.domain}")


class Group(NamedTuple):
    """The stores behind one cause, the one that has it longest first."""

    cause: str
    state: str
    lines: Sequence[Line]

    @property
    def since(self) -> float | None:
        """Since when the first of them has it."""
        return self.lines[0].since


@dataclass(frozen=True, slots=True)
class Overview:
    """All stores as they were at `at` (unix s), the worst first. It holds as long as the desk's
    mark is this one and `until` has not come."""

    lines: Sequence[Line]
    mark: str
    at: float
    until: float

    def counts(self) -> Counter[str]:
        """How many stores are in each state."""
        return Counter(line.state for line in self.lines)

    def groups(self) -> list[Group]:
        """What is behind those that are not in order, the worst first: by how the stores are, then
        by their number."""
        found: dict[tuple[str, str], list[Line]] = {}
        for line in self.lines:
            if line.cause:
                found.setdefault((line.cause, line.state), []).append(line)
        groups = [
            Group(cause, state, sorted(lines, key=lambda line: line.since or 0))
            for (cause, state), lines in found.items()
        ]
        return sorted(groups, key=lambda group: (STATES.index(group.state), -len(group.lines)))


def mark(desk: Desk) -> str:
    """What changes whenever anything changes that an overview tells of, but for the calls used."""
    with desk.opened() as db:
        return orjson.dumps(db.execute(_MARK).fetchone()).decode()


def holds(desk: Desk, known: Overview) -> bool:
    """Whether that overview still tells how the stores are."""
    return desk.clock.now() < known.until and mark(desk) == known.mark


def overview(desk: Desk) -> Overview:
    """How all stores are; so many statements, however many stores there are."""
    noted, now = mark(desk), desk.clock.now()
    stands, bad, ends = standings(desk), status.damaged_files(desk), pasts(desk, STRIP)
    out = {(each.side, each.host): each.since for each in desk.outages()}
    used = budgets(desk, stands)
    domains = {shop.id: shop.domain for shop in desk.shops()}
    dues = [standing.due(now) for standing in stands]
    lines = [
        _line(
            standing,
            status.judged(standing, due, now, bad),
            due,
            ends.get(standing.store.id),
            out,
            _used(used.get(standing.store.shop_id, ())),
            domains[standing.store.shop_id],
            standing.promises(due, now),
        )
        for standing, due in zip(stands, dues, strict=True)
    ]
    flips = (*_flips(stands, dues, now), *_breaks(lines, now), *_resets(used, now))
    until = min(flips, default=float("inf"))
    return Overview(sorted(lines, key=_urgency), noted, now, until)


def _line(
    standing: Standing,
    verdict: Verdict,
    due: float | None,
    past: Past | None,
    out: dict[tuple[str, str], float],
    used: float | None,
    domain: str,
    fresh: Mapping[freshness.Group, Freshness],
) -> Line:
    store, newest = standing.store, standing.newest
    shown = standing.active or newest
    return Line(
        id=store.id,
        store=store.slug,
        name=store.name,
        shop=standing.shop,
        shop_name=standing.shop_name,
        domain=domain,
        language=store.language,
        demo=standing.demo,
        paused=store.paused,
        by_hand=standing.sync_time == "off",
        state=_state(verdict),
        verdict=verdict,
        cause=_cause(standing, verdict),
        run=shown.id if shown else None,
        phase=shown.phase if shown else "",
        holds=standing.held.holds if standing.held else (),
        since=_since(standing, verdict, past, out),
        strip=past.states[::-1] if past else (),
        confirmed=dict(standing.confirmed),
        success=standing.success,
        due=due,
        used=used,
        fresh=fresh,
    )


def _state(verdict: Verdict) -> str:
    code = verdict.code
    if code in _BROKEN:
        return "broken"
    if code == "outage":
        return "waiting"
    if code in _RUNNING:
        return "running"
    return "ok" if code == "succeeded" else "look"


def _cause(standing: Standing, verdict: Verdict) -> str:
    run, code = standing.newest, verdict.code
    if _state(verdict) in ("ok", "running"):
        return ""
    if run is None:
        return code
    if code == "outage":
        return f"{run.side}_outage"
    if code == "held" and run.holds:
        return f"hold_{worst_hold(run.holds)['reason']}"
    said = run.said if code == "failed" else run.error if code == "partial" else None
    return causes.cause_of(said) if said else code


def worst_hold(holds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The hold that is about most records."""
    return max(holds, key=lambda hold: int(hold["count"]))


def _since(
    standing: Standing, verdict: Verdict, past: Past | None, out: dict[tuple[str, str], float]
) -> float | None:
    """Since when the store is as it is."""
    run, code = standing.newest, verdict.code
    if code == "damaged" or run is None:
        return verdict.values.get("when")
    if code in ("stuck", "late"):
        return float(verdict.values["due"])
    if code == "stale":
        return float(verdict.values["breaks"])
    if code == "held":
        return run.rested["at"] if run.rested else run.started
    if code == "outage":
        return out.get((run.side or "", run.host or ""), run.started)
    if run.state in ACTIVE:
        return run.started or run.queued
    return past.since if past else run.finished


def breaks_first(line: Line) -> float | None:
    """When the first of its freshness promises is broken, or was."""
    return min((each.breaks for each in line.fresh.values() if each.breaks), default=None)


def _held(entity: str, line: Line) -> int | None:
    return line.confirmed.get(entity)


def _used(windows: Iterable[dict[str, Any]]) -> float | None:
    """The share of the hour's calls that the key with least left has used; None if unknown."""
    shares = [
        1 - max(0, window["remaining"]) / window["limit"]
        for window in windows
        if window["window"] == "hour" and window["limit"]
    ]
    return max(shares, default=None)


def _flips(stands: Iterable[Standing], dues: Iterable[float | None], now: float) -> Iterable[float]:
    """The moments from which a store counts as late, or its run as stuck."""
    for standing, due in zip(stands, dues, strict=True):
        run = standing.active
        at = due
        if run is not None:
            at = run.until if run.state is State.WAITING and run.until is not None else run.due
        if at is not None and at + OVERDUE >= now:
            yield at + OVERDUE + 1


def _breaks(lines: Iterable[Line], now: float) -> Iterable[float]:
    """The moments from which a freshness promise counts as about to be broken, or as broken."""
    for line in lines:
        for each in line.fresh.values():
            for at in (freshness.warned_from(each), each.breaks):
                if at is not None and at >= now:
                    yield at + 1


def _resets(used: dict[int, list[dict[str, Any]]], now: float) -> Iterable[float]:
    """When the hours end of which calls are used, rounded so that many come together."""
    for windows in used.values():
        for window in windows:
            ends = window["resets_at"] if window["window"] == "hour" else None
            if ends is not None and window["remaining"] != window["limit"]:
                yield max(now, _WHOLE * (ends // _WHOLE + 1))


def _urgency(line: Line) -> tuple[int, int, str, float, str]:
    place = _ORDER.get(line.verdict.code, len(_ORDER))
    return STATES.index(line.state), place, line.cause, line.since or 0, line.store


# -- what is looked for -----------------------------------------------------------------------


class Wanted(NamedTuple):
    """What is looked for; what is empty lets all through."""

    search: str = ""
    states: Collection[str] = ()
    cause: str = ""


def chosen(lines: Iterable[Line], wanted: Wanted) -> list[Line]:
    """The lines that fit, in the order they have."""
    needles = folded(wanted.search).split()
    return [
        line
        for line in lines
        if (not wanted.states or line.state in wanted.states)
        and (not wanted.cause or line.cause == wanted.cause)
        and all(needle in line.haystack for needle in needles)
    ]


SORTS: Final[dict[str, Callable[[Line], Any]]] = {
    "state": _urgency,
    "store": lambda line: (folded(line.name), line.store),
    "cause": lambda line: (line.cause == "", line.cause, *_urgency(line)),
    "since": lambda line: line.since,
    "strip": lambda line: line.strip.count(State.SUCCEEDED) / len(line.strip) if line.strip else 0,
    **{entity: partial(_held, entity) for entity in ENTITIES},
    "success": lambda line: line.success,
    "due": lambda line: line.due,
    "used": lambda line: line.used,
    "fresh": breaks_first,
}


def ordered(lines: Sequence[Line], sort: str, *, down: bool) -> list[Line]:
    """The lines by one of `SORTS`; those that have nothing there come last."""
    key = SORTS[sort]
    keyed = [(key(line), line) for line in lines]
    known = sorted((pair for pair in keyed if pair[0] is not None), key=itemgetter(0), reverse=down)
    return [line for _, line in known] + [line for value, line in keyed if value is None]
