"""What is known of a key's windows, from the last headers and the calls in flight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson

from sync.budget.calls import LONGEST_RESET, Booking, Reading, read_headers
from sync.patience import retry_after

_ROUNDING: Final = 1.0  # Reset is a whole number of seconds, rounded either way
_FIRST_STRIKE, _LONGEST_STRIKE = 2.0, 60.0
_LONGEST_BLOCK: Final = 3600.0  # unless a spent window's own end says so; then one call asks


@dataclass(slots=True)
class Window:
    """What is known of one header window: its end lies between `after` and `before` (unix s);
    both are None in a new window that no header has told yet. `lost` counts calls of unknown
    fate, `ours` those that were answered here, `opened` is when this window was first known
    here."""

    limit: int
    remaining: int
    opened: float
    after: float | None = None
    before: float | None = None
    lost: int = 0
    ours: int = 0

    @property
    def left(self) -> int:
        return self.remaining - self.lost

    def roll(self, now: float) -> None:
        """Begin the next window if this one has surely ended."""
        if self.before is not None and now >= self.before:
            self.remaining, self.opened = self.limit, now
            self.lost = self.ours = 0
            self.after = self.before = None

    def set_back(self, seconds: float, now: float) -> None:
        """Let the window go by a clock that was set back by so much, to `now`."""
        self.opened = min(self.opened, now)
        if self.after is not None and self.before is not None:
            self.after -= seconds
            self.before -= seconds

    def see(self, reading: Reading, booked: float, now: float) -> None:
        """Take in what the answer to a call booked at `booked` says of its window."""
        after = booked + reading.reset - _ROUNDING
        before = now + reading.reset + _ROUNDING
        if self._is_old(after, before, booked):
            return
        if self._is_same(after, before) and reading.limit == self.limit:
            self.remaining = min(self.remaining, reading.remaining)
            self.after = after if self.after is None else max(after, self.after)
            self.before = before if self.before is None else min(before, self.before)
            return
        self.limit, self.remaining = reading.limit, reading.remaining
        self.opened, self.after, self.before = now, after, before
        self.lost = self.ours = 0

    def _is_old(self, after: float, before: float, booked: float) -> bool:
        if booked >= self.opened:
            return False
        return after <= self.opened if self.after is None else before < self.after

    def _is_same(self, after: float, before: float) -> bool:
        if self.after is None or self.before is None:
            return True
        return after <= self.before and before >= self.after


@dataclass(slots=True)
class KeyState:
    """What is known of one key: its windows, its calls in flight (booking id → booked at), when
    each answered call leaves the second window, a block set by a 429, and since when it is refused
    (0: it is not). All in unix seconds."""

    windows: dict[str, Window] = field(default_factory=dict)
    calls: dict[str, float] = field(default_factory=dict)
    slots: list[float] = field(default_factory=list)
    blocked_at: float = 0.0
    blocked_until: float = 0.0
    blocked_window: str = "second"
    strikes: int = 0
    unlimited: bool = False
    seen: float = 0.0
    refused_at: float = 0.0

    def to_json(self) -> str:
        return orjson.dumps(self).decode()

    @classmethod
    def from_json(cls, text: str) -> KeyState:
        values = orjson.loads(text)
        windows = {name: Window(**window) for name, window in values.pop("windows").items()}
        return cls(windows=windows, **values)

    def tidy(self, now: float, expire: float) -> None:
        """Let time do its work: windows end, slots come free, bookings of dead processes expire."""
        if now < self.seen:
            self._forgive_clock(now)
        self.seen = now
        for name in [name for name, at in self.calls.items() if now - at > expire]:
            self.lose_call(name)
        self.slots = [free for free in self.slots if free > now]
        self.blocked_until = min(self.blocked_until, self.blocked_at + LONGEST_RESET["day"])
        for window in self.windows.values():
            window.roll(now)

    def start_afresh(self) -> None:
        """Know nothing of the windows: one call may ask, and the others wait for its answer."""
        self.windows.clear()
        self.unlimited = False

    def lose_call(self, name: str) -> None:
        """End a call in flight whose fate nobody will learn."""
        del self.calls[name]
        self.lose()

    def lose(self) -> None:
        """Count one call of unknown fate against every window until that window ends."""
        for window in self.windows.values():
            window.lost += 1

    def _forgive_clock(self, now: float) -> None:
        """A clock that was set back must not leave calls, slots or the ends of windows in the
        future: they last as long as they would have."""
        back = self.seen - now
        for name, at in self.calls.items():
            self.calls[name] = min(at, now)
        self.slots = [min(free, now + 1) for free in self.slots]
        self.blocked_at -= back
        self.blocked_until -= back
        for window in self.windows.values():
            window.set_back(back, now)


def take_in(
    state: KeyState, booking: Booking, headers: Mapping[str, str], status: int, now: float
) -> None:
    """Note in the key's state what the answer to a booked call says."""
    readings = read_headers(headers)
    for name, window in state.windows.items():
        # An answer that names one window was counted in all of them.
        if name not in readings:
            window.remaining -= 1
    for name, reading in readings.items():
        window = state.windows.setdefault(name, Window(reading.limit, reading.limit, booking.at))
        window.see(reading, booking.at, now)
    for window in state.windows.values():
        window.ours += 1
    if status < 400:
        state.refused_at = 0.0
        state.unlimited = not readings and not state.windows
    if status == 429:
        _block(state, booking, headers, now)
    elif booking.at >= state.blocked_at:
        state.strikes = 0


def _block(state: KeyState, booking: Booking, headers: Mapping[str, str], now: float) -> None:
    """Obey a 429: Retry-After, else the last end of a spent window, else wait ever longer. A
    Retry-After beyond both an hour and the end of every spent window is absurd: an hour, and then
    one call asks."""
    spent = [(w.before, name) for name, w in state.windows.items() if w.remaining <= 0 and w.before]
    until, window = max(spent, default=(0.0, "second"))
    told = retry_after(headers, now)
    if told is not None:
        latest = max(until, now + _LONGEST_BLOCK) + _ROUNDING
        until = now + told + _ROUNDING
        if until > latest:
            until = now + _LONGEST_BLOCK
            state.start_afresh()
    elif not spent:
        if booking.at >= state.blocked_at:
            state.strikes += 1
        until = now + min(_LONGEST_STRIKE, _FIRST_STRIKE * 2 ** max(0, state.strikes - 1))
    state.blocked_at = now
    if until > state.blocked_until:
        state.blocked_until, state.blocked_window = until, window
