"""Pacing: how many calls an API key has left, from the last headers less what is in flight.

Lightspeed counts calls per API key in three fixed windows, told in the triples X-RateLimit-Limit,
-Remaining and -Reset (5 minutes, hour, day; Reset in seconds), and allows 20 calls a second. A call
is booked before it is made, and its result recorded when its answer is there, in a book that all
processes share; so no window is overrun and no 429 provoked, whoever else works with the same keys
here.

Sources: headers of live answers that open clients have published, the Java client's transcript of
the documentation, and Lightspeed's announcement of the limit a second (in force since November
2021). Limits differ from key to key, so that none but the last is a constant here.
"""

from __future__ import annotations

import math
import re
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

import orjson

from sync.clock import Clock
from sync.errors import CodedError, Message
from sync.forecast import kept
from sync.http import retry_after

T = TypeVar("T")

WINDOWS = ("second", "5min", "hour", "day")
HEADER_WINDOWS = WINDOWS[1:]

_NUMBER = re.compile(r"-?[0-9]{1,10}")
_ROUNDING = 1.0  # Reset is a whole number of seconds, rounded either way
_TOGETHER = 10  # places of the second that calls in a row wait for: each look is a transaction
_RECHECK = 0.5  # a call in flight may end at any moment: look again this soon
_LONGEST_RESET = {"5min": 3600, "hour": 2 * 3600, "day": 25 * 3600}  # what says more is junk
_FIRST_STRIKE, _LONGEST_STRIKE = 2.0, 60.0
_LONGEST_BLOCK = 3600.0  # unless a spent window's own end says so; then one call asks
_REFUSED = 3600.0  # so long the other keys go on without one that was refused


class Spent(CodedError):
    """No key may call before `until` (unix s); `window` is the one that is waited for.

    Not a frozen dataclass: contextlib sets attributes on exceptions that pass through it.
    """

    def __init__(self, until: float, window: str) -> None:
        at = datetime.fromtimestamp(until, UTC).strftime("%Y-%m-%d %H:%M:%S")
        super().__init__("refusal.spent", until=f"{at} UTC", window=Message(f"window.{window}"))
        self.until = until
        self.window = window


@dataclass(frozen=True, slots=True)
class Booking:
    """One call that may be made now, with this key; record its result whatever happens."""

    id: str
    key_id: int
    at: float


class Result(NamedTuple):
    """How the call of a booking ended, and when (unix s). No headers at all: its fate is unknown,
    it stays counted until its windows end. No status: it never left this computer and is not
    counted."""

    booking: Booking
    headers: Mapping[str, str] | None
    status: int | None
    at: float


class Reading(NamedTuple):
    """One window as one answer told it; `reset` in seconds from the server's now."""

    limit: int
    remaining: int
    reset: int


def read_headers(headers: Mapping[str, str]) -> dict[str, Reading]:
    """The windows that the rate headers (lower-case keys) tell; junk and gaps are left out."""
    triples = [
        _numbers(headers.get(f"x-ratelimit-{part}", "")) for part in ("limit", "remaining", "reset")
    ]
    found = {}
    for place, name in enumerate(HEADER_WINDOWS):
        limit, remaining, reset = (t[place] if place < len(t) else None for t in triples)
        if limit is None or remaining is None or reset is None:
            continue
        if limit > 0 and 0 <= reset <= _LONGEST_RESET[name]:
            found[name] = Reading(limit, min(remaining, limit), reset)
    return found


def _numbers(triple: str) -> list[int | None]:
    parts = [part.strip() for part in triple.split("/")]
    return [int(part) if _NUMBER.fullmatch(part) else None for part in parts]


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
        self.blocked_until = min(self.blocked_until, self.blocked_at + _LONGEST_RESET["day"])
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


class Room(NamedTuple):
    """`left` calls may be made now; if none, look again at `until` (unix s) for `window`."""

    left: float
    until: float
    window: str


