"""Where the states of keys are kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from sync.budget.windows import KeyState

T = TypeVar("T")


class BudgetBook(Protocol):
    """Where the states of keys are kept; one edit is one transaction, for all processes."""

    def edit(self, key_id: int, change: Callable[[KeyState], T]) -> T:
        """What `change` returns, after the state it altered is kept."""
        ...


class MemoryBook:
    """A book for one process: tests, keys that are not stored yet, and a look at stored states
    that leaves them as they are."""

    def __init__(self, states: Mapping[int, KeyState] | None = None) -> None:
        self._lock = threading.Lock()
        self._states = dict(states or {})

    def edit(self, key_id: int, change: Callable[[KeyState], T]) -> T:
        """What `change` returns, after the state it altered is kept."""
        with self._lock:
            return change(self._states.setdefault(key_id, KeyState()))
