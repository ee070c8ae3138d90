"""One `desk.db`: its connection, its transaction, its rows."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from pathlib import Path
from typing import Any, Final, Self

from sync.access import Person
from sync.clock import Clock, SystemClock
from sync.database import Database, Scope, immediate, migrate, opened
from sync.store.environ import whoami
from sync.store.errors import Gone
from sync.store.files import close_to_others
from sync.store.numbers import settle
from sync.store.rows import ShopRow, StoreRow
from sync.store.schema import migrations
from sync.vault import Vault

_Args = Sequence[object] | Mapping[str, object]
logger = logging.getLogger("sync.store")
SEALED: Final = {
    "api_key": ("key", "secret"),
    "store": ("public_key", "private_key"),
    "forgetting": ("sealed",),
    "alert_target": ("url",),
}
"""The columns that hold sealed texts, by table: whatever is sealed elsewhere would be lost with the
key that is rotated away."""


class DeskFile:
    """`desk.db` under one data folder, with the vault that seals its keys."""

    def __init__(self, data_dir: Path, *, clock: Clock | None = None) -> None:
        self.data_dir = data_dir
        self.path = data_dir / "desk.db"
        self.clock: Clock = clock or SystemClock()
        self.person = Person.local(whoami())
        self.vault = Vault(data_dir, sealed=self._holds_secrets)
        self.scope: Scope = ()
        self._joined = threading.local()
        self._settled = self._id = ""
        self._last_run = 0
        self.rights = close_to_others(data_dir)
        for _, message in self.rights.messages():
            logger.warning("%s", message)
        migrate(self.path, migrations)
        self.settle_numbers()

    @property
    def id(self) -> str:
        """What this desk is told from another by; shops' files note it."""
        if not self._id:
            self._id = self._rows("SELECT id FROM desk")[0]["id"]
        return self._id

    def whole(self) -> Self:
        """The same desk with nothing hidden, for what is held against all shops."""
        seen = copy(self)
        seen.scope = ()
        return seen

    def schema(self) -> list[str]:
        """The steps of its schema that the file has taken."""
        rows = self._rows("SELECT name FROM _sqlite_migrations ORDER BY id")
        return [str(row["name"]) for row in rows]

    def settle_numbers(self) -> None:
        """See that no number is given twice: once, and again if another desk.db was put here."""
        found = self.path.stat()
        file, last = f"{found.st_dev}:{found.st_ino}", self._newest_run()
        # Another file, or the same with fewer runs: a copy was put back while this process lived.
        if file != self._settled or last < self._last_run:
            self._id = ""
            settle(self.path, self.data_dir, self.clock.now())
            last = self._newest_run()
        self._settled, self._last_run = file, last

    def _newest_run(self) -> int:
        row = self._one("SELECT seq FROM sqlite_sequence WHERE name = 'run'")
        return int(row["seq"]) if row else 0

    def _holds_secrets(self) -> bool:
        there = " OR ".join(f"EXISTS (SELECT 1 FROM {table})" for table in SEALED)
        return bool(self._rows(f"SELECT {there} AS yes")[0]["yes"])

    @contextmanager
    def together(self) -> Iterator[Database]:
        """What this thread writes to the desk inside is one transaction: all of it or nothing.
        Inside another one it joins that."""
        joined: Database | None = getattr(self._joined, "db", None)
        if joined is not None:
            yield joined
            return
        with opened(self.path, self.scope) as db, immediate(db):
            self._joined.db = db
            try:
                yield db
            finally:
                del self._joined.db

    def opened(self) -> AbstractContextManager[Database]:
        """`desk.db` as this desk sees it, for one operation."""
        return self._opened()

    @contextmanager
    def _opened(self) -> Iterator[Database]:
        joined: Database | None = getattr(self._joined, "db", None)
        if joined is not None:
            yield joined
            return
        with opened(self.path, self.scope) as db:
            yield db

    def still_there(self, row: ShopRow | StoreRow) -> None:
        """Gone unless this very shop or store exists; call it in the transaction that writes."""
        table = "store" if isinstance(row, StoreRow) else "shop"
        # Both: in a desk.db that was put back the id may be another shop's.
        sql = f"SELECT 1 FROM {table} WHERE id = ? AND slug = ?"
        if not self._rows(sql, [row.id, row.slug]):
            raise Gone(f"{table}_gone", slug=row.slug)

    def _rows(
        self, sql: str, args: Sequence[object] | Mapping[str, object] = ()
    ) -> list[dict[str, Any]]:
        with self._opened() as db:
            return list(db.query(sql, args))

    def _one(self, sql: str, args: Sequence[object] = ()) -> dict[str, Any] | None:
        rows = self._rows(sql, args)
        return rows[0] if rows else None
