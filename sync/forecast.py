"""When a number of Lightspeed calls will be done, from the windows of the shop's keys.

Pure arithmetic: windows are stepped from end to end, and whole days that repeat are jumped over.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

SECONDS_PER_CALL = 0.25  # four calls in flight, an answer each second

_DAY = 86400
_LENGTHS = {"5min": 300, "hour": 3600, "day": _DAY}
_DEFAULTS = {"5min": 300, "hour": 3000, "day": 12000}
_HALF_HOUR = 1800
_ALIKE = 300.0  # seconds by which one start is no better than another
_SNAP = 5.0  # ends are known to a second or two; real ones lie on the clock


@dataclass(frozen=True, slots=True)
class WindowLeft:
    """One window of a key: calls left of `limit`, and its end (unix s; None: by the UTC clock)."""

    limit: int
    remaining: int
    resets_at: float | None = None


KeyWindows = Mapping[str, WindowLeft]  # by "5min", "hour", "day"; missing ones have the defaults


class WaitingTime(NamedTuple):
    """A time in which no key may call, and the window that is waited for; unix seconds."""

    start: float
    until: float
    window: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """`finish` in unix seconds, infinite if no key may ever call. `waits` in order; of days that
    repeat only the waits for the day window are listed."""

    finish: float
    waits: list[WaitingTime]


class Span(NamedTuple):
    """A start and the end that follows from it; unix seconds."""

    start: float
    finish: float


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a run that starts at `start` ends within its hour; unix seconds."""

    fits: bool
    start: float
    finish: float


def from_rows(rows: Iterable[Mapping[str, Any]]) -> list[KeyWindows]:
    """The windows of each key, from the rows of `Budget.windows()`; unknown ones are left out."""
    keys: dict[int, dict[str, WindowLeft]] = {}
    for row in rows:
        key = keys.setdefault(row["key_id"], {})
        if row["window"] in _LENGTHS and row["limit"] is not None:
            left = row["remaining"] - row["in_flight"]
            key[row["window"]] = WindowLeft(row["limit"], left, row["resets_at"])
    return list(keys.values())


def finish(
    calls: int,
    windows: Sequence[KeyWindows],
    *,
    now: float,
    reserve: float,
    per_second: int = 20,
    seconds_per_call: float = SECONDS_PER_CALL,
) -> Forecast:
    """When `calls` background calls that begin at `now` are done. `reserve` is the part of each
    window they must leave alone; `seconds_per_call` the pace while no window stops them."""
    keys = [_Key(key, now, reserve) for key in windows]
    keys = [key for key in keys if all(window.full > 0 for window in key.windows)]
    usable_second = per_second - kept(per_second, reserve)
    return _Walk(keys, usable_second, seconds_per_call, now, calls).walk()


def fits(
    hour: int,
    calls: int,
    windows: Sequence[KeyWindows],
    *,
    now: float,
    reserve: float,
    second: int = 0,
    seconds_per_call: float = SECONDS_PER_CALL,
) -> Fit:
    """Whether a run that next starts `second` seconds into `hour` UTC ends before that hour."""
    begin = now // _DAY * _DAY + hour * 3600
    start = begin + second
    if start < now:
        begin, start = begin + _DAY, start + _DAY
    done = finish(calls, windows, now=start, reserve=reserve, seconds_per_call=seconds_per_call)
    return Fit(done.finish <= begin + 3600, start, done.finish)


