"""Reading back after a run: a sample of what was sent and of what was confirmed before.

In one request an entity: records that this run sent, records that were confirmed before, some
that were removed and some that are left out. Where one of them differs at a second look, all that
the ledger holds of that entity is asked for in the same run. What differs is in doubt and sent
again by the next run; `Drift.judge` says when it is left in peace.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sync.clerk import ClerkRejected
from sync.database import immediate
from sync.entities import ENTITIES, KINDS, REMOVABLE, Id
from sync.errors import Message
from sync.inspection.inspector import (
    AT_ONCE,
    OTHER_WRITER,
    SECOND_LOOK,
    Inspector,
    Look,
    readable,
)
from sync.ledger import Held
from sync.mirror import rows_sql
from sync.plan import Plan, PlanInputs

SENT: Final = 10
BEFORE: Final = 25
DEPARTED: Final = 5
LEFT_OUT: Final = 5
FEW: Final = 5_000


def calls_to_read_back(plan: Plan) -> int:
    """Calls that reading back takes where nothing differs."""
    settings = plan.inputs.settings
    return sum(
        plan.inputs.wants(entity)
        and _something(plan, entity)
        and (entity != "customers" or settings.collect_emails)
        for entity in ENTITIES
    )


def _something(plan: Plan, entity: str) -> bool:
    """Whether anything will be there to read back, or anything left out to look for."""
    counts = plan.counts[entity]
    later = plan.lines_missing if entity == "orders" else 0
    out = counts.read if KINDS[entity].asked_by == "id" else 0
    return counts.confirmed + counts.create + counts.update + later + out > 0


def verify(i: Inspector, inputs: PlanInputs) -> Iterator[None]:
    """Read back a sample, look again at what differs, then at the whole entity; yields after each
    step, and goes on where it was."""
    if i.journal.done("verify"):
        return
    cursor = i.journal.cursor("verify") or {"sampled": [], "wide": []}
    for entity in ENTITIES:
        if inputs.wants(entity) and i.may_ask(entity):
            try:
                yield from _verify(i, inputs, entity, cursor)
            except ClerkRejected as error:
                told = Message("log.not_read_back", entity=Message(f"entity.{entity}"), why=error)
                i.log("warning", told)
    i.journal.move("verify", cursor, done=True)


def _verify(
    i: Inspector, inputs: PlanInputs, entity: str, cursor: dict[str, Any]
) -> Iterator[None]:
    if entity not in cursor["sampled"]:
        _sample(i, inputs, entity, cursor)
        yield
    if entity in cursor["wide"]:
        yield from look_through(i, entity, "verify")
    else:
        yield from _look_at(i, entity, i.drift.resent(entity))


def _sample(i: Inspector, inputs: PlanInputs, entity: str, cursor: dict[str, Any]) -> None:
    """Read a sample back, twice where it differs; what differs then widens the read-back."""
    rows = {row.source: row for row in _chosen(i, entity)}
    strangers = _strangers(i, inputs, entity)
    first = look = i.look(entity, list(rows.values()), [key for _, key in strangers])
    there = _seen(strangers, first)
    if first.differ or there:
        i.client.pause(SECOND_LOOK)
        again = [row for row in rows.values() if row.source in first.differ]
        look = i.look(entity, again, [key for _, key in there])
        there = _seen(there, look)
    with immediate(i.journal.db):
        i.drift.agrees(entity, first.agree)
        i.settle(entity, rows, look)
        for source, key in there:
            _come_back(i, entity, source, key, look.shown[key])
        cursor["sampled"].append(entity)
        if look.differ or there:
            cursor["wide"].append(entity)
        i.journal.move("verify", cursor)
    if asked := len(rows) + len(strangers):
        told = len(look.differ) + len(there)
        what = Message(f"entity.{entity}")
        i.log("info", Message("log.read_back_done", entity=what, n=asked, differ=told))


def _seen(strangers: Sequence[tuple[Id, Id]], look: Look) -> list[tuple[Id, Id]]:
    return [(source, key) for source, key in strangers if key in look.shown]


def _come_back(i: Inspector, entity: str, source: Id, key: Id, shown: dict[str, Any]) -> None:
    """A record is there that was removed or never sent: somebody else sends. It is taken over in
    doubt, and the next run asks for all that the ledger lacks."""
    at = i.clock.now()
    i.ledger.take_over(None, entity, source, key, shown, i.journal.run, at)
    i.drift.ask_again(entity)
    i.journal.note(OTHER_WRITER, at, entity=entity, source=source)
    i.log("warning", Message("log.came_back", record=Message(f"record.{entity}"), key=key))


def _chosen(i: Inspector, entity: str) -> list[Held]:
    """Confirmed records for the sample: sent ones, then such as were confirmed before."""
    sent = i.journal.sample(entity, SENT)
    before = _scattered(i, entity, BEFORE)
    return readable(entity, i.drift.these(entity, list(dict.fromkeys([*sent, *before]))))


def _scattered(i: Inspector, entity: str, size: int) -> list[Id]:
    """Ledger entries from all over it, other ones in each run. A large ledger is not gone through:
    what lies beside numbers drawn by lot is taken."""
    mine = [i.ledger.store, entity]
    dice = random.Random(f"{i.journal.run} {entity}")  # noqa: S311
    sql = "SELECT source FROM ledger WHERE store = ? AND entity = ?"
    if i.ledger.size(entity) <= FEW or not KINDS[entity].numbered:
        every = [row[0] for row in i.ledger.conn.execute(f"{sql} ORDER BY source", mine)]
        return dice.sample(every, min(size, len(every)))
    low, high = i.ledger.conn.execute(
        "SELECT min(source), max(source) FROM ledger WHERE store = ? AND entity = ?", mine
    ).fetchone()
    sources: set[Id] = set()
    for _ in range(size):
        beside = dice.choice((">= ? ORDER BY source", "<= ? ORDER BY source DESC"))
        pivot = [*mine, dice.randint(low, high)]
        sources |= set(
            i.ledger.conn.execute(f"{sql} AND source {beside} LIMIT 1", pivot).fetchone()
        )
    return sorted(sources)


def _strangers(i: Inspector, inputs: PlanInputs, entity: str) -> list[tuple[Id, Id]]:
    """(source, key) of records that should not be there: removed ones, and some of those that
    are left out."""
    if KINDS[entity].asked_by != "id":
        return []
    gone = i.drift.departed(entity, DEPARTED) if entity in REMOVABLE else []
    known = {source for source, _ in gone}
    out = [(source, source) for source in _left_out(i, inputs, entity) if source not in known]
    return [*gone, *out]


def _left_out(i: Inspector, inputs: PlanInputs, entity: str) -> list[Id]:
    dice = random.Random(f"{i.journal.run} {entity} out")  # noqa: S311
    sql = (
        f"SELECT id FROM {rows_sql(entity)} AND NOT EXISTS (SELECT 1 FROM ledger"
        " WHERE store = :store AND entity = :entity AND source = +id) AND NOT EXISTS"
        " (SELECT 1 FROM attempt WHERE store = :store AND entity = :entity AND source = +id)"
    )
    names: dict[str, Id] = {"lang": inputs.lang, "store": i.ledger.store, "entity": entity}
    count = f"SELECT count(*) FROM ({sql})"
    n = int(inputs.mirror.conn.execute(count, names).fetchone()[0])
    if not n:
        return []
    start = dice.randrange(max(1, n - LEFT_OUT + 1))
    rows = inputs.mirror.conn.execute(f"{sql} ORDER BY id LIMIT {LEFT_OUT} OFFSET {start}", names)
    return [row[0] for row in rows]


def _look_at(i: Inspector, entity: str, sources: Sequence[Id]) -> Iterator[None]:
    """Ask for these, then once more for what differs; yields after each request."""
    for start in range(0, len(sources), AT_ONCE):
        rows = readable(entity, i.drift.these(entity, sources[start : start + AT_ONCE]))
        look = i.look(entity, rows)
        with immediate(i.journal.db):
            _note(i, entity, rows, look)
        yield
    yield from _second_look(i, entity)


def look_through(i: Inspector, entity: str, phase: str) -> Iterator[None]:
    """Ask for all that the ledger holds of an entity, then once more for what differs; yields
    after each request. Where it stands is kept under `phase`."""
    name = f"{phase}:{entity}"
    cursor = i.journal.cursor(name) or {"after": None}
    while not i.journal.done(name) and i.may_ask(entity):
        rows = i.drift.held(entity, cursor["after"], AT_ONCE, doubtful=i.whole)
        if not rows:
            break
        asked = readable(entity, rows)
        look = i.look(entity, asked)
        with immediate(i.journal.db):
            _note(i, entity, asked, look)
            i.findings.add_compared(entity, len(asked), len(rows) - len(asked))
            cursor["after"] = rows[-1].source
            i.journal.move(name, cursor)
        yield
    i.journal.move(name, cursor, done=True)
    yield from _second_look(i, entity)


def _note(i: Inspector, entity: str, rows: Sequence[Held], look: Look) -> None:
    i.drift.agrees(entity, look.agree)
    i.findings.find(entity, look.known, "changed")
    suspects = [(row.source, row.key) for row in rows if row.source in look.differ]
    i.findings.find(entity, suspects, "suspect")


def _second_look(i: Inspector, entity: str) -> Iterator[None]:
    suspects = [source for source, _ in i.findings.found(entity, "suspect")]
    if suspects:
        i.client.pause(SECOND_LOOK)
        yield from i.second_look(entity, suspects)
