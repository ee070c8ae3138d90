"""The journal of a run: phases, outbox, outcomes, books, calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

from sync.database import Database, immediate, opened, sqlite3
from sync.entities import ENTITIES
from sync.errors import Message
from sync.ledger.filled import forget_filled
from sync.ledger.outbox import OutboxRow, split_reasons
from sync.ledger.outcomes import OUTCOMES, Outcome

_CONFIRMED = {
    "create": Outcome.CREATED,
    "update": Outcome.UPDATED,
    "remove": Outcome.REMOVED,
}


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
            # Cursors, rows to send and outcomes: whatever a run does moves one of them.
            "SELECT (SELECT group_concat(phase || cursor || done) FROM run_phase WHERE run = :run),"
            " (SELECT count(*) FROM work WHERE run = :run),"
            " (SELECT count(*) FROM outcome WHERE run = :run)",
            {"run": self.run},
        ).fetchone()
        return blake2b(repr(row).encode(), digest_size=8).hexdigest()

    # -- outbox -----------------------------------------------------------------------------

    def clear_plan(self) -> None:
        """Forget outbox and books of an earlier plan of this run."""
        for table in ("work", "book", "hold_list"):
            self.conn.execute(f"DELETE FROM {table} WHERE run = ?", [self.run])

    def add_rows(self, rows: Iterable[OutboxRow]) -> None:
        """Put these into the outbox."""
        self.conn.executemany(
            f"INSERT INTO work VALUES ({self.run}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (row.columns() for row in rows),
        )

    def next_rows(
        self, entity: str, methods: Sequence[str], limit: int, after: int = -1
    ) -> list[OutboxRow]:
        """The next rows of an entity, in plan order."""
        marks = ",".join("?" * len(methods))
        rows = self.conn.execute(
            "SELECT n, entity, source, key, action, method, payload, hash, rev, mapkey, status,"
            f" reasons FROM work WHERE run = ? AND n > ? AND entity = ? AND method IN ({marks})"
            " ORDER BY n LIMIT ?",
            [self.run, after, entity, *methods, limit],
        )
        return [OutboxRow.of(row) for row in rows]

    def has_rows(self, kinds: Iterable[tuple[str, Sequence[str]]]) -> bool:
        """Whether anything of these entities and methods is still to be sent."""
        return any(self.next_rows(entity, methods, 1) for entity, methods in kinds)

    def close_rows(self, rows: Iterable[OutboxRow]) -> None:
        """These are dealt with."""
        self.conn.execute(
            "DELETE FROM work WHERE run = ? AND n IN (SELECT value FROM json_each(?))",
            [self.run, orjson.dumps([row.n for row in rows]).decode()],
        )

    def replaced(self, rows: Iterable[OutboxRow]) -> None:
        """These were deleted to be created anew: an upsert is left of them."""
        self.conn.executemany(
            "UPDATE work SET method = 'upsert' WHERE run = ? AND n = ?",
            [(self.run, row.n) for row in rows],
        )

    def last_row(self) -> int:
        """The highest number in the outbox, -1 for none."""
        row = self.conn.execute("SELECT max(n) FROM work WHERE run = ?", [self.run]).fetchone()
        return -1 if row[0] is None else int(row[0])

    def unsent(self) -> int:
        """How many rows are still to be sent."""
        row = self.conn.execute("SELECT count(*) FROM work WHERE run = ?", [self.run]).fetchone()
        return int(row[0])

    # -- outcomes and books -----------------------------------------------------------------

    def record(
        self,
        entity: str,
        source: int | str,
        key: int | str,
        outcome: Outcome,
        at: float,
        *,
        reasons: Sequence[str] = (),
        message: Message | None = None,
        link: str | None = None,
        title: str | None = None,
    ) -> None:
        """Note one record's outcome and count it in the books. `title` is for one that leaves:
        soon nothing else will know it."""
        joined = ",".join(reasons)
        self.conn.execute(
            "INSERT INTO outcome VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                self.run,
                entity,
                source,
                key,
                outcome,
                joined,
                message and message.text(),
                link,
                at,
                title,
                message and message.written(),
            ],
        )
        self.count(entity, outcome, 1)

    def delivered(
        self, rows: Sequence[OutboxRow], at: float, titles: Mapping[int | str, str | None]
    ) -> None:
        """Note what became of rows that Clerk.io confirmed, count it in the books and close them.
        `titles` are those of records that leave."""
        outcomes = [_CONFIRMED[row.action] for row in rows]
        columns = [
            (
                row.entity,
                row.source,
                row.key,
                outcome.value,
                ",".join(row.reasons),
                titles.get(row.source),
            )
            for row, outcome in zip(rows, outcomes, strict=True)
        ]
        self.conn.executemany(
            f"INSERT INTO outcome VALUES ({self.run}, ?, ?, ?, ?, ?, NULL, NULL, {at!r}, ?, NULL)",
            columns,
        )
        booked = Counter(zip((row.entity for row in rows), outcomes, strict=True))
        for (entity, outcome), n in booked.items():
            self.count(entity, outcome, n)
        self.close_rows(rows)

    def count(self, entity: str, name: str, n: int) -> None:
        """Add to one number of the books; reasons are named `reason:<code>`."""
        self.conn.execute(
            "INSERT INTO book VALUES (?, ?, ?, ?) ON CONFLICT (run, entity, name)"
            " DO UPDATE SET n = n + excluded.n",
            [self.run, entity, name, n],
        )

    def books(self) -> dict[str, dict[str, Any]]:
        """The books by entity: read, the outcomes, not_sent, removed, reasons. `not_sent` counts
        what is still to be created or updated."""
        books: dict[str, dict[str, Any]] = {}
        for entity, name, n in self.conn.execute(
            "SELECT entity, name, n FROM book WHERE run = ? ORDER BY entity, name", [self.run]
        ):
            counted = dict.fromkeys(("read", *OUTCOMES, "not_sent", "removed"), 0)
            book = books.setdefault(entity, {**counted, "reasons": {}})
            if name.startswith("reason:"):
                if n:
                    book["reasons"][name.removeprefix("reason:")] = n
            elif not name.startswith(("planned:", "scan:")):
                book[name] = n
        for entity, n in self._to_send():
            if entity in books:
                books[entity]["not_sent"] += n
        return {entity: books[entity] for entity in ENTITIES if entity in books}

    def _to_send(self) -> list[tuple[str, int]]:
        """How many records of each entity wait to be created or updated; what is to be removed
        counts as skipped or is gone."""
        return self.conn.execute(
            "SELECT entity, count(*) FROM work WHERE run = ? AND action != 'remove'"
            " GROUP BY entity",
            [self.run],
        ).fetchall()

    def planned(self) -> dict[str, dict[str, int]]:
        """What the plan was to send by entity: create, update, remove, and lines for orders whose
        lines were missing; `unusable` where rows failed without being planned. Empty before there
        is a plan."""
        planned: dict[str, dict[str, int]] = {}
        for entity, name, n in self.conn.execute(
            "SELECT entity, substr(name, 9), n FROM book WHERE run = ? AND name LIKE 'planned:%'",
            [self.run],
        ):
            planned.setdefault(entity, {})[name] = n
        return {entity: planned[entity] for entity in ENTITIES if entity in planned}

    def count_scanned(self, entity: str, **numbers: int) -> None:
        """Add to what was looked through for addresses before it left: payloads, found, known,
        other."""
        for name, n in numbers.items():
            if n:
                self.count(entity, f"scan:{name}", n)

    def scanned(self) -> dict[str, int]:
        """What was looked through for addresses, over all entities; empty if nothing was."""
        numbers = dict(
            self.conn.execute(
                "SELECT substr(name, 6), sum(n) FROM book WHERE run = ? AND name LIKE 'scan:%'"
                " GROUP BY name",
                [self.run],
            ).fetchall()
        )
        return {"payloads": 0, "found": 0, "known": 0, "other": 0} | numbers if numbers else {}

    def outcomes(self, outcome: Outcome | None = None) -> Iterator[dict[str, Any]]:
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
        # By rowid: outcomes have no index by time, and the newest is the last one.
        last = "SELECT run, at FROM outcome ORDER BY rowid DESC LIMIT 1"
        row = self.conn.execute(last).fetchone()
        return row[1] if row and row[0] == self.run else None

    def sample(self, entity: str, size: int) -> list[int | str]:
        """Some records that this run created or updated, spread over all of them."""
        rows = self.conn.execute(
            # Knuth's multiplicative hash of the row number: spread, and the same again after a
            # kill.
            "SELECT source FROM outcome WHERE run = ? AND entity = ?"
            " AND outcome IN ('created', 'updated') ORDER BY (rowid * 2654435761) % 4294967296"
            " LIMIT ?",
            [self.run, entity, size],
        )
        return [row[0] for row in rows]

    # -- notes, calls, holds ----------------------------------------------------------------

    def note(
        self,
        message: Message,
        at: float,
        *,
        entity: str = "",
        source: int | str | None = None,
        link: str | None = None,
    ) -> None:
        """Note an error that is not the outcome of one delivered record."""
        self.conn.execute(
            "INSERT INTO note VALUES (?, ?, ?, ?, ?, ?, ?)",
            [self.run, entity, source, message.text(), link, at, message.written()],
        )

    def noted(self) -> bool:
        """Whether anything was noted: a read was incomplete, a removal failed."""
        row = self.conn.execute(
            "SELECT EXISTS (SELECT 1 FROM note WHERE run = ?)", [self.run]
        ).fetchone()
        return bool(row[0])

    def errors(self) -> list[dict[str, Any]]:
        """Errors grouped by message, most frequent first: message, detail ({"code", "values"}; None
        from older versions), count, sample, link."""
        rows = self.conn.execute(
            "SELECT message, count(*) AS n, min(sample), max(link), max(detail) FROM ("
            " SELECT message, entity || ' ' || key AS sample, link, detail FROM outcome"
            "  WHERE run = :run AND outcome = 'failed'"
            " UNION ALL"
            " SELECT message, trim(entity || ' ' || ifnull(source, '')), link, detail FROM note"
            "  WHERE run = :run"
            ") GROUP BY message ORDER BY n DESC, message",
            {"run": self.run},
        )
        return [
            {
                "message": message,
                "detail": detail and orjson.loads(detail),
                "count": count,
                "sample": sample or None,
                "link": link,
            }
            for message, count, sample, link, detail in rows
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
        numbers: dict[str, dict[str, int]] = {"lightspeed": {"total": 0}, "clerk": {"total": 0}}
        for side, segment, n in self.conn.execute(
            "SELECT side, segment, n FROM run_call WHERE run = ? ORDER BY side, segment", [self.run]
        ):
            numbers[side][segment] = n
            numbers[side]["total"] += n
        return numbers

    def add_holds(self, rows: Iterable[tuple[str, int | str, int | str, str]]) -> None:
        """List what a held run would remove: (entity, source, key, reasons)."""
        self.conn.executemany(
            f"INSERT OR REPLACE INTO hold_list VALUES ({self.run}, ?, ?, ?, ?)",
            rows,
        )

    def held(self) -> dict[str, set[int | str]]:
        """What a held run listed for removal: Lightspeed ids by entity."""
        listed: dict[str, set[int | str]] = {}
        for entity, source in self.conn.execute(
            "SELECT entity, source FROM hold_list WHERE run = ?", [self.run]
        ):
            listed.setdefault(entity, set()).add(source)
        return listed

    def close(self) -> None:
        """The run has ended: what it did not send is counted for good, what it kept to go on with
        is dropped."""
        with immediate(self.db):
            for entity, n in self._to_send():
                self.count(entity, "not_sent", n)
            self.forget()

    def forget(self) -> None:
        """Drop everything of this run but outcomes, books, notes and calls."""
        for table in ("run_phase", "work", "hold_list"):
            self.conn.execute(f"DELETE FROM {table} WHERE run = ?", [self.run])


def forget_outcomes(path: Path, runs: Sequence[int]) -> None:
    """Forget the records of these ended runs, and what a full disk may have left of their work;
    their books stay. One transaction a run."""
    with opened(path) as db:
        for run in runs:
            with immediate(db) as conn:
                conn.execute("DELETE FROM outcome WHERE run = ?", [run])
                conn.execute("DELETE FROM finding WHERE run = ?", [run])
                conn.execute("DELETE FROM exchange WHERE run = ?", [run])
                Journal(db, run).forget()
        if runs:
            with immediate(db):
                forget_filled(db, max(runs))
