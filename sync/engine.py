"""The loop that drives runs, in the foreground or as a worker, and the schedule's ticking.

The run table is the queue. Whoever advances a shop holds its OS lock, and nothing else: a run that
is `running` while its lock is free is dead and is claimed again.
"""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from sync.fleet import Standing, standings
from sync.run import More, Session, settle
from sync.store import TERMINAL, Desk, RunActive, RunRow, UsageError, shop_lock

MOST_DEATHS = 5
POLL = 0.5  # seconds between looks at a lock or a row that somebody else holds
TICK = 5.0  # seconds between looks at the schedule
CHANCES = 5  # somebody who only asks whether a worker is alive holds its lock for a moment
THREADS = 4  # shops that a worker advances at once

Progress = Callable[[RunRow], None]


# -- in the foreground ----------------------------------------------------------------------


def drive(
    desk: Desk,
    run_id: int,
    *,
    wait: bool = True,
    stop: threading.Event,
    on_progress: Progress = lambda run: None,
) -> RunRow:
    """Advance a run in the foreground until it has ended, is held, or (wait=False) waits for a
    window. `stop` ends it at the next checkpoint, cancelled. Returns its row."""
    while True:
        run = _advance_while_possible(desk, run_id, stop, on_progress)
        on_progress(run)
        if run.state in TERMINAL or run.state == "held":
            return run
        if run.state == "waiting" and not wait and not stop.is_set():
            return run
        if stop.wait(_pause(desk, run)):
            return _cancel_idle(desk, run)


def follow(
    desk: Desk, run_id: int, *, stop: threading.Event, on_progress: Progress = lambda run: None
) -> RunRow:
    """Watch a run that a worker drives until it has ended or is held. `stop` only ends the
    watching."""
    while True:
        run = desk.run(run_id)
        on_progress(run)
        if run.state in TERMINAL or run.state == "held" or stop.wait(POLL):
            return run


def _pause(desk: Desk, run: RunRow) -> float:
    if run.state == "waiting" and run.until is not None:
        return min(max(run.until - desk.clock.now(), 0.05), 1.0)
    return POLL


def _cancel_idle(desk: Desk, run: RunRow) -> RunRow:
    ended = {"state": "cancelled", "finished": desk.clock.now(), "until": None, "window": None}
    try:
        return desk.change_state(run.id, ["queued", "waiting", "approved"], ended)
    except UsageError:
        return desk.run(run.id)


def _advance_while_possible(
    desk: Desk, run_id: int, stop: threading.Event, on_progress: Progress
) -> RunRow:
    """Claim the run if its shop is free and it is due; advance it while it says More."""
    run = desk.run(run_id)
    if not is_due(desk, run):
        return run
    with shop_lock(desk.data_dir, desk.shop_by_id(run.shop_id).slug) as free:
        claimed = claim(desk, run_id) if free else None
        if claimed is None:
            return desk.run(run_id)
        with Session(desk, claimed, stop=stop.is_set) as session:
            while True:
                result = session.advance()
                run = settle(session, result)
                on_progress(run)
                if not isinstance(result, More):
                    return run


# -- claiming -------------------------------------------------------------------------------


def is_due(desk: Desk, run: RunRow) -> bool:
    """Whether an active run can be advanced now."""
    if run.state == "waiting":
        return run.cancel or run.until is None or desk.clock.now() >= run.until
    return run.state in ("queued", "approved", "running")


def claim(desk: Desk, run_id: int) -> RunRow | None:
    """Take a run whose shop's lock the caller holds; None if it is not to be advanced. One that
    is `running` with its lock free died; after five deaths without progress it fails."""
    run = desk.run(run_id)
    now = desk.clock.now()
    if run.state not in ("queued", "approved", "running", "waiting"):
        return None
    if run.cancel:
        desk.change_state(run_id, [run.state], {"state": "cancelled", "finished": now})
        return None
    deaths = run.deaths + (run.state == "running")
    if deaths >= MOST_DEATHS:
        _give_up(desk, run, now)
        return None
    if run.state == "running":
        desk.log(run_id, "warning", run.phase, "the process that drove this run died; going on")
    waited = run.waited
    if run.state == "waiting":
        waited += max(0.0, now - float(run.progress.get("wait_from", now)))
    changes = {
        "state": "running",
        "started": run.started or now,
        "until": None,
        "window": None,
        "why": None,
        "deaths": deaths,
        "waited": waited,
    }
    return desk.change_state(run_id, [run.state], changes)


