"""Deciding one entity and writing its rows down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import orjson

from sync.entities import Id
from sync.ledger import Drift
from sync.mirror import Mirror
from sync.plan import (
    AlikeOrder,
    AlikeOrders,
    Counts,
    Decision,
    PlanInputs,
    basis,
    begun,
    count,
    count_alike,
    decide,
    decided_otherwise,
)
from sync.preview.cache import Cache, Kind, Kinds, Part, PartBasis, PlanGone
from sync.preview.detail import detail_rows, details_id
from sync.preview.steps import GONE, step_of
from sync.rules import LINES_PENDING

CHUNK = 1000
MANY: Final = 10_000  # narrow rows, written at once
FOLLOW: Final = "follow"
_TAKEN: Final = ",key_taken,"


def ensured(inputs: PlanInputs, cache: Cache, entity: str) -> Part:
    """The entity's rows under the settings, made if they are not there."""
    lines = lines_of(inputs.mirror) if entity == "orders" else 0
    key = basis.part_key(inputs, entity)
    return cache.part(key, lines) or _made(inputs, cache, _made_from(inputs, entity, key, lines))


def _made_from(inputs: PlanInputs, entity: str, key: str, lines: int) -> PartBasis:
    chosen = basis.choices(inputs, entity)
    return PartBasis(
        entity=entity,
        key=key,
        state=state_of(inputs, entity),
        lines=lines,
        details=details_id(inputs, entity),
        mapping=chosen["mapping"],
        deciding=orjson.dumps(chosen["deciding"]).decode(),
    )


def state_of(inputs: PlanInputs, entity: str) -> str:
    """A name for everything beside the settings that an entity's decisions are made from."""
    return basis.digest(basis.state(inputs, entity))


def lines_of(mirror: Mirror) -> int:
    """Moves with the order lines, which the mirror's version leaves out."""
    return mirror.number("SELECT max(lines_seq) FROM orders WHERE lines_seq > 0")


def _made(inputs: PlanInputs, cache: Cache, made_from: PartBasis) -> Part:
    model, writer = _model(inputs, cache, made_from), _Writer(inputs, cache, made_from)
    try:
        counts = writer.write_all() if model is None else writer.write_otherwise(*model)
    except PlanGone:  # another process has thrown the model away
        writer = _Writer(inputs, cache, made_from)
        counts = writer.write_all()
    cache.finish(writer.part, counts, writer.kinds)
    kinds = [(*kind, n) for kind, n in writer.kinds.items()]
    return Part(writer.part, made_from.entity, made_from.key, counts, kinds, made_from.details)


def _model(
    inputs: PlanInputs, cache: Cache, made_from: PartBasis
) -> tuple[Part, Collection[Id]] | None:
    """A part that is the same but for some records, and these."""
    if Drift(inputs.ledger).adopted(made_from.entity):
        return None
    for part, deciding in cache.alike(made_from):
        ids = decided_otherwise(inputs, made_from.entity, deciding)
        if ids is not None and _is_told_by_kinds(part):
            cache.held.add(part.id)
            return part, ids
    return None


def _is_told_by_kinds(part: Part) -> bool:
    """Whether the kinds of a part's rows say all that is counted of them. They do not where an
    order ends in Clerk.io and waits for lines at once, or another one owns its key."""
    kinds = [(action, reasons, n) for action, reasons, _, n in part.kinds]
    ended = sum(n for action, reasons, n in kinds if action == "update" and reasons)
    return ended == part.counts.patched and not any(_TAKEN in reasons for _, reasons, _ in kinds)


def shown_action(made: Decision) -> str:
    """A decision's action as pages tell it: an order that waits for its lines is not skipped."""
    return _told(made.entity, made.action, made.reasons)[0]


