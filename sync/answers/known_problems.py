"""What goes wrong, over all runs and stores: one problem for one cause, and whether it still is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sync import causes
from sync.clock import iso
from sync.errors import Message
from sync.store import Desk, State, StoreRow

Standing = Literal["new", "ongoing", "back", "solved"]
_RANK: Final = {"back": 0, "new": 1, "ongoing": 2, "solved": 3}
DAYS: Final = 30.0
_DAY: Final = 86400.0
_LIKELY: Final = {
    "own_sync": Message("drift.own_sync"),
    "modifier": Message("drift.modifier"),
    "by_hand": Message("drift.by_hand"),
}


@dataclass(frozen=True)
class Problem:
    """Errors of one code with one cause. `records` were hit in the last run of each store that had
    it, `stores` are those that have it, of a solved one those that had it; `who` can do something
    about it, and `next` is what. `new` was never there before the last run, `back` was gone for a
    run or more, `solved` is in no store's last run."""

    code: str
    cause: str
    state: Standing
    first: str | None
    last: str | None
    stores: list[str]
    records: int
    who: str
    next: str


@dataclass
class _Seen:
    """One problem in one store's runs of a kind."""

    runs: dict[int, float] = field(default_factory=dict)  # id → when it ended
    records: int = 0  # of the last one


_Key = tuple[str, str]  # code and cause
_Line = tuple[int, str]  # a store and a kind of run


def problems(
    desk: Desk, store: StoreRow | None = None, *, lang: str = "en", days: float = DAYS
) -> list[Problem]:
    """The problems of the last days, and what patrols see by now, of one store or of all: what is
    back or new first, then by how many stores have it."""
    since = desk.clock.now() - days * _DAY
    seen, samples = _seen(desk.troubled_runs(since, store))
    slugs = {row.id: row.slug for row in desk.stores()}
    lines = {line for found in seen.values() for line in found}
    ended = {line: desk.ended_runs(*line, since) for line in lines}
    found = [_problem(key, each, ended, slugs, samples[key], lang) for key, each in seen.items()]
    found += _patrols(desk, store, lang)
    return sorted(found, key=lambda p: (_RANK[p.state], -len(p.stores), -p.records, p.code))


def _seen(
    runs: Iterable[Mapping[str, Any]],
) -> tuple[dict[_Key, dict[_Line, _Seen]], dict[_Key, Message]]:
    """In which runs each problem was, and a message of it. Runs come in their order."""
    seen: dict[_Key, dict[_Line, _Seen]] = {}
    samples: dict[_Key, Message] = {}
    for run in runs:
        counted: dict[_Key, int] = {}
        for message, n in _messages(run):
            key = message.code, causes.cause_of(message)
            counted[key] = counted.get(key, 0) + n
            samples[key] = message
        for key, n in counted.items():
            line = seen.setdefault(key, {}).setdefault((run["store_id"], run["kind"]), _Seen())
            line.runs[run["id"]], line.records = run["finished"], n
    return seen, samples


def _messages(run: Mapping[str, Any]) -> Iterable[tuple[Message, int]]:
    for each in run["errors"]:
        yield Message.of(each.get("detail"), each["message"]), each["count"]
    ended = run["message"] if run["state"] == State.FAILED else None
    if ended and all(each["message"] != ended for each in run["errors"]):
        yield Message.of(run["detail"], ended), 0


def _problem(
    key: _Key,
    found: Mapping[_Line, _Seen],
    ended: Mapping[_Line, list[int]],
    slugs: Mapping[int, str],
    sample: Message,
    lang: str,
) -> Problem:
    states = {line: _state(seen, ended[line]) for line, seen in found.items()}
    there = [line for line, state in states.items() if state != "solved"] or list(found)
    advice = causes.advice(sample, lang)
    times = [at for seen in found.values() for at in seen.runs.values()]
    return Problem(
        code=key[0],
        cause=key[1],
        state=_together(set(states.values())),
        first=iso(min(times)),
        last=iso(max(times)),
        stores=sorted({slugs[store] for store, _ in there if store in slugs}),
        records=sum(found[line].records for line in there),
        who=advice["who"],
        next=advice["next"],
    )


def _state(seen: _Seen, ended: list[int]) -> Standing:
    """How a problem stands in one store, whose runs that ended are given in their order."""
    if not ended or ended[-1] not in seen.runs:
        return "solved"
    streak = 0
    while streak < len(ended) and ended[-1 - streak] in seen.runs:
        streak += 1
    if len(seen.runs) > streak:
        return "back"
    return "new" if streak == 1 else "ongoing"


def _together(states: set[Standing]) -> Standing:
    """How it stands in all stores: a problem that others have had for long is not new."""
    if states <= {"solved"}:
        return "solved"
    if "back" in states:
        return "back"
    return "ongoing" if "ongoing" in states else "new"


def _patrols(desk: Desk, store: StoreRow | None, lang: str) -> Iterable[Problem]:
    """What differs between runs, a problem for one kind of difference and its likeliest cause."""
    groups: dict[tuple[str, str], list[tuple[str, dict[str, Any]]]] = {}
    for slug, told in desk.patrols(store):
        for group in told["groups"]:
            name = f"patrol.{group['kind']}", group["causes"][0]
            groups.setdefault(name, []).append((slug, group))
    for (code, cause), members in groups.items():
        first = min(group["first"] for _, group in members)
        advice = causes.advice(_LIKELY[cause], lang)
        yield Problem(
            code=code,
            cause=cause,
            state="new" if desk.clock.now() - first < _DAY else "ongoing",
            first=iso(first),
            last=iso(max(group["seen"] for _, group in members)),
            stores=sorted({slug for slug, _ in members}),
            records=sum(group["records"] for _, group in members),
            who=advice["who"],
            next=advice["next"],
        )
