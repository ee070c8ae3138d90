"""Deciding one entity and writing its rows down."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Any, Final

from sync.mirror import Mirror
from sync.plan import AlikeOrder, Counts, Decision, PlanInputs, basis, count, count_alike
from sync.preview.cache import Cache, Part
from sync.preview.detail import detail_rows, details_id
from sync.preview.steps import step_of
from sync.rules import LINES_PENDING

CHUNK = 1000
FOLLOW: Final = "follow"


def ensured(inputs: PlanInputs, cache: Cache, entity: str) -> Part:
    """The entity's rows under the settings, made if they are not there."""
    lines = lines_of(inputs.mirror) if entity == "orders" else 0
    key = basis.part_key(inputs, entity)
    return cache.part(key, lines) or _made(inputs, cache, entity, key, lines)


def state_of(inputs: PlanInputs, entity: str) -> str:
    """A name for everything beside the settings that an entity's decisions are made from."""
    return basis.digest(basis.state(inputs, entity))


def lines_of(mirror: Mirror) -> int:
    """Moves with the order lines, which the mirror's version leaves out."""
    return mirror.number("SELECT max(lines_seq) FROM orders WHERE lines_seq > 0")


def _made(inputs: PlanInputs, cache: Cache, entity: str, key: str, lines: int) -> Part:
    details = details_id(inputs, entity)
    part = cache.begin(entity, key, state_of(inputs, entity), lines, details)
    writer = _Writer(inputs, cache, entity, part, details)
    if writer.all_known:
        counts = count_alike(inputs, writer.take_order)
    else:
        counts = count(inputs, entity, writer.take)
    writer.close(counts)
    kinds = [(*kind, n) for kind, n in writer.kinds.items()]
    return Part(part, entity, key, counts, kinds, details)


def shown_action(made: Decision) -> str:
    """A decision's action as pages tell it: an order that waits for its lines is not skipped."""
    return _told(made.entity, made.action, made.reasons)[0]


class _Writer:
    """Turns decisions into rows, some hundred at a time."""

    def __init__(
        self, inputs: PlanInputs, cache: Cache, entity: str, part: int, details: int
    ) -> None:
        self.inputs = inputs
        self.cache = cache
        self.entity = entity
        self.part = part
        self.details = details
        # Every part has every order; of other records that are gone some settings make no row.
        self.all_known = entity == "orders" and cache.knows_all(details)
        self.waiting: list[Decision] = []
        self.rows: list[tuple[Any, ...]] = []
        self.kinds: Counter[tuple[str, str, str]] = Counter()

    def take(self, decision: Decision) -> None:
        self.waiting.append(decision)
        if len(self.waiting) == CHUNK:
            self._write()

    def take_order(self, order: AlikeOrder) -> None:
        """The same of an order whose details are there already."""
        self.rows.append(self._row(order.decision, order.source, order.key, order.known))
        if len(self.rows) == CHUNK:
            self._flush()

    def close(self, counts: Counts) -> None:
        self._write()
        self._flush()
        self.cache.finish(self.part, counts, self.kinds)

    def _write(self) -> None:
        sources = [decision.source for decision in self.waiting]
        hashes = self.inputs.ledger.hashes(self.entity, sources)
        rows = [self._row(d, d.source, d.key, hashes.get(d.source)) for d in self.waiting]
        missing = [] if self.all_known else self.cache.unknown(self.details, sources)
        shown = detail_rows(self.inputs, self.entity, missing)
        self.cache.add(self.part, rows, self.details, shown)
        self.waiting = []

    def _flush(self) -> None:
        self.cache.add(self.part, self.rows, self.details, [])
        self.rows = []

    def _row(
        self, decision: Decision, source: int | str, key: int | str, known: bytes | None
    ) -> tuple[Any, ...]:
        """`hash` is that of the record as Clerk.io has it after the sync, if it then has it."""
        kind = _told(self.entity, decision.action, decision.reasons)
        self.kinds[kind] += 1
        whole = None if decision.action == "remove" else decision.whole or known
        return source, key, *kind, int(whole is not None), whole


@lru_cache(maxsize=1024)
def _told(entity: str, action: str, reasons: tuple[str, ...]) -> tuple[str, str, str]:
    """An action as pages tell it; reasons with a comma before and after each, so that one can be
    found in the text; and the step at which they drop the record."""
    told = FOLLOW if reasons == (LINES_PENDING,) else action
    return told, f",{','.join(reasons)}," if reasons else "", step_of(entity, reasons)
