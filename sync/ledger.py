"""What Clerk.io has confirmed, and the journal of runs: phases, work, outcomes, books, calls.

It lives in the shop's own file, so that a batch with its ledger rows and outcomes, or a page with
its cursor, is one transaction.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson
from sqlite_utils import Database, Migrations

from sync.database import immediate, migrate, opened, script
from sync.vault import redact

ENTITIES = ("products", "categories", "orders", "customers", "pages")
OUTCOMES = ("created", "updated", "unchanged", "skipped", "failed")
_CONFIRMED = {"create": "created", "update": "updated", "remove": "removed"}

migrations = Migrations("ledger")


@migrations(name="001_ledger")
def _ledger(db: Database) -> None:
    script(
        db,
        """
CREATE TABLE ledger (
  store INTEGER NOT NULL, entity TEXT NOT NULL, source ANY NOT NULL, key ANY NOT NULL,
  hash BLOB NOT NULL, rev INTEGER NOT NULL, mapkey TEXT NOT NULL, status TEXT,
  hidden INTEGER NOT NULL DEFAULT 0, confirmed REAL NOT NULL, run INTEGER NOT NULL,
  PRIMARY KEY (store, entity, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_payload (
  store INTEGER NOT NULL, entity TEXT NOT NULL, source ANY NOT NULL, payload BLOB NOT NULL,
  PRIMARY KEY (store, entity, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_version (store INTEGER PRIMARY KEY, n INTEGER NOT NULL) STRICT;
CREATE TABLE run_phase (
  run INTEGER NOT NULL, phase TEXT NOT NULL, cursor TEXT NOT NULL,
  done INTEGER NOT NULL CHECK (done IN (0, 1)), PRIMARY KEY (run, phase)
) STRICT, WITHOUT ROWID;
CREATE TABLE work (
  run INTEGER NOT NULL, n INTEGER NOT NULL, entity TEXT NOT NULL, source ANY NOT NULL,
  key ANY NOT NULL, action TEXT NOT NULL CHECK (action IN ('create', 'update', 'remove')),
  method TEXT NOT NULL CHECK (method IN ('upsert', 'patch', 'replace', 'hide', 'delete')),
  payload BLOB, hash BLOB, rev INTEGER NOT NULL, mapkey TEXT NOT NULL, status TEXT,
  reasons TEXT NOT NULL, PRIMARY KEY (run, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE outcome (
  run INTEGER NOT NULL, entity TEXT NOT NULL, source ANY NOT NULL, key ANY NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('created', 'updated', 'removed', 'skipped', 'failed')),
  reasons TEXT NOT NULL, message TEXT, link TEXT, at REAL NOT NULL
) STRICT;
CREATE INDEX outcome_run ON outcome (run, entity, outcome);
CREATE INDEX outcome_record ON outcome (entity, source);
CREATE TABLE book (
  run INTEGER NOT NULL, entity TEXT NOT NULL, name TEXT NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY (run, entity, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE note (
  run INTEGER NOT NULL, entity TEXT NOT NULL, source ANY, message TEXT NOT NULL, link TEXT,
  at REAL NOT NULL
) STRICT;
CREATE INDEX note_run ON note (run);
CREATE TABLE run_call (
  run INTEGER NOT NULL, side TEXT NOT NULL, segment TEXT NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY (run, side, segment)
) STRICT, WITHOUT ROWID;
CREATE TABLE hold_list (
  run INTEGER NOT NULL, entity TEXT NOT NULL, source ANY NOT NULL, key ANY NOT NULL,
  reasons TEXT NOT NULL, PRIMARY KEY (run, entity, source)
) STRICT, WITHOUT ROWID
""",
    )


@migrations(name="002_titles")
def _titles(db: Database) -> None:
    script(db, "ALTER TABLE outcome ADD COLUMN title TEXT")


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
    """A title for people: a customer's name may be an e-mail address."""
    return redact(title) if title and entity == "customers" else title


def migrate_ledger(path: Path) -> None:
    """Create or update the ledger's tables in a shop's file."""
    migrate(path, migrations)


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
class Work:
    """One thing a run has still to send. `payload` are the bytes that go out."""

    n: int
    entity: str
    source: int | str
    key: int | str
    action: str
    method: str
    payload: bytes | None
    hash: bytes | None
    rev: int
    mapkey: str
    status: str | None
    reasons: tuple[str, ...]


class Ledger:
    """One store's ledger over an open connection."""

    def __init__(self, db: Database, store_id: int) -> None:
        self.db = db
        self.conn: sqlite3.Connection = db.conn
        self.store = store_id

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
            "SELECT source, hash FROM ledger WHERE store = ? AND entity = ? AND NOT hidden"  # noqa: S608
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
        """What a record is called in Clerk.io, without an e-mail address; None for orders, and if
        it is not there."""
        sql = f"SELECT {title_in_clerk(':entity', ':source')}"
        names = {"store": self.store, "entity": entity, "source": source}
        title: str | None = self.conn.execute(sql, names).fetchone()[0]
        return shown_title(entity, title)

    def doubt(self, work: Sequence[Work]) -> None:
        """These are about to be sent: until their answer, nobody knows what Clerk.io has of them.
        Their hash is empty meanwhile and fits no payload, so that they are sent again if the
        answer is lost. The caller holds the transaction."""
        self.conn.executemany(
            "UPDATE ledger SET hash = x'', rev = -1, hidden = 0"
            " WHERE store = ? AND entity = ? AND source = ?",
            [(self.store, row.entity, row.source) for row in work],
        )
        self.moved()

    def confirm(self, work: Sequence[Work], run: int, at: float) -> None:
        """Note what Clerk.io has just confirmed; the caller holds the transaction."""
        if not work:
            return
        self._keep([row for row in work if row.method == "upsert"], run, at)
        for row in work:
            if row.method == "patch":
                self._patched(row, run, at)
            elif row.method == "hide":
                self._hidden(row, run, at)
            elif row.method == "delete":
                self.forget(row.entity, row.source)
        self.moved()

    def _keep(self, rows: Sequence[Work], run: int, at: float) -> None:
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

    def _patched(self, row: Work, run: int, at: float) -> None:
        whole = orjson.loads(self.payload(row.entity, row.source) or b"{}")
        whole.update(orjson.loads(row.payload or b"{}"))
        record = (self.store, row.entity, row.source)
        self.conn.execute(
            "UPDATE ledger SET hash = ?, rev = ?, mapkey = ?, status = ?, confirmed = ?, run = ?"
            " WHERE store = ? AND entity = ? AND source = ?",
            [row.hash, row.rev, row.mapkey, row.status, at, run, *record],
        )
        self.conn.execute(
            "UPDATE ledger_payload SET payload = ? WHERE store = ? AND entity = ? AND source = ?",
            [orjson.dumps(whole, option=orjson.OPT_SORT_KEYS), *record],
        )

    def _hidden(self, row: Work, run: int, at: float) -> None:
        self.conn.execute(
            "UPDATE ledger SET hidden = 1, confirmed = ?, run = ?"
            " WHERE store = ? AND entity = ? AND source = ?",
            [at, run, self.store, row.entity, row.source],
        )

    def forget(self, entity: str, source: int | str) -> None:
        """The record is no longer in Clerk.io."""
        for table in ("ledger", "ledger_payload"):
            self.conn.execute(
                f"DELETE FROM {table} WHERE store = ? AND entity = ? AND source = ?",  # noqa: S608
                [self.store, entity, source],
            )

    def touch(self, entity: str, rows: Iterable[tuple[int | str, int, str]]) -> None:
        """Same payload from a newer revision: (source, rev, mapkey). Content does not move."""
        self.conn.executemany(
            "UPDATE ledger SET rev = ?, mapkey = ? WHERE store = ? AND entity = ? AND source = ?",
            [(rev, mapkey, self.store, entity, source) for source, rev, mapkey in rows],
        )

    def drop(self) -> None:
        """Forget everything of this store."""
        with immediate(self.db):
            for table in ("ledger", "ledger_payload", "ledger_version"):
                self.conn.execute(f"DELETE FROM {table} WHERE store = ?", [self.store])  # noqa: S608


class Journal:
    """What one run has done so far, over an open connection."""

    def __init__(self, db: Database, run: int) -> None:
        self.db = db
        self.conn: sqlite3.Connection = db.conn
        self.run = run

    # -- phases -----------------------------------------------------------------------------

    def done(self, phase: str) -> bool:
        """Whether the run has this phase behind it."""
        row = self.conn.execute(
            "SELECT done FROM run_phase WHERE run = ? AND phase = ?", [self.run, phase]
        ).fetchone()
        return bool(row and row[0])

    def cursor(self, phase: str) -> dict[str, Any]:
        """Where the run stands in a phase; empty at its start."""
        row = self.conn.execute(
            "SELECT cursor FROM run_phase WHERE run = ? AND phase = ?", [self.run, phase]
        ).fetchone()
        return orjson.loads(row[0]) if row else {}

    def move(self, phase: str, cursor: Mapping[str, Any], *, done: bool = False) -> None:
        """Set the cursor of a phase, in the caller's transaction with what it covers."""
        self.conn.execute(
            "INSERT INTO run_phase VALUES (?, ?, ?, ?) ON CONFLICT (run, phase)"
            " DO UPDATE SET cursor = excluded.cursor, done = excluded.done",
            [self.run, phase, orjson.dumps(dict(cursor)).decode(), int(done)],
        )

    def open_list(self) -> tuple[str, dict[str, Any]] | None:
        """Name and cursor of the list whose pages are being read, if one is."""
        row = self.conn.execute(
            "SELECT phase, cursor FROM run_phase WHERE run = ? AND NOT done"
            " AND json_extract(cursor, '$.page') IS NOT NULL"
            " AND json_extract(cursor, '$.ended') IS NULL LIMIT 1",
            [self.run],
        ).fetchone()
        return None if row is None else (row[0], orjson.loads(row[1]))

    def mark(self) -> str:
        """Where the run stands in all: moves whenever it gets on."""
        row = self.conn.execute(
            "SELECT (SELECT group_concat(phase || cursor || done) FROM run_phase WHERE run = :run),"
            " (SELECT count(*) FROM work WHERE run = :run),"
            " (SELECT count(*) FROM outcome WHERE run = :run)",
            {"run": self.run},
        ).fetchone()
        return blake2b(repr(row).encode(), digest_size=8).hexdigest()

    def forget_phases(self, *phases: str) -> None:
        """Let the run do these phases anew."""
        self.conn.executemany(
            "DELETE FROM run_phase WHERE run = ? AND phase = ?", [(self.run, p) for p in phases]
        )

    # -- work -------------------------------------------------------------------------------

    def clear_plan(self) -> None:
        """Forget work and books of an earlier plan of this run."""
        for table in ("work", "book", "hold_list"):
            self.conn.execute(f"DELETE FROM {table} WHERE run = ?", [self.run])  # noqa: S608

    def add_work(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Queue work rows (n, entity, source, key, action, method, payload, hash, rev, mapkey,
        status, reasons joined by commas)."""
        self.conn.executemany(
            f"INSERT INTO work VALUES ({self.run}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            rows,
        )

    def next_work(
        self, entity: str, methods: Sequence[str], limit: int, after: int = -1
    ) -> list[Work]:
        """The next pieces of work for an entity, in plan order."""
        marks = ",".join("?" * len(methods))
        rows = self.conn.execute(
            "SELECT n, entity, source, key, action, method, payload, hash, rev, mapkey, status,"  # noqa: S608
            f" reasons FROM work WHERE run = ? AND n > ? AND entity = ? AND method IN ({marks})"
            " ORDER BY n LIMIT ?",
            [self.run, after, entity, *methods, limit],
        )
        return [_work(row) for row in rows]

    def close_work(self, work: Iterable[Work]) -> None:
        """These pieces are dealt with."""
        self.conn.executemany(
            "DELETE FROM work WHERE run = ? AND n = ?", [(self.run, row.n) for row in work]
        )

    def replaced(self, work: Iterable[Work]) -> None:
        """These were deleted to be created anew: an upsert is left of them."""
        self.conn.executemany(
            "UPDATE work SET method = 'upsert' WHERE run = ? AND n = ?",
            [(self.run, row.n) for row in work],
        )

    def last_work(self) -> int:
        """The highest number of work there is, -1 for none."""
        row = self.conn.execute("SELECT max(n) FROM work WHERE run = ?", [self.run]).fetchone()
        return -1 if row[0] is None else int(row[0])

    def work_left(self) -> int:
        """How many pieces are still to be sent."""
        row = self.conn.execute("SELECT count(*) FROM work WHERE run = ?", [self.run]).fetchone()
        return int(row[0])

    # -- outcomes and books -----------------------------------------------------------------

    def record(
        self,
        entity: str,
        source: int | str,
        key: int | str,
        outcome: str,
        at: float,
        *,
        reasons: Sequence[str] = (),
        message: str | None = None,
        link: str | None = None,
        title: str | None = None,
    ) -> None:
        """Note one record's outcome and count it in the books. `title` is for one that leaves:
        soon nothing else will know it."""
        joined = ",".join(reasons)
        self.conn.execute(
            "INSERT INTO outcome VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [self.run, entity, source, key, outcome, joined, message, link, at, title],
        )
        self.count(entity, outcome, 1)

    def delivered(
        self, work: Sequence[Work], at: float, titles: Mapping[int | str, str | None]
    ) -> None:
        """Note what became of work that Clerk.io confirmed, count it in the books and close it.
        `titles` are those of records that leave."""
        outcomes = [_CONFIRMED[row.action] for row in work]
        rows = [
            (
                row.entity,
                row.source,
                row.key,
                outcome,
                ",".join(row.reasons),
                titles.get(row.source),
            )
            for row, outcome in zip(work, outcomes, strict=True)
        ]
        self.conn.executemany(
            f"INSERT INTO outcome VALUES ({self.run}, ?, ?, ?, ?, ?, NULL, NULL, {at!r}, ?)",  # noqa: S608
            rows,
        )
        booked = Counter(zip((row.entity for row in work), outcomes, strict=True))
        for (entity, outcome), n in booked.items():
            self.count(entity, outcome, n)
        self.close_work(work)

    def count(self, entity: str, name: str, n: int) -> None:
        """Add to one number of the books; reasons are named `reason:<code>`."""
        self.conn.execute(
            "INSERT INTO book VALUES (?, ?, ?, ?) ON CONFLICT (run, entity, name)"
            " DO UPDATE SET n = n + excluded.n",
            [self.run, entity, name, n],
        )

    def books(self) -> dict[str, dict[str, Any]]:
        """The books by entity: read, the outcomes, removed, reasons."""
        books: dict[str, dict[str, Any]] = {}
        for entity, name, n in self.conn.execute(
            "SELECT entity, name, n FROM book WHERE run = ? ORDER BY entity, name", [self.run]
        ):
            book = books.setdefault(
                entity, {"read": 0, **dict.fromkeys(OUTCOMES, 0), "removed": 0, "reasons": {}}
            )
            if name.startswith("reason:"):
                if n:
                    book["reasons"][name.removeprefix("reason:")] = n
            elif not name.startswith("planned:"):
                book[name] = n
        return {entity: books[entity] for entity in ENTITIES if entity in books}

    def planned(self) -> dict[str, dict[str, int]]:
        """What the plan was to send by entity: create, update, remove, and lines for orders whose
        lines were missing. Empty before there is a plan."""
        planned: dict[str, dict[str, int]] = {}
        for entity, name, n in self.conn.execute(
            "SELECT entity, substr(name, 9), n FROM book WHERE run = ? AND name LIKE 'planned:%'",
            [self.run],
        ):
            planned.setdefault(entity, {})[name] = n
        return {entity: planned[entity] for entity in ENTITIES if entity in planned}

    def outcomes(self, outcome: str | None = None) -> Iterator[dict[str, Any]]:
        """Outcomes of single records, in the order they happened."""
        for row in self.conn.execute(
            "SELECT entity, source, key, outcome, reasons, message, link, at FROM outcome"
            " WHERE run = ? AND outcome = ifnull(?, outcome) ORDER BY rowid",
            [self.run, outcome],
        ):
            names = ("entity", "id", "key", "outcome", "reasons", "message", "link", "at")
            yield {**dict(zip(names, row, strict=True)), "reasons": list(split_reasons(row[4]))}

    def last_at(self) -> float | None:
        """When the shop's last outcome was noted, if it is this run's (unix s)."""
        last = "SELECT run, at FROM outcome ORDER BY rowid DESC LIMIT 1"
        row = self.conn.execute(last).fetchone()
        return row[1] if row and row[0] == self.run else None

    def sample(self, entity: str, size: int) -> list[int | str]:
        """Keys of some records that this run created or updated, spread over all of them."""
        rows = self.conn.execute(
            "SELECT key FROM outcome WHERE run = ? AND entity = ?"
            " AND outcome IN ('created', 'updated') ORDER BY (rowid * 2654435761) % 4294967296"
            " LIMIT ?",
            [self.run, entity, size],
        )
        return [row[0] for row in rows]

    # -- notes, calls, holds ----------------------------------------------------------------

    def note(
        self,
        message: str,
        at: float,
        *,
        entity: str = "",
        source: int | str | None = None,
        link: str | None = None,
    ) -> None:
        """Note an error that is not the outcome of one delivered record."""
        self.conn.execute(
            "INSERT INTO note VALUES (?, ?, ?, ?, ?, ?)",
            [self.run, entity, source, message, link, at],
        )

    def noted(self) -> bool:
        """Whether anything was noted: a read was incomplete, a removal failed."""
        row = self.conn.execute(
            "SELECT EXISTS (SELECT 1 FROM note WHERE run = ?)", [self.run]
        ).fetchone()
        return bool(row[0])

    def errors(self) -> list[dict[str, Any]]:
        """Errors grouped by message, most frequent first, each with a sample and a link."""
        rows = self.conn.execute(
            "SELECT message, count(*) AS n, min(sample), max(link) FROM ("
            " SELECT message, entity || ' ' || key AS sample, link FROM outcome"
            "  WHERE run = :run AND outcome = 'failed'"
            " UNION ALL"
            " SELECT message, trim(entity || ' ' || ifnull(source, '')), link FROM note"
            "  WHERE run = :run"
            ") GROUP BY message ORDER BY n DESC, message",
            {"run": self.run},
        )
        return [
            {"message": row[0], "count": row[1], "sample": row[2] or None, "link": row[3]}
            for row in rows
        ]

    def add_calls(self, side: str, calls: Counter[str]) -> None:
        """Count API calls of one side by their first path segment."""
        self.conn.executemany(
            "INSERT INTO run_call VALUES (?, ?, ?, ?) ON CONFLICT (run, side, segment)"
            " DO UPDATE SET n = n + excluded.n",
            [(self.run, side, segment, n) for segment, n in calls.items() if n],
        )

    def calls(self) -> dict[str, dict[str, int]]:
        """Calls of both sides: total and by segment."""
        found: dict[str, dict[str, int]] = {"lightspeed": {"total": 0}, "clerk": {"total": 0}}
        for side, segment, n in self.conn.execute(
            "SELECT side, segment, n FROM run_call WHERE run = ? ORDER BY side, segment", [self.run]
        ):
            found[side][segment] = n
            found[side]["total"] += n
        return found

    def add_holds(self, rows: Iterable[tuple[str, int | str, int | str, str]]) -> None:
        """List what a held run would remove: (entity, source, key, reasons)."""
        self.conn.executemany(
            f"INSERT OR REPLACE INTO hold_list VALUES ({self.run}, ?, ?, ?, ?)",  # noqa: S608
            rows,
        )

    def held(self) -> dict[str, set[int | str]]:
        """What a held run listed for removal: Lightspeed ids by entity."""
        found: dict[str, set[int | str]] = {}
        for entity, source in self.conn.execute(
            "SELECT entity, source FROM hold_list WHERE run = ?", [self.run]
        ):
            found.setdefault(entity, set()).add(source)
        return found

    def forget(self) -> None:
        """Drop everything of this run but outcomes, books, notes and calls."""
        for table in ("run_phase", "work", "hold_list"):
            self.conn.execute(f"DELETE FROM {table} WHERE run = ?", [self.run])  # noqa: S608


def forget_outcomes(path: Path, runs: Sequence[int]) -> None:
    """Forget the records of these ended runs, and what a full disk may have left of their work;
    their books stay. One transaction a run."""
    with opened(path) as db:
        for run in runs:
            with immediate(db) as conn:
                conn.execute("DELETE FROM outcome WHERE run = ?", [run])
                Journal(db, run).forget()


def balanced(books: Mapping[str, Mapping[str, Any]]) -> bool:
    """read = created + updated + unchanged + skipped + failed, for each entity."""
    return all(book["read"] == sum(book[name] for name in OUTCOMES) for book in books.values())


def _work(row: Sequence[Any]) -> Work:
    values: Any = (*row[:-1], split_reasons(row[-1]))
    return Work(*values)


def split_reasons(reasons: str) -> tuple[str, ...]:
    """Reason codes as outcomes keep them, joined by commas."""
    return tuple(reasons.split(",")) if reasons else ()
