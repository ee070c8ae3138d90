"""What Clerk.io held on any past day, kept as what changed.

The ledger is the present. Each change of it leaves a line that says how to undo it: of a record
that came nothing, of one that changed the values that were there before, of one that left all of
them. So a first sync leaves no line: a record without one came when it was confirmed. The line
that says so is written when that moment would be overwritten.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import orjson

from sync.database import Database, immediate, opened, sqlite3
from sync.entities import Id
from sync.ledger.outbox import OutboxRow, split_reasons

Change = Literal["created", "updated", "removed"]
Payload = dict[str, Any]

_SMALL: Final = 96  # bytes below which nothing is won by compressing
_IN_ALL: Final = "entity = ? AND source IN (SELECT value FROM json_each(?))"
_THESE: Final = "store = ? AND entity = ? AND source IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class Line:
    """One change of a record. `fields` are those that changed; `at` is unix seconds."""

    run: int
    at: float
    action: str
    reasons: tuple[str, ...]
    fields: tuple[str, ...]


class History:
    """One store's changes, over the ledger's connection. The caller holds the transaction."""

    def __init__(self, db: Database, store_id: int) -> None:
        self.db = db
        self.conn: sqlite3.Connection = db.conn
        self.store = store_id

    # -- what is written before the ledger changes -------------------------------------------

    def sent(self, rows: Sequence[OutboxRow], run: int, at: float) -> None:
        """These are about to be confirmed as a whole."""
        for entity, some in _by_entity(rows).items():
            known = self._known(entity, list(some))
            self._remember(entity, list(known))
            absent = list(some.keys() - known.keys())
            back = self._ever(entity, absent)
            replaced = self._replaced(entity, run, list(back)) if back else {}
            lines: list[tuple[Any, ...]] = []
            for source, row in some.items():
                payload, hidden = known.get(source, (replaced.get(source), False))
                if payload is not None and not hidden:
                    lines += self._update(row, payload, row.payload or b"", run, at)
                elif hidden or source in back:
                    lines.append((*self._names(row), run, at, "created", "", "", None))
            self._put(lines)

    def found(self, entity: str, source: Id, key: Id, run: int, at: float) -> None:
        """Clerk.io turned out to have this, which the ledger did not."""
        if self._ever(entity, [source]):
            self._put([(self.store, entity, source, key, run, at, "created", "", "", None)])

    def patched(self, row: OutboxRow, old: bytes, new: bytes, run: int, at: float) -> None:
        """A part of this is about to be confirmed."""
        self._remember(row.entity, [row.source])
        self._put(self._update(row, old, new, run, at))

    def leaves(self, row: OutboxRow, run: int, at: float) -> None:
        """This is about to be gone from Clerk.io, or hidden there."""
        known = self._known(row.entity, [row.source]).get(row.source)
        if known is None or known[1]:
            return
        self._remember(row.entity, [row.source])
        reasons = ",".join(row.reasons)
        whole = _packed(orjson.loads(known[0]))
        self._put([(*self._names(row), run, at, "removed", reasons, "", whole)])

    def _names(self, row: OutboxRow) -> tuple[int, str, Id, Id]:
        return self.store, row.entity, row.source, row.key

    def _known(self, entity: str, sources: list[Id]) -> dict[Id, tuple[bytes, bool]]:
        """Payload of those that the ledger has, and whether it is hidden."""
        rows = self.conn.execute(
            "SELECT source, payload, hidden FROM ledger JOIN ledger_payload"
            f" USING (store, entity, source) WHERE {_THESE}",
            [self.store, entity, _json(sources)],
        )
        return {source: (bytes(payload), bool(hidden)) for source, payload, hidden in rows}

    def _remember(self, entity: str, sources: list[Id]) -> None:
        """Write when these came, of those that have no line yet."""
        if sources:
            self.conn.execute(
                "INSERT INTO history (store, entity, source, key, run, at, action, reasons, fields)"
                " SELECT store, entity, source, key, run, confirmed, 'created', '', ''"
                f" FROM ledger l WHERE {_THESE} AND NOT EXISTS (SELECT 1 FROM history h"
                " WHERE h.store = l.store AND h.entity = l.entity AND h.source = l.source)",
                [self.store, entity, _json(sources)],
            )

    def _replaced(self, entity: str, run: int, sources: list[Id]) -> dict[Id, bytes]:
        """What was taken out in this run to be sent anew: no removal, then, but a change."""
        rows = self.conn.execute(
            f"SELECT max(id), source, before FROM history WHERE {_THESE} AND run = ?"
            " AND action = 'removed' GROUP BY source",
            [self.store, entity, _json(sources), run],
        ).fetchall()
        self.conn.executemany("DELETE FROM history WHERE id = ?", [(row[0],) for row in rows])
        return {source: orjson.dumps(_unpacked(before)) for _, source, before in rows}

    def _ever(self, entity: str, sources: list[Id]) -> set[Id]:
        """Those of which anything is known."""
        rows = self.conn.execute(
            f"SELECT DISTINCT source FROM history WHERE {_THESE}",
            [self.store, entity, _json(sources)],
        )
        return {row[0] for row in rows}

    def _update(
        self, row: OutboxRow, old: bytes, new: bytes, run: int, at: float
    ) -> list[tuple[Any, ...]]:
        before, after = orjson.loads(old), orjson.loads(new)
        undo = {name: before.get(name) for name in after if before.get(name) != after[name]}
        undo |= {name: before[name] for name in before.keys() - after.keys()}
        if not undo:
            return []
        came = [name for name in undo if name not in before]
        fields = ",".join(sorted(undo))
        packed = _packed([undo, came] if came else [undo])
        return [(*self._names(row), run, at, "updated", "", fields, packed)]

    def _put(self, lines: Sequence[tuple[Any, ...]]) -> None:
        self.conn.executemany(
            "INSERT INTO history (store, entity, source, key, run, at, action, reasons, fields,"
            " before) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            lines,
        )

    # -- what is read ------------------------------------------------------------------------

    def since(self) -> float | None:
        """From when on it is known what Clerk.io held; None if nothing was ever confirmed."""
        row = self.conn.execute(
            "SELECT coalesce((SELECT at FROM history_since WHERE store = :store), min("
            " ifnull((SELECT min(confirmed) FROM ledger WHERE store = :store), 9e99),"
            " ifnull((SELECT min(at) FROM history WHERE store = :store), 9e99)))",
            {"store": self.store},
        ).fetchone()
        return None if row[0] >= 9e99 else float(row[0])

    def of(self, entity: str, source: Id) -> list[Line]:
        """Every change of a record that is known, newest first."""
        rows = self.conn.execute(
            "SELECT run, at, action, reasons, fields FROM history"
            " WHERE store = ? AND entity = ? AND source = ? ORDER BY id DESC",
            [self.store, entity, source],
        ).fetchall()
        if not rows:
            rows = self.conn.execute(
                "SELECT run, confirmed, 'created', '', '' FROM ledger"
                " WHERE store = ? AND entity = ? AND source = ?",
                [self.store, entity, source],
            ).fetchall()
        return [
            Line(run, at, action, split_reasons(reasons), split_reasons(fields))
            for run, at, action, reasons, fields in rows
        ]

    def by_key(self, entity: str, key: Id) -> Id | None:
        """The Lightspeed id of the record that was last in Clerk.io under that id."""
        row = self.conn.execute(
            "SELECT source FROM history WHERE store = ? AND entity = ? AND key = ?"
            " ORDER BY id DESC LIMIT 1",
            [self.store, entity, key],
        ).fetchone()
        return None if row is None else row[0]

    def held(self, entity: str, at: float) -> dict[Id, Id]:
        """The records that Clerk.io showed at a moment: Lightspeed's id → Clerk.io's."""
        return dict(self.conn.execute(_HELD, [self.store, entity, at]).fetchall())

    def payload(self, entity: str, source: Id, at: float) -> Payload | None:
        """What Clerk.io had of a record that it showed at that moment."""
        row = self.conn.execute(
            "SELECT payload FROM ledger_payload WHERE store = ? AND entity = ? AND source = ?",
            [self.store, entity, source],
        ).fetchone()
        now: Payload | None = orjson.loads(row[0]) if row else None
        # The `+` keeps SQLite from reading all that changed since instead of the record's lines.
        for action, before in self.conn.execute(
            "SELECT action, before FROM history WHERE store = ? AND entity = ? AND source = ?"
            " AND +at > ? ORDER BY id DESC",
            [self.store, entity, source, at],
        ):
            now = _undone(now, action, before)
        return now

    def changed(self, entity: str, after: float, until: float) -> list[Id]:
        """Records with a line between two moments."""
        rows = self.conn.execute(
            "SELECT DISTINCT source FROM history WHERE store = ? AND entity = ?"
            " AND at > ? AND at <= ? ORDER BY source",
            [self.store, entity, after, until],
        )
        return [row[0] for row in rows]

    # -- what is forgotten -------------------------------------------------------------------

    def drop(self) -> None:
        """Forget everything of this store."""
        for table in ("history", "history_since"):
            self.conn.execute(f"DELETE FROM {table} WHERE store = ?", [self.store])


def forget_history(path: Path, before: float) -> None:
    """Forget what changed before a moment, in all stores of a shop's file; what Clerk.io held is
    known from then on."""
    with opened(path) as db, immediate(db) as conn:
        stores = conn.execute("SELECT DISTINCT store FROM history WHERE at < ?", [before])
        conn.executemany(
            "INSERT INTO history_since VALUES (?, ?) ON CONFLICT (store)"
            " DO UPDATE SET at = max(at, excluded.at)",
            [(row[0], before) for row in stores.fetchall()],
        )
        conn.execute("DELETE FROM history WHERE at < ?", [before])


def past_payloads(db: Database, entity: str) -> Iterator[tuple[Id, Payload]]:
    """Values that records of a kind had before they changed, of all stores: (source, values)."""
    sql = "SELECT source, before FROM history WHERE entity = ? AND before IS NOT NULL"
    for source, before in db.execute(sql, [entity]):
        yield source, _values(_unpacked(before))


def drop_values(db: Database, entity: str, sources: Collection[Id], names: Collection[str]) -> int:
    """Take these values out of what records had before, in all stores; a line that says nothing
    else goes. Returns how many lines that were. The caller holds the transaction."""
    changed = 0
    sql = f"SELECT id, before FROM history WHERE {_IN_ALL} AND before IS NOT NULL"
    for line, before in db.execute(sql, [entity, _json([*sources])]).fetchall():
        told = _unpacked(before)
        values = _values(told)
        if values.keys().isdisjoint(names):
            continue
        for name in names:
            values.pop(name, None)
        changed += 1
        if values or told is values:
            db.execute("UPDATE history SET before = ? WHERE id = ?", [_packed(told), line])
        else:
            db.execute("DELETE FROM history WHERE id = ?", [line])
    return changed


def _values(told: Any) -> Payload:
    """The values in what a line holds: alone, or before the names that came."""
    values: Payload = told[0] if isinstance(told, list) else told
    return values


# What it held then: records whose first line after it is not that they came, and those that have
# none after it and were there.
_HELD: Final = """
WITH later AS MATERIALIZED (
  SELECT source, key, action, min(id) FROM history
  WHERE store = ?1 AND entity = ?2 AND at > ?3 GROUP BY source
)
SELECT source, key FROM later WHERE action <> 'created'
UNION ALL
SELECT source, key FROM ledger l WHERE store = ?1 AND entity = ?2 AND NOT hidden
  AND source NOT IN (SELECT source FROM later)
  AND (confirmed <= ?3 OR EXISTS (SELECT 1 FROM history h
    WHERE h.store = ?1 AND h.entity = ?2 AND h.source = l.source))
ORDER BY 1
"""


def _undone(now: Payload | None, action: Change, before: bytes | None) -> Payload | None:
    if action == "created":
        return None
    told = _unpacked(before or b"")
    if action == "removed":
        whole: Payload = told
        return whole
    undo, came = told[0], told[1] if len(told) > 1 else ()
    return {name: value for name, value in {**(now or {}), **undo}.items() if name not in came}


def _packed(value: object) -> bytes:
    plain = orjson.dumps(value)
    return zlib.compress(plain, 6) if len(plain) > _SMALL else plain


def _unpacked(packed: bytes) -> Any:
    # Both kinds are told apart by their first byte: JSON begins with [ or {, zlib's stream with x.
    return orjson.loads(zlib.decompress(packed) if packed[:1] == b"x" else packed)


def _by_entity(rows: Sequence[OutboxRow]) -> Mapping[str, dict[Id, OutboxRow]]:
    found: dict[str, dict[Id, OutboxRow]] = {}
    for row in rows:
        found.setdefault(row.entity, {})[row.source] = row
    return found


def _json(values: list[Id]) -> str:
    return orjson.dumps(values).decode()
