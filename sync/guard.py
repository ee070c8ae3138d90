"""Holds: what stops a run before its first write and waits for a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sync.entities import REMOVABLE
from sync.plan import Plan


@dataclass(frozen=True)
class Hold:
    """Why a run is held: `count` removals of `of` confirmed records; `limit` is the percentage. Of
    an outlier `count` are left in Clerk.io, where `of` to `limit` are usual; of an emptied field,
    `attribute`, these three are percent."""

    entity: str
    reason: str
    count: int
    of: int
    limit: int
    attribute: str | None = None


def holds(plan: Plan) -> list[Hold]:
    """Each removable entity apart: too many removals, or products read as zero."""
    reached: list[Hold] = []
    limit = plan.inputs.settings.removal_limit_percent
    for entity in REMOVABLE:
        counts = plan.counts[entity]
        if _too_many(plan, entity):
            reached.append(_hold(entity, "removals", counts.remove, counts.confirmed, limit))
    if _empty_source(plan):
        confirmed = plan.counts["products"].confirmed
        reached.append(_hold("products", "empty_source", confirmed, confirmed, limit))
    reached += _lost(plan, limit)
    return reached


def _lost(plan: Plan, limit: int) -> Iterator[Hold]:
    """The ledger is empty though syncs have confirmed records: what is no longer wanted of them
    would stay in Clerk.io unseen."""
    if plan.inputs.only is None:
        for entity, n in plan.inputs.lost.items():
            yield _hold(entity, "ledger_lost", n, n, limit)


def _too_many(plan: Plan, entity: str) -> bool:
    counts, s = plan.counts[entity], plan.inputs.settings
    over = counts.remove * 100 > s.removal_limit_percent * counts.confirmed
    return over and counts.remove > 0 and counts.remove >= s.removal_limit_min


def _empty_source(plan: Plan) -> bool:
    """Zero products where Clerk.io has some; approving it removes nothing."""
    counts = plan.counts["products"]
    whole = plan.inputs.only is None and plan.inputs.wants("products")
    return whole and counts.read == 0 and counts.confirmed > 0 and plan.inputs.was_read("products")


def _hold(entity: str, reason: str, count: int, of: int, limit: int) -> Hold:
    return Hold(entity, reason, count, of, limit)


def beyond(plan_removals: dict[str, set[int | str]], approved: dict[str, set[int | str]]) -> bool:
    """Whether the plan would remove anything that was not on the approved list."""
    return any(ids - approved.get(entity, set()) for entity, ids in plan_removals.items())
