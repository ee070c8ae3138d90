"""One mirror file: its facts, its versions, the rows that wait for their owners."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import orjson

from sync.database import Database, immediate, sqlite3
from sync.forgotten import NOBODY, Forgotten
from sync.mirror import facts
from sync.mirror.facts import Fact
from sync.mirror.records import rows_sql, teach

T = TypeVar("T")


class OrderStatus(NamedTuple):
    """A status with a custom one (or none), and how many orders have both."""

    status: str
    custom: int | None
    orders: int


class MirrorFile:
    """An open mirror, and the small facts it notes. A pass over a list has an id (`pass_id`): the
    columns `seen` say which pass met a row last. Who is `forgotten` is not stored."""

    def __init__(
        self,
        db: Database,
        now: Callable[[], float] = time.time,
        forgotten: Forgotten = NOBODY,
    ) -> None:
        self.db = db
        self.now = now
        self.forgotten = forgotten
        self.conn: sqlite3.Connection = db.conn
        self._statuses: tuple[tuple[int, int], list[OrderStatus]] | None = None
        teach(self.conn)

    def fact(self, fact: Fact[T]) -> T:
        """What is noted of a fact."""
        row = self.conn.execute("SELECT value FROM meta WHERE key = ?", [fact.key]).fetchone()
        if row is None:
            return fact.missing
        value: T = orjson.loads(row[0])
        return value

    def note(self, fact: Fact[T], value: T) -> None:
        """Note a fact. Where payloads are made with it and it is another one, its scope moves."""
        if not fact.scope:
            self._note(fact, value)
            return
        with immediate(self.db):
            if self.fact(fact) != value:
                self._note(fact, value)
                self.moved(fact.scope)

    def _note(self, fact: Fact[T], value: T) -> None:
        self.conn.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            [fact.key, orjson.dumps(value).decode()],
        )

    def next_seq(self) -> int:
        """The next number of the shop's own clock, by which rows say when they changed."""
        with immediate(self.db):
            seq = self.fact(facts.SEQ) + 1
            self.note(facts.SEQ, seq)
        return seq

    def versions(self, scopes: Iterable[str]) -> list[int]:
        """Content versions of the scopes: they move only when content does."""
        return [self.fact(facts.version(scope)) for scope in scopes]

    def moved(self, *scopes: str) -> None:
        """Content of the scopes has changed."""
        for scope in scopes:
            version = facts.version(scope)
            self.note(version, self.fact(version) + 1)

    def ever_read(self, entity: str) -> bool:
        """Whether an entity was ever read, in any language."""
        # The key of a language is the key of none with the language behind it.
        sql = "SELECT EXISTS (SELECT 1 FROM meta WHERE key LIKE ? || '%')"
        return self.number(sql, facts.was_read(entity, "").key) > 0

    def mark(self) -> int:
        """A number that grows with changed content and with every order whose lines have come."""
        return self.number(
            # Lines that come move no version (a plan knows them pending), so they are counted
            # beside them.
            "SELECT (SELECT count(*) FROM orders WHERE items IS NOT NULL)"
            " + (SELECT ifnull(sum(value), 0) FROM meta WHERE key LIKE ? || '%')",
            facts.version("").key,
        )

    def count_unknown(self, kind: str, names: Mapping[str, int]) -> None:
        """Count field names that the facts do not describe."""
        self.conn.executemany(
            "INSERT INTO unknown_field VALUES (?, ?, ?)"
            " ON CONFLICT (kind, name) DO UPDATE SET n = n + excluded.n",
            [(kind, name, n) for name, n in names.items()],
        )

    def number(self, sql: str, *args: object) -> int:
        """The single number a query gives."""
        row = self.conn.execute(sql, args).fetchone()
        return int(row[0] or 0)

    def order_statuses(self) -> list[OrderStatus]:
        """Each pair of Lightspeed's statuses that orders have. Counted once as long as the file
        does not change."""
        state = (self.number("PRAGMA data_version"), self.conn.total_changes)
        if self._statuses is None or self._statuses[0] != state:
            sql = "SELECT status, custom_status, count(*) FROM orders GROUP BY 1, 2 ORDER BY 1, 2"
            self._statuses = (state, [OrderStatus(*row) for row in self.conn.execute(sql)])
        return self._statuses[1]

    def holds(self, entity: str, lang: str) -> bool:
        """Whether there is any record of a kind, in that language if it has one."""
        sql = f"SELECT EXISTS (SELECT 1 FROM {rows_sql(entity)})"
        return bool(self.conn.execute(sql, {"lang": lang}).fetchone()[0])

    def languages(self) -> list[str]:
        """Languages that have a catalogue here."""
        rows = self.conn.execute("SELECT DISTINCT lang FROM product ORDER BY lang")
        return [row[0] for row in rows]

    def stage(self, kind: str, rows: Iterable[tuple[int, int, Any]], pass_id: int) -> None:
        """Keep raw rows (id, owner, row) of a list until their owners come."""
        self.conn.executemany(
            "INSERT OR REPLACE INTO staging VALUES (?, ?, ?, ?, ?)",
            [(kind, row_id, owner, orjson.dumps(row), pass_id) for row_id, owner, row in rows],
        )

    def unstage(self, kind: str, pass_id: int) -> None:
        """Forget staged rows that the pass did not meet."""
        self.conn.execute("DELETE FROM staging WHERE kind = ? AND seen <> ?", [kind, pass_id])

    def unstage_of(self, kind: str, owner: int) -> None:
        """Forget the staged rows of an owner."""
        self.conn.execute("DELETE FROM staging WHERE kind = ? AND owner = ?", [kind, owner])

    def staged(self, kind: str, owners: Sequence[int]) -> dict[int, list[Any]]:
        """Staged rows by owner."""
        marks = ",".join("?" * len(owners))
        sql = f"SELECT owner, raw FROM staging WHERE kind = ? AND owner IN ({marks}) ORDER BY id"
        by_owner: dict[int, list[Any]] = {}
        for owner, raw in self.conn.execute(sql, [kind, *owners]):
            by_owner.setdefault(owner, []).append(orjson.loads(raw))
        return by_owner

    def stream(self, sql: str, *args: object) -> Iterator[Any]:
        """Rows of a query on a cursor of its own."""
        return iter(self.conn.execute(sql, args))
