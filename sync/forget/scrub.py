"""Taking names and addresses out of texts that nobody keeps by record: logs, errors, notes."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from sync.database import sqlite3
from sync.forget.person import Person
from sync.personal.masking import HIDDEN
from sync.store import Desk, ShopRow

_RUNS: Final = "SELECT id FROM run WHERE shop_id = :shop"
_STORES: Final = "SELECT id FROM store WHERE shop_id = :shop"
# What runs and people said of the shop. Names and settings of shops, stores and the team are left
# alone, though one may be a customer's too.
_SAID: Final = (
    ("run", ("message", "detail", "why", "errors", "progress", "holds"), "shop_id = :shop"),
    ("run_log", ("message", "detail"), f"run_id IN ({_RUNS})"),
    ("settings_version", ("note",), f"store_id IN ({_STORES})"),
    ("draft", ("note",), f"store_id IN ({_STORES})"),
)


def scrub_desk(desk: Desk, shop: ShopRow, person: Person) -> int:
    """Hide the person in what desk.db has of the shop's runs, and in the worker's log; returns how
    many values and files that were."""
    with desk.together() as db:
        hidden = _numbers_of_runs(db.conn, shop, person)
        for table, columns, where in _SAID:
            for column in columns:
                hidden += _hide(db.conn, table, column, person.texts(), where, {"shop": shop.id})
    return hidden + sum(_scrub_file(path, person) for path in desk.data_dir.glob("*.log*"))


def scrub_texts(conn: sqlite3.Connection, person: Person) -> int:
    """Hide the person in all texts of the shop's file that are no record's; how many that were."""
    tables = [name for (name,) in conn.execute(_TABLES).fetchall() if name not in _RECORDS]
    return sum(
        _hide(conn, table, column, person.texts())
        for table in tables
        for _, column, kind, _, _, key in conn.execute(f'PRAGMA table_info("{table}")').fetchall()
        if kind in ("TEXT", "ANY") and not key
    )


_TABLES: Final = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%sqlite%'"
# Their rows are a record's, and go with it or lose the person by its name.
_RECORDS: Final = frozenset(
    {
        *("product", "product_extra", "product_tag", "product_metafield", "variant", "orphan"),
        *("category", "page", "raw_box", "staging", "odd_value", "attribute_name", "review"),
        *("orders", "order_return", "customer", "subscription", "meta", "unknown_field"),
        *("ledger", "ledger_payload", "ledger_version", "history", "work", "book", "drift"),
        *("plan", "plan_part", "plan_row", "plan_detail", "exchange"),
    }
)


def out_of_recordings(conn: sqlite3.Connection, person: Person) -> int:
    """Let go of what recorded calls said that were about the person, by id too, and hide the id in
    their paths; returns how many calls that were."""
    ids = [rf"(?<!\d){number}(?!\d)" for number in sorted(person.ids)]
    texts = [*ids, *map(re.escape, person.texts())]
    if not texts:
        return 0
    found = re.compile("|".join(texts), re.IGNORECASE)
    changed = 0
    rows = conn.execute("SELECT run, n, path, sent, received FROM exchange").fetchall()
    for run, n, path, *bodies in rows:
        said = [zlib.decompress(body).decode() for body in bodies if body is not None]
        if any(found.search(text) for text in (path, *said)):
            conn.execute(
                "UPDATE exchange SET path = ?, sent = NULL, received = NULL"
                " WHERE run = ? AND n = ?",
                [found.sub(HIDDEN, path), run, n],
            )
            changed += 1
    return changed


def _scrub_file(path: Path, person: Person) -> bool:
    """The same in a file of lines, to whose end others may be writing."""
    texts = [text.encode() for text in person.texts()]
    if not texts or path.is_symlink():
        return False
    found = re.compile(b"|".join(map(re.escape, texts)), re.IGNORECASE)
    with path.open("r+b") as file:
        before = file.read()
        if not found.search(before):
            return False
        file.seek(0)
        # As long as before: what is appended meanwhile stays where it is.
        file.write(found.sub(lambda match: b"*" * len(match[0]), before))
    return True


def _hide(
    conn: sqlite3.Connection,
    table: str,
    column: str,
    texts: Sequence[str],
    where: str = "true",
    args: Mapping[str, int] | None = None,
) -> int:
    """Hide these in the texts of a column, whatever their case; returns how many values changed."""
    if not texts:
        return 0
    found = re.compile("|".join(map(re.escape, texts)), re.IGNORECASE)
    conn.create_function("without_them", 1, lambda text: found.sub(HIDDEN, text))
    held = f'typeof("{column}") = \'text\' AND without_them("{column}") <> "{column}"'
    sql = f'UPDATE "{table}" SET "{column}" = without_them("{column}")'
    return int(conn.execute(f"{sql} WHERE {where} AND {held}", dict(args or {})).rowcount)


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
