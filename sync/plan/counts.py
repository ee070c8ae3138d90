"""One entity's decisions in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sync.plan.decision import Decision


@dataclass
class Counts:
    """One entity's numbers. `read` = create + update + unchanged + skip + leaving; a record that
    leaves the filter is in `skip` and, apart, in `remove`; a gone one in `remove` only. Of the
    updates `replaced` are a delete and a create, `patched` the end of an order. Of what Clerk.io
    held before the first sync, `held_leaving` are removed."""

    create: int = 0
    update: int = 0
    unchanged: int = 0
    remove: int = 0
    skip: int = 0
    replaced: int = 0
    patched: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    confirmed: int = 0
    held_before: int = 0
    held_leaving: int = 0

    @property
    def read(self) -> int:
        return self.create + self.update + self.unchanged + self.skip

    def planned(self) -> dict[str, int]:
        """What a run has to do: records to create, update and remove, order lines to fetch."""
        lines = self.reasons["lines_pending"]
        return {"create": self.create, "update": self.update, "remove": self.remove, "lines": lines}

    def add(self, decision: Decision, n: int = 1) -> None:
        """Count a decision that stands for `n` records."""
        for reason in decision.reasons:
            self.reasons[reason] += n
        action = decision.action
        if action == "unchanged":
            self.unchanged += n
        elif action == "skip":
            self.skip += n
        elif action == "create":
            self.create += n
        elif action == "update":
            self.update += n
            self.replaced += n * (decision.method == "replace")
            self.patched += n * bool(decision.reasons)
        else:
            self.remove += n
            self.skip += n * (not decision.gone)
