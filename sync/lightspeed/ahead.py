"""What lists take of memory while they are read: answers that were asked for before they are
wanted, and pages that are worked on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

MOST: Final = 16 * 2**20  # bytes of answers in one process that are not read yet
TURNS: Final = 2  # large answers that are worked on at a time: one calculates, one is written
LARGE: Final = 2**18  # bytes
PATIENCE: Final = 60.0  # seconds
LOOK: Final = 0.5  # seconds between two looks whether a wait is still wanted


class Shelf:
    """The bytes of answers that wait to be read or are on their way, for all shops of a process. A
    shop's next answer may always be asked for; those after it only while there is room."""

    def __init__(self, most: int = MOST, turns: int = TURNS, patience: float = PATIENCE) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._held = 0
        self._turns = threading.Semaphore(turns)
        self._patience = patience

    def has_room(self, size: int) -> bool:
        """Whether an answer of that size fits beside what is there."""
        return self._held + size <= self._most

    def put(self, size: int) -> None:
        """An answer of that size, by all that is known, is asked for."""
        with self._lock:
            self._held += size

    def take(self, size: int) -> None:
        """One that was put there with that size is handed out, or not wanted any longer."""
        with self._lock:
            self._held -= size

    @contextmanager
    def turn(self, size: int, stop: Callable[[], bool] = lambda: False) -> Iterator[bool]:
        """Read an answer of that size and work on it: large ones a few at a time, for read they
        take four times the memory. Yields whether it is one of these few: nobody waits for ever,
        since who has a turn may have to wait for something else, nor once `stop` says so."""
        waits = size >= LARGE
        mine = waits and self._wait(stop)
        try:
            yield mine or not waits
        finally:
            if mine:
                self._turns.release()

    def _wait(self, stop: Callable[[], bool]) -> bool:
        looks = int(self._patience / LOOK)
        while not (mine := self._turns.acquire(timeout=LOOK if looks else 0)):
            looks -= 1
            if looks <= 0 or stop():
                break
        return mine


SHELF: Final = Shelf()
