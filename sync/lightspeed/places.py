"""Places for quick calls: booked in small blocks, their results recorded together.

A call of 5 ms would else cost two transactions in a file that other processes wait for. What a
block holds counts as in flight for everybody until it is recorded or given back, so no window is
overrun; after a crash it goes the way of every booking that nobody ends.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sync.budget import Booking, Budget, Result, Spent
from sync.clock import Clock

BLOCK: Final = 10  # places at most: half of what a key is given in a second
KEPT: Final = 1.0  # seconds that a place is kept for a call, and a result before it is recorded


class Places:
    """The bookings of one client, for several threads. While a block is in use its results are held
    for a second at most; any other is recorded at once, and so is one that is not all well."""

    def __init__(self, budget: Budget, clock: Clock) -> None:
        self._budget = budget
        self._clock = clock
        self._lock = threading.Lock()
        self._spare: list[Booking] = []
        self._person = False  # whom the spare places were booked for
        self._results: list[Result] = []
        self._known = False  # whether an answer has told the windows: until then one call asks
        self._gathering = False  # whether results are held for those that follow
        self._full_until = float("-inf")

    def take(self, person: bool, wanted: int = 1) -> Booking:
        """A place for a call that is sent now, of `wanted` that will be soon. Raises Spent."""
        with self._lock:
            now = self._clock.now()
            if kept := self._kept(person, now):
                return kept
            self._give_back()
            block = self._book(person, min(wanted, BLOCK))
            self._gathering = wanted > 1 and self._known
            self._spare, self._person = block[1:], person
            return block[0]

    def take_ahead(self, person: bool, wanted: int) -> Booking | None:
        """The same for a call that can wait for the answers of others; None if there is no place.
        After that the book is left alone until there may be one."""
        if self._clock.now() < self._full_until <= self._clock.now() + KEPT:
            return None
        try:
            return self.take(person, wanted)
        except Spent as spent:
            self._full_until = spent.until
            return None

    def record(
        self, booking: Booking, headers: Mapping[str, str] | None, status: int | None
    ) -> None:
        """End a booking: see `Budget.record_result`."""
        with self._lock:
            self._results.append(Result(booking, headers, status, self._clock.now()))
            waited = self._clock.now() - self._results[0].at
            if headers is None or status is None or status >= 400:
                self._end()  # no place is used on what the book does not know yet
                return
            self._known = True
            if not self._gathering or len(self._results) >= BLOCK or not 0 <= waited < KEPT:
                self._record()

    def end(self) -> None:
        """No more calls are wanted: spare places are given back, and each result is recorded."""
        with self._lock:
            self._gathering = False
            self._end()

    def _kept(self, person: bool, now: float) -> Booking | None:
        if not self._spare or self._person != person:
            return None
        if not 0 <= now - self._spare[-1].at < KEPT:
            return None
        return replace(self._spare.pop(), at=now)

    def _book(self, person: bool, most: int) -> list[Booking]:
        """A block, after what is known has been recorded, in the same transaction."""
        try:
            block = self._budget.book_some(most, person=person, ended=self._results)
        except Spent:
            self._recorded()
            raise
        self._recorded()
        return block

    def _end(self) -> None:
        self._record()
        self._give_back()

    def _give_back(self) -> None:
        if self._spare:
            self._budget.give_back(self._spare)
            self._spare = []

    def _record(self) -> None:
        if self._results:
            self._budget.record_results(self._results)
            self._recorded()

    def _recorded(self) -> None:
        if self._results:
            self._results = []
            self._full_until = float("-inf")
