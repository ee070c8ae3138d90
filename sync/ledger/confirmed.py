"""What Clerk.io has confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import orjson

from sync.database import Database, immediate, sqlite3
from sync.entities import CHANGEABLE
from sync.ledger.filled import Filled
from sync.ledger.history import History
from sync.ledger.outbox import OutboxRow
from sync.personal import masking

# Revisions of records in doubt that Clerk.io was asked for: one that it does not have goes whole,
# never as a patch; one that it shows with other values is not hidden there.
LOST: Final = -2
SEEN: Final = -3
DEPARTED_KEPT: Final = 200
_DRIFT = ("drift", "departed", "asked", "adopted", "patrol", "patrolled")
_TITLE = (
    "(SELECT ifnull(json_extract(CAST(payload AS TEXT), '$.name'),"
    " json_extract(CAST(payload AS TEXT), '$.title')) FROM ledger_payload p"
    " WHERE p.store = :store AND p.entity = {entity} AND p.source = {source})"
)


def title_in_clerk(entity: str, source: str) -> str:
    """SQL for what a record of the store `:store` is called in Clerk.io; `entity` and `source` are
    SQL for its kind and Lightspeed id. NULL where it is not there, and for orders."""
    return _TITLE.format(entity=entity, source=source)


def shown_title(entity: str, title: str | None) -> str | None:
    """A title for people: of a customer the initials."""
    return masking.title(entity, title)


@dataclass(frozen=True, slots=True)
class Entry:
    """One confirmed record."""

    source: int | str
    key: int | str
    hash: bytes
    rev: int
    mapkey: str
    status: str | None
    hidden: bool
    confirmed: float
    run: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """A record that was sent for the first time; `asked` is what Clerk.io finds it by."""

    source: int | str
    key: int | str
    asked: int | str


class Ledger:
    """One store's ledger over an open connection."""

    def __init__(self, db: Database, store_id: int) -> None:
        self.db = db
        self.conn: sqlite3.Connection = db.conn
        self.store = store_id
        self.history = History(db, store_id)
        self.filled = Filled(db, store_id)

    def version(self) -> int:
        """Moves with every confirmed change."""
        row = self.conn.execute(
            "SELECT n FROM ledger_version WHERE store = ?", [self.store]
        ).fetchone()
        return int(row[0]) if row else 0

    def moved(self) -> None:
        """The ledger's content has changed."""
        self.conn.execute(
            "INSERT INTO ledger_version VALUES (?, 1) ON CONFLICT (store) DO UPDATE SET n = n + 1",
            [self.store],
        )

    def count(self, entity: str) -> int:
        """Records of an entity that Clerk.io shows (hidden ones are not counted)."""
        row = self.conn.execute(
            "SELECT count(*) FROM ledger WHERE store = ? AND entity = ? AND NOT hidden",
            [self.store, entity],
        ).fetchone()
        return int(row[0])

    def counts(self) -> dict[str, int]:
        """The same of every entity that Clerk.io has any of."""
        rows = self.conn.execute(
            "SELECT entity, count(*) FROM ledger WHERE store = ? AND NOT hidden GROUP BY entity",
            [self.store],
        )
        return dict(rows.fetchall())

    def order_id(self) -> str | None:
        """Under which of their ids orders were sent, `number` or `id`; None if none ever was."""
        row = self.conn.execute(
            "SELECT typeof(key) FROM ledger WHERE store = :store AND entity = 'orders' UNION ALL"
            " SELECT typeof(key) FROM attempt WHERE store = :store AND entity = 'orders' LIMIT 1",
            {"store": self.store},
        ).fetchone()
        return None if row is None else ("id" if row[0] == "integer" else "number")

    def size(self, entity: str) -> int:
        """Records of an entity that are in Clerk.io, hidden ones and those in doubt too."""
        row = self.conn.execute(
            "SELECT count(*) FROM ledger WHERE store = ? AND entity = ?", [self.store, entity]
        ).fetchone()
        return int(row[0])

    def entry(self, entity: str, source: int | str) -> Entry | None:
        """The confirmed record, if there is one."""
        row = self.conn.execute(
            "SELECT source, key, hash, rev, mapkey, status, hidden, confirmed, run FROM ledger"
            " WHERE store = ? AND entity = ? AND source = ?",
            [self.store, entity, source],
        ).fetchone()
        if row is None:
            return None
        source, key, digest, rev, mapkey, status, hidden, confirmed, run = row
        return Entry(source, key, digest, rev, mapkey, status, bool(hidden), confirmed, run)

    def hashes(self, entity: str, sources: Sequence[int | str]) -> dict[int | str, bytes]:
        """The confirmed hash of those of the records that Clerk.io shows."""
        marks = ",".join("?" * len(sources))
        rows = self.conn.execute(
            "SELECT source, hash FROM ledger WHERE store = ? AND entity = ? AND NOT hidden"
            f" AND source IN ({marks})",
            [self.store, entity, *sources],
        )
        return dict(rows.fetchall())

    def by_key(self, entity: str, key: int | str) -> int | str | None:
        """The Lightspeed id that was sent under a Clerk.io id."""
        row = self.conn.execute(
            "SELECT source FROM ledger WHERE store = ? AND entity = ? AND key = ?",
            [self.store, entity, key],
        ).fetchone()
        return None if row is None else row[0]

    def payload(self, entity: str, source: int | str) -> bytes | None:
        """The payload that Clerk.io confirmed last."""
        row = self.conn.execute(
            "SELECT payload FROM ledger_payload WHERE store = ? AND entity = ? AND source = ?",
            [self.store, entity, source],
        ).fetchone()
        return None if row is None else bytes(row[0])

    def title(self, entity: str, source: int | str) -> str | None:
        """What a record is called in Clerk.io, of a customer the initials; None for orders, and
        if it is not there."""
        sql = f"SELECT {title_in_clerk(':entity', ':source')}"
        names = {"store": self.store, "entity": entity, "source": source}
        title: str | None = self.conn.execute(sql, names).fetchone()[0]
        return shown_title(entity, title)

    def doubt(self, rows: Sequence[OutboxRow], run: int) -> None:
        """A run is about to send these: until their answer, nobody knows what Clerk.io has of them.
        Their hash is empty meanwhile and fits no payload, so that they are sent again if the
        answer is lost; of those that Clerk.io does not have yet it is noted that it may. The
        caller holds the transaction."""
        self.conn.executemany(
            "INSERT OR REPLACE INTO attempt SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS"
            " (SELECT 1 FROM ledger WHERE store = ?1 AND entity = ?2 AND source = ?3)",
            [
                (self.store, row.entity, row.source, row.key, _asked(row))
                for row in rows
                if row.method == "upsert" and row.entity in CHANGEABLE
            ],
        )
        with self.filled.within(self.filled.hidden_of(rows), run):
            self.conn.executemany(
                f"UPDATE ledger SET hash = x'', rev = iif(rev = {LOST}, {LOST}, -1), hidden = 0"
                " WHERE store = ? AND entity = ? AND source = ?",
                [(self.store, row.entity, row.source) for row in rows],
            )
        self.moved()

    def doubt_all(self) -> None:
        """Nobody knows what Clerk.io has of any record: all of them are sent again."""
        with immediate(self.db):
            self.conn.execute(
                "UPDATE ledger SET hash = x'', rev = -1 WHERE store = ? AND NOT hidden",
                [self.store],
            )
            self.moved()

    def answered(self, records: Iterable[tuple[str, int | str]]) -> None:
        """What Clerk.io has of these (entity, source) is known again, also if it is nothing."""
        self.conn.executemany(
            "DELETE FROM attempt WHERE store = ? AND entity = ? AND source = ?",
            [(self.store, entity, source) for entity, source in records],
        )

    def unanswered(self, entity: str) -> list[Attempt]:
        """Records that were sent for the first time without an answer."""
        sql = "SELECT source, key, asked FROM attempt WHERE store = ? AND entity = ?"
        return [Attempt(*row) for row in self.conn.execute(sql, [self.store, entity])]

    def any_unanswered(self) -> bool:
        """Whether anything of the store was sent for the first time without an answer."""
        sql = "SELECT EXISTS (SELECT 1 FROM attempt WHERE store = ?)"
        return bool(self.conn.execute(sql, [self.store]).fetchone()[0])

    def distrust(self, entity: str, source: int | str, rev: int = -1) -> None:
        """Clerk.io shows a record otherwise than it confirmed (`rev` LOST: not at all, SEEN: not
        hidden): it is in doubt, and the next plan sends it again. The caller holds the
        transaction."""
        with self.filled.within([(entity, source)]):
            self.conn.execute(
                "UPDATE ledger SET hash = x'', rev = ?, hidden = 0"
                " WHERE store = ? AND entity = ? AND source = ?",
                [rev, self.store, entity, source],
            )
        self.moved()

    @contextmanager
    def as_if_lost(self, entities: Iterable[str]) -> Iterator[None]:
        """While this lasts every record of these entities is in doubt, so that a plan sends what
        goes whole; then all is as before. The caller holds the transaction."""
        listed = orjson.dumps(list(entities)).decode()
        mine = "store = ? AND entity IN (SELECT value FROM json_each(?))"
        self.conn.execute(
            # The plan reads the ledger by joins, so it is the ledger that has to look lost; the
            # caller rolls back whatever goes wrong meanwhile.
            "CREATE TEMP TABLE resent AS SELECT entity, source, hash, rev FROM ledger"
            f" WHERE {mine}",
            [self.store, listed],
        )
        self.conn.execute("CREATE INDEX temp.resent_source ON resent (entity, source)")
        self.conn.execute(
            f"UPDATE ledger SET hash = x'', rev = {LOST} WHERE {mine}",
            [self.store, listed],
        )
        yield
        self.conn.execute(
            "UPDATE ledger SET (hash, rev) = (SELECT r.hash, r.rev FROM temp.resent r"
            f" WHERE r.entity = ledger.entity AND r.source = ledger.source) WHERE {mine}",
            [self.store, listed],
        )
        self.conn.execute("DROP TABLE temp.resent")

    def take_over(
        self,
        made: OutboxRow | None,
        entity: str,
        source: int | str,
        key: int | str,
        shown: Mapping[str, Any],
        run: int,
        at: float,
    ) -> None:
        """Clerk.io had this record before us. `made` is what we would send, where that is what is
        there: then it counts as confirmed; else the record is in doubt. The caller holds the
        transaction."""
        with self.filled.within([(entity, source)], run):
            if made is not None:
                self._keep([made], run, at)
            else:
                self.adopt(entity, Attempt(source, key, key), shown, run, at)
                if shown.get("index") is not False:
                    self.distrust(entity, source, SEEN)
                elif entity == "products":
                    self.conn.execute(
                        "UPDATE ledger SET hidden = 1"
                        " WHERE store = ? AND entity = ? AND source = ?",
                        [self.store, entity, source],
                    )
        self.conn.execute(
            "INSERT OR REPLACE INTO adopted VALUES (?, ?, ?)", [self.store, entity, source]
        )
        self.moved()

    def adopt(
        self, entity: str, tried: Attempt, shown: Mapping[str, Any], run: int, at: float
    ) -> None:
        """Clerk.io has `shown` of a record, made by an attempt that was not answered. It is in
        doubt like any other. The caller holds the transaction."""
        names = (self.store, entity, tried.source)
        with self.filled.within([(entity, tried.source)], run):
            self.history.found(entity, tried.source, tried.key, run, at)
            self.conn.execute(
                "INSERT OR REPLACE INTO ledger VALUES (?, ?, ?, ?, x'', -1, '', ?, 0, ?, ?)",
                [*names, tried.key, shown.get("status"), at, run],
            )
            payload = orjson.dumps(shown, option=orjson.OPT_SORT_KEYS)
            self.conn.execute(
                "INSERT OR REPLACE INTO ledger_payload VALUES (?, ?, ?, ?)", [*names, payload]
            )
        self.moved()

    def confirm(self, rows: Sequence[OutboxRow], run: int, at: float) -> None:
        """Note what Clerk.io has just confirmed; the caller holds the transaction."""
        if not rows:
            return
        with self.filled.within(((row.entity, row.source) for row in rows), run):
            self._confirm(rows, run, at)
        self._note_departed([row for row in rows if row.method == "delete"], at)
        self.moved()

    def _confirm(self, rows: Sequence[OutboxRow], run: int, at: float) -> None:
        kept = [row for row in rows if row.method == "upsert"]
        self._keep(kept, run, at)
        self.answered((row.entity, row.source) for row in kept)
        self.conn.executemany(
            "UPDATE drift SET sent = sent + 1 WHERE store = ? AND entity = ? AND source = ?"
            " AND state = 'open'",
            [(self.store, row.entity, row.source) for row in kept],
        )
        for row in rows:
            if row.method == "patch":
                self._patched(row, run, at)
            elif row.method == "hide":
                self._hidden(row, run, at)
            elif row.method == "delete":
                self.forget(row, run, at)

    def _note_departed(self, rows: Sequence[OutboxRow], at: float) -> None:
        """The last deleted ones are kept in mind, to see whether somebody brings them back."""
        if not rows:
            return
        self.conn.executemany(
            "INSERT OR REPLACE INTO departed VALUES (?, ?, ?, ?, ?)",
            [(self.store, row.entity, row.source, row.key, at) for row in rows],
        )
        self.conn.executemany(
            "DELETE FROM drift WHERE store = ? AND entity = ? AND source = ?",
            [(self.store, row.entity, row.source) for row in rows],
        )
        self.conn.execute(
            # All but the newest: the condition names the oldest moment that is kept.
            "DELETE FROM departed WHERE store = ?1 AND entity = ?2 AND at <"
            " (SELECT at FROM departed WHERE store = ?1 AND entity = ?2"
            " ORDER BY at DESC LIMIT 1 OFFSET ?3)",
            [self.store, rows[0].entity, DEPARTED_KEPT],
        )

    def _keep(self, rows: Sequence[OutboxRow], run: int, at: float) -> None:
        self.history.sent(rows, run, at)
        self.conn.executemany(
            "INSERT OR REPLACE INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
            [
                (self.store, r.entity, r.source, r.key, r.hash, r.rev, r.mapkey, r.status, at, run)
                for r in rows
            ],
        )
        self.conn.executemany(
            "INSERT OR REPLACE INTO ledger_payload VALUES (?, ?, ?, ?)",
            [(self.store, r.entity, r.source, r.payload) for r in rows],
        )

    def _patched(self, row: OutboxRow, run: int, at: float) -> None:
        before = self.payload(row.entity, row.source) or b"{}"
        whole = orjson.loads(before)
        # Clerk.io merges a patch into what it has, and so does the ledger.
        whole.update(orjson.loads(row.payload or b"{}"))
        merged = orjson.dumps(dict(sorted(whole.items())))  # what is inside a field stays as it is
        self.history.patched(row, before, merged, run, at)
        record = (self.store, row.entity, row.source)
        self.conn.execute(
            "UPDATE ledger SET hash = ?, rev = ?, mapkey = ?, status = ?, confirmed = ?, run = ?"
            " WHERE store = ? AND entity = ? AND source = ?",
            [row.hash, row.rev, row.mapkey, row.status, at, run, *record],
        )
        self.conn.execute(
            "UPDATE ledger_payload SET payload = ? WHERE store = ? AND entity = ? AND source = ?",
            [merged, *record],
        )

    def _hidden(self, row: OutboxRow, run: int, at: float) -> None:
        self.history.leaves(row, run, at)
        self.conn.execute(
            "UPDATE ledger SET hidden = 1, confirmed = ?, run = ?"
            " WHERE store = ? AND entity = ? AND source = ?",
            [at, run, self.store, row.entity, row.source],
        )

    def forget(self, row: OutboxRow, run: int, at: float) -> None:
        """The record is no longer in Clerk.io."""
        with self.filled.within([(row.entity, row.source)], run):
            self.history.leaves(row, run, at)
            for table in ("ledger", "ledger_payload"):
                self.conn.execute(
                    f"DELETE FROM {table} WHERE store = ? AND entity = ? AND source = ?",
                    [self.store, row.entity, row.source],
                )

    def mark_current(self, entity: str, rows: Iterable[tuple[int | str, int, str]]) -> None:
        """These have the same payload in a newer revision: (source, rev, mapkey). Content does not
        move."""
        self.conn.executemany(
            "UPDATE ledger SET rev = ?, mapkey = ? WHERE store = ? AND entity = ? AND source = ?",
            [(rev, mapkey, self.store, entity, source) for source, rev, mapkey in rows],
        )

    def drop(self) -> None:
        """Forget everything of this store."""
        with immediate(self.db):
            for table in ("ledger", "ledger_payload", "ledger_version", "attempt", *_DRIFT):
                self.conn.execute(f"DELETE FROM {table} WHERE store = ?", [self.store])
            self.history.drop()
            self.filled.drop()


def _asked(row: OutboxRow) -> int | str:
    """Clerk.io finds customers by e-mail address and everything else by its id."""
    if row.entity != "customers":
        return row.key
    asked: int | str = orjson.loads(row.payload or b"{}").get("email", row.key)
    return asked
