"""What the shops' files know of a desk: numbers that are taken, also where desk.db is older."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

from sync.database import Database, immediate, opened, sqlite3
from sync.errors import Message
from sync.store.states import State, ended, write_run

OWNER: Final = "belongs"  # the note of a shop's file that says whose it is
# Every column of a run's or store's number that leads a key, so that its last is found at once:
# whatever is kept of one stands there too.
_NUMBERED: Final = """
SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c
WHERE t.type = 'table' AND c.name IN ('run', 'store') AND (c.pk = 1 OR EXISTS (
  SELECT 1 FROM pragma_index_list(t.name) i, pragma_index_info(i.name) k
  WHERE k.seqno = 0 AND k.name = c.name))
"""
logger = logging.getLogger("sync.store")


def settle(desk: Path, data_dir: Path, now: float) -> None:
    """Let a desk.db that was brought back go on above every number in the shops' files. What it
    holds for active in such a shop is over: its journal has long been written on."""
    files = sorted((data_dir / "shops").glob("*.db"))
    taken = {path.stem: found for path in files if (found := _taken(path))}
    if not taken:
        return
    with opened(desk) as db:
        last = dict(db.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
        late = [slug for slug, found in taken.items() if found.get("run", 0) > last.get("run", 0)]
        wanted = {
            table: max(found.get(table, 0) for found in taken.values())
            for table in ("shop", "store", "run")
        }
        higher = {table: n for table, n in wanted.items() if n > last.get(table, 0)}
        if higher:
            _go_on(db, higher, late, now)


def _go_on(db: Database, higher: dict[str, int], late: list[str], now: float) -> None:
    logger.warning("desk.db is older than the shops' files: it goes on above %s", higher)
    with immediate(db) as conn:
        for table, n in higher.items():
            # sqlite_sequence has no key to replace a row by, and no row before the first insert.
            conn.execute("DELETE FROM sqlite_sequence WHERE name = ? AND seq < ?", [table, n])
            conn.execute(
                "INSERT INTO sqlite_sequence SELECT ?1, ?2 WHERE NOT EXISTS"
                " (SELECT 1 FROM sqlite_sequence WHERE name = ?1)",
                [table, n],
            )
        over = conn.execute(
            "SELECT id FROM run WHERE finished IS NULL AND shop_id IN"
            " (SELECT id FROM shop WHERE slug IN (SELECT value FROM json_each(?)))",
            [orjson.dumps(late).decode()],
        ).fetchall()
        for (run,) in over:
            write_run(db, run, ended(State.CANCELLED, now, message=Message("failed.put_back")))


def _taken(path: Path) -> dict[str, int]:
    """The highest numbers of runs, stores and the shop in a shop's file; nothing of one that
    cannot be read: whoever opens it will say so."""
    try:
        with opened(path) as db:
            return {name: n for name, n in _highest(db) if n}
    except (sqlite3.Error, OSError):
        return {}


def _highest(db: Database) -> Iterator[tuple[str, int]]:
    # The file may be older than a table: it is looked at before it is migrated.
    highest = Counter[str]()
    for table, column in db.execute(_NUMBERED).fetchall():
        highest[column] = max(highest[column], _max(db, table, column))
    yield from highest.items()
    if db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").fetchone():
        row = db.execute("SELECT value FROM meta WHERE key = ?", [OWNER]).fetchone()
        owner: dict[str, Any] = orjson.loads(row[0]) if row else {}
        yield "shop", int(owner.get("shop", 0))


def _max(db: Database, table: str, column: str) -> int:
    row = db.execute(f"SELECT max({column}) FROM {table}").fetchone()
    return int(row[0] or 0)
