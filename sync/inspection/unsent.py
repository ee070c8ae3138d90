"""Records of the mirror that the ledger does not hold, a request's worth at a time."""

from __future__ import annotations

from typing import Any

from sync import mapping
from sync.entities import KINDS, Id
from sync.inspection.inspector import AT_ONCE
from sync.mirror import rows_sql
from sync.plan import PlanInputs


def next_unsent(inputs: PlanInputs, entity: str, after: Id | None) -> list[tuple[Id, Id]]:
    """(id, what Clerk.io finds it by) of the next ones beyond `after`."""
    sql = (
        f"SELECT id, {KINDS[entity].asked_by} FROM {_unsent(entity, after)}"
        f" ORDER BY id LIMIT {AT_ONCE}"
    )
    rows = inputs.mirror.conn.execute(sql, _names(inputs, entity, after)).fetchall()
    if entity != "orders":
        return rows
    return [(oid, mapping.order_key(oid, number, inputs.settings)) for oid, number in rows]


def count_unsent(inputs: PlanInputs, entity: str, after: Id | None) -> int:
    """How many there are beyond `after`."""
    sql = f"SELECT count(*) FROM {_unsent(entity, after)}"
    return int(inputs.mirror.conn.execute(sql, _names(inputs, entity, after)).fetchone()[0])


def _unsent(entity: str, after: Id | None) -> str:
    can_be_asked = " AND email <> ''" if KINDS[entity].asked_by == "email" else ""
    beyond = "" if after is None else " AND id > :after"
    return (
        f"{rows_sql(entity)}{can_be_asked} AND NOT EXISTS (SELECT 1 FROM ledger"
        f" WHERE store = :store AND entity = :entity AND source = +id){beyond}"
    )


def _names(inputs: PlanInputs, entity: str, after: Id | None) -> dict[str, Any]:
    return {"lang": inputs.lang, "store": inputs.ledger.store, "entity": entity, "after": after}
