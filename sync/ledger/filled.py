"""In how many of the records that Clerk.io shows each field is filled, run by run.

A row says from which run on a number holds, so what stays as it was writes none. Whatever changes
the ledger does so `within` here, and what it did not touch is not read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import orjson

from sync.database import Database, sqlite3
from sync.entities import Id
from sync.ledger.outbox import OutboxRow

RECORDS: Final = ""  # what the records themselves are counted as
MOST: Final = 300  # fields of an entity; a shop may make up a name for each product
_SHOWN: Final = "index"  # tells Clerk.io to show the record
_EMPTY: Final[tuple[object, ...]] = (None, "", [])
Numbers = dict[str, int]
Sent = tuple[str, str, bytes | None, bytes | None]
"""Entity, method and payload of what goes out, and the payload that Clerk.io shows till then."""


class Filled:
    """One store's numbers, over the ledger's connection."""

    def __init__(self, db: Database, store_id: int) -> None:
        self.conn: sqlite3.Connection = db.conn
        self.store = store_id
        self._counting = False

    @contextmanager
    def within(self, records: Iterable[tuple[str, Id]], run: int = 0) -> Iterator[None]:
        """Count what becomes of these (entity, source) until this ends; without a run it counts to
        the last one. Some of them within it are counted already. The caller holds the
        transaction."""
        if self._counting:
            yield
            return
        sources: dict[str, list[Id]] = {}
        for entity, source in records:
            sources.setdefault(entity, []).append(source)
        before = {entity: self._count(entity, some) for entity, some in sources.items()}
        self._counting = True
        try:
            yield
        finally:
            self._counting = False
        for entity, some in sources.items():
            moved = self._count(entity, some)
            moved.subtract(before[entity])
            rows = [(self.store, entity, name, run, n) for name, n in moved.items() if n]
            self.conn.executemany(_ADD, rows)

    def _count(self, entity: str, sources: list[Id]) -> Counter[str]:
        numbers: Counter[str] = Counter()
        for (payload,) in self.conn.execute(
            "SELECT payload FROM ledger JOIN ledger_payload USING (store, entity, source)"
            " WHERE store = ? AND entity = ? AND NOT hidden"
            " AND source IN (SELECT value FROM json_each(?))",
            [self.store, entity, orjson.dumps(sources).decode()],
        ):
            numbers.update(filled_fields(payload))
        return numbers

    def hidden_of(self, rows: Sequence[OutboxRow]) -> list[tuple[str, Id]]:
        """Those products of an outbox that the ledger knows as hidden."""
        sources = [row.source for row in rows if row.entity == "products"]
        return self.conn.execute(
            "SELECT entity, source FROM ledger WHERE store = ? AND entity = 'products' AND hidden"
            " AND source IN (SELECT value FROM json_each(?))",
            [self.store, orjson.dumps(sources).decode()],
        ).fetchall()

    # -- what is read ------------------------------------------------------------------------

    def now(self) -> dict[str, Numbers]:
        """The numbers by entity: RECORDS, and each field that was ever filled."""
        numbers: dict[str, Numbers] = {}
        for entity, name, n, _ in self.conn.execute(
            "SELECT entity, name, n, max(run) FROM filled WHERE store = ? GROUP BY entity, name",
            [self.store],
        ):
            numbers.setdefault(entity, {})[name] = n
        return numbers

    def after(self, runs: Iterable[int]) -> Iterator[tuple[int, dict[str, Numbers]]]:
        """What each of these runs left, in their order; nothing of those from before the numbers
        were kept."""
        numbers: dict[str, Numbers] = {}
        rows = self.conn.execute(
            "SELECT entity, name, n, run FROM filled WHERE store = ? ORDER BY run", [self.store]
        )
        ahead = rows.fetchone()
        for run in sorted(runs):
            while ahead is not None and ahead[3] <= run:
                numbers.setdefault(ahead[0], {})[ahead[1]] = ahead[2]
                ahead = rows.fetchone()
            yield run, {entity: dict(each) for entity, each in numbers.items()}

    def outbox(self, run: int) -> Iterator[Sent]:
        """What the run's outbox holds now."""
        return self.conn.execute(
            "SELECT w.entity, w.method, w.payload, iif(l.hidden, NULL, p.payload) FROM work w"
            " LEFT JOIN ledger l ON l.store = ?1 AND l.entity = w.entity AND l.source = w.source"
            " LEFT JOIN ledger_payload p"
            "  ON p.store = ?1 AND p.entity = w.entity AND p.source = w.source"
            " WHERE w.run = ?2",
            [self.store, run],
        )

    def shown(self, entity: str, source: Id) -> bytes | None:
        """The payload of a record that Clerk.io shows."""
        row = self.conn.execute(
            "SELECT payload FROM ledger JOIN ledger_payload USING (store, entity, source)"
            " WHERE store = ? AND entity = ? AND source = ? AND NOT hidden",
            [self.store, entity, source],
        ).fetchone()
        return None if row is None else row[0]

    def foretold(self, moves: Mapping[str, Numbers]) -> dict[str, Numbers]:
        """What there will be once all is sent that moves the numbers so."""
        numbers = {entity: Counter(each) for entity, each in self.now().items()}
        for entity, each in moves.items():
            numbers.setdefault(entity, Counter()).update(each)
        return {entity: dict(each) for entity, each in numbers.items()}

    def drop(self) -> None:
        """Forget everything of this store."""
        self.conn.execute("DELETE FROM filled WHERE store = ?", [self.store])


