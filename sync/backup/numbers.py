"""The numbers of stores and runs in a shop's file, exchanged for those that another desk gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from sync.database import Database, opened
from sync.store.numbers import OWNER

_TELLS: Final = {"ledger", "history", "odd_row"}  # what stays without its run
_LATEST: Final = {"filled"}  # what is the present without its run, and so belongs to the last one
_CACHE: Final = ("plan", "plan_part", "plan_row", "plan_detail")
_LOST: Final = "lost:"  # facts of the mirror that end in a store's number


def renumber(db: Database, stores: Mapping[int, int], runs: Mapping[int, int]) -> None:
    """Exchange all numbers, inside the caller's transaction. What a run noted that has no new
    number (it began while the copy was made) goes; what it confirmed stays, as run 0. Plans in the
    cache go."""
    for table in _CACHE:
        if table in _tables(db):
            db.execute(f"DELETE FROM {table}")
    for table in _tables(db):
        columns = {row["name"] for row in db.query(f"PRAGMA table_info({table})")}
        if "store" in columns:
            _exchange(db, table, "store", stores)
        if "run" in columns:
            _exchange(db, table, "run", runs)
    _rename_facts(db, stores)


def _tables(db: Database) -> list[str]:
    named = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return [name for (name,) in db.execute(named)]


def _exchange(db: Database, table: str, column: str, numbers: Mapping[int, int]) -> None:
    """In two steps, over numbers below 0: a new one may be another's old one."""
    sql = f"SELECT DISTINCT {column} FROM {table} WHERE {column} > 0 ORDER BY {column}"
    found = [n for (n,) in db.execute(sql)]
    for old in found:
        if old in numbers:
            change = f"UPDATE {table} SET {column} = ? WHERE {column} = ?"
            db.execute(change, [-numbers[old], old])
        elif column == "run" and table in _TELLS:
            db.execute(f"UPDATE {table} SET run = 0 WHERE run = ?", [old])
        elif column == "run" and table in _LATEST:
            last = max(numbers.values(), default=0)
            db.execute(f"UPDATE OR REPLACE {table} SET run = ? WHERE run = ?", [-last, old])
        else:
            db.execute(f"DELETE FROM {table} WHERE {column} = ?", [old])
    db.execute(f"UPDATE {table} SET {column} = -{column} WHERE {column} < 0")


def _rename_facts(db: Database, stores: Mapping[int, int]) -> None:
    for old, new in _renamed(db, stores):
        db.execute("UPDATE meta SET key = ? WHERE key = ?", [f"-{new}", old])
    db.execute("UPDATE meta SET key = substr(key, 2) WHERE key LIKE ?", [f"-{_LOST}%"])


def _renamed(db: Database, stores: Mapping[int, int]) -> Iterator[tuple[str, str]]:
    rows = db.execute("SELECT key FROM meta WHERE key LIKE ?", [f"{_LOST}%"]).fetchall()
    for (key,) in rows:
        number = int(key.removeprefix(_LOST))
        if number in stores:
            yield key, f"{_LOST}{stores[number]}"


def disown(db: Database) -> None:
    """Take out of a shop's file whose it is; the desk that opens it first will note that."""
    db.execute("DELETE FROM meta WHERE key = ?", [OWNER])


def is_nobodys(path: Path) -> bool:
    """Whether no desk has opened the shop's file yet."""
    with opened(path) as db:
        return not db.execute("SELECT 1 FROM meta WHERE key = ?", [OWNER]).fetchone()
