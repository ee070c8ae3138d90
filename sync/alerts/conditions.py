"""What is to be told of the stores as they are now: which has what, by kind and cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from sync.overview import Line
from sync.store import Key, Outage

KINDS: Final = ("outage", "failing", "missed", "late", "held")
PATIENCE: Final = 300.0  # seconds for which a side may not answer before anybody hears of it
# Whose run is not over yet, or was ended by a person: what they had before may still be so.
_UNDECIDED: Final = frozenset(
    {"queued", "running", "approved", "waiting", "going_on", "outage", "cancelled", "never"}
)
_LASTING: Final = frozenset({"failing", "held", "missed"})
_MISSED: Final = ("late", "stuck")


class Has(NamedTuple):
    """A store has something since then (unix s)."""

    store: int
    since: float


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the stores have, by kind and cause; and of which stores nobody can say yet whether they
    still have a condition that lasts over a run."""

    found: Mapping[Key, Mapping[int, float]]
    undecided: frozenset[int]

    def lasts(self, key: Key, store: int) -> bool:
        """Whether a store that had it may still have it, though nothing says so."""
        return key[0] in _LASTING and store in self.undecided


def conditions(
    lines: Iterable[Line],
    outages: Iterable[Outage],
    before: Mapping[Key, Mapping[int, object]],
    now: float,
) -> Conditions:
    """What is so now. Of an outage those are a part that were `before`, as long as it lasts: the
    one that asks again waits for nobody while it does."""
    out = _out(outages, now)
    found: dict[Key, dict[int, float]] = {}
    undecided = set()
    for line in lines:
        if line.verdict.code in _UNDECIDED:
            undecided.add(line.id)
        for key, since in _of(line, out, now):
            found.setdefault(key, {})[line.id] = since
    for cause, since in out.items():
        key = ("outage", cause)
        for store in before.get(key, ()):
            found.setdefault(key, {}).setdefault(store, since)
    return Conditions(found, frozenset(undecided))


def _out(outages: Iterable[Outage], now: float) -> dict[str, float]:
    """Since when each side does not answer that has not for long enough, by the cause's code."""
    found: dict[str, float] = {}
    for each in outages:
        if now - each.since >= PATIENCE:
            cause = f"{each.side}_outage"
            found[cause] = min(each.since, found.get(cause, each.since))
    return found


def _of(line: Line, out: Mapping[str, float], now: float) -> Iterator[tuple[Key, float]]:
    code, since = line.verdict.code, line.since if line.since is not None else now
    told = True
    if code in ("failed", "damaged"):
        yield ("failing", line.cause), since
    elif code == "held":
        yield ("held", line.cause), since
    elif code in _MISSED:
        yield ("missed", "not_started"), since
    elif code == "outage" and line.cause in out:
        yield ("outage", line.cause), out[line.cause]
    else:
        told = False
    yield from _lateness(line, told)


def _lateness(line: Line, told: bool) -> Iterator[tuple[Key, float]]:
    """That a promise is broken; or about to be, unless something worse is `told` of the store."""
    states = {each.state: each for each in line.fresh.values()}
    broken, soon = states.get("broken"), states.get("soon")
    if broken is not None and broken.breaks is not None:
        yield ("late", "broken"), broken.breaks
    elif soon is not None and soon.breaks is not None and not told:
        yield ("late", "soon"), soon.breaks
