"""What each person chose for how pages look."""

from __future__ import annotations

from typing import Final

from sync.database import immediate
from sync.store.base import DeskFile

FORGOTTEN: Final = 400 * 86_400.0  # seconds; longer than a cookie lives


class Choices(DeskFile):
    """Choices by person and name; a person is the number in a browser's cookie."""

    def choice(self, person: str, name: str) -> str | None:
        """What the person chose; None for nothing yet."""
        sql = "SELECT value FROM person_choice WHERE person = ? AND name = ?"
        row = self._one(sql, [person, name])
        return None if row is None else str(row["value"])

    def choose(self, person: str, name: str, value: str) -> None:
        """Keep a choice, and throw away those of people who have not chosen for so long that their
        cookies are gone."""
        now = self.clock.now()
        with self._opened() as db, immediate(db):
            db.execute("DELETE FROM person_choice WHERE at < ?", [now - FORGOTTEN])
            db.execute(
                "INSERT OR REPLACE INTO person_choice VALUES (?, ?, ?, ?)",
                [person, name, value, now],
            )
