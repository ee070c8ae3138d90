"""What every kind of record shares on its way to a decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from sync import mapping, rules
from sync.entities import KINDS
from sync.ledger import LOST, SEEN, OutboxRow
from sync.plan.inputs import PlanInputs


@dataclass(slots=True)
class Decision:
    """What a sync would do with one record. `payload` are the bytes that would go out (the patch
    where the method is patch), `whole` the hash of the record as Clerk.io then has it."""

    entity: str
    source: int | str
    key: int | str
    action: str
    reasons: tuple[str, ...] = ()
    method: str = ""
    payload: bytes | None = None
    whole: bytes | None = None
    rev: int = 0
    mapkey: str = ""
    status: str | None = None
    gone: bool = False
    touch: bool = False
    owner: int | None = None  # the record that has its key, where that is another one

    @property
    def follows(self) -> bool:
        """Whether it goes as soon as its lines are read: an order refused for nothing else."""
        return self.reasons == (rules.LINES_PENDING,)

    def row(self, n: int) -> OutboxRow:
        """The decision as the row `n` of an outbox."""
        return OutboxRow(
            n,
            self.entity,
            self.source,
            self.key,
            self.action,
            self.method,
            self.payload,
            self.whole,
            self.rev,
            self.mapkey,
            self.status,
            self.reasons,
        )


class LedgerSide(NamedTuple):
    """The ledger's side of a decision, as the join brings it."""

    hash: bytes
    rev: int
    mapkey: str
    status: str | None
    hidden: bool

    @property
    def in_doubt(self) -> bool:
        """Whether the answer to what was last sent of it is still open, or was lost."""
        return not self.hash

    @property
    def may_be_hidden(self) -> bool:
        """Whether it is in doubt and nobody has seen whether Clerk.io shows it."""
        return self.in_doubt and self.rev not in (LOST, SEEN)


Build = Callable[[], tuple[bytes, str | None]]


def included(
    entity: str,
    source: int | str,
    key: int | str,
    rev: int,
    mapkey: str,
    known: LedgerSide | None,
    build: Build,
) -> Decision:
    if known and not known.hidden and (known.rev, known.mapkey) == (rev, mapkey):
        return Decision(entity, source, key, "unchanged", rev=rev, mapkey=mapkey)
    payload, status = build()
    whole = mapping.payload_hash(payload)
    # Other settings or another revision, and yet the same bytes: nothing is sent, the ledger alone
    # learns the new pair.
    if known and not known.hidden and known.hash == whole:
        return Decision(entity, source, key, "unchanged", rev=rev, mapkey=mapkey, touch=True)
    if known and (known.hidden or (known.may_be_hidden and entity == "products")):
        # Whether an upsert drops what it does not name is not documented, so what may be hidden is
        # shown in so many words. The hash stays that of the payload without them.
        payload = mapping.payload_bytes({**orjson.loads(payload), "index": True})
    action = "update" if known else "create"
    return Decision(entity, source, key, action, (), "upsert", payload, whole, rev, mapkey, status)


UNREADABLE = "unreadable"
FORGOTTEN = "forgotten"


def unreadable(inputs: PlanInputs, entity: str) -> Iterator[Decision]:
    """Rows that came and could not be used: what Clerk.io has of them stays as it is."""
    for row_id in inputs.odd(entity):
        yield Decision(entity, row_id, row_id, "skip", (UNREADABLE,))


def excluded(
    entity: str, source: int | str, reasons: tuple[str, ...], known: LedgerSide | None
) -> Decision:
    if known is None or reasons == ("import_off",):
        return Decision(entity, source, source, "skip", reasons)
    return Decision(entity, source, source, "remove", reasons, "delete")


def gone(
    inputs: PlanInputs,
    entity: str,
    decide_gone: Callable[[PlanInputs, int | str, tuple[str, ...], LedgerSide | None], Decision],
) -> Iterator[Decision]:
    kind = KINDS[entity]
    by_lang = "lang = ? AND " if kind.by_language else ""
    restricted, listed = among(inputs, entity, "l.source")
    sql = (
        "SELECT l.source, l.hash, l.rev, l.mapkey, l.status, l.hidden FROM ledger l"
        " WHERE l.store = ? AND l.entity = ? AND NOT EXISTS"
        f" (SELECT 1 FROM {kind.table} WHERE {by_lang}id = l.source)"
        f" {restricted} ORDER BY l.source"
    )
    args: list[object] = [inputs.ledger.store, entity]
    if by_lang:
        args.append(inputs.lang)
    odd = inputs.odd(entity)
    for row in inputs.mirror.stream(sql, *args, *listed):
        if row[0] in odd:
            continue
        decision = decide_gone(inputs, row[0], ("gone",), confirmed(row[1:]))
        if decision.action == "remove":
            decision.entity, decision.gone = entity, True
            yield decision


def excluded_gone(
    inputs: PlanInputs, source: int | str, reasons: tuple[str, ...], known: LedgerSide | None
) -> Decision:
    return excluded("", source, reasons, known)


def among(inputs: PlanInputs, entity: str, column: str) -> tuple[str, list[str]]:
    """A condition, with its parameter, for the records that the plan is restricted to."""
    if inputs.only is None:
        return "", []
    sql, listed = one_of(column, inputs.only.get(entity, ()))
    return f"AND {sql}", [listed]


def one_of(column: str, values: Iterable[int | str]) -> tuple[str, str]:
    """A condition that any number of values fits into, and its parameter."""
    # SQLite takes 32,766 parameters at most; a list may be longer.
    sql = f"{column} IN (SELECT value FROM json_each(?))"
    return sql, orjson.dumps([*values]).decode()


def confirmed(row: Sequence[Any]) -> LedgerSide | None:
    return None if row[0] is None else LedgerSide(row[0], row[1], row[2], row[3], bool(row[4]))