def _give_up(desk: Desk, run: RunRow, now: float) -> None:
    message = f"died {MOST_DEATHS} times without progress"
    desk.change_state(run.id, ["running"], {"state": "failed", "finished": now, "message": message})
    desk.log(run.id, "error", run.phase, message)


# -- the worker -----------------------------------------------------------------------------


@contextmanager
def worker_lock(desk: Desk) -> Iterator[bool]:
    """Try to be the worker of this data folder: yields whether this process is."""
    desk.data_dir.mkdir(parents=True, exist_ok=True)
    with (desk.data_dir / "worker.lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def worker_alive(desk: Desk) -> bool:
    """Whether a worker drives this data folder."""
    with worker_lock(desk) as free:
        return not free


def work(desk: Desk, *, stop: threading.Event, once: bool = False) -> None:
    """Drive queued and scheduled runs until `stop`; with `once` until nothing is due. UsageError
    if another worker has the data folder."""
    for _ in range(CHANCES):
        with worker_lock(desk) as free:
            if free:
                _Worker(desk, stop).loop(once=once)
                return
        stop.wait(0.1)
    raise UsageError("a worker is already driving this data folder")


class _Worker:
    """One process, a few threads; one shop is never in two of them."""

    def __init__(self, desk: Desk, stop: threading.Event) -> None:
        self._desk = desk
        self._stop = stop
        self._wake = threading.Event()
        self._changed = threading.Lock()
        self._busy: set[int] = set()
        self._crowded = False
        self._next_tick = float("-inf")

    def loop(self, *, once: bool) -> None:
        with ThreadPoolExecutor(THREADS, thread_name_prefix="shop") as threads:
            while not self._stop.is_set():
                self._tick()
                due = self._due()
                if once and not due and not self._busy:
                    return
                for run in due:
                    self._start(threads, run)
                self._wake.wait(POLL)
                self._wake.clear()

    def _tick(self) -> None:
        if self._desk.clock.monotonic() < self._next_tick:
            return
        self._next_tick = self._desk.clock.monotonic() + TICK
        for standing in standings(self._desk):
            queue_if_due(self._desk, standing)

    def _due(self) -> list[RunRow]:
        """Runs that could be advanced now, by rank, one for each shop that is not in hand."""
        with self._changed:
            busy = set(self._busy)
        found: dict[int, RunRow] = {}
        for run in self._desk.active_runs():
            if run.shop_id not in busy and is_due(self._desk, run):
                found.setdefault(run.shop_id, run)
        return list(found.values())

    def _start(self, threads: ThreadPoolExecutor, run: RunRow) -> None:
        with self._changed:
            if len(self._busy) >= THREADS:
                self._crowded = True
                return
            self._busy.add(run.shop_id)
            self._crowded = False
        threads.submit(self._turn, run)

    def _turn(self, run: RunRow) -> None:
        try:
            self._advance(run)
        finally:
            with self._changed:
                self._busy.discard(run.shop_id)
            self._wake.set()

    def _advance(self, run: RunRow) -> None:
        desk = self._desk
        with shop_lock(desk.data_dir, desk.shop_by_id(run.shop_id).slug) as free:
            claimed = claim(desk, run.id) if free else None
            if claimed is None:
                return
            with Session(desk, claimed, pause=self._stop.is_set) as session:
                while True:
                    result = session.advance()
                    settle(session, result)
                    if not isinstance(result, More):
                        return
                    if self._crowded or self._stop.is_set():
                        hand_back(desk, claimed.id)
                        return


def hand_back(desk: Desk, run_id: int) -> None:
    """Put a run at its checkpoint back into the queue, behind those of its rank."""
    desk.change_state(run_id, ["running"], {"state": "queued", "due": desk.clock.now()})


def queue_if_due(desk: Desk, standing: Standing) -> RunRow | None:
    """Queue the store's scheduled run if it is due; None if it is not, or a run is active."""
    due, now = standing.due(desk.clock.now()), desk.clock.now()
    if due is None or due > now:
        return None
    try:
        run = desk.queue_run(standing.store, "sync", trigger="schedule", who="schedule")
    except RunActive:
        return None
    if now - due > 3600:
        desk.log(run.id, "warning", "", "this run was due earlier and is made up now")
    return run
