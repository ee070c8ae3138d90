"""The schema of a file, step by step."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from sync.database.connections import Database, connect, immediate, opened
from sync.database.driver import sqlite3, sqlite_utils
from sync.database.faults import StorageError, in_words


class Migrations:
    """A part of a file's schema, step by step. sqlite-utils takes the steps and notes their names
    in the file."""

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
        library = sqlite_utils()
        steps = library.Migrations(self.name)
        for name, step in self._steps.items():
            steps(name=name)(_on(db, step))
        steps.apply(library.Database(db.conn, execute_plugins=False), stop_before=stop_before)


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
