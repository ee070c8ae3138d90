"""SQLite as the house uses it: one connection per operation, immediate transactions.

The only file that imports the driver: `sqlite3` is what sqlite-utils found, pysqlite3 with an
SQLite of its own where it is installed, else the standard library's. Errors of one are not caught
as the other's, and two SQLites in one process lose each other's locks, so everybody takes it here.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from sqlite_utils import Database, Migrations

from sync.errors import CodedError, Message

if TYPE_CHECKING:
    import sqlite3
else:
    from sqlite_utils.utils import sqlite3

__all__ = [
    "Database",
    "Migrations",
    "StorageError",
    "connect",
    "damage",
    "folded",
    "immediate",
    "in_words",
    "is_writable",
    "kept_open",
    "loses_pages",
    "message_of",
    "migrate",
    "opened",
    "script",
    "sqlite3",
    "worded",
]

BUSY_SECONDS = 60.0
_UNSEEN = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
LEAST_FREE: Final = 64 * 1024  # bytes under which a disk counts as full
_BACKPORTED: Final[dict[tuple[int, ...], tuple[int, ...]]] = {
    (3, 44): (3, 44, 6),
    (3, 50): (3, 50, 7),
}


class StorageError(CodedError, sqlite3.OperationalError):
    """A file that cannot be used: `fault` is why, the text where and what to do."""

    def __init__(self, fault: str, path: Path) -> None:
        self.fault = fault
        super().__init__(f"storage.{fault}", folder=path.parent, file=path.name)


def loses_pages(version: tuple[int, ...] | None = None) -> bool:
    """Whether that SQLite, the one in use unless named, can lose committed pages in WAL mode when
    two connections write or checkpoint at the same instant (https://sqlite.org/wal.html#walreset).
    """
    found = sqlite3.sqlite_version_info if version is None else version
    if found[:2] in _BACKPORTED:
        return found < _BACKPORTED[found[:2]]
    return (3, 7, 0) <= found < (3, 51, 3)


# -- what is wrong with a file ----------------------------------------------------------------

_PRIMARY: Final = {
    3: "no_permission",
    5: "locked",
    6: "locked",
    8: "readonly",
    10: "io",
    11: "damaged",
    13: "full",
    14: "io",
    15: "no_locks",
    22: "full",
    26: "not_a_database",
}
_LOCKING: Final = {8, 9, 14, 15}  # SQLITE_IOERR_UNLOCK, _RDLOCK, _CHECKRESERVEDLOCK, _LOCK
_BY_ERRNO: Final = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EFBIG: "full",
    errno.EROFS: "readonly",
    errno.EACCES: "no_permission",
    errno.EPERM: "no_permission",
    errno.ENOLCK: "no_locks",
    errno.EISDIR: "is_folder",
    errno.ENOTDIR: "no_folder",
    errno.EIO: "io",
}


def worded(error: Exception, path: Path | None = None) -> Exception:
    """The error as a StorageError where its cause is the file or its disk, else as it is. `path`
    is the file that was worked with; an OSError names its own."""
    if isinstance(error, StorageError):
        return error
    if isinstance(error, sqlite3.Error) and path is not None:
        number = getattr(error, "sqlite_errorcode", 0)
        code = _of_sqlite(number, path)
    elif isinstance(error, OSError) and (path is not None or error.filename):
        path = Path(os.fsdecode(error.filename)) if path is None else path
        code = _BY_ERRNO.get(error.errno or 0)
    else:
        return error
    return error if code is None or path is None else StorageError(code, path.absolute())


def message_of(error: Exception, path: Path | None = None) -> Message:
    """What an error says: in our own words, else in those of SQLite, the system or Python. `path`
    is the file that was worked with."""
    error = worded(error, path)
    if isinstance(error, CodedError):
        return error.message
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return Message("storage.system", said=f"{where}{error.strerror}")
    code = "storage.sqlite" if isinstance(error, sqlite3.Error) else "storage.system"
    return Message(code, said=str(error) or type(error).__name__)


def _of_sqlite(number: int, path: Path) -> str | None:
    code = _PRIMARY.get(number & 0xFF)
    if code == "io" and number & 0xFF == 10 and number >> 8 in _LOCKING:
        return "no_locks"
    # SQLite says of several troubles only that it could not open, read or write.
    return (_state(path) or code) if code in ("io", "readonly") else code


def _state(path: Path) -> str | None:
    """What the file system itself says against writing there, if anything."""
    if path.is_dir():
        return "is_folder"
    folder = path.parent
    if not folder.is_dir():
        return "no_folder"
    room = os.statvfs(folder)
    if room.f_flag & os.ST_RDONLY:
        return "readonly"
    if room.f_bavail * room.f_frsize < LEAST_FREE:
        return "full"
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.R_OK | os.W_OK)):
        return "no_permission"
    return None


def is_writable(path: Path) -> bool:
    """Whether the file system has nothing against writing to that file."""
    return _state(path) is None


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Whatever is wrong with the file meanwhile is raised as a StorageError."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        told = worded(error, path if isinstance(error, sqlite3.Error) else None)
        if told is error:
            raise
        raise told from error


# -- connections ------------------------------------------------------------------------------


def connect(path: Path) -> Database:
    """An open database: autocommit outside `immediate`, foreign keys on. The caller closes it.
    SQL has `folded(text)` for searching without regard to case, beyond ASCII too. Where nothing
    can be written beside the file it can still be read. StorageError if it cannot be opened."""
    with in_words(path):
        try:
            conn = _opened(str(path))
        except sqlite3.OperationalError:
            if not _only_readable(path):
                raise
            conn = _opened(f"file:{quote(str(path.absolute()))}?immutable=1", uri=True)
    conn.create_function("folded", 1, _folded_or_none, deterministic=True)
    return Database(conn, execute_plugins=False)


def _opened(name: str, *, uri: bool = False) -> sqlite3.Connection:
    conn = sqlite3.connect(name, timeout=BUSY_SECONDS, isolation_level=None, uri=uri)
    try:
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA synchronous = NORMAL")
        conn.execute("PRAGMA cache_size = -16000")
        conn.execute("PRAGMA wal_autocheckpoint = 4000")
    except BaseException:
        conn.close()
        raise
    return conn


def _only_readable(path: Path) -> bool:
    """Whether the whole database lies in its one file, and nobody can change it: a disk that is
    full or read-only has no room for the index that reading beside a writer needs."""
    if not path.is_file() or _state(path) is None:
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


@contextmanager
def opened(path: Path) -> Iterator[Database]:
    """A connection for one operation."""
    with in_words(path), closing(connect(path)) as db:
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


def damage(path: Path) -> str | None:
    """What is wrong inside the database, in SQLite's words, None if nothing; reads all of it and
    writes nothing."""
    try:
        with opened(path) as db:
            found = db.conn.execute("PRAGMA quick_check(1)").fetchone()
    except StorageError as error:
        if error.fault in ("damaged", "not_a_database"):
            return error.fault
        raise
    return None if found is None or found[0] == "ok" else str(found[0])


# -- schema -----------------------------------------------------------------------------------


def migrate(path: Path, migrations: Migrations) -> None:
    """Bring the file at `path` to the newest schema; creates it (and its folder) if missing.
    StorageError for a file that a newer version made."""
    with in_words(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # another process may be first
        if not path.exists():  # SQLite gives its other files the rights of this one
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    with opened(path) as db:
        applied = {each.name for each in migrations.applied(db)}
        known = _names(migrations)
        if _newest(applied - known) > _newest(known):
            raise StorageError("newer", path.absolute())
        # A copy that VACUUM INTO made is in another mode: readers and writers lock each other.
        if not applied or db.conn.execute("PRAGMA journal_mode").fetchone()[0] == "delete":
            with suppress(sqlite3.OperationalError):  # to look needs no write
                db.conn.execute("PRAGMA journal_mode = WAL")
        if known <= applied:
            return
        # A table that is made anew is dropped, which with foreign keys on empties what refers to it
        db.conn.execute("PRAGMA foreign_keys = OFF")
        with immediate(db):
            migrations.apply(db)
            _refuse_broken(db)


def _refuse_broken(db: Database) -> None:
    broken = db.conn.execute("PRAGMA foreign_key_check").fetchone()
    if broken:
        raise sqlite3.IntegrityError(f"a row of {broken[0]} refers to nothing in {broken[2]}")


@lru_cache
def _names(migrations: Migrations) -> frozenset[str]:
    with closing(Database(memory=True)) as nothing:
        return frozenset(each.name for each in migrations.pending(nothing))


def _newest(names: set[str] | frozenset[str]) -> int:
    """The highest number that a migration's name begins with; 0 if there is none."""
    heads = (name.partition("_")[0] for name in names)
    return max((int(head) for head in heads if head.isdecimal()), default=0)


def script(db: Database, statements: str) -> None:
    """Run DDL inside the migration's own transaction (executescript would commit it)."""
    for statement in statements.split(";"):
        if statement.strip():
            db.conn.execute(statement)
