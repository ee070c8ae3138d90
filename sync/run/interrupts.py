"""Whether a run is to leave its place: for good, for who comes next, or to share its turn."""

from __future__ import annotations

from collections.abc import Callable

from sync.store import Desk

LOOK_EVERY = 1.0  # seconds between looks at the run's row for a wish to cancel


class Interrupts:
    """What people, the worker and other runs want of a run in hand. `stop` ends it, cancelled;
    `pause` leaves it at its next checkpoint, for whoever comes next; `share` does the same, but
    after its slice and once it has got on."""

    def __init__(
        self,
        desk: Desk,
        run: int,
        *,
        stop: Callable[[], bool],
        pause: Callable[[], bool],
        share: Callable[[], bool],
    ) -> None:
        self._desk = desk
        self._run = run
        self._stop = stop
        self._pause = pause
        self._share = share
        self._late = self._leaving = self._cancelled = False
        self._looked = float("-inf")
        self._place: str | None = None

    def cancelled(self) -> bool:
        """Whether this process or anybody else wants the run to end; the row is looked up at most
        once a second."""
        now = self._desk.clock.monotonic()
        if now - self._looked >= LOOK_EVERY:
            self._looked = now
            self._cancelled = self._desk.run(self._run).cancel
        return self._cancelled or self._stop()

    def paused(self) -> bool:
        """Whether the run is to be left where it is."""
        return self._leaving or self._pause()

    def any(self) -> bool:
        """Whether work is to stop at the next checkpoint."""
        return self.paused() or self.cancelled()

    def take_turns(self, over: bool, place: Callable[[], str]) -> None:
        """After a step: once a slice was `over`, a run that shares leaves as soon as it has got on
        in what a restart would not repeat, which `place` tells. If turns could end without, slow
        answers would keep every run that shares from its end."""
        self._late |= over
        if self._late and self._share():
            before, self._place = self._place, place()
            self._leaving |= before not in (None, self._place)
