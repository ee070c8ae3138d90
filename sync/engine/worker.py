"""A worker's loop over the queue: many threads, each with one shop."""

from __future__ import annotations

import logging
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

from sync.database import kept, sqlite3
from sync.engine.claiming import claim, hand_back, is_due, one_probe
from sync.engine.places import MEMORY, MOST, Gauge, Places, be_sparing
from sync.engine.upkeep import Upkeep
from sync.errors import Message
from sync.run import More, Result, Session, record_result
from sync.store import Desk, QueuedRun, State, is_locked, lock_path, shop_lock

POLL = 0.5  # seconds between looks at the queue, or at a lock that somebody else holds
FOR_PEOPLE = 16  # runs that a person waits for find so many places more
SWITCH = 0.001  # seconds after which a thread makes way for another
LONGEST_REST = 60.0  # seconds a shop is left alone after one error upon another

T = TypeVar("T")

logger = logging.getLogger("sync.engine")


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


class Worker:
    """The loop over the queue; one shop is never in two threads. `part` is the number of this
    process among so many: of scheduled runs each takes first those of its own shops, then those of
    the others."""

    def __init__(
        self,
        desk: Desk,
        stop: threading.Event,
        *,
        upkeep: Upkeep | None = None,
        part: tuple[int, int] = (0, 1),
    ) -> None:
        self._desk = desk
        self._stop = stop
        self._upkeep = upkeep
        self._part, self._parts = part
        self._wake = threading.Event()
        self._changing = threading.Lock()
        self._turns: dict[int, _Turn] = {}
        self._rests: dict[int, _Rest] = {}
        self._places = Places(memory=MEMORY // self._parts)
        self._gauge = Gauge()

    def loop(self, *, once: bool = False) -> None:
        """Drive runs until `stop`, with `once` until nothing is due."""
        be_sparing()
        threads = MOST + FOR_PEOPLE + 3  # the last ones tidy, alert and read back
        with _quick_turns(), ThreadPoolExecutor(threads, thread_name_prefix="shop") as pool:
            while not self._stop.is_set():
                self._wake.clear()
                with kept():
                    due = self._look(pool)
                if once and due == [] and not self._turns:
                    return
                began = time.monotonic()
                if not self._wake.wait(POLL):
                    self._gauge.note_late(time.monotonic() - began - POLL)

    def _look(self, pool: ThreadPoolExecutor) -> list[QueuedRun] | None:
        """Queue what the schedule wants, give out turns. The runs that are due; None where the
        database did not say."""
        began, worked = time.monotonic(), time.thread_time()
        try:
            if self._upkeep is not None:
                self._upkeep.tick(lambda job, name: pool.submit(watched, job, name))
            due = self._due()
        except (sqlite3.Error, OSError):
            logger.exception("worker: error %s; trying again", secrets.token_hex(4))
            return None
        for turn in self._give_turns(due):
            pool.submit(self._take, turn)
        self._gauge.note_late(time.monotonic() - began - (time.thread_time() - worked))
        return due

    def _due(self) -> list[QueuedRun]:
        """The due runs in the order in which this process takes them up: no more of them than all
        processes together can have in hand, and a look at what is in its own."""
        with self._changing:
            mine = {turn.run.id for turn in self._turns.values()}
        found = self._desk.due_runs((self._parts + 1) * (MOST + FOR_PEOPLE), list(mine))
        free = (run for run in found if run.id in mine or not self._is_elsewhere(run))
        due = one_probe(run for run in free if is_due(self._desk, run))
        if self._parts > 1:  # sorting keeps the queue's order among those that are alike
            due.sort(key=lambda run: (run.rank, run.rank > 0 and not self._is_of_mine(run)))
        return due

    def _is_elsewhere(self, run: QueuedRun) -> bool:
        """Whether another process works on it: a run that says so and has died is free."""
        return run.state is State.RUNNING and is_locked(lock_path(self._desk.data_dir, run.shop))

    def _is_of_mine(self, run: QueuedRun) -> bool:
        return run.shop_id % self._parts == self._part

    # -- who comes next ---------------------------------------------------------------------

    def _give_turns(self, due: Sequence[QueuedRun]) -> list[_Turn]:
        """New turns for the due runs, by rank; tells those in hand who waits for their place."""
        with self._changing:
            new: list[_Turn] = []
            wanting = 0
            for turn in self._turns.values():
                turn.share = False
            for run in due:
                turn_now = self._turns.get(run.shop_id)
                if turn_now is not None:
                    _meet(turn_now, run)
                elif self._rests_still(run):
                    continue
                elif len(self._turns) < self._places.count + (FOR_PEOPLE if run.rank == 0 else 0):
                    self._turns[run.shop_id] = _Turn(run)
                    new.append(self._turns[run.shop_id])
                else:
                    wanting += 1
            self._make_room(wanting)
            return new

    def _make_room(self, wanting: int) -> None:
        """Let the places follow from the load; tell those in hand to share theirs if others wait,
        or if there are fewer places by now."""
        load = self._gauge.read(in_hand=len(self._turns), wanting=wanting)
        if load is not None:
            self._places.follow(load)
        crowded = wanting > 0 or len(self._turns) > self._places.count + FOR_PEOPLE
        for turn in self._turns.values():
            turn.share |= crowded

    def _rests_still(self, run: QueuedRun) -> bool:
        rest = self._rests.get(run.shop_id)
        return rest is not None and self._desk.clock.monotonic() < rest.until

    # -- a turn -----------------------------------------------------------------------------

    def _take(self, turn: _Turn) -> None:
        """One turn; it gives its place back whatever happens."""
        shop = turn.run.shop_id
        worked: bool | None = None
        try:
            worked = watched(
                lambda: self._advance(turn), f"run {turn.run.id}", self._noted(turn.run)
            )
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

    def _noted(self, run: QueuedRun) -> Callable[[str], None]:
        """Notes an error in the run's log; the run stays in the queue."""

        def note(error_id: str) -> None:
            self._desk.log(run.id, "error", run.phase, Message("log.worker_error", id=error_id))

        return note

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
                    session.log("info", Message("log.left"))
            hand_back(desk, claimed.id)
            return True


@contextmanager
def _quick_turns() -> Iterator[None]:
    """While this lasts Python's threads take turns more often than every 5 ms: a start needs some
    hundred of them, and would queue each time behind every shop that calculates."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def _meet(turn: _Turn, run: QueuedRun) -> None:
    """A due run whose shop is in hand: its own, as it stands now, or one that waits for it."""
    if run.id == turn.run.id:
        turn.run = run
    else:
        turn.make_way(run)


def watched(job: Callable[[], T], name: str, note: Callable[[str], None] | None = None) -> T | None:
    """What the job returns; None after an error, which is logged under an id that `note` is told:
    a thread's error would go unseen."""
    try:
        return job()
    except Exception:  # whatever it is, the other threads go on
        error_id = secrets.token_hex(4)
        logger.exception("%s: error %s in the worker", name, error_id)
        if note is not None:
            with suppress(sqlite3.Error):
                note(error_id)
        return None