class _Writer:
    """Turns decisions into rows, some hundred at a time."""

    def __init__(self, inputs: PlanInputs, cache: Cache, made_from: PartBasis) -> None:
        self.inputs = inputs
        self.cache = cache
        self.entity = made_from.entity
        self.part = cache.begin(made_from)
        self.details = made_from.details
        # Every part has every order; of other records that are gone some settings make no row.
        self.all_known = self.entity == "orders" and cache.knows_all(self.details)
        self.waiting: list[Decision] = []
        self.rows: list[tuple[Any, ...]] = []
        self.alike: list[tuple[Kind, list[AlikeOrder]]] = []
        self.held = 0  # orders in both
        self.kinds: Kinds = Counter()

    def write_all(self) -> Counts:
        """Decide every record."""
        if self.all_known:
            counts = count_alike(self.inputs, self.take_orders)
        else:
            counts = count(self.inputs, self.entity, self.take)
        self._end()
        return counts

    def write_otherwise(self, model: Part, ids: Collection[Id]) -> Counts:
        """Decide these records; all others are as in the model. PlanGone if that is thrown away
        meanwhile."""
        if self.all_known:
            counts = count_alike(self.inputs, self.take_orders, ids)
        else:
            counts = begun(self.inputs, self.entity)
            chosen = replace(self.inputs, only={self.entity: frozenset(ids)})
            for decision in decide(chosen, self.entity):
                self.take(decision)
                counts.add(decision)
        self._end()
        kept = self.cache.lean(self.part, model)
        for kind, n in kept.items():
            counts.add(_of_kind(*kind), n)
        self.kinds += kept
        return counts

    def take(self, decision: Decision) -> None:
        self.waiting.append(decision)
        if len(self.waiting) == CHUNK:
            self._write()

    def take_orders(self, alike: AlikeOrders) -> None:
        """The same of orders whose details are there already."""
        decision = alike.decision
        kind = self._kind(decision, len(alike.orders))
        if decision.whole is None:
            self.alike.append((kind, alike.orders))
        else:
            self.rows += (_row(decision, kind, *order) for order in alike.orders)
        self.held += len(alike.orders)
        if self.held >= MANY:
            self._flush()

    def _end(self) -> None:
        self._write()
        self._flush()

    def _write(self) -> None:
        sources = [decision.source for decision in self.waiting]
        unsent = [decision.source for decision in self.waiting if decision.whole is None]
        hashes = self.inputs.ledger.hashes(self.entity, unsent)
        rows = [
            _row(each, self._kind(each), each.source, each.key, hashes.get(each.source))
            for each in self.waiting
        ]
        missing = [] if self.all_known else self.cache.unknown(self.details, sources)
        shown = detail_rows(self.inputs, self.entity, missing)
        self.cache.add(self.part, rows, self.details, shown)
        self.waiting = []

    def _flush(self) -> None:
        self.cache.add(self.part, self.rows, self.details, [])
        self.cache.add_alike(self.part, self.alike)
        self.rows, self.alike, self.held = [], [], 0

    def _kind(self, decision: Decision, n: int = 1) -> Kind:
        kind = _told(self.entity, decision.action, decision.reasons)
        self.kinds[kind] += n
        return kind


def _row(
    decision: Decision, kind: Kind, source: Id, key: Id, known: bytes | None
) -> tuple[Any, ...]:
    """`hash` is that of the record as Clerk.io has it after the sync, if it then has it."""
    whole = None if decision.action == "remove" else decision.whole or known
    return source, key, *kind, int(whole is not None), whole


@lru_cache(maxsize=1024)
def _told(entity: str, action: str, reasons: tuple[str, ...]) -> Kind:
    """An action as pages tell it; reasons with a comma before and after each, so that one can be
    found in the text; and the step at which they drop the record."""
    told = FOLLOW if reasons == (LINES_PENDING,) else action
    return told, f",{','.join(reasons)}," if reasons else "", step_of(entity, reasons)


def _of_kind(told: str, reasons: str, step: str) -> Decision:
    """The decision that stands for all rows of a kind."""
    action = "skip" if told == FOLLOW else told
    every = tuple(reasons[1:-1].split(",")) if reasons else ()
    return Decision("", 0, 0, action, every, gone=step == GONE)
