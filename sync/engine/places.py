"""How many shops a worker advances at once: as many as their waiting for answers leaves room for,
within one core's work and the memory that there is."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LEAST: Final = 4
MOST: Final = 64
MEMORY: Final = 768 * 2**20  # bytes that all processes of a worker may take together
A_SHOP: Final = 16 * 2**20  # bytes that one more shop may take
BUSY, IDLE = 0.95, 0.80  # of one core: above the first places are taken away, below the other added
LATE, PROMPT = 0.5, 0.2  # seconds that the loop was held up: the same
_BETWEEN: Final = 0.5  # seconds between two readings at least
_TRIM_EVERY: Final = 5.0  # seconds at least between two times of giving memory back
_ARENA_MAX: Final = -8  # as in malloc.h
_MMAP_THRESHOLD: Final = -3
_LARGE: Final = 256 * 2**10  # bytes
_TRIM_FROM: Final = 192 * 2**20  # bytes below which there is nothing to gain


@dataclass(frozen=True, slots=True)
class Load:
    """What was seen of the worker since the last time. `wanting`: due runs that found no place;
    `busy`: the part of one core that it took; `late`: seconds that its own loop was held up, by its
    shops or by whatever else the computer does; `memory` in bytes."""

    in_hand: int
    wanting: int
    busy: float
    late: float
    memory: int


class Places:
    """The number of shops that may be in hand, as it follows from one load after the other."""

    def __init__(self, *, most: int = MOST, memory: int = MEMORY) -> None:
        self.count = min(LEAST, most)
        self._most = most
        self._memory = memory

    def follow(self, load: Load) -> None:
        """Add places while runs wait for them and the core waits for answers; take some away once
        it does not, or nothing waits."""
        if load.busy >= BUSY or load.late >= LATE or load.memory >= self._memory:
            self.count = self._within(min(self.count, load.in_hand) * 3 // 4)
        elif not load.wanting:
            self.count = self._within(min(self.count, load.in_hand))
        elif load.in_hand >= self.count and load.busy < IDLE and load.late < PROMPT:
            room = (self._memory - load.memory) // A_SHOP
            self.count = self._within(self.count + min(load.wanting, room, 1 + self.count // 4))

    def _within(self, count: int) -> int:
        return min(max(count, LEAST), self._most)


class Gauge:
    """Reads the load of this process."""

    def __init__(self) -> None:
        self._at, self._worked = time.monotonic(), time.process_time()
        self._late = 0.0
        self._trimmed = float("-inf")

    def note_late(self, seconds: float) -> None:
        """The loop was held up by so much; the longest counts."""
        self._late = max(self._late, seconds)

    def read(self, *, in_hand: int, wanting: int) -> Load | None:
        """The load since the last reading; None if that was just now."""
        now, worked = time.monotonic(), time.process_time()
        passed = now - self._at
        if passed < _BETWEEN:
            return None
        if now - self._trimmed >= _TRIM_EVERY and memory() >= _TRIM_FROM:
            self._trimmed = now
            give_back()
        load = Load(in_hand, wanting, (worked - self._worked) / passed, self._late, memory())
        self._at, self._worked, self._late = now, worked, 0.0
        return load


def memory() -> int:
    """The bytes that this process has in memory; where the system does not tell, the most it ever
    had."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return pages * os.sysconf("SC_PAGE_SIZE")


def be_sparing() -> None:
    """Let the C library, where it is GNU's, keep one store of memory for all threads, not one for
    each, and give large pieces back at once."""
    with suppress(AttributeError, OSError):
        library = ctypes.CDLL(None)
        library.mallopt(_ARENA_MAX, 1)
        library.mallopt(_MMAP_THRESHOLD, _LARGE)


def give_back() -> None:
    """What the C library holds for threads that needed it once goes back to the system, as far as
    the library knows how to: else it would count as taken for ever."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
