"""Connections for one operation, kept for the next, and their transactions."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sync.database.driver import sqlite3
from sync.database.faults import StorageError, in_words, is_writable

BUSY_SECONDS = 60.0
CACHE: Final = 2_000  # KiB a connection; what it holds more lies in the system's own cache
MOST_IDLE: Final = 6  # a list of all shops opens each one's file
_UNSEEN = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


_File = tuple[int, int]
Scope = tuple[tuple[str, str], ...]
"""Tables, and of each the condition in SQL that its rows fulfil which are not hidden."""
_Args = Sequence[Any] | Mapping[str, Any]


class Database:
    """An open connection. `file` is the device and inode that it reads, None where it is not to be
    kept; `scope` hides rows from whoever reads through it."""

    def __init__(
        self, conn: sqlite3.Connection, file: _File | None = None, scope: Scope = ()
    ) -> None:
        self.conn = conn
        self.file = file
        self.scope = scope
        self._lifted = True
        self._hide()

    def _hide(self) -> None:
        for table, rows in self.scope:
            self.conn.execute(
                f"CREATE TEMP VIEW {table} AS SELECT * FROM main.{table} WHERE {rows}"
            )
        self._lifted = False

    @contextmanager
    def whole(self) -> Iterator[None]:
        """All rows, inside the transaction that writes: nothing can be written to a view. A
        rollback brings the views back by itself."""
        if self._lifted or not self.scope:
            yield
            return
        for table, _ in self.scope:
            self.conn.execute(f"DROP VIEW temp.{table}")
        self._lifted = True
        try:
            yield
        except BaseException:
            self._lifted = False
            raise
        self._hide()

    @classmethod
    def memory(cls) -> Database:
        """An empty database that is nobody else's."""
        return cls(_opened(":memory:"))

    def execute(self, sql: str, args: _Args = ()) -> sqlite3.Cursor:
        return self.conn.execute(sql, args)

    def query(self, sql: str, args: _Args = ()) -> Iterator[dict[str, Any]]:
        """Rows by the names of their columns."""
        rows = self.conn.execute(sql, args)
        names = [column[0] for column in rows.description]
        return (dict(zip(names, row, strict=True)) for row in rows)

    def insert(self, table: str, row: Mapping[str, Any]) -> int:
        """Add a row; returns its id."""
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" * len(row))
        sql = f"INSERT INTO main.{table} ({names}) VALUES ({marks})"
        return int(self.conn.execute(sql, list(row.values())).lastrowid or 0)

    def update(self, table: str, row_id: int, changes: Mapping[str, Any]) -> None:
        """Write columns of the row of that id; no column, no statement."""
        if not changes:
            return
        names = ", ".join(f'"{name}" = ?' for name in changes)
        sql = f"UPDATE main.{table} SET {names} WHERE id = ?"
        self.conn.execute(sql, [*changes.values(), row_id])

    def delete(self, table: str, row_id: int) -> None:
        """Remove the row of that id."""
        self.conn.execute(f"DELETE FROM main.{table} WHERE id = ?", [row_id])

    def close(self) -> None:
        self.conn.close()

    def at_rest(self) -> bool:
        """Whether nothing is begun on it: no transaction, no query whose rows were not all read.
        Such a query would go on showing the file as it was then, to whoever uses this next."""
        if self.conn.in_transaction:
            return False
        try:
            _teach(self.conn)  # SQLite refuses to change a function while a statement runs
        except sqlite3.OperationalError:
            return False
        return True


def connect(path: Path, scope: Scope = ()) -> Database:
    """An open database: autocommit outside `immediate`, foreign keys on. The caller closes it.
    SQL has `folded(text)` for searching without regard to case, beyond ASCII too. Where nothing
    can be written beside the file it can still be read. StorageError if it cannot be opened."""
    with in_words(path):
        file = _file(path)
        try:
            return Database(_opened(str(path)), file, scope)
        except sqlite3.OperationalError:
            if not _only_readable(path):
                raise
            name = f"file:{quote(str(path.absolute()))}?immutable=1"
            return Database(_opened(name, uri=True), None, scope)


