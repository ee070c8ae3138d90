"""Where Clerk.io and the ledger part, what has become of it, and what Clerk.io was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson

from sync.database import sqlite3
from sync.ledger.confirmed import LOST, SEEN, Ledger

MOST_RESENT: Final = 2  # what still differs in the same way after so many was changed on purpose
Judged = Literal["doubt", "again", "peace"]


@dataclass(frozen=True, slots=True)
class Held:
    """A confirmed record as it is to be compared; `payload` is what Clerk.io should show."""

    source: int | str
    key: int | str
    hash: bytes
    hidden: bool
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """How Clerk.io shows a record: `fields` names what differs, none where it is missing; `shown`
    is the same for the same difference."""

    kind: Literal["missing", "different"]
    fields: tuple[str, ...] = ()
    shown: bytes = b""


class Drift:
    """One store's differences, over the ledger's connection."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.conn: sqlite3.Connection = ledger.conn
        self.store = ledger.store

    # -- what Clerk.io shows otherwise -------------------------------------------------------

    def judge(self, entity: str, held: Held, seen: Difference, at: float) -> Judged:
        """What a difference means: the record is in doubt now and goes again; it is so `again`
        after it had been mended, so somebody else writes; or it is left in peace, since it was
        sent again twice to no avail. The caller holds the transaction."""
        before = self._row(entity, held.source)
        state, sent = "open", 0
        if before is not None:
            state, sent = _next(before, held, seen)
        self._put(entity, held, seen, state, sent, at if before is None else before["since"])
        if state == "changed":
            return "peace"
        shown = -1 if "index" in seen.fields else SEEN
        self.ledger.distrust(entity, held.source, LOST if seen.kind == "missing" else shown)
        return "again" if before is not None and before["state"] == "mended" else "doubt"

    def agrees(self, entity: str, sources: Iterable[int | str]) -> None:
        """Clerk.io shows these as they were sent: what was sent again is mended, and nobody
        changes them any more."""
        names = [(self.store, entity, source) for source in sources]
        where = " WHERE store = ? AND entity = ? AND source = ?"
        self.conn.executemany(
            f"UPDATE drift SET state = 'mended'{where} AND state = 'open' AND sent > 0",
            names,
        )
        self.conn.executemany(f"DELETE FROM drift{where} AND state = 'changed'", names)

    def any(self) -> bool:
        """Whether anything was ever found."""
        row = self.conn.execute(
            "SELECT EXISTS (SELECT 1 FROM drift WHERE store = ?)", [self.store]
        ).fetchone()
        return bool(row[0])

    def of(self, entity: str, source: int | str) -> dict[str, Any] | None:
        """What is known of one record: state, kind, fields, sent, since (unix s)."""
        return self._row(entity, source)

    def changed(self, entity: str) -> list[dict[str, Any]]:
        """Records that Clerk.io's own modifiers change: source, key, kind, fields, since."""
        rows = self.conn.execute(
            "SELECT source, key, kind, fields, since FROM drift"
            " WHERE store = ? AND entity = ? AND state = 'changed' ORDER BY source",
            [self.store, entity],
        )
        names = ("source", "key", "kind", "fields", "since")
        records = [dict(zip(names, row, strict=True)) for row in rows]
        return [{**row, "fields": orjson.loads(row["fields"])} for row in records]

    def _row(self, entity: str, source: int | str) -> dict[str, Any] | None:
        row = self.conn.execute(
            "SELECT kind, fields, shown, hash, state, sent, since FROM drift"
            " WHERE store = ? AND entity = ? AND source = ?",
            [self.store, entity, source],
        ).fetchone()
        if row is None:
            return None
        names = ("kind", "fields", "shown", "hash", "state", "sent", "since")
        record = dict(zip(names, row, strict=True))
        return {**record, "fields": orjson.loads(record["fields"])}

    def _put(
        self, entity: str, held: Held, seen: Difference, state: str, sent: int, since: float
    ) -> None:
        fields = orjson.dumps(list(seen.fields)).decode()
        self.conn.execute(
            "INSERT OR REPLACE INTO drift VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                *(self.store, entity, held.source, held.key),
                *(seen.kind, fields, seen.shown, held.hash, state, sent, since),
            ],
        )

    # -- confirmed records to compare --------------------------------------------------------

    def held(
        self, entity: str, after: int | str | None, limit: int, *, doubtful: bool = False
    ) -> list[Held]:
        """Confirmed records by Lightspeed id from beyond `after` on, and those in doubt."""
        beyond = "" if after is None else " AND l.source > ?"
        args = [] if after is None else [after]
        where = f"{beyond} ORDER BY l.source LIMIT ?"
        return self._held(where, doubtful, entity, *args, limit)

    def these(
        self, entity: str, sources: Sequence[int | str], *, doubtful: bool = False
    ) -> list[Held]:
        """Those of the records that are confirmed, and in doubt only if `doubtful`."""
        listed = orjson.dumps(list(sources)).decode()
        where = " AND l.source IN (SELECT value FROM json_each(?))"
        return self._held(where, doubtful, entity, listed)

    def resent(self, entity: str) -> list[int | str]:
        """Records that were sent again and not found as they were sent since."""
        rows = self.conn.execute(
            "SELECT source FROM drift WHERE store = ? AND entity = ? AND state = 'open'"
            " AND sent > 0 ORDER BY source",
            [self.store, entity],
        )
        return [row[0] for row in rows]

    def known(self, entity: str, source: int | str, seen: Difference) -> bool:
        """Whether Clerk.io's own modifiers are known to do just this to the record."""
        before = self._row(entity, source)
        if before is None or before["state"] != "changed":
            return False
        return _within(before, seen)

    def _held(self, where: str, doubtful: bool, entity: str, *args: object) -> list[Held]:
        known = "" if doubtful else " AND l.hash <> x''"
        rows = self.conn.execute(
            "SELECT l.source, l.key, l.hash, l.hidden, p.payload FROM ledger l"
            " JOIN ledger_payload p ON p.store = l.store AND p.entity = l.entity"
            " AND p.source = l.source"
            f" WHERE l.store = ? AND l.entity = ?{known}{where}",
            [self.store, entity, *args],
        )
        return [
            Held(source, key, digest, bool(hidden), orjson.loads(payload))
            for source, key, digest, hidden, payload in rows
        ]

    # -- what was removed --------------------------------------------------------------------

    def departed(self, entity: str, limit: int) -> list[tuple[int | str, int | str]]:
        """(source, key) of the last records that were deleted and are not in the ledger again."""
        rows = self.conn.execute(
            "SELECT d.source, d.key FROM departed d WHERE d.store = ? AND d.entity = ?"
            " AND NOT EXISTS (SELECT 1 FROM ledger l WHERE l.store = d.store"
            " AND l.entity = d.entity AND l.source = d.source) ORDER BY d.at DESC LIMIT ?",
            [self.store, entity, limit],
        )
        return rows.fetchall()

    # -- what Clerk.io was asked for before anything was sent ---------------------------------

    def asked(self, entity: str) -> tuple[int | str | None, int, bool]:
        """How far the question came (the last id), how many were there, whether it is answered."""
        row = self.conn.execute(
            "SELECT after, found, done FROM asked WHERE store = ? AND entity = ?",
            [self.store, entity],
        ).fetchone()
        return (None, 0, False) if row is None else (row[0], row[1], bool(row[2]))

    def note_asked(
        self, entity: str, after: int | str | None, found: int, *, done: bool = False
    ) -> None:
        """Note how far the question came, in the transaction of what was adopted."""
        self.conn.execute(
            "INSERT OR REPLACE INTO asked VALUES (?, ?, ?, ?, ?)",
            [self.store, entity, after, found, int(done)],
        )

    def ask_again(self, entity: str) -> None:
        """Somebody else has sent records: the next run asks anew for what the ledger lacks."""
        self.conn.execute("DELETE FROM asked WHERE store = ? AND entity = ?", [self.store, entity])

    def adopted(self, entity: str) -> set[int | str]:
        """Records that were in Clerk.io before us, until a sync has planned with them."""
        rows = self.conn.execute(
            "SELECT a.source FROM adopted a JOIN ledger l USING (store, entity, source)"
            " WHERE a.store = ? AND a.entity = ?",
            [self.store, entity],
        )
        return {row[0] for row in rows}

    def settle_adopted(self) -> None:
        """A sync has planned with what was there: from here on it is like any other record."""
        cursor = self.conn.execute("DELETE FROM adopted WHERE store = ?", [self.store])
        if cursor.rowcount:
            self.ledger.moved()


def _next(before: dict[str, Any], held: Held, seen: Difference) -> tuple[str, int]:
    """State and number of re-sends after a difference was met once more."""
    alike = before["kind"] == seen.kind and before["fields"] == list(seen.fields)
    same = alike and (before["shown"] == seen.shown or before["hash"] != held.hash)
    if before["state"] == "changed":
        return ("changed", before["sent"]) if _within(before, seen) else ("open", 0)
    if before["state"] == "open" and same:
        return ("changed" if before["sent"] >= MOST_RESENT else "open"), before["sent"]
    return "open", 0


def _within(before: dict[str, Any], seen: Difference) -> bool:
    return before["kind"] == seen.kind and set(seen.fields) <= set(before["fields"])