def filled_fields(payload: bytes) -> list[str]:
    """RECORDS, and the fields of a payload that say something of the record; 0 and false do."""
    told = orjson.loads(payload)
    told.pop(_SHOWN, None)
    # Nearly every value is true, which is known without three comparisons.
    return [RECORDS, *[name for name, value in told.items() if value or value not in _EMPTY]]


def moved_by(sent: Iterable[Sent]) -> dict[str, Numbers]:
    """What becomes of the numbers once all of this is sent."""
    moves: dict[str, Counter[str]] = {}
    for entity, method, wanted, known in sent:
        counted = moves.setdefault(entity, Counter())
        before = filled_fields(known) if known else []
        counted.subtract(before)
        counted.update(_afterwards(method, wanted, before))
    return {entity: dict(each) for entity, each in moves.items()}


def _afterwards(method: str, wanted: bytes | None, before: list[str]) -> Iterable[str]:
    if method in ("hide", "delete") or wanted is None:
        return ()
    fields = filled_fields(wanted)
    return {*before, *fields} if method == "patch" else fields


def forget_filled(db: Database, run: int) -> None:
    """Forget what was before this run, in all stores of a shop's file: what it found there counts
    as having come with it. The caller holds the transaction."""
    newest = (
        "(SELECT max(run) FROM filled f WHERE f.store = filled.store"
        " AND f.entity = filled.entity AND f.name = filled.name AND f.run <= :run)"
    )
    db.execute(f"DELETE FROM filled WHERE run < {newest}", {"run": run})
    db.execute("UPDATE filled SET run = :run WHERE run < :run", {"run": run})


# An older run than the last one that moved a number counts to that one.
_ADD: Final = f"""
INSERT INTO filled (store, entity, name, run, n)
SELECT ?1, ?2, ?3, max(?4, ifnull(last.run, 0)), ifnull(last.n, 0) + ?5
FROM (SELECT 1) LEFT JOIN (SELECT run, n FROM filled WHERE store = ?1 AND entity = ?2 AND name = ?3
  ORDER BY run DESC LIMIT 1) last ON 1
WHERE last.n IS NOT NULL
  OR {MOST} >= (SELECT count(DISTINCT name) FROM filled WHERE store = ?1 AND entity = ?2)
ON CONFLICT DO UPDATE SET n = excluded.n
"""
