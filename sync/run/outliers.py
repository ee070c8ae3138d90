"""Plans that would leave Clerk.io with another number of records than is usual for the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil, floor
from typing import Final

from sync.errors import Message
from sync.guard import Hold
from sync.plan import Counts, Plan
from sync.rules import LINES_PENDING
from sync.run.calendar import course
from sync.store import Desk, StoreRow
from sync.usual import Range, usual

OUTLIER: Final = "outlier"


@dataclass(frozen=True, slots=True)
class Judged:
    """How many records of an entity Clerk.io would have after a plan, and what is usual."""

    entity: str
    count: int
    usual: Range

    @property
    def is_out(self) -> bool:
        return not self.usual.holds(self.count)


def judged(desk: Desk, store: StoreRow, plan: Plan) -> list[Judged]:
    """Every entity that has a usual range; nothing of a plan for some records alone."""
    if plan.inputs.only is not None:
        return []
    return list(_judged(desk, store, plan.counts))


def _judged(desk: Desk, store: StoreRow, counts: Mapping[str, Counts]) -> Iterator[Judged]:
    k = float(desk.options(store)["outlier_k"])
    today = datetime.fromtimestamp(desk.clock.now(), UTC).date()
    for entity, points in course(desk, store, UTC).items():
        found = usual(dict(points), today, k)
        if found is not None:
            yield Judged(entity, _left(counts[entity]), found)


def _left(counts: Counts) -> int:
    """Records that a run of the plan leaves in Clerk.io, with the orders that follow."""
    return counts.create + counts.update + counts.unchanged + counts.reasons[LINES_PENDING]


def outlier_holds(desk: Desk, store: StoreRow, plan: Plan) -> list[Hold]:
    """What holds a run, if the store is set so. `of` and `limit` are the usual range's ends."""
    if desk.options(store)["outlier_hold"] != "yes":
        return []
    return [
        Hold(each.entity, OUTLIER, each.count, ceil(each.usual.low), floor(each.usual.high))
        for each in judged(desk, store, plan)
        if each.is_out
    ]


def outlier_notices(found: list[Judged]) -> Iterator[Message]:
    """What is out of its usual range, or would be with half of the k; and up to which k."""
    for each in found:
        if each.usual.distance(each.count) < each.usual.k / 2:
            continue
        code = "log.outlier" if each.is_out else "log.outlier_not"
        yield Message(
            code,
            what=Message(f"entity.{each.entity}"),
            count=each.count,
            low=ceil(each.usual.low),
            high=floor(each.usual.high),
            k=round(each.usual.distance(each.count), 1),
        )
