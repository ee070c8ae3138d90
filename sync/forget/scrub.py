"""Taking names and addresses out of texts that nobody keeps by record: logs, errors, notes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import orjson

from sync.database import sqlite3
from sync.forget.person import Person
from sync.personal.masking import HIDDEN
from sync.store import Desk, ShopRow


def scrub_desk(desk: Desk, shop: ShopRow, person: Person) -> int:
    """Hide the person in every text of desk.db; returns how many values that were."""
    with desk.together() as db:
        hidden = _numbers_of_runs(db.conn, shop, person)
        tables = db.execute(_TABLES).fetchall()
        return hidden + sum(scrubbed(db.conn, table, person.texts()) for (table,) in tables)


# The chain of the audit trail holds only as it is, and names nobody.
_TABLES: Final = """
SELECT name FROM sqlite_schema t WHERE type = 'table' AND name NOT LIKE '%sqlite%'
  AND name <> 'forgetting' AND NOT EXISTS (SELECT 1 FROM sqlite_schema
    WHERE type = 'trigger' AND tbl_name = t.name AND sql LIKE '%BEFORE UPDATE%')
"""


def scrubbed(conn: sqlite3.Connection, table: str, texts: Sequence[str]) -> int:
    """Hide these in all texts of a table, whatever their case; returns how many values changed."""
    if not texts:
        return 0
    found = re.compile("|".join(map(re.escape, texts)), re.IGNORECASE)
    conn.create_function("without_them", 1, lambda text: found.sub(HIDDEN, text))
    changed = 0
    for _, column, kind, _, _, key in conn.execute(f'PRAGMA table_info("{table}")').fetchall():
        if kind in ("TEXT", "ANY") and not key:
            held = f'typeof("{column}") = \'text\' AND without_them("{column}") <> "{column}"'
            sql = f'UPDATE "{table}" SET "{column}" = without_them("{column}") WHERE {held}'
            changed += conn.execute(sql).rowcount
    return changed


# -- the person's number ----------------------------------------------------------------------


def _numbers_of_runs(conn: sqlite3.Connection, shop: ShopRow, person: Person) -> int:
    """Take the person's id out of what runs were asked to send, and out of their errors."""
    changed = 0
    sql = "SELECT id, options, errors FROM run WHERE shop_id = ?"
    samples = {f"customers {number}" for number in person.ids}
    for run, options, errors in conn.execute(sql, [shop.id]).fetchall():
        asked, said = _without_ids(options, person), _without_samples(errors, samples)
        if (asked, said) != (options, errors):
            conn.execute("UPDATE run SET options = ?, errors = ? WHERE id = ?", [asked, said, run])
            changed += 1
    return changed


def _without_ids(options: str, person: Person) -> str:
    told: dict[str, Any] = orjson.loads(options)
    listed = (told.get("only") or {}).get("customers", [])
    if person.ids.isdisjoint(listed):
        return options
    told["only"]["customers"] = [each for each in listed if each not in person.ids]
    return orjson.dumps(told).decode()


def _without_samples(errors: str, samples: set[str]) -> str:
    told: list[dict[str, Any]] = orjson.loads(errors)
    if not any(each.get("sample") in samples for each in told):
        return errors
    for each in told:
        if each.get("sample") in samples:
            each["sample"] = None
    return orjson.dumps(told).decode()
