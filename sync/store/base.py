"""One `desk.db`: its connection, its transaction, its rows."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sync.clock import Clock, SystemClock
from sync.database import Database, immediate, migrate, opened
from sync.store.schema import migrations
from sync.vault import Vault


class DeskFile:
    """`desk.db` under one data folder, with the vault that seals its keys."""

    def __init__(self, data_dir: Path, *, clock: Clock | None = None) -> None:
        self.data_dir = data_dir
        self.path = data_dir / "desk.db"
        self.clock: Clock = clock or SystemClock()
        self.vault = Vault(data_dir)
        self._joined = threading.local()
        migrate(self.path, migrations)

    @contextmanager
    def together(self) -> Iterator[None]:
        """What this thread writes to the desk inside is one transaction: all of it or nothing."""
        with opened(self.path) as db, immediate(db):
            self._joined.db = db
            try:
                yield
            finally:
                del self._joined.db

    @contextmanager
    def _opened(self) -> Iterator[Database]:
        joined: Database | None = getattr(self._joined, "db", None)
        if joined is not None:
            yield joined
            return
        with opened(self.path) as db:
            yield db

    def _rows(self, sql: str, args: Sequence[object] = ()) -> list[dict[str, Any]]:
        with self._opened() as db:
            return [dict(row) for row in db.query(sql, list(args))]

    def _one(self, sql: str, args: Sequence[object] = ()) -> dict[str, Any] | None:
        rows = self._rows(sql, args)
        return rows[0] if rows else None
