"""Lightspeed's rate windows: how many calls an API key has left, and when it gets new ones.

Three fixed windows aligned to the calendar in UTC (5 minutes, hour, day) and 20 calls a second,
each per key. Sources: headers of live answers, and Lightspeed's announcement of the limit a second.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from sync.sandbox.state import State

LENGTHS: Final[Mapping[str, int]] = {"second": 1, "5min": 300, "hour": 3_600, "day": 86_400}
_SHOWN: Final = ("5min", "hour", "day")

Used = dict[str, tuple[int, int]]
"""For each window when it began (unix seconds) and how many calls it has let through."""


@dataclass(frozen=True)
class Limits:
    """Calls allowed in each window; the default is that of a private key."""

    second: int = 20
    five_minutes: int = 300
    hour: int = 3_000
    day: int = 12_000

    def scaled(self, factor: float) -> Limits:
        """The three windows times `factor`, at least 1 each; the limit a second only grows."""
        return replace(
            self,
            second=max(self.second, int(self.second * factor)),
            five_minutes=max(1, int(self.five_minutes * factor)),
            hour=max(1, int(self.hour * factor)),
            day=max(1, int(self.day * factor)),
        )

    def of(self, window: str) -> int:
        """The limit of second, 5min, hour or day."""
        return {
            "second": self.second,
            "5min": self.five_minutes,
            "hour": self.hour,
            "day": self.day,
        }[window]


@dataclass(frozen=True)
class Verdict:
    """What a key has after a call: `remaining` and `reset` (whole seconds) for 5 minutes, hour and
    day. `exceeded` is the window that refused the call, None if it was let through."""

    limit: tuple[int, ...]
    remaining: tuple[int, ...]
    reset: tuple[int, ...]
    exceeded: str | None = None
    wait: int = 0

    @property
    def headers(self) -> dict[str, str]:
        """The three X-RateLimit headers."""
        return {
            f"X-RateLimit-{name}": "/".join(map(str, values))
            for name, values in (
                ("Limit", self.limit),
                ("Remaining", self.remaining),
                ("Reset", self.reset),
            )
        }


class Counters(Protocol):
    """Where the counts are kept."""

    def of(self, key: str) -> AbstractContextManager[Used]:
        """The key's counts, held for nobody else; what they are at the end is kept."""
        ...

    def note(self, key: str, at: float, window: str, limit: int) -> None:
        """Record a refused call."""
        ...


class Windows:
    """The windows of all keys; `now` gives unix seconds."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        now: Callable[[], float] = time.time,
        counters: Counters | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._now = now
        self._counters = counters or InMemory()

    def take(self, key: str) -> Verdict:
        """Count one call of the key, or refuse it. A refused call counts in no window."""
        at = self._now()
        with self._counters.of(key) as used:
            _roll(used, at)
            exceeded = self._exceeded(used)
            if exceeded is None:
                for window, (start, count) in used.items():
                    used[window] = (start, count + 1)
            verdict = self._verdict(used, at, exceeded)
        if exceeded is not None:
            self._counters.note(key, at, exceeded, self.limits.of(exceeded))
        return verdict

    def look(self, key: str) -> Verdict:
        """What the key has, without a call."""
        at = self._now()
        with self._counters.of(key) as used:
            _roll(used, at)
            return self._verdict(used, at, None)

    def fresh(self) -> Verdict:
        """What a key has that never called."""
        at = self._now()
        used: Used = {}
        _roll(used, at)
        return self._verdict(used, at, None)

    def _exceeded(self, used: Used) -> str | None:
        spent = [window for window, (_, count) in used.items() if count >= self.limits.of(window)]
        return max(spent, key=LENGTHS.__getitem__, default=None)

    def _verdict(self, used: Used, at: float, exceeded: str | None) -> Verdict:
        left = {window: self.limits.of(window) - used[window][1] for window in LENGTHS}
        # The real API shows -1 in the windows that refused the call.
        if exceeded is not None:
            left = {window: rest if rest > 0 else -1 for window, rest in left.items()}
        ends = {window: used[window][0] + length for window, length in LENGTHS.items()}
        return Verdict(
            limit=tuple(self.limits.of(window) for window in _SHOWN),
            remaining=tuple(left[window] for window in _SHOWN),
            reset=tuple(ends[window] - int(at) for window in _SHOWN),
            exceeded=exceeded,
            wait=ends[exceeded] - int(at) if exceeded else 0,
        )


def _roll(used: Used, at: float) -> None:
    for window, length in LENGTHS.items():
        start = int(at) // length * length
        if window not in used or used[window][0] != start:
            used[window] = (start, 0)


class InMemory:
    """Counts of one process."""

    def __init__(self) -> None:
        self._used: dict[str, Used] = {}
        self._lock = Lock()
        self.noted: list[tuple[str, float, str, int]] = []

    @contextmanager
    def of(self, key: str) -> Iterator[Used]:
        """The key's counts, under a lock."""
        with self._lock:
            yield self._used.setdefault(key, {})

    def note(self, key: str, at: float, window: str, limit: int) -> None:
        """Keep the refused call in `noted`."""
        self.noted.append((key, at, window, limit))


class InState:
    """Counts in the stand-ins' file: they survive a restart and all processes share them."""

    def __init__(self, state: State) -> None:
        self._state = state

    @contextmanager
    def of(self, key: str) -> Iterator[Used]:
        """The key's counts, inside a transaction."""
        with self._state.write() as db:
            rows = db.execute("select window, start, used from windows where key = ?", (key,))
            used: Used = {window: (start, count) for window, start, count in rows}
            yield used
            db.executemany(
                "insert or replace into windows values (?, ?, ?, ?)",
                [(key, window, start, count) for window, (start, count) in used.items()],
            )

    def note(self, key: str, at: float, window: str, limit: int) -> None:
        """Keep the refused call for `State.exceeded`."""
        with self._state.write() as db:
            db.execute(
                "insert into exceeded (at, key, window, allowed) values (?, ?, ?, ?)",
                (at, key[-4:], window, limit),
            )
