"""How far a store's patrol has come, and what it found to differ from what was confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from sync.database import sqlite3
from sync.entities import ENTITIES, Id
from sync.errors import Message
from sync.ledger.confirmed import Ledger
from sync.ledger.drift import Difference, Held

HOUR: Final = 3600.0
_FOUND: Final = """
SELECT f.entity, f.source, f.key, f.kind, f.fields, f.first, f.seen, f.verdict, l.hash = x'' AS goes
FROM patrolled f JOIN ledger l USING (store, entity, source)
WHERE f.store = ? AND f.seen IS NOT NULL AND l.confirmed <= f.seen
"""


@dataclass(frozen=True, slots=True)
class Round:
    """One time round all that Clerk.io confirmed. It `began` (unix s) with `of` records, which
    take `planned` calls; `asked` of them were looked at in `calls`; it stands behind `after` of
    `entity` (empty: it has ended). `done` is when the one before ended, `recent` when the calls of
    the last hour were made, `problem` why the last one found nothing out."""

    began: float
    of: int
    planned: int
    entity: str = ENTITIES[0]
    after: Id | None = None
    asked: int = 0
    calls: int = 0
    done: float | None = None
    recent: tuple[float, ...] = ()
    problem: Message | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A record that Clerk.io confirmed and showed otherwise twice, some minutes apart: since when
    (`first`) and last when (`seen`, unix s), what was made of it (as `Drift.judge` says, or
    `listed`), and whether the next run sends it (`goes`)."""

    entity: str
    source: Id
    key: Id
    kind: str
    fields: tuple[str, ...]
    first: float
    seen: float
    verdict: str
    goes: bool


class PatrolBook:
    """One store's rounds and findings, over the ledger's connection. Whoever writes holds the
    transaction."""

    def __init__(self, ledger: Ledger) -> None:
        self.conn: sqlite3.Connection = ledger.conn
        self.store = ledger.store

    def round(self) -> Round | None:
        """The round as it stands; None before the first."""
        row = self.conn.execute(
            "SELECT state, after FROM patrol WHERE store = ?", [self.store]
        ).fetchone()
        if row is None:
            return None
        kept: dict[str, Any] = orjson.loads(row[0])
        problem = kept.pop("problem")
        told = None if problem is None else Message.of(problem, "")
        recent = tuple(kept.pop("recent"))
        return Round(**kept, after=row[1], recent=recent, problem=told)

    def keep(self, now: Round) -> None:
        """Note how the round stands."""
        names = ("began", "of", "planned", "entity", "asked", "calls", "done")
        state: dict[str, Any] = {name: getattr(now, name) for name in names}
        state["recent"] = list(now.recent)
        state["problem"] = None if now.problem is None else now.problem.as_json()
        self.conn.execute(
            "INSERT OR REPLACE INTO patrol VALUES (?, ?, ?)",
            [self.store, orjson.dumps(state).decode(), now.after],
        )

    # -- what was seen once ------------------------------------------------------------------

    def suspect(self, entity: str, held: Held, seen: Difference, at: float) -> None:
        """A record is shown otherwise; it counts for nothing before it is looked at again."""
        self.conn.execute(
            "INSERT INTO patrolled VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, '')"
            " ON CONFLICT (store, entity, source) DO UPDATE SET hash = excluded.hash,"
            " looked = excluded.looked",
            [
                *(self.store, entity, held.source, held.key, held.hash),
                *(seen.kind, orjson.dumps(seen.fields).decode(), at, at),
            ],
        )

    def suspects(self, entity: str, before: float, limit: int) -> dict[Id, bytes]:
        """Records that were seen so once, up to `before`, and with which hash."""
        rows = self.conn.execute(
            "SELECT source, hash FROM patrolled WHERE store = ? AND entity = ? AND looked <= ?"
            " ORDER BY looked, source LIMIT ?",
            [self.store, entity, before, limit],
        )
        return dict(rows.fetchall())

    def first_suspect(self) -> tuple[float, str] | None:
        """When the longest waiting one was seen, and of which kind it is."""
        row: tuple[float, str] | None = self.conn.execute(
            "SELECT looked, entity FROM patrolled WHERE store = ? AND looked IS NOT NULL"
            " ORDER BY looked LIMIT 1",
            [self.store],
        ).fetchone()
        return row

    # -- what was seen twice -----------------------------------------------------------------

    def find(self, entity: str, held: Held, seen: Difference, verdict: str, at: float) -> None:
        """A second look saw the difference too."""
        self.conn.execute(
            "UPDATE patrolled SET key = ?, kind = ?, fields = ?, looked = NULL, seen = ?,"
            " verdict = ?, first = iif(kind = ? OR seen IS NULL, first, ?)"
            " WHERE store = ? AND entity = ? AND source = ?",
            [
                *(held.key, seen.kind, orjson.dumps(seen.fields).decode(), at, verdict),
                *(seen.kind, at, self.store, entity, held.source),
            ],
        )

    def clear(self, entity: str, sources: Iterable[Id]) -> None:
        """These are as they were confirmed, or are not confirmed so any more."""
        self.conn.executemany(
            "DELETE FROM patrolled WHERE store = ? AND entity = ? AND source = ?",
            [(self.store, entity, source) for source in sources],
        )

    def forget_gone(self) -> None:
        """Findings of records that were sent or removed since say nothing any more."""
        self.conn.execute(
            "DELETE FROM patrolled WHERE store = ?1 AND looked IS NULL AND NOT EXISTS"
            " (SELECT 1 FROM ledger l WHERE l.store = ?1 AND l.entity = patrolled.entity"
            " AND l.source = patrolled.source AND l.confirmed <= patrolled.seen)",
            [self.store],
        )

    def found(self) -> list[Found]:
        """What differs by now, by kind and id."""
        rows = self.conn.execute(f"{_FOUND} ORDER BY f.entity, f.source", [self.store])
        return [_found(row) for row in rows]


def _found(row: Sequence[Any]) -> Found:
    entity, source, key, kind, fields, first, seen, verdict, goes = row
    names = tuple(orjson.loads(fields))
    return Found(entity, source, key, kind, names, first, seen, verdict, bool(goes))


def called(now: Round, times: Iterable[float]) -> Round:
    """The round after calls at these times; those of the hour before the last are remembered."""
    made = sorted([*now.recent, *times])
    return replace(now, recent=tuple(at for at in made if at > made[-1] - HOUR))
