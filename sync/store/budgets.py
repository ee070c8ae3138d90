"""The budgets of API keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from sync.budget import KeyState
from sync.database import immediate, opened
from sync.store.desk import Desk

T = TypeVar("T")


class DeskBook:
    """The budgets of API keys in desk.db, shared by worker and command line."""

    def __init__(self, desk: Desk) -> None:
        self._path = desk.path

    def states(self, keys: Sequence[int]) -> dict[int, KeyState]:
        """The keys' states as they are; nothing is written. One never used has none."""
        with opened(self._path) as db:
            rows = db.query("SELECT key_id, state FROM budget")
            return {
                r["key_id"]: KeyState.from_json(r["state"]) for r in rows if r["key_id"] in keys
            }

    def edit(self, key_id: int, change: Callable[[KeyState], T]) -> T:
        """Let `change` alter the key's state in one immediate transaction."""
        with opened(self._path) as db, immediate(db) as conn:
            row = conn.execute("SELECT state FROM budget WHERE key_id = ?", [key_id]).fetchone()
            state = KeyState.from_json(row[0]) if row else KeyState()
            result = change(state)
            conn.execute(
                "INSERT INTO budget (key_id, state) VALUES (?, ?)"
                " ON CONFLICT (key_id) DO UPDATE SET state = excluded.state",
                [key_id, state.to_json()],
            )
        return result
