"""What a comparison found is sent again, if it still goes; nothing is removed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sync.database import immediate
from sync.entities import ENTITIES
from sync.ledger import Journal
from sync.plan import Decision, PlanInputs, build
from sync.plan.inputs import Only
from sync.run.gathered import Gathered

OpenBooks = Callable[[dict[str, Any], Gathered, PlanInputs], None]


def subset(journal: Journal) -> Only:
    """Lightspeed ids of what the comparison found missing or different, by entity."""
    return {
        entity: frozenset(
            source
            for verdict in ("missing", "different")
            for source, _ in journal.found(entity, verdict)
        )
        for entity in ENTITIES
    }


def plan(journal: Journal, inputs: PlanInputs, open_books: OpenBooks) -> None:
    """Queue what of the subset goes, and open the books for it."""
    if journal.done("plan"):
        return
    with immediate(journal.db):
        journal.clear_plan()
        gathered = Gathered(journal)

        def take(made: Decision) -> None:
            if made.action != "remove":
                gathered.take(made)

        counts = build(inputs, take).counts
        gathered.flush()
        for each in counts.values():
            each.remove = 0
        open_books(counts, gathered, inputs)


def is_whole(journal: Journal) -> bool:
    """Whether everything was compared, and what differed has been sent again."""
    mended = {
        (row["entity"], row["id"])
        for outcome in ("created", "updated")
        for row in journal.outcomes(outcome)
    }
    found = {(entity, source) for entity, ids in subset(journal).items() for source in ids}
    return not found - mended and not journal.noted()
