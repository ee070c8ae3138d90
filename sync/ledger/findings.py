"""What a run's comparison with Clerk.io found, record by record."""

from __future__ import annotations

from collections.abc import Iterable

from sync.database import sqlite3
from sync.ledger.journal import Journal


class Findings:
    """Of one run, in its journal's file; the caller holds the transaction."""

    def __init__(self, journal: Journal) -> None:
        self.conn: sqlite3.Connection = journal.conn
        self.run = journal.run

    def find(self, entity: str, rows: Iterable[tuple[int | str, int | str]], verdict: str) -> None:
        """Note these (source, key) as missing, different, foreign, changed, or as suspect until a
        second look."""
        self.conn.executemany(
            "INSERT OR REPLACE INTO finding VALUES (?, ?, ?, ?, ?)",
            [(self.run, entity, source, key, verdict) for source, key in rows],
        )

    def found(self, entity: str, verdict: str) -> list[tuple[int | str, int | str]]:
        """(source, key) of what was noted so."""
        rows = self.conn.execute(
            "SELECT source, key FROM finding WHERE run = ? AND entity = ? AND verdict = ?"
            " ORDER BY source",
            [self.run, entity, verdict],
        )
        return rows.fetchall()

    def cleared(self, entity: str, sources: Iterable[int | str]) -> None:
        """These are suspect no more."""
        self.conn.executemany(
            "DELETE FROM finding WHERE run = ? AND entity = ? AND source = ?"
            " AND verdict = 'suspect'",
            [(self.run, entity, source) for source in sources],
        )

    def add_compared(self, entity: str, asked: int, unreadable: int = 0) -> None:
        """Count records that Clerk.io was asked for, and those it cannot be asked for."""
        self.conn.execute(
            "INSERT INTO compared VALUES (?, ?, ?, ?) ON CONFLICT (run, entity) DO UPDATE"
            " SET asked = asked + excluded.asked, unreadable = unreadable + excluded.unreadable",
            [self.run, entity, asked, unreadable],
        )

    def compared(self) -> dict[str, tuple[int, int]]:
        """Asked and unreadable records by entity."""
        rows = self.conn.execute(
            "SELECT entity, asked, unreadable FROM compared WHERE run = ?", [self.run]
        )
        return {entity: (asked, unreadable) for entity, asked, unreadable in rows}
