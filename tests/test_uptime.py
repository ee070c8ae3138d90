"""A process that lives for months: days compressed, and what it holds counted."""

from __future__ import annotations

import gc
import logging
import threading
import tracemalloc
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import pytest

from sync.cli import stand_in
from sync.engine import serving, worker
from sync.run.garbage import few_collections
from tests.conftest import NO_LIMITS, HastyClock, Place, placed
from tests.pages import conftest as pages

data, nothing, synced, visit = pages.data, pages.nothing, pages.synced, pages.visit
_alone, client = pages._alone, pages.client
BYTES = 3 * 2**20  # what memory may grow by in a part: caches that fill, and no more
LOOKS = 5  # at what a process holds, one after the other
# The worker's threads, begun as work overlaps; those of a second pool would have the same names.
POOLS = ("shop_", "upkeep_")
OUTSIDE = "streamlit.runtime.scriptrunner_utils.script_run_context"
LEAP = 4 * 2**20  # Python's one table of interned names, when it grows


@dataclass(frozen=True)
class Held:
    """What a process holds once what lies in cycles is gone."""

    objects: int
    handles: int
    threads: int
    traced: int

    @classmethod
    def now(cls) -> Held:
        gc.collect()
        names = [each.name for each in threading.enumerate()]
        return cls(
            len(gc.get_objects()),
            len(list(Path("/proc/self/fd").iterdir())),
            len(names) - len({name for name in names if name.startswith(POOLS)}),
            tracemalloc.get_traced_memory()[0],
        )

    def least(self, before: Held | None) -> Held:
        """The lower numbers of both: what is on its way out when one looks is no growth."""
        if before is None:
            return self
        return Held(*map(min, astuple(self), astuple(before)))

    def grew(self, before: Held, *, objects: int, traced: int = BYTES) -> list[str]:
        """What has become more than it may."""
        most = {"objects": objects, "handles": 3, "threads": 1, "traced": traced}
        grown = {name: getattr(self, name) - getattr(before, name) for name in most}
        return [f"{name} +{n}" for name, n in grown.items() if n > most[name]]


class Ticks(threading.Event):
    """A worker's stop: asked once a tick, set after so many. Each tick is a minute in which every
    run that is due gets done."""

    def __init__(self, place: Place, clock: HastyClock, most: int, warm: int) -> None:
        super().__init__()
        self._place, self._clock, self._most, self._warm = place, clock, most, warm
        self._ticks = 0
        self.before: Held | None = None
        self.after: Held | None = None

    def is_set(self) -> bool:
        if super().is_set() or threading.current_thread() is not threading.main_thread():
            return super().is_set()
        if self._place.desk.queue():
            self.wait(0.001)
            return False
        self._ticks += 1
        self._clock.sleep(60)
        if 0 <= self._ticks - self._warm < LOOKS:
            self.before = Held.now().least(self.before)
        if 0 <= self._most - self._ticks < LOOKS:
            self.after = Held.now().least(self.after)
        if self._ticks == self._most:
            self.set()
        return super().is_set()


@contextmanager
def shortened(monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patched:
        patched.setattr(worker, "POLL", 0.002)
        patched.setattr(stand_in, "SECONDS_BETWEEN_LOOKS", 0.02)
        yield


def grown(tiny: Path, folder: Path, patch: pytest.MonkeyPatch, ticks: int, warm: int) -> list[str]:
    """What a worker with a demo shop and a real one holds more at the end than once warm."""
    clock = HastyClock()
    with placed(tiny, folder, NO_LIMITS, clock) as place, shortened(patch):
        place.desk.add_shop("Demo", domain="", cluster="eu1", api_url=place.sandbox.url, demo=True)
        place.run()
        stop = Ticks(place, clock, ticks, warm)
        serving.work(place.desk, stop=stop, beside=stand_in.keep_serving(place.desk))
        assert len(place.desk.runs(place.store)) > (ticks - warm) // 100
        assert stop.before is not None
        assert stop.after is not None
        return stop.after.grew(stop.before, objects=1500)


@pytest.fixture
def traced():
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("traced")
def test_hours_of_a_worker_hold_nothing_more(tiny, tmp_path, monkeypatch):
    assert grown(tiny, tmp_path, monkeypatch, ticks=450, warm=200) == []


@pytest.mark.soak
@pytest.mark.usefixtures("traced")
def test_days_of_a_worker_hold_nothing_more(tiny, tmp_path, monkeypatch):
    """Seven days of minutes."""
    assert grown(tiny, tmp_path, monkeypatch, ticks=7 * 1440, warm=1440) == []


def test_an_idle_worker_leaves_nothing_in_cycles(place: Place, monkeypatch: pytest.MonkeyPatch):
    """What does waits for Python's collector, which may not look for hours."""
    clock = HastyClock()
    with shortened(monkeypatch):
        serving.work(place.desk, stop=Ticks(place, clock, 20, 10))
        gc.collect()
        gc.disable()
        try:
            serving.work(place.desk, stop=_Idle(100))
            left = gc.collect()
        finally:
            gc.enable()
    assert left < 200


class _Idle(threading.Event):
    """A stop after so many looks."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self._looks = looks

    def is_set(self) -> bool:
        self._looks -= 1
        return self._looks < 0


def test_python_looks_for_cycles_as_often_as_ever_once_a_slice_is_over(place: Place):
    usual = gc.get_threshold()
    place.run()
    assert gc.get_threshold() == usual
    inside: list[Any] = []
    with few_collections():
        with few_collections():
            inside.append(gc.get_threshold())
        inside.append(gc.get_threshold())
    assert gc.get_threshold() == usual
    assert all(seen[0] > usual[0] for seen in inside)


def test_the_command_line_leaves_the_collector_alone():
    """A threshold for the whole process let 20 MiB of cycles a minute pile up."""
    folder = Path(__file__).parents[1] / "sync"
    users = [p.name for p in folder.rglob("*.py") if "gc.set_threshold" in p.read_text("utf-8")]
    assert users == ["garbage.py"]


def reruns_grow(
    visit: Callable[..., Any], caplog: pytest.LogCaptureFixture, reruns: int, warm: int
) -> list[str]:
    """What the dashboard holds more after so many reruns of its pages. Each one outside a server
    makes Streamlit warn, and pytest would keep all of these lines."""
    caplog.set_level(logging.ERROR, logger=OUTSIDE)
    apps = [visit(page, store="main") for page in ("overview", "preview", "settings", "runs")]
    before = None
    for n in range(warm + reruns):
        if n == warm:
            before = Held.now()
        apps[n % len(apps)].run()
        assert not apps[n % len(apps)].exception
    assert before is not None
    return Held.now().grew(before, objects=8000, traced=BYTES + LEAP)


@pytest.mark.usefixtures("data", "traced")
def test_a_dashboard_holds_nothing_more_after_many_reruns(visit, caplog):
    assert reruns_grow(visit, caplog, reruns=24, warm=12) == []


@pytest.mark.soak
@pytest.mark.usefixtures("data", "traced")
def test_a_dashboard_holds_nothing_more_after_two_thousand_reruns(visit, caplog):
    assert reruns_grow(visit, caplog, reruns=2000, warm=100) == []
