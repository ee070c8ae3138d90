"""Being the worker of a data folder: one process a folder holds its lock; it drives the runs by
itself, or looks after processes that do."""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final

from sync.database import kept, sqlite3
from sync.engine.upkeep import Upkeep
from sync.engine.worker import POLL, Worker, watched
from sync.store import Desk, Refused, os_lock
from sync.store.files import WORKER_LOCK

CHANCES: Final = 5  # somebody who only asks whether a worker is alive holds its lock for a moment
LONGEST_PAUSE: Final = 60.0  # seconds before a process that dies at once each time is started again

logger = logging.getLogger("sync.engine")

Start = Callable[[int], "subprocess.Popen[bytes]"]


@contextmanager
def worker_lock(desk: Desk) -> Iterator[bool]:
    """Try to be the worker of this data folder: yields whether this process is."""
    with os_lock(desk.data_dir / WORKER_LOCK) as mine:
        yield mine


def work(
    desk: Desk,
    *,
    stop: threading.Event,
    once: bool = False,
    beside: AbstractContextManager[object] | None = None,
    processes: int = 1,
    start: Start | None = None,
) -> None:
    """Drive queued and scheduled runs until `stop`; with `once` until nothing is due. `beside` is
    entered once this process is the worker. With several `processes` those do the driving: `start`
    starts the one of that number, which calls `assist` and ends once its stdin does. UsageError if
    another worker has the data folder."""
    upkeep = Upkeep(desk, stop.is_set)
    for _ in range(CHANCES):
        with worker_lock(desk) as free:
            if free:
                with beside or nullcontext():
                    if start is None or processes == 1:
                        Worker(desk, stop, upkeep=upkeep).loop(once=once)
                    else:
                        _supervise(desk, stop, upkeep, [_Child(start, n) for n in range(processes)])
                return
        stop.wait(0.1)
    raise Refused("worker_alive")


def assist(desk: Desk, *, stop: threading.Event, part: tuple[int, int]) -> None:
    """Drive runs until `stop` as one of several processes of a worker: its number from 0, and how
    many there are. They share the folder by the shops' locks alone."""
    Worker(desk, stop, part=part).loop()


def _supervise(desk: Desk, stop: threading.Event, upkeep: Upkeep, children: list[_Child]) -> None:
    """Keep the schedule and the children going; at the end each has left its runs at their
    checkpoints."""
    try:
        with ThreadPoolExecutor(3, thread_name_prefix="upkeep") as pool:
            while not stop.is_set():
                for child in children:
                    child.ensure()
                try:
                    with kept():
                        upkeep.tick(lambda job, name: pool.submit(watched, job, name))
                except (sqlite3.Error, OSError):
                    logger.exception("worker: the schedule could not be looked at; trying again")
                stop.wait(POLL)
    finally:
        for child in children:
            child.tell_to_stop()
        for child in children:
            child.wait()


class _Child:
    """A process that is started again whenever it has ended, ever later if it ends at once."""

    def __init__(self, start: Start, number: int) -> None:
        self._start = start
        self._number = number
        self._process: subprocess.Popen[bytes] | None = None
        self._started = self._next = float("-inf")
        self._pause = 0.0

    def ensure(self) -> None:
        """Start it if it does not live."""
        now = time.monotonic()
        if self._process is not None and self._process.poll() is not None:
            self._note_end(self._process, now)
        if self._process is None and now >= self._next:
            self._process, self._started = self._start(self._number), now

    def tell_to_stop(self) -> None:
        """It leaves its runs at their checkpoints; whatever ends this process tells it the same."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def wait(self) -> None:
        """Return once it has ended."""
        if self._process is not None:
            self._process.wait()

    def _note_end(self, process: subprocess.Popen[bytes], now: float) -> None:
        self.tell_to_stop()
        quick = now - self._started < LONGEST_PAUSE
        self._pause = min(2 * self._pause + 1, LONGEST_PAUSE) if quick else 0.0
        self._next = now + self._pause
        self._process = None
        said = "process %s ended with code %s and is started again"
        logger.error(said, self._number + 1, process.returncode)
