"""Where the records of a plan go: the parts that a picture shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sync.preview.listing import known_entity
from sync.preview.parts import FOLLOW
from sync.preview.plans import opened_cache, part_of
from sync.preview.steps import GONE, STEPS
from sync.store import Desk, StoreRow

SKIP: Final = "skip"
_GOING: Final = ("create", "update", FOLLOW, "remove")


@dataclass(frozen=True)
class FlowPart:
    """Records with the same end: `action` and, of those left out, the `step` that drops them, with
    the `reasons` it drops them for. `rows` opens exactly these with action and step."""

    action: str
    step: str | None
    reasons: Sequence[str]
    count: int


@dataclass(frozen=True)
class Flow:
    """The parts of one entity, empty ones too, and how many records stay `unchanged`."""

    parts: Sequence[FlowPart]
    unchanged: int

    @property
    def total(self) -> int:
        """Records in the parts."""
        return sum(part.count for part in self.parts)


def flow(desk: Desk, store: StoreRow, key: str, entity: str) -> Flow:
    """Where the records of a prepared plan go: what is sent first, then what is left out, in the
    order of the rules. A record counts at the first rule that drops it. PlanGone if the rows were
    thrown away."""
    with opened_cache(desk, store) as cache:
        part = part_of(cache, key, known_entity(entity))
    actions: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    for action, _, step, count in part.kinds:
        actions[action] += count
        dropped[step] += count if action == SKIP else 0
    going = [FlowPart(action, None, (), actions[action]) for action in _GOING]
    steps = {**STEPS[entity], GONE: (GONE,)}
    left_out = [FlowPart(SKIP, step, steps[step], dropped[step]) for step in steps]
    return Flow([*going, *left_out], actions["unchanged"])
