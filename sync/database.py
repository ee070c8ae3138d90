"""SQLite as the house uses it: one connection per operation, immediate transactions."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlite_utils import Database, Migrations

BUSY_SECONDS = 60.0
_UNSEEN = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def connect(path: Path) -> Database:
    """An open database: autocommit outside `immediate`, foreign keys on. The caller closes it.
    SQL has `folded(text)` for searching without regard to case, beyond ASCII too."""
    conn = sqlite3.connect(str(path), timeout=BUSY_SECONDS, isolation_level=None)
    conn.execute("PRAGMA foreign_keys = ON")
    conn.execute("PRAGMA synchronous = NORMAL")
    conn.execute("PRAGMA cache_size = -16000")
    conn.execute("PRAGMA wal_autocheckpoint = 4000")
    conn.create_function("folded", 1, _folded_or_none, deterministic=True)
    return Database(conn, execute_plugins=False)


def folded(text: str) -> str:
    """A text as it is searched: without case and without the marks that nobody sees in it (soft
    hyphens, zero-width blanks and joiners, marks of direction)."""
    if not text.isascii():
        text = _UNSEEN.sub("", text)
    return " ".join(text.casefold().split())


def _folded_or_none(value: object) -> str | None:
    return None if value is None else folded(str(value))


@contextmanager
def opened(path: Path) -> Iterator[Database]:
    """A connection for one operation."""
    with closing(connect(path)) as db:
        yield db


@contextmanager
def kept_open(path: Path) -> Iterator[None]:
    """While this lasts no other connection is the last one to close: that one would write the
    whole WAL back and delete it, each time."""
    with opened(path) as db:
        db.conn.execute("SELECT 1 FROM sqlite_schema").fetchone()
        yield


@contextmanager
def immediate(db: Database) -> Iterator[sqlite3.Connection]:
    """One write transaction that takes its lock first (a deferred one fails under several
    processes once it has read). Inside another one it joins that."""
    conn = db.conn
    if conn.in_transaction:
        yield conn
        return
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield conn
    except BaseException:
        if conn.in_transaction:  # a full disk has ended it already
            conn.execute("ROLLBACK")
        raise
    conn.execute("COMMIT")


def migrate(path: Path, migrations: Migrations) -> None:
    """Bring the file at `path` to the newest schema; creates it (and its folder) if missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with opened(path) as db:
        if not _pending(db, migrations):
            return
        db.conn.execute("PRAGMA journal_mode = WAL")
        with immediate(db):
            migrations.apply(db)


def _pending(db: Database, migrations: Migrations) -> bool:
    return bool(migrations.pending(db))


def script(db: Database, statements: str) -> None:
    """Run DDL inside the migration's own transaction (executescript would commit it)."""
    for statement in statements.split(";"):
        if statement.strip():
            db.conn.execute(statement)