def _file(path: Path) -> _File | None:
    """Which file stands there. One that is open keeps its inode when it is replaced."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def _opened(name: str, *, uri: bool = False) -> sqlite3.Connection:
    # Several threads may have it one after the other: see `sharing`.
    conn = sqlite3.connect(
        name, timeout=BUSY_SECONDS, isolation_level=None, uri=uri, check_same_thread=False
    )
    try:
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA synchronous = NORMAL")
        conn.execute("PRAGMA page_size = 8192")  # new files: few records need two
        conn.execute(f"PRAGMA cache_size = -{CACHE}")
        conn.execute("PRAGMA wal_autocheckpoint = 2000")
        _teach(conn)
    except BaseException:
        conn.close()
        raise
    return conn


def _teach(conn: sqlite3.Connection) -> None:
    conn.create_function("folded", 1, _folded_or_none, deterministic=True)


def _only_readable(path: Path) -> bool:
    """Whether the whole database lies in its one file, and nobody can change it: a disk that is
    full or read-only has no room for the index that reading beside a writer needs."""
    if not path.is_file() or is_writable(path):
        return False
    log = path.with_name(f"{path.name}-wal")
    return not log.exists() or log.stat().st_size == 0


def folded(text: str) -> str:
    """A text as it is searched: without case and without the marks that nobody sees in it (soft
    hyphens, zero-width blanks and joiners, marks of direction)."""
    if not text.isascii():
        text = _UNSEEN.sub("", text)
    return " ".join(text.casefold().split())


def _folded_or_none(value: object) -> str | None:
    return None if value is None else folded(str(value))


class _Keeper:
    """Connections that wait for their next operation. Each is in one thread at a time."""

    def __init__(self) -> None:
        self._idle: list[tuple[Path, Database]] = []
        self._lock = threading.Lock()
        self._closed = False

    def take(self, path: Path, scope: Scope) -> Database | None:
        """An idle connection to the file that stands there now: it may have been replaced."""
        file = _file(path)
        with self._lock:
            for at, (known, db) in enumerate(self._idle):
                if known == path and db.file == file and db.scope == scope:
                    del self._idle[at]
                    return db
        return None

    def give_back(self, path: Path, db: Database) -> None:
        """Keep a connection for the next operation if it is as good as new."""
        with self._lock:
            if self._closed or db.file is None or not db.at_rest():
                db.close()
                return
            self._idle.append((path, db))
            if len(self._idle) > MOST_IDLE:
                self._idle.pop(0)[1].close()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for _, db in self._idle:
                db.close()
            self._idle.clear()


class _Here(threading.local):
    keeper: _Keeper | None = None


_here = _Here()


@contextmanager
def kept() -> Iterator[None]:
    """While this lasts, what this thread opens stays open for its next operation, so that each
    file is opened once; at the end all is closed. One inside another joins it."""
    if _here.keeper is not None:
        yield
        return
    _here.keeper = keeper = _Keeper()
    try:
        yield
    finally:
        _here.keeper = None
        keeper.close()


@contextmanager
def unkept() -> Iterator[None]:
    """While this lasts nothing stays open: for files that are about to be moved."""
    keeper, _here.keeper = _here.keeper, None
    try:
        yield
    finally:
        _here.keeper = keeper


def sharing() -> Callable[[], None]:
    """What another thread calls to use what this one keeps open, one after the other."""
    keeper = _here.keeper

    def share() -> None:
        _here.keeper = keeper

    return share


@contextmanager
def opened(path: Path, scope: Scope = ()) -> Iterator[Database]:
    """A connection for one operation: one that is kept and idle, else a new one. What `scope` hides
    is there for nobody who reads through it."""
    keeper = _here.keeper
    with in_words(path):
        db = (keeper.take(path, scope) if keeper else None) or connect(path, scope)
        try:
            yield db
        except BaseException:
            db.close()
            raise
        if keeper is None:
            db.close()
        else:
            keeper.give_back(path, db)


@contextmanager
def as_of_now(db: Database) -> Iterator[None]:
    """All that is read inside is of one moment."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        if db.conn.in_transaction:
            db.execute("ROLLBACK")


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
        with db.whole():
            yield conn
    except BaseException:
        if conn.in_transaction:  # a full disk has ended it already
            conn.execute("ROLLBACK")
        raise
    conn.execute("COMMIT")


def damage(path: Path) -> str | None:
    """What is wrong inside the database, in SQLite's words, None if nothing; reads all of it and
    writes nothing."""
    try:
        with opened(path) as db:
            verdict = db.execute("PRAGMA quick_check(1)").fetchone()
    except StorageError as error:
        if error.fault in ("damaged", "not_a_database"):
            return error.fault
        raise
    return None if verdict is None or verdict[0] == "ok" else str(verdict[0])