class Budget:
    """The windows of a shop's keys. `reserve` is the part of each window (0.10 = a tenth) that is
    kept for what a person waits for; a booking whose result never comes expires after
    `calls_expire` seconds. Of those that book as the same `holder` only one may live at a time: see
    `release_dead`."""

    def __init__(
        self,
        book: BudgetBook,
        key_ids: Sequence[int],
        *,
        reserve: float,
        clock: Clock,
        per_second: int = 20,
        calls_expire: float = 300,
        holder: str = "",
    ) -> None:
        if not key_ids:
            raise ValueError("a budget needs at least one key")
        self._book = book
        self._key_ids = list(key_ids)
        self._reserve = reserve
        self._clock = clock
        self._per_second = per_second
        self._expire = calls_expire
        self._holder = holder

    def release_dead(self) -> None:
        """End the calls of an earlier holder: it is dead, and they need not expire first."""

        def change(state: KeyState) -> None:
            now = self._clock.now()
            for name in [name for name in state.calls if name.startswith(f"{self._holder}:")]:
                state.lose_call(name)
                # It may have been sent a moment ago, so it keeps its place of the second.
                state.slots.append(now + 1)

        for key_id in self._key_ids:
            self._book.edit(key_id, change)

    def book(self, *, person: bool) -> Booking:
        """A call on the key with most left; `person` may use the reserve. Raises Spent."""
        return self.book_some(1, person=person)[0]

    def book_some(self, most: int, *, person: bool) -> list[Booking]:
        """One such call, and up to `most` of the same key as far as its windows allow."""
        refusals = []
        for key_id in self._by_most_left(person):
            booked = self._book.edit(key_id, self._booker(key_id, person, most))
            if isinstance(booked, list):
                return booked
            refusals.append(booked)
        first = min(refusals, key=lambda room: room.until)
        raise Spent(first.until, first.window)

    def record_result(
        self, booking: Booking, headers: Mapping[str, str] | None, status: int | None
    ) -> None:
        """End a booking with its answer's headers and status, now: see `Result`."""
        self.record_results([Result(booking, headers, status, self._clock.now())])

    def record_results(self, results: Sequence[Result]) -> None:
        """End several bookings, in the order of their answers."""
        for key_id in {result.booking.key_id for result in results}:
            of_key = [result for result in results if result.booking.key_id == key_id]
            self._book.edit(key_id, partial(self._end_calls, of_key))

    def _end_calls(self, results: Sequence[Result], state: KeyState) -> None:
        # Popped before the expired ones go: what comes late in the same moment still counts as
        # open.
        open_still = [state.calls.pop(r.booking.id, None) is not None for r in results]
        state.tidy(self._clock.now(), self._expire)
        for (booking, headers, status, at), still in zip(results, open_still, strict=True):
            if still:
                state.slots.append(at + 1)
            if headers is None:
                if still:
                    state.lose()
            elif status is not None:
                _take_in(state, booking, headers, status, at)

    def give_back(self, bookings: Sequence[Booking]) -> None:
        """End bookings whose calls were never made."""
        for key_id in {booking.key_id for booking in bookings}:
            names = [booking.id for booking in bookings if booking.key_id == key_id]
            self._book.edit(key_id, partial(_forget_calls, names))

    def refuse(self, key_id: int) -> None:
        """Let the other keys, if there are any, go on without this one for an hour."""

        def change(state: KeyState) -> None:
            state.refused_at = self._clock.now()

        self._book.edit(key_id, change)

    def forget_block(self, key_id: int) -> None:
        """Let one call with this key ask again, whatever an answer said of waiting."""

        def change(state: KeyState) -> None:
            state.blocked_until, state.strikes, state.refused_at = 0.0, 0, 0.0
            state.start_afresh()

        self._book.edit(key_id, change)

    def blocks(self) -> dict[int, dict[str, Any]]:
        """What keeps keys from being used, where something does: `until` (unix s) for a block that
        a 429 set, `refused` since when Lightspeed has refused the key; None for what is not."""
        return {
            key_id: found
            for key_id in self._key_ids
            if (found := self._book.edit(key_id, self._blocked))
        }

    def _blocked(self, state: KeyState) -> dict[str, Any] | None:
        now = self._clock.now()
        state.tidy(now, self._expire)
        until = state.blocked_until if state.blocked_until > now else None
        refused = state.refused_at or None
        return {"until": until, "refused": refused} if until or refused else None

    def windows(self) -> list[dict[str, Any]]:
        """Per key and window: key_id, window, limit, remaining, resets_at (unix s, None if
        unknown), in_flight, reserve (calls), ours (calls answered here). limit, remaining and ours
        are None until a header came."""
        rows: list[dict[str, Any]] = []
        for key_id in self._key_ids:
            rows += self._book.edit(key_id, partial(self._rows, key_id))
        return rows

    def _by_most_left(self, person: bool) -> list[int]:
        # No look at the book where there is nothing to choose: each is a transaction.
        if len(self._key_ids) == 1:
            return self._key_ids
        now = self._clock.now()

        def use(state: KeyState) -> tuple[bool, float]:
            left = self._room(state, person).left
            return now - state.refused_at >= _REFUSED, left

        uses = {key_id: self._book.edit(key_id, use) for key_id in self._key_ids}
        accepted = any(good for good, _ in uses.values())
        # With every key refused they are all tried: one that the merchant mended is found out only
        # so.
        known = [key_id for key_id in self._key_ids if uses[key_id][0] or not accepted]
        return sorted(known, key=lambda key_id: uses[key_id][1], reverse=True)

    def _booker(
        self, key_id: int, person: bool, most: int
    ) -> Callable[[KeyState], list[Booking] | Room]:
        def change(state: KeyState) -> list[Booking] | Room:
            room = self._room(state, person)
            second = self._second_room(state, person, min(most, _TOGETHER))
            if room.left <= 0 or second.left <= 0:
                # Both have to be open: the later one says when to look again.
                return max((r for r in (room, second) if r.left <= 0), key=lambda r: r.until)
            unknown = not state.windows and not state.unlimited  # one call asks
            count = 1 if unknown else int(max(1, min(most, room.left, second.left)))
            names = [f"{self._holder}:{secrets.token_hex(8)}" for _ in range(count)]
            now = self._clock.now()
            state.calls |= dict.fromkeys(names, now)
            return [Booking(name, key_id, now) for name in names]

        return change

    def _room(self, state: KeyState, person: bool) -> Room:
        """What block and header windows leave; a key that nobody has asked yet comes first."""
        now = self._clock.now()
        state.tidy(now, self._expire)
        rooms = [self._window_room(state, name, person, now) for name in state.windows]
        if not state.windows:
            may = state.unlimited or not state.calls
            rooms.append(Room(math.inf if may else 0, now + _RECHECK, "second"))
        if state.blocked_until > now:
            rooms.append(Room(0, state.blocked_until, state.blocked_window))
        shut = [room for room in rooms if room.left <= 0]
        return max(shut, key=lambda r: r.until) if shut else min(rooms)

    def _window_room(self, state: KeyState, name: str, person: bool, now: float) -> Room:
        window = state.windows[name]
        settled = window.left - self._kept(window.limit, person)
        if window.before is None:  # used up before a header told its end: one call may ask
            return Room(max(settled, 1) - len(state.calls), now + _RECHECK, name)
        # Left but for the calls under way: these end within moments, not only with the window.
        until = min(window.before, now + _RECHECK) if settled > 0 else window.before
        return Room(settled - len(state.calls), until, name)

    def _second_room(self, state: KeyState, person: bool, wanted: int) -> Room:
        """What the second leaves; if nothing, look again when so many places as are `wanted` have
        come free."""
        now = self._clock.now()
        allowed = self._per_second - self._kept(self._per_second, person)
        left = allowed - len(state.calls) - len(state.slots)
        free = sorted(state.slots)
        first = -left  # of the places that are taken, by when they come free
        until = now + _RECHECK
        if left <= 0 and first < len(free):
            until = free[min(first + wanted, len(free)) - 1]
        return Room(left, until, "second")

    def _kept(self, limit: int, person: bool) -> int:
        return 0 if person else kept(limit, self._reserve)

    def _rows(self, key_id: int, state: KeyState) -> list[dict[str, Any]]:
        now = self._clock.now()
        state.tidy(now, self._expire)
        return [{"key_id": key_id, **self._row(state, name, now)} for name in WINDOWS]

    def _row(self, state: KeyState, name: str, now: float) -> dict[str, Any]:
        limit, remaining, resets_at = self._told(state, name)
        if state.blocked_until > now and state.blocked_window == name:
            remaining, resets_at = 0, state.blocked_until
        return {
            "window": name,
            "limit": limit,
            "remaining": remaining,
            "resets_at": resets_at,
            "in_flight": len(state.calls),
            "reserve": None if limit is None else self._kept(limit, person=False),
            "ours": _ours(state, name),
        }

    def _told(self, state: KeyState, name: str) -> tuple[int | None, int | None, float | None]:
        if name == "second":
            used = len(state.calls) + len(state.slots)
            return self._per_second, max(0, self._per_second - used), max(state.slots, default=None)
        window = state.windows.get(name)
        if window is None:
            return None, None, None
        return window.limit, max(0, window.left), window.before


def _ours(state: KeyState, name: str) -> int | None:
    """Calls of a window that were made here; of some nobody knows whether they were counted."""
    window = state.windows.get(name)
    return None if window is None else window.ours + window.lost


def _forget_calls(names: Iterable[str], state: KeyState) -> None:
    for name in names:
        state.calls.pop(name, None)


def _take_in(
    state: KeyState, booking: Booking, headers: Mapping[str, str], status: int, now: float
) -> None:
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
