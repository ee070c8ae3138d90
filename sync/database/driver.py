"""The driver of SQLite: `sqlite3` is what sqlite-utils takes too, pysqlite3 with an SQLite of its
own where it is installed, else the standard library's. Errors of one are not caught as the other's,
and two SQLites in one process lose each other's locks, so everybody takes it here."""

from __future__ import annotations

import sys
import threading
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import sqlite3
else:
    try:
        import pysqlite3 as sqlite3
    except ImportError:
        import sqlite3

__all__ = ["loses_pages", "sqlite3", "sqlite_utils"]

_BACKPORTED: Final[dict[tuple[int, ...], tuple[int, ...]]] = {
    (3, 44): (3, 44, 6),
    (3, 50): (3, 50, 7),
}


def loses_pages(version: tuple[int, ...] | None = None) -> bool:
    """Whether that SQLite, the one in use unless named, can lose committed pages in WAL mode when
    two connections write or checkpoint at the same instant (https://sqlite.org/wal.html#walreset).
    """
    number = sqlite3.sqlite_version_info if version is None else version
    if number[:2] in _BACKPORTED:
        return number < _BACKPORTED[number[:2]]
    return (3, 7, 0) <= number < (3, 51, 3)


class _Without(MetaPathFinder):
    """While this looks for modules, this thread finds none of those packages."""

    def __init__(self, *packages: str) -> None:
        self._packages = packages
        self._thread = threading.get_ident()

    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname in self._packages and threading.get_ident() == self._thread:
            raise ModuleNotFoundError(fullname)


def sqlite_utils() -> Any:
    """The library sqlite-utils, without pandas and numpy: where they are installed it imports them
    for columns of theirs, which nobody here has, and that takes 80 MiB."""
    without = _Without("numpy", "pandas")
    sys.meta_path.insert(0, without)
    try:
        import sqlite_utils as library  # here, for few processes migrate anything
    finally:
        sys.meta_path.remove(without)
    return library
