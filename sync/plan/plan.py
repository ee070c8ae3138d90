"""The plan: every decision counted, with its fingerprint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import orjson

from sync.entities import ENTITIES
from sync.plan.deciders import count_groups, decide, left_in_clerk
from sync.plan.decision import Decision
from sync.plan.inputs import PlanInputs

ACTIONS = ("create", "update", "unchanged", "remove", "skip")


@dataclass
class Counts:
    """One entity's numbers. `read` = create + update + unchanged + skip + leaving; a record that
    leaves the filter is in `skip` and, apart, in `remove`; a gone one in `remove` only. Of the
    updates `replaced` are a delete and a create, `patched` the end of an order."""

    create: int = 0
    update: int = 0
    unchanged: int = 0
    remove: int = 0
    skip: int = 0
    replaced: int = 0
    patched: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    confirmed: int = 0

    @property
    def read(self) -> int:
        return self.create + self.update + self.unchanged + self.skip

    def planned(self) -> dict[str, int]:
        """What a run has to do: records to create, update and remove, order lines to fetch."""
        lines = self.reasons["lines_pending"]
        return {"create": self.create, "update": self.update, "remove": self.remove, "lines": lines}

    def add(self, made: Decision, n: int = 1) -> None:
        """Count a decision that stands for `n` records."""
        for reason in made.reasons:
            self.reasons[reason] += n
        action = made.action
        if action == "unchanged":
            self.unchanged += n
        elif action == "skip":
            self.skip += n
        elif action == "create":
            self.create += n
        elif action == "update":
            self.update += n
            self.replaced += n * (made.method == "replace")
            self.patched += n * bool(made.reasons)
        else:
            self.remove += n
            self.skip += n * (not made.gone)


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
    """Decide every record of one entity; without a `sink` those that are alike at once."""
    counts = Counts(confirmed=inputs.ledger.count(entity))
    if sink is None:
        for made, n in count_groups(inputs, entity):
            counts.add(made, n)
        return counts
    for made in decide(inputs, entity):
        counts.add(made)
        sink(made)
    return counts


def plan_of(inputs: PlanInputs, counts: dict[str, Counts]) -> Plan:
    """The plan that has these numbers."""
    left = (
        left_in_clerk(inputs) if inputs.settings.import_categories and inputs.only is None else []
    )
    return Plan(inputs, counts, _lines_missing(counts), fingerprint(inputs, counts), left)


def _lines_missing(counts: dict[str, Counts]) -> int:
    """Orders refused for nothing but their missing lines: `lines_pending` stands alone."""
    return counts["orders"].reasons["lines_pending"]


def fingerprint(inputs: PlanInputs, counts: dict[str, Counts]) -> str:
    """Covers mirror content, settings, ledger, and what `as_of` decides (how many orders are too
    old, how many pages unpublished): with the content fixed these numbers fix the records."""
    parts: list[Any] = [
        inputs.store.id,
        inputs.settings.values(),
        inputs.mirror.versions(inputs.scopes()),
        inputs.ledger.version(),
        [inputs.mapkey(entity) for entity in ENTITIES],
        counts["orders"].reasons["too_old"],
        counts["pages"].reasons["unpublished"],
        [inputs.complete(entity) for entity in ENTITIES],
    ]
    return blake2b(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()


def record_line(inputs: PlanInputs, made: Decision) -> dict[str, Any]:
    """One line of `preview --records`, with `owner` where another record has its key. What stays
    unchanged shows what Clerk.io confirmed."""
    payload = made.payload
    if made.action == "unchanged":
        payload = inputs.ledger.payload(made.entity, made.source)
    if made.action in ("skip", "remove"):
        payload = None
    return {
        "entity": made.entity,
        "id": made.source,
        "key": made.key,
        "action": made.action,
        "reasons": list(made.reasons),
        "payload": None if payload is None else orjson.loads(payload),
        **({} if made.owner is None else {"owner": made.owner}),
    }
