"""A worker of several processes on one data folder: they share its shops, and end with it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sync.engine import serving
from sync.store import RunRow, UsageError
from tests.conftest import Place
from tests.lives import Command
from tests.test_engine import by_hand, ended, most_often_fetched_lines, other_shop, queue

WaitFor = Callable[[Callable[[], bool]], None]
LONG = {"include_orders": "all"}  # a run's lines take seconds then, whatever the computer has to do


def alive(place: Place) -> set[int]:
    """The processes that drive runs for the folder's worker."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode().split("\0")
        except OSError:  # it has ended meanwhile
            continue
        if "--number" in words and str(place.desk.data_dir) in words:
            found.add(int(folder.name))
    return found


@contextmanager
def working(place: Place, wait_for: WaitFor) -> Iterator[Command]:
    """A worker of two processes; nothing of it is left at the end."""
    with Command("--data", str(place.desk.data_dir), "worker", "--processes", "2") as worker:
        wait_for(lambda: len(alive(place)) == 2)
        yield worker
    wait_for(lambda: alive(place) == set())


def shops_at_work(place: Place, runs: list[RunRow]) -> int:
    return sum(place.desk.run(row.id).state == "running" for row in runs)


def queued(place: Place, shops: int, **settings: str) -> list[RunRow]:
    stores = [place.store, *(other_shop(place, f"shop{n}") for n in range(1, shops))]
    by_hand(place, *stores)
    for store in stores:
        changed = place.desk.settings(store).settings.changed(settings)
        place.desk.save_settings(store, changed, note="")
    return [queue(place, store) for store in stores]


def test_they_share_the_shops_and_stop_at_their_checkpoints(strict_place: Place, wait_for: WaitFor):
    runs = queued(strict_place, 4, **LONG)
    with working(strict_place, wait_for) as worker:
        wait_for(lambda: shops_at_work(strict_place, runs) == 4 and strict_place.calls() > 20)
        with pytest.raises(UsageError, match="already"):
            serving.work(strict_place.desk, stop=threading.Event())
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=60) == 0
        assert alive(strict_place) == set()
    for row in runs:
        left = strict_place.desk.run(row.id)
        assert (left.state, left.finished, left.deaths) == ("queued", None, 0)
        said = strict_place.desk.run_log(row.id)[-1]["message"]
        assert said == "left at its checkpoint: the worker stops"


def test_one_that_is_killed_is_started_again(place: Place, wait_for: WaitFor):
    runs = queued(place, 3)
    with working(place, wait_for):
        wait_for(lambda: any(place.desk.run(row.id).started for row in runs))
        killed = min(alive(place))
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: len(alive(place) - {killed}) == 2)
        wait_for(lambda: ended(place, *runs))
    assert {place.desk.run(row.id).state for row in runs} == {"succeeded"}
    assert most_often_fetched_lines(place) <= len(runs) + 1


def test_they_end_however_their_worker_ends(strict_place: Place, wait_for: WaitFor):
    runs = queued(strict_place, 2, **LONG)
    with working(strict_place, wait_for) as worker:
        wait_for(lambda: strict_place.calls() > 20)
        worker.kill()
        wait_for(lambda: alive(strict_place) == set())
    assert {strict_place.desk.run(row.id).state for row in runs} == {"queued"}
