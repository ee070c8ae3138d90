"""What answers may take of memory that were asked for before they are wanted."""

from __future__ import annotations

import threading
from typing import Final

MOST: Final = 16 * 2**20  # bytes of them in one process


class Shelf:
    """The bytes of answers that wait to be read or are on their way, for all shops of a process. A
    shop's next answer may always be asked for; those after it only while there is room."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._held = 0

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


SHELF: Final = Shelf()
