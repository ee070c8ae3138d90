"""What Clerk.io held before this desk sent anything, from Clerk.io's own sync or another one's.

A store's first read asks for every record of the mirror that the ledger does not know, those that
the settings leave out too. What is there goes into the ledger: as confirmed where it is just what
would be sent, else in doubt, so that the plan updates or removes it. Orders are never removed and
a repeat is harmless: they are not asked for. Customers can be asked for by address alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any, Final

import orjson

from sync.clerk import ClerkRejected, differences
from sync.database import immediate
from sync.entities import ENTITIES, Id, imported
from sync.errors import Message
from sync.inspection.inspector import AT_ONCE, Inspector
from sync.inspection.unsent import count_unsent, next_unsent
from sync.ledger import Drift, OutboxRow
from sync.plan import Decision, PlanInputs, decide

ASKED: Final = tuple(entity for entity in ENTITIES if entity != "orders")


def unasked(inputs: PlanInputs, *, addresses: bool) -> list[str]:
    """Entities whose records the mirror has and Clerk.io was never asked for."""
    drift = Drift(inputs.ledger)
    return [
        entity
        for entity in ASKED
        if imported(inputs.settings, entity)
        and inputs.was_read(entity)
        and (addresses or entity != "customers")
        and not drift.asked(entity)[2]
    ]


def calls_to_ask(inputs: PlanInputs) -> int:
    """Calls that the question will take, as far as the mirror can tell."""
    drift = Drift(inputs.ledger)
    entities = unasked(inputs, addresses=inputs.settings.collect_emails)
    left = (count_unsent(inputs, entity, drift.asked(entity)[0]) for entity in entities)
    return sum(ceil(rows / AT_ONCE) for rows in left)


def calls_for(entity: str, rows: int, *, addresses: bool) -> int:
    """Calls that asking for so many records of an entity takes, where it is asked for at all."""
    asked = entity in ASKED and (addresses or entity != "customers")
    return ceil(rows / AT_ONCE) if asked else 0


def adopt(i: Inspector, inputs: PlanInputs) -> Iterator[None]:
    """Ask and take over what is there; yields after each request, and goes on where it was. Where
    Clerk.io refuses the question it is asked again next time. The plan is restricted meanwhile."""
    for entity in unasked(inputs, addresses=i.addresses()):
        try:
            yield from _adopt(i, inputs, entity)
        except ClerkRejected as error:
            told = Message("log.not_asked", entity=Message(f"entity.{entity}"), why=error)
            i.log("warning", told)


def _adopt(i: Inspector, inputs: PlanInputs, entity: str) -> Iterator[None]:
    after, held, _ = i.drift.asked(entity)
    while i.may_ask(entity) and (rows := next_unsent(inputs, entity, after)):
        shown = i.client.read(entity, [asked for _, asked in rows])
        there = {source: shown[asked] for source, asked in rows if asked in shown}
        with immediate(i.journal.db):
            held += _take_over(i, inputs, entity, there)
            after = rows[-1][0]
            i.drift.note_asked(entity, after, held)
        yield
    with immediate(i.journal.db):
        i.drift.note_asked(entity, None, held, done=i.may_ask(entity))
    if held:
        i.log("warning", Message("log.adopted", entity=Message(f"entity.{entity}"), n=held))


def _take_over(
    i: Inspector, inputs: PlanInputs, entity: str, there: Mapping[Id, dict[str, Any]]
) -> int:
    if not there:
        return 0
    inputs.only = {entity: frozenset(there)}
    made = {each.source: each for each in decide(inputs, entity) if each.source in there}
    inputs.only = None
    taken = 0
    for source, shown in _owned(entity, there, made):
        key = shown.get("customerid") if entity == "customers" else made[source].key
        if key is None or i.ledger.by_key(entity, key) is not None:
            continue
        equal = _equal(made[source], shown)
        i.ledger.take_over(equal, entity, source, key, shown, i.journal.run, i.clock.now())
        taken += 1
    return taken


def _owned(
    entity: str, there: Mapping[Id, dict[str, Any]], made: Mapping[Id, Decision]
) -> Iterator[tuple[Id, dict[str, Any]]]:
    """Records in the order in which they may claim what is there: of several customers with one
    address first the one of that id, then one that goes."""

    def rank(source: Id) -> tuple[bool, bool]:
        same = str(there[source].get("customerid")) == str(source)
        return (entity == "customers" and not same, made[source].action != "create")

    return ((source, there[source]) for source in sorted(made, key=rank))


def _equal(made: Decision, shown: Mapping[str, Any]) -> OutboxRow | None:
    """The record as it would be sent, if that is just what is there."""
    if made.action != "create" or differences(orjson.loads(made.payload or b"{}"), shown):
        return None
    return made.row(0)
