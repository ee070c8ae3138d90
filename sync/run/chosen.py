"""The records that a run is restricted to, as people name them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import orjson

from sync.database import sqlite3
from sync.ledger import ENTITIES
from sync.store import Desk, Refused, StoreRow
from sync.workshop import opened_shop

_KNOWN: Final = {
    "products": "SELECT id FROM product WHERE lang = :lang",
    "categories": "SELECT id FROM category WHERE lang = :lang",
    "orders": "SELECT id FROM orders UNION ALL SELECT number FROM orders",
    "customers": "SELECT id FROM customer",
    "pages": "SELECT id FROM page WHERE lang = :lang",
}


def parse_only(items: Iterable[str]) -> dict[str, list[int | str]]:
    """`products:1,2` → {"products": [1, 2]}; UsageError for anything else."""
    chosen: dict[str, list[int | str]] = {}
    for item in items:
        entity, colon, ids = item.partition(":")
        values = [value.strip() for value in ids.split(",") if value.strip()]
        if entity not in ENTITIES or not colon or not values:
            raise Refused("only", item=item, entities=", ".join(ENTITIES))
        if entity not in ("pages", "orders") and not all(map(_is_id, values)):
            raise Refused("only_ids", item=item, entity=entity)
        for value in values:
            chosen.setdefault(entity, []).extend(_named(entity, value))
    return chosen


def _named(entity: str, value: str) -> list[int | str]:
    """An id as the mirror has it; of an order also its number."""
    if entity == "pages":
        return [value]
    number: list[int | str] = [int(value)] if _is_id(value) else []
    return [*number, value] if entity == "orders" else number


def _is_id(value: str) -> bool:
    """Whether a text is a number that SQLite holds."""
    return value.isascii() and value.isdecimal() and len(value) < 19


def refuse_unknown(desk: Desk, store: StoreRow, chosen: Mapping[str, Sequence[int | str]]) -> None:
    """Refuse ids that are neither in the mirror nor in the ledger, naming them. Before the first
    read nobody can tell."""
    with opened_shop(desk, store) as shop:
        if shop.mirror.meta(f"as_of:{store.language}") is None:
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
    conn: sqlite3.Connection, store: StoreRow, entity: str, values: Sequence[int | str]
) -> set[str]:
    """Those of the ids that mirror or ledger know."""
    named = {"lang": store.language, "store": store.id, "entity": entity}
    rows = conn.execute(
        f"WITH known AS ({_KNOWN[entity]} UNION ALL SELECT source FROM ledger"  # noqa: S608
        " WHERE store = :store AND entity = :entity)"
        " SELECT id FROM known WHERE id IN (SELECT value FROM json_each(:ids))",
        {**named, "ids": orjson.dumps(list(values)).decode()},
    )
    return {str(row[0]) for row in rows}
