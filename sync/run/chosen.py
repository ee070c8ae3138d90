"""The records that a run is restricted to, as people name them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import orjson

from sync.database import sqlite3
from sync.entities import ENTITIES, Id, id_in, is_id
from sync.mirror import facts, rows_sql
from sync.openshop import opened_shop
from sync.store import Desk, Refused, StoreRow


def parse_only(items: Iterable[str]) -> dict[str, list[Id]]:
    """`products:1,2` → {"products": [1, 2]}; UsageError for anything else."""
    chosen: dict[str, list[Id]] = {}
    for item in items:
        entity, colon, ids = item.partition(":")
        values = [value.strip() for value in ids.split(",") if value.strip()]
        if entity not in ENTITIES or not colon or not values:
            raise Refused("only", item=item, entities=", ".join(ENTITIES))
        if entity != "orders" and not all(is_id(entity, value) for value in values):
            raise Refused("only_ids", item=item, entity=entity)
        for value in values:
            chosen.setdefault(entity, []).extend(_named(entity, value))
    return chosen


def _named(entity: str, value: str) -> list[Id]:
    """An id as the mirror has it; of an order also its number."""
    source = id_in(entity, value)
    return [source, value] if entity == "orders" and source != value else [source]


def refuse_unknown(desk: Desk, store: StoreRow, chosen: Mapping[str, Sequence[Id]]) -> None:
    """Refuse ids that are neither in the mirror nor in the ledger, naming them. Before the first
    read nobody can tell."""
    with opened_shop(desk, store) as shop:
        if shop.mirror.fact(facts.as_of(store.language)) is None:
            return
        unknown = {
            entity: [value for value in dict.fromkeys(map(str, values)) if value not in known]
            for entity, values in chosen.items()
            for known in [_known_ids(shop.mirror.conn, store, entity, values)]
        }
    said = " ".join(f"{entity}:{','.join(ids[:20])}" for entity, ids in unknown.items() if ids)
    if said:
        raise Refused("unknown_ids", ids=said)


def _known_ids(
    conn: sqlite3.Connection, store: StoreRow, entity: str, values: Sequence[Id]
) -> set[str]:
    """Those of the ids that mirror or ledger know."""
    named = {"lang": store.language, "store": store.id, "entity": entity}
    numbers = " UNION ALL SELECT number FROM orders" if entity == "orders" else ""
    rows = conn.execute(
        f"WITH known AS (SELECT id FROM {rows_sql(entity)}{numbers}"
        " UNION ALL SELECT source FROM ledger WHERE store = :store AND entity = :entity)"
        " SELECT id FROM known WHERE id IN (SELECT value FROM json_each(:ids))",
        {**named, "ids": orjson.dumps(list(values)).decode()},
    )
    return {str(row[0]) for row in rows}
