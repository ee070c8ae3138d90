"""SQLite as the house uses it: connections for one operation, kept for the next; immediate
transactions; schemas.

The only file that imports the driver: `sqlite3` is what sqlite-utils takes too, pysqlite3 with an
SQLite of its own where it is installed, else the standard library's. Errors of one are not caught
as the other's, and two SQLites in one process lose each other's locks, so everybody takes it here.
"""

from __future__ import annotations

import errno
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from sync.errors import CodedError, Message

if TYPE_CHECKING:
    import sqlite3
else:
    try:
        import pysqlite3 as sqlite3
    except ImportError:
        import sqlite3

__all__ = [
    "Database",
    "Migrations",
    "StorageError",
    "as_of_now",
    "connect",
    "damage",
    "folded",
    "immediate",
    "in_words",
    "is_writable",
    "kept",
    "loses_pages",
    "message_of",
    "migrate",
    "opened",
    "script",
    "sharing",
    "sqlite3",
    "worded",
]

BUSY_SECONDS = 60.0
CACHE: Final = 4_000  # KiB a connection; what it holds more lies in the system's own cache
MOST_IDLE: Final = 6  # a list of all shops opens each one's file
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
    number = sqlite3.sqlite_version_info if version is None else version
    if number[:2] in _BACKPORTED:
        return number < _BACKPORTED[number[:2]]
    return (3, 7, 0) <= number < (3, 51, 3)


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

_File = tuple[int, int]
_Args = Sequence[Any] | Mapping[str, Any]


class Database:
    """An open connection. `file` is the device and inode that it reads, None where it is not to be
    kept."""

    def __init__(self, conn: sqlite3.Connection, file: _File | None = None) -> None:
        self.conn = conn
        self.file = file

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
        sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"
        return int(self.conn.execute(sql, list(row.values())).lastrowid or 0)

    def update(self, table: str, row_id: int, changes: Mapping[str, Any]) -> None:
        """Write columns of the row of that id; no column, no statement."""
        if not changes:
            return
        names = ", ".join(f'"{name}" = ?' for name in changes)
        sql = f"UPDATE {table} SET {names} WHERE id = ?"
        self.conn.execute(sql, [*changes.values(), row_id])

    def delete(self, table: str, row_id: int) -> None:
        """Remove the row of that id."""
        self.conn.execute(f"DELETE FROM {table} WHERE id = ?", [row_id])

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


def connect(path: Path) -> Database:
    """An open database: autocommit outside `immediate`, foreign keys on. The caller closes it.
    SQL has `folded(text)` for searching without regard to case, beyond ASCII too. Where nothing
    can be written beside the file it can still be read. StorageError if it cannot be opened."""
    with in_words(path):
        file = _file(path)
        try:
            return Database(_opened(str(path)), file)
        except sqlite3.OperationalError:
            if not _only_readable(path):
                raise
            return Database(_opened(f"file:{quote(str(path.absolute()))}?immutable=1", uri=True))


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
        conn.execute(f"PRAGMA cache_size = -{CACHE}")
        conn.execute("PRAGMA wal_autocheckpoint = 4000")
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


class _Keeper:
    """Connections that wait for their next operation. Each is in one thread at a time."""

    def __init__(self) -> None:
        self._idle: list[tuple[Path, Database]] = []
        self._lock = threading.Lock()
        self._closed = False

    def take(self, path: Path) -> Database | None:
        """An idle connection to the file that stands there now: it may have been replaced."""
        file = _file(path)
        with self._lock:
            for at, (known, db) in enumerate(self._idle):
                if known == path and db.file == file:
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


def sharing() -> Callable[[], None]:
    """What another thread calls to use what this one keeps open, one after the other."""
    keeper = _here.keeper

    def share() -> None:
        _here.keeper = keeper

    return share


@contextmanager
def opened(path: Path) -> Iterator[Database]:
    """A connection for one operation: one that is kept and idle, else a new one."""
    keeper = _here.keeper
    with in_words(path):
        db = (keeper.take(path) if keeper else None) or connect(path)
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


# -- schema -----------------------------------------------------------------------------------


class Migrations:
    """A part of a file's schema, step by step. sqlite-utils takes the steps and notes their names
    in the file; it is imported only then, for it brings pandas along."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._steps: dict[str, _Step] = {}

    def __call__(self, *, name: str) -> Callable[[_Step], _Step]:
        """Add a step of that name."""

        def added(step: _Step) -> _Step:
            self._steps[name] = step
            return step

        return added

    def names(self) -> list[str]:
        """The names of all steps, in their order."""
        return list(self._steps)

    def applied(self, db: Database) -> set[str]:
        """The names of the steps that the file has taken, of a newer version's too."""
        if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", [_TAKEN]).fetchone():
            return set()
        rows = db.execute(f"SELECT name FROM {_TAKEN} WHERE migration_set = ?", [self.name])
        return {name for (name,) in rows}

    def apply(self, db: Database, *, stop_before: str | None = None) -> None:
        """Take the steps that the file has not taken yet, up to `stop_before`."""
        import sqlite_utils  # not above: see the class

        steps = sqlite_utils.Migrations(self.name)
        for name, step in self._steps.items():
            steps(name=name)(_on(db, step))
        steps.apply(sqlite_utils.Database(db.conn, execute_plugins=False), stop_before=stop_before)


_Step = Callable[[Database], None]
_TAKEN: Final = "_sqlite_migrations"


def _on(db: Database, step: _Step) -> Callable[[object], None]:
    def taken(_: object) -> None:
        step(db)

    return taken


def migrate(path: Path, *parts: Migrations) -> None:
    """Bring these parts of the file at `path` to the newest schema; creates it (and its folder) if
    missing. StorageError for a file that a newer version made."""
    with in_words(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # another process may be first
        if not path.exists():  # SQLite gives its other files the rights of this one
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    with opened(path) as db:
        behind = [part for part in parts if _is_behind(db, part, path)]
        # A copy that VACUUM INTO made is in another mode: readers and writers lock each other.
        if db.execute("PRAGMA journal_mode").fetchone()[0] == "delete":
            with suppress(sqlite3.OperationalError):  # to look needs no write
                db.execute("PRAGMA journal_mode = WAL")
    if not behind:
        return
    with in_words(path), closing(connect(path)) as db:
        # A table that is made anew is dropped, which with foreign keys on empties what refers to it
        db.execute("PRAGMA foreign_keys = OFF")
        for part in behind:
            with immediate(db):
                part.apply(db)
                _refuse_broken(db)


def _is_behind(db: Database, part: Migrations, path: Path) -> bool:
    """Whether steps are to be taken; StorageError if a newer version has taken some."""
    applied, known = part.applied(db), set(part.names())
    if _newest(applied - known) > _newest(known):
        raise StorageError("newer", path.absolute())
    return not known <= applied


def _refuse_broken(db: Database) -> None:
    broken = db.execute("PRAGMA foreign_key_check").fetchone()
    if broken:
        raise sqlite3.IntegrityError(f"a row of {broken[0]} refers to nothing in {broken[2]}")


def _newest(names: set[str]) -> int:
    """The highest number that a migration's name begins with; 0 if there is none."""
    heads = (name.partition("_")[0] for name in names)
    return max((int(head) for head in heads if head.isdecimal()), default=0)


def script(db: Database, statements: str) -> None:
    """Run DDL inside the migration's own transaction (executescript would commit it)."""
    for statement in statements.split(";"):
        if statement.strip():
            db.execute(statement)
