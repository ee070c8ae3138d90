"""A whole comparison: every record that the ledger holds, and what of the mirror it does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sync.clerk import ClerkRejected
from sync.database import immediate
from sync.entities import ENTITIES, Id
from sync.errors import Message
from sync.inspection.inspector import Inspector
from sync.inspection.readback import look_through
from sync.inspection.unsent import next_unsent
from sync.ledger import Findings, Journal
from sync.plan import PlanInputs

VERDICTS: Final = ("missing", "different", "foreign", "changed")


def compare(i: Inspector, inputs: PlanInputs) -> Iterator[None]:
    """Ask for all that the ledger holds, then for what it lacks; yields after each request, and
    goes on where it was. What differs is in doubt afterwards, as after a read-back."""
    for entity in ENTITIES:
        if i.journal.done(f"compared:{entity}"):
            continue
        try:
            if i.may_ask(entity):
                yield from look_through(i, entity, "compare")
                yield from _foreign(i, inputs, entity)
        except ClerkRejected as error:
            told = Message("drift.not_compared", entity=Message(f"entity.{entity}"), why=error)
            i.journal.note(told, i.clock.now(), entity=entity)
            i.log("error", told)
        with immediate(i.journal.db):
            if not i.may_ask(entity):
                i.findings.add_compared(entity, 0, _not_compared(i, entity))
            i.journal.move(f"compared:{entity}", {}, done=True)
        yield


def comparison(journal: Journal) -> dict[str, Any]:
    """What a comparison found, by entity: asked, unreadable, and the ids in Clerk.io of missing,
    different and foreign records and of those that its own modifiers change (`changed`)."""
    findings = Findings(journal)
    asked = findings.compared()
    return {
        entity: {
            "asked": asked[entity][0],
            **{
                verdict: [key for _, key in findings.found(entity, verdict)] for verdict in VERDICTS
            },
            "unreadable": asked[entity][1],
        }
        for entity in ENTITIES
        if entity in asked
    }


def _not_compared(i: Inspector, entity: str) -> int:
    """Confirmed records beyond those that were asked for before asking was forbidden."""
    asked, unreadable = i.findings.compared().get(entity, (0, 0))
    return max(0, i.ledger.size(entity) - asked - unreadable)


def _foreign(i: Inspector, inputs: PlanInputs, entity: str) -> Iterator[None]:
    """Records of the mirror that the ledger does not hold and Clerk.io has."""
    name = f"foreign:{entity}"
    cursor = i.journal.cursor(name) or {"after": None}
    while i.may_ask(entity) and (rows := next_unsent(inputs, entity, cursor["after"])):
        shown = i.client.read(entity, [asked for _, asked in rows])
        foreign = [
            (source, _key(entity, asked, shown[asked])) for source, asked in rows if asked in shown
        ]
        with immediate(i.journal.db):
            i.findings.find(entity, foreign, "foreign")
            i.findings.add_compared(entity, 0)
            cursor["after"] = rows[-1][0]
            i.journal.move(name, cursor)
        yield
    with immediate(i.journal.db):
        i.findings.add_compared(entity, 0)


def _key(entity: str, asked: Id, shown: dict[str, Any]) -> Id:
    """The id as Clerk.io has it; of a customer never the address."""
    key: Id = shown.get("customerid", "") if entity == "customers" else shown.get("id", asked)
    return key