def best_start(
    calls: int,
    windows: Sequence[KeyWindows],
    *,
    now: float,
    reserve: float,
    seconds_per_call: float = SECONDS_PER_CALL,
) -> Span:
    """From when on, within a day, the calls keep the keys for the shortest time: what starts just
    before a day window ends has the calls of two days. Of starts that are alike to a few minutes
    the earliest; looked at by half hours."""
    first = (now // _HALF_HOUR + 1) * _HALF_HOUR
    spans = []
    for start in (now, *(first + n * _HALF_HOUR for n in range(_DAY // _HALF_HOUR))):
        done = finish(calls, windows, now=start, reserve=reserve, seconds_per_call=seconds_per_call)
        spans.append(Span(start, done.finish))
    shortest = min(span.finish - span.start for span in spans)
    if shortest == math.inf:
        return spans[0]
    return next(s for s in spans if s.finish - s.start <= shortest + _ALIKE)


def with_keys(windows: Sequence[KeyWindows], count: int) -> list[KeyWindows]:
    """The windows if the shop had so many keys: a further one has the limits of the first, and all
    of its calls left."""
    like = windows[0] if windows else {}
    fresh = {name: WindowLeft(each.limit, each.limit) for name, each in like.items()}
    return [*windows[:count], *[fresh] * max(0, count - len(windows))]


def kept(limit: int, reserve: float) -> int:
    """The reserve of a window in calls; one call is always left for background work."""
    return max(0, min(math.ceil(limit * reserve - 1e-9), limit - 1))


class _Window:
    """One window on its way through time; `left` is without the reserve."""

    def __init__(self, name: str, told: WindowLeft | None, now: float, reserve: float) -> None:
        self.name = name
        self.length = _LENGTHS[name]
        limit = told.limit if told else _DEFAULTS[name]
        self.full = limit - kept(limit, reserve)
        self.left = self.full - (limit - told.remaining if told else 0)
        self.end = _end(told, self.length, now)
        self.roll(now)

    def roll(self, now: float) -> None:
        if now >= self.end:
            self.end += self.length * ((now - self.end) // self.length + 1)
            self.left = self.full


def _end(told: WindowLeft | None, length: int, now: float) -> float:
    if told is None or told.resets_at is None:
        return (now // length + 1) * length
    on_the_clock = float(round(told.resets_at / length) * length)
    return on_the_clock if abs(on_the_clock - told.resets_at) <= _SNAP else told.resets_at


class _Key:
    def __init__(self, told: KeyWindows, now: float, reserve: float) -> None:
        self.windows = [_Window(name, told.get(name), now, reserve) for name in _LENGTHS]

    def roll(self, now: float) -> None:
        for window in self.windows:
            window.roll(now)

    def left(self) -> int:
        return max(0, min(window.left for window in self.windows))

    def take(self, calls: int) -> None:
        for window in self.windows:
            window.left -= calls

    def next_end(self) -> float:
        return min(window.end for window in self.windows)

    def day_end(self) -> float:
        return next(window.end for window in self.windows if window.name == "day")

    def shut(self) -> tuple[float, str]:
        """When the key opens again, and the window that keeps it shut until then."""
        return max((w.end, w.name) for w in self.windows if w.left <= 0)


class _Walk:
    """Steps from one end of a window to the next until all calls are made."""

    def __init__(
        self, keys: list[_Key], usable_second: int, seconds_per_call: float, now: float, calls: int
    ) -> None:
        self.keys = keys
        self.usable_second = usable_second
        self.pace = seconds_per_call
        self.now = now
        self.calls = calls
        self.waits: list[WaitingTime] = []
        self.mark: tuple[object, float, int, int] | None = None  # state, now, calls, waits

    def walk(self) -> Forecast:
        if not self.keys:
            return Forecast(math.inf if self.calls > 0 else self.now, [])
        while self.calls > 0:
            self._step()
        return Forecast(self.now, self.waits)

    def _step(self) -> None:
        for key in self.keys:
            key.roll(self.now)
        left = [(key.left(), key) for key in self.keys]
        open_keys = [key for calls, key in left if calls > 0]
        if open_keys:
            self._work(open_keys, sum(calls for calls, _ in left))
            return
        until, window = min(key.shut() for key in self.keys)
        self.waits.append(WaitingTime(self.now, until, window))
        self.now = until
        if until >= self.keys[0].day_end():
            self._jump()

    def _work(self, keys: list[_Key], left: int) -> None:
        pace = max(self.pace, 1 / (self.usable_second * len(keys)))
        horizon = min(key.next_end() for key in self.keys)
        calls = min(self.calls, left, math.ceil((horizon - self.now) / pace))
        self._spread(keys, calls)
        self.calls -= calls
        self.now += calls * pace

    def _spread(self, keys: list[_Key], calls: int) -> None:
        """Share the calls out evenly, as far as each key has any left."""
        for place, key in enumerate(sorted(keys, key=_Key.left)):
            share = min(key.left(), math.ceil(calls / (len(keys) - place)))
            key.take(share)
            calls -= share

    def _jump(self) -> None:
        """If the last day left everything as this one finds it, the coming ones will too."""
        for key in self.keys:
            key.roll(self.now)
        state = [(w.left, round(w.end - self.now, 3)) for key in self.keys for w in key.windows]
        before, self.mark = self.mark, (state, self.now, self.calls, len(self.waits))
        if before is None or before[0] != state or abs(self.now - before[1] - _DAY) > 0.001:
            return
        a_day = before[2] - self.calls
        days = (self.calls - 1) // a_day if a_day > 0 else 0
        last = [wait for wait in self.waits[before[3] :] if wait.window == "day"]
        for day in range(1, days + 1):
            self.waits += [WaitingTime(w[0] + day * _DAY, w[1] + day * _DAY, w[2]) for w in last]
        self.now += days * _DAY
        self.calls -= days * a_day
        for window in (w for key in self.keys for w in key.windows):
            window.end += days * _DAY
