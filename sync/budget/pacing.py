"""Which key may call now, and when the next one may."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from sync.budget.books import BudgetBook
from sync.budget.calls import WINDOWS, Booking, Result, Spent
from sync.budget.windows import KeyState, take_in
from sync.clock import Clock
from sync.forecast import kept

_TOGETHER: Final = (
    10  # places of the second that calls in a row wait for: each look is a transaction
)
_RECHECK: Final = 0.5  # a call in flight may end at any moment: look again this soon
_REFUSED: Final = 3600.0  # so long the other keys go on without one that was refused


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

    def book_some(self, most: int, *, person: bool, ended: Sequence[Result] = ()) -> list[Booking]:
        """One such call, and up to `most` of the same key as far as its windows allow; the results
        of those that have `ended` are recorded first, whether there is a place or not."""
        if len(self._key_ids) > 1:
            self.record_results(ended)
            ended = ()
        refusals = []
        for key_id in self._by_most_left(person):
            booked = self._book.edit(key_id, self._booker(key_id, person, most, ended))
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
                take_in(state, booking, headers, status, at)

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
        """Let one call with this key ask again, whatever an answer said of waiting. What is known
        of its windows stays where none of them says so."""

        def change(state: KeyState) -> None:
            spent = any(window.left <= 0 for window in state.windows.values())
            if spent or state.blocked_until > self._clock.now():
                state.start_afresh()
            state.blocked_until, state.strikes, state.refused_at = 0.0, 0, 0.0

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
        self, key_id: int, person: bool, most: int, ended: Sequence[Result]
    ) -> Callable[[KeyState], list[Booking] | Room]:
        def change(state: KeyState) -> list[Booking] | Room:
            if ended:
                self._end_calls(ended, state)
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
