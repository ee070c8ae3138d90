"""What a desk writes down of its runs and its files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from sync.database import immediate
from sync.errors import Message
from sync.shapes.plain import without_marks
from sync.store.base import DeskFile

# From the oldest run that still has lines on: without that bound each night would look at every
# run.
_LOGGED = """
SELECT id, shop_id FROM run WHERE id >= (SELECT min(run_id) FROM run_log) AND finished < ?
  AND EXISTS (SELECT 1 FROM run_log l WHERE l.run_id = run.id) ORDER BY id LIMIT 1000
"""


class Log(DeskFile):
    """The runs' log of a desk, and how its files were found."""

    def log(self, run_id: int, level: str, phase: str, message: Message) -> None:
        """Append one line to a run's log; of what others say in it, letters alone."""
        message = message.cleaned(without_marks)
        row = [run_id, self.clock.now(), level, phase, message.text(), message.written()]
        with self._opened() as db, immediate(db):
            db.conn.execute(
                "INSERT INTO run_log (run_id, at, level, phase, message, detail)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                row,
            )

    def run_log(self, run_id: int) -> list[dict[str, Any]]:
        """A run's log lines in order: at (unix s), level, phase, message, and its code and values
        as `detail` (None from older versions)."""
        rows = self._rows(
            "SELECT at, level, phase, message, detail FROM run_log WHERE run_id = ? ORDER BY id",
            [run_id],
        )
        return [{**row, "detail": row["detail"] and orjson.loads(row["detail"])} for row in rows]

    def logged_runs(self, *, before: float) -> dict[int, list[int]]:
        """Up to a thousand runs that ended before that time and have log lines, by shop id."""
        found: dict[int, list[int]] = {}
        for row in self._rows(_LOGGED, [before]):
            found.setdefault(row["shop_id"], []).append(row["id"])
        return found

    def forget_logs(self, runs: Sequence[int]) -> None:
        """Forget the log lines of these runs."""
        with self._opened() as db, immediate(db) as conn:
            conn.executemany("DELETE FROM run_log WHERE run_id = ?", [[run] for run in runs])

    def last_logged(self, run_id: int) -> float | None:
        """When a run's last log line was written (unix s)."""
        last = "SELECT at FROM run_log WHERE run_id = ? ORDER BY id DESC LIMIT 1"
        row = self._one(last, [run_id])
        return row["at"] if row else None

    # -- the nightly look through the files -------------------------------------------------

    def note_check(self, file: str, problem: str | None) -> None:
        """Note that a file of the data folder was looked through, and what is wrong with it."""
        with self._opened() as db, immediate(db):
            db.conn.execute(
                "INSERT OR REPLACE INTO file_check (file, at, problem) VALUES (?, ?, ?)",
                [file, self.clock.now(), problem],
            )

    def checked(self) -> dict[str, tuple[float, str | None]]:
        """When each file was last looked through (unix s), and what was wrong with it."""
        rows = self._rows("SELECT file, at, problem FROM file_check")
        return {row["file"]: (row["at"], row["problem"]) for row in rows}
