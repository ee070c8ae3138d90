"""What is wrong with a file of the database, told in the house's own words."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sync.database.driver import sqlite3
from sync.errors import CodedError, Message

LEAST_FREE: Final = 64 * 1024  # bytes under which a disk counts as full


class StorageError(CodedError, sqlite3.OperationalError):
    """A file that cannot be used: `fault` is why, the text where and what to do."""

    def __init__(self, fault: str, path: Path) -> None:
        self.fault = fault
        super().__init__(f"storage.{fault}", folder=path.parent, file=path.name)


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
