"""What a comparison found is sent again, if it still goes; nothing is removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sync.database import immediate
from sync.deliver import Outbox
from sync.entities import ENTITIES
from sync.ledger import Findings, Journal, Outcome
from sync.plan import Decision, PlanInputs, build
from sync.plan.counts import Counts
from sync.plan.inputs import Only

OpenBooks = Callable[[Mapping[str, Counts], PlanInputs], None]


def subset(journal: Journal) -> Only:
    """Lightspeed ids of what the comparison found missing or different, by entity."""
    findings = Findings(journal)
    return {
        entity: frozenset(
            source
            for verdict in ("missing", "different")
            for source, _ in findings.found(entity, verdict)
        )
        for entity in ENTITIES
    }


def plan(outbox: Outbox, inputs: PlanInputs, open_books: OpenBooks) -> None:
    """Put what of the subset goes into the outbox, and open the books for it."""
    if outbox.journal.done("plan"):
        return
    with immediate(outbox.journal.db):
        outbox.begin()

        def put(decision: Decision) -> None:
            if decision.action != "remove":
                outbox.put(decision)

        counts = build(inputs, put).counts
        for each in counts.values():
            each.remove = 0
        open_books(counts, inputs)


def is_whole(journal: Journal) -> bool:
    """Whether everything was compared, and what differed has been sent again."""
    mended = {
        (row["entity"], row["id"])
        for outcome in (Outcome.CREATED, Outcome.UPDATED)
        for row in journal.outcomes(outcome)
    }
    wanted = {(entity, source) for entity, ids in subset(journal).items() for source in ids}
    return not wanted - mended and not journal.noted()
