"""The worker: one process a data folder, a few threads, each with one shop."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import TypeVar

from sync.database import kept, sqlite3
from sync.engine.claiming import claim, hand_back, is_due, one_probe
from sync.engine.upkeep import bound_log, check_files, forget_old, keep_days, queue_due
from sync.run import More, Result, Session, record_result
from sync.store import Desk, QueuedRun, Refused, is_locked, os_lock, shop_lock

POLL = 0.5  # seconds between looks at the queue, or at a lock that somebody else holds
TICK = 5.0  # seconds between looks at the schedule
TIDY = 86400.0  # seconds between two times of forgetting what is old
CHANCES = 5  # somebody who only asks whether a worker is alive holds its lock for a moment
THREADS = 4  # shops that a worker advances at once
FOR_PEOPLE = 1  # … and as many more if a person waits
LONGEST_REST = 60.0  # seconds a shop is left alone after one error upon another

_LOCK = "worker.lock"

T = TypeVar("T")

logger = logging.getLogger("sync.engine")


@contextmanager
def worker_lock(desk: Desk) -> Iterator[bool]:
    """Try to be the worker of this data folder: yields whether this process is."""
    with os_lock(desk.data_dir / _LOCK) as mine:
        yield mine


def worker_alive(desk: Desk) -> bool:
    """Whether a worker drives this data folder."""
    return is_locked(desk.data_dir / _LOCK)


def work(
    desk: Desk,
    *,
    stop: threading.Event,
    once: bool = False,
    beside: AbstractContextManager[object] | None = None,
) -> None:
    """Drive queued and scheduled runs until `stop`; with `once` until nothing is due. `beside` is
    entered once this process is the worker. UsageError if another one has the data folder."""
    days = keep_days()
    for _ in range(CHANCES):
        with worker_lock(desk) as free:
            if free:
                with beside or nullcontext():
                    _Worker(desk, stop, days).loop(once=once)
                return
        stop.wait(0.1)
    raise Refused("worker_alive")


@dataclass
class _Turn:
    """A run in the hands of a thread, and whether others wait for its place."""

    run: QueuedRun
    leave: bool = False  # at its next checkpoint: who waits comes first
    share: bool = False  # after its slice, once it has got on

    def make_way(self, other: QueuedRun) -> None:
        self.leave |= other.rank < self.run.rank
        self.share |= other.rank <= self.run.rank


@dataclass
class _Rest:
    """Until when (monotonic s) a shop is left alone, after how many errors in a row."""

    until: float
    errors: int


class _Worker:
    """The loop over the queue; one shop is never in two threads."""

    def __init__(self, desk: Desk, stop: threading.Event, days: int) -> None:
        self._desk = desk
        self._stop = stop
        self._days = days
        self._wake = threading.Event()
        self._changing = threading.Lock()
        self._turns: dict[int, _Turn] = {}
        self._rests: dict[int, _Rest] = {}
        self._next_tick = self._next_tidy = float("-inf")

    def loop(self, *, once: bool) -> None:
        places = THREADS + FOR_PEOPLE + 1  # the last one tidies
        with ThreadPoolExecutor(places, thread_name_prefix="shop") as threads:
            while not self._stop.is_set():
                self._wake.clear()
                with kept():
                    due = self._look(threads)
                if once and due == [] and not self._turns:
                    return
                self._wake.wait(POLL)

    def _look(self, threads: ThreadPoolExecutor) -> list[QueuedRun] | None:
        """Queue what the schedule wants, give out turns. The runs that are due; None where the
        database did not say."""
        try:
            self._tick(threads)
            due = one_probe(run for run in self._desk.queue() if is_due(self._desk, run))
        except (sqlite3.Error, OSError):
            logger.exception("worker: error %s; trying again", secrets.token_hex(4))
            return None
        for turn in self._give_turns(due):
            threads.submit(self._take, turn)
        return due

    def _tick(self, threads: ThreadPoolExecutor) -> None:
        now = self._desk.clock.monotonic()
        if now >= self._next_tick:
            bound_log(self._desk.data_dir)
            more = queue_due(self._desk)
            self._next_tick = now + (POLL if more else TICK)
        if now >= self._next_tidy:
            self._next_tidy = now + TIDY
            threads.submit(self._watched, self._tidy, "forgetting what is old")

    def _tidy(self) -> None:
        runs = forget_old(self._desk, self._days)
        check_files(self._desk)
        if runs:
            logger.info("log and outcomes of %s runs are older than %s days", runs, self._days)

    # -- who comes next ---------------------------------------------------------------------

    def _give_turns(self, due: Sequence[QueuedRun]) -> list[_Turn]:
        """New turns for the due runs, by rank; tells those in hand who waits for their place."""
        with self._changing:
            new, crowded = [], False
            for turn in self._turns.values():
                turn.share = False
            for run in due:
                turn_now = self._turns.get(run.shop_id)
                if turn_now is not None:
                    _meet(turn_now, run)
                elif self._rests_still(run):
                    continue
                elif len(self._turns) < THREADS + (FOR_PEOPLE if run.rank == 0 else 0):
                    self._turns[run.shop_id] = _Turn(run)
                    new.append(self._turns[run.shop_id])
                else:
                    crowded = True
            for turn in self._turns.values():
                turn.share |= crowded
            return new

    def _rests_still(self, run: QueuedRun) -> bool:
        rest = self._rests.get(run.shop_id)
        return rest is not None and self._desk.clock.monotonic() < rest.until

    # -- a turn -----------------------------------------------------------------------------

    def _take(self, turn: _Turn) -> None:
        """One turn; it gives its place back whatever happens."""
        shop = turn.run.shop_id
        worked: bool | None = None
        try:
            worked = self._watched(lambda: self._advance(turn), f"run {turn.run.id}", turn.run)
        finally:
            with self._changing:
                del self._turns[shop]
                self._rests[shop] = self._rest_after(shop, worked)
            if worked:
                self._wake.set()

    def _rest_after(self, shop: int, worked: bool | None) -> _Rest:
        """None at all after work; a moment if somebody else has the shop (False); after an error
        (None) ever longer."""
        now = self._desk.clock.monotonic()
        if worked is not None:
            return _Rest(now if worked else now + POLL, 0)
        before = self._rests.get(shop)
        errors = before.errors if before else 0
        return _Rest(now + min(2.0**errors, LONGEST_REST), errors + 1)

    def _watched(self, job: Callable[[], T], name: str, run: QueuedRun | None = None) -> T | None:
        """What the job returns; None after an error, which is logged under an id: here and in
        the run's log. A run stays in the queue."""
        try:
            return job()
        except Exception:  # a thread's error would go unseen
            error_id = secrets.token_hex(4)
            logger.exception("%s: error %s in the worker", name, error_id)
            if run is not None:
                with suppress(sqlite3.Error):
                    message = f"error {error_id} in the worker, see its log; trying again"
                    self._desk.log(run.id, "error", run.phase, message)
            return None

    def _advance(self, turn: _Turn) -> bool:
        """Advance the run until it ends, waits, or another one's turn comes. False if somebody
        else works on the shop."""
        desk = self._desk
        with kept(), shop_lock(desk.data_dir, turn.run.shop) as free:
            if not free:
                return False
            claimed = claim(desk, turn.run.id)
            if claimed is None:
                return True

            def pause() -> bool:
                return turn.leave or self._stop.is_set()

            with Session(desk, claimed, pause=pause, share=lambda: turn.share) as session:
                result: Result = More()
                while result == More():
                    result = session.advance()
                    record_result(session, result)
                if not isinstance(result, More):
                    return True
                if self._stop.is_set():
                    session.log("info", "left at its checkpoint: the worker stops")
            hand_back(desk, claimed.id)
            return True


def _meet(turn: _Turn, run: QueuedRun) -> None:
    """A due run whose shop is in hand: its own, as it stands now, or one that waits for it."""
    if run.id == turn.run.id:
        turn.run = run
    else:
        turn.make_way(run)
