"""Changes of a shop's data, tried on the plan without a write: the record's row is shown otherwise
while they last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import orjson

from sync import rules
from sync.entities import KINDS, Id
from sync.errors import Message
from sync.openshop import OpenShop

Record = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Edit:
    """One change in Lightspeed: what to do, and what it does to the parsed record. A product has
    its `tags` beside its own fields, an order nothing but its `status`."""

    what: Message
    entity: str
    source: Id
    apply: Callable[[Record], None]


@contextmanager
def tried(shop: OpenShop, edits: Sequence[Edit]) -> Iterator[None]:
    """While this lasts the plan sees the records as the edits would leave them."""
    by_record: dict[tuple[str, Id], list[Edit]] = {}
    for edit in edits:
        by_record.setdefault((edit.entity, edit.source), []).append(edit)
    rows: dict[str, dict[Id, Record]] = {}
    for (entity, source), some in by_record.items():
        record = record_of(shop, entity, source)
        for edit in some:
            edit.apply(record)
        rows.setdefault(entity, {})[source] = _columns(entity, record)
    shown = [KINDS[entity].table for entity in rows]
    try:
        for entity, columns in rows.items():
            _show(shop, entity, columns)
        yield
    finally:
        for table in shown:
            shop.mirror.conn.execute(f"DROP VIEW IF EXISTS temp.{table}")


def record_of(shop: OpenShop, entity: str, source: Id) -> Record:
    """The parsed record, as edits see it."""
    mirror, lang = shop.mirror, shop.store.language
    if entity == "orders":
        sql = "SELECT status FROM orders WHERE id = ?"
        return {"status": mirror.conn.execute(sql, [source]).fetchone()[0]}
    sql = f"SELECT flat FROM {KINDS[entity].table} WHERE lang = ? AND id = ?"
    record: Record = orjson.loads(mirror.conn.execute(sql, [lang, source]).fetchone()[0])
    if entity == "products":
        record["tags"] = list(mirror.tags(lang, [int(source)]).get(int(source), ()))
    return record


def _columns(entity: str, record: Record) -> Record:
    """The columns of the record's row that decide it."""
    if entity == "orders":
        return record
    if entity != "products":
        return {"title": record["title"], "slug": record["slug"], "flat": orjson.dumps(record)}
    tags = record.pop("tags")
    facts = rules.product_facts(record, tags)  # type: ignore[arg-type]
    return {
        "visible": int(facts.visible),
        "sellable": int(facts.sellable),
        "free": int(facts.free),
        "invalid": ",".join(facts.invalid),
        "flat": orjson.dumps(record),
    }


_VIEW: Final = "CREATE TEMP VIEW {table} AS SELECT {columns} FROM main.{table}"


def _show(shop: OpenShop, entity: str, rows: Mapping[Id, Record]) -> None:
    """A view of the table's name comes before the table. Only the store's language is changed."""
    conn, kind = shop.mirror.conn, KINDS[entity]

    def literal(value: object) -> str:
        return str(conn.execute("SELECT quote(?)", [value]).fetchone()[0])

    mine = f"lang = {literal(shop.store.language)} AND " if kind.by_language else ""
    columns = []
    for _, name, *_rest in conn.execute(f"PRAGMA main.table_info({kind.table})").fetchall():
        cases = " ".join(
            f"WHEN {mine}id = {literal(source)} THEN {literal(row[name])}"
            for source, row in rows.items()
            if name in row
        )
        columns.append(f"CASE {cases} ELSE {name} END AS {name}" if cases else name)
    conn.execute(_VIEW.format(table=kind.table, columns=", ".join(columns)))
