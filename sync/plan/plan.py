"""The plan: every decision counted, with its fingerprint."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import orjson

from sync.entities import ENTITIES, Id
from sync.ledger import Drift
from sync.plan.alike import AlikeOrders, decide_alike
from sync.plan.basis import fingerprint
from sync.plan.counts import Counts
from sync.plan.deciders import count_groups, decide, left_in_clerk
from sync.plan.decision import Decision
from sync.plan.inputs import PlanInputs


@dataclass
class Plan:
    """What a sync would do now."""

    inputs: PlanInputs
    counts: dict[str, Counts]
    lines_missing: int
    fingerprint: str
    left_in_clerk: list[int]


def build(inputs: PlanInputs, sink: Callable[[Decision], None] | None = None) -> Plan:
    """Decide every record; `sink` gets each decision. The preview shows it, the run sends it."""
    return plan_of(inputs, {entity: count(inputs, entity, sink) for entity in ENTITIES})


def count(
    inputs: PlanInputs, entity: str, sink: Callable[[Decision], None] | None = None
) -> Counts:
    """Decide every record of one entity; those that are alike at once, unless a `sink` wants each,
    or Clerk.io held some before the first sync."""
    before = Drift(inputs.ledger).adopted(entity)
    counts = begun(inputs, entity, before)
    if sink is None and not before:
        for decision, n in count_groups(inputs, entity):
            counts.add(decision, n)
        return counts
    for decision in decide(inputs, entity):
        counts.add(decision)
        counts.held_leaving += decision.action == "remove" and decision.source in before
        if sink is not None:
            sink(decision)
    return counts


def count_alike(
    inputs: PlanInputs,
    sink: Callable[[AlikeOrders], None],
    ids: Collection[Id] | None = None,
) -> Counts:
    """The same of all orders (with `ids` of those), the ones that are alike decided at once; `sink`
    gets them."""
    before = Drift(inputs.ledger).adopted("orders") if ids is None else ()
    counts = begun(inputs, "orders", before)
    for alike in decide_alike(inputs, ids):
        counts.add(alike.decision, len(alike.orders))
        sink(alike)
    return counts


def begun(inputs: PlanInputs, entity: str, before: Collection[int | str] = ()) -> Counts:
    """The numbers before anything is counted; `before` was in Clerk.io before the first sync."""
    return Counts(confirmed=inputs.ledger.count(entity), held_before=len(before))


def plan_of(inputs: PlanInputs, counts: dict[str, Counts]) -> Plan:
    """The plan that has these numbers."""
    whole = inputs.settings.import_categories and inputs.only is None
    left = left_in_clerk(inputs) if whole else []
    return Plan(inputs, counts, _lines_missing(counts), fingerprint(inputs, counts), left)


def _lines_missing(counts: dict[str, Counts]) -> int:
    """Orders refused for nothing but their missing lines: `lines_pending` stands alone."""
    return counts["orders"].reasons["lines_pending"]


def record_line(inputs: PlanInputs, decision: Decision) -> dict[str, Any]:
    """One line of `preview --records`, with `owner` where another record has its key. What stays
    unchanged shows what Clerk.io confirmed."""
    payload = decision.payload
    if decision.action == "unchanged":
        payload = inputs.ledger.payload(decision.entity, decision.source)
    if decision.action in ("skip", "remove"):
        payload = None
    return {
        "entity": decision.entity,
        "id": decision.source,
        "key": decision.key,
        "action": decision.action,
        "reasons": list(decision.reasons),
        "payload": None if payload is None else orjson.loads(payload),
        **({} if decision.owner is None else {"owner": decision.owner}),
    }
