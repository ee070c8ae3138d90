"""A run on its way: a bar on a terminal, plain lines elsewhere, and Ctrl-C."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Final

from sync.cli import show
from sync.cli.screen import Screen
from sync.run.documents import waiting
from sync.store import TERMINAL, RunRow, State
from sync.texts import labels, text
from sync.texts.numbers import number

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

SECONDS_BETWEEN_LINES: Final = 5.0


View = Callable[[RunRow], None]


@contextmanager
def watching(screen: Screen) -> Iterator[View]:
    """How this screen follows a run; on stderr, so that stdout holds the report alone."""
    if screen.json:
        yield lambda run: None
    elif screen.err.isatty():
        with _bar(screen) as bar:
            yield _Bar(bar, screen.lang)
    else:
        yield _Lines(screen)


@contextmanager
def interruptible(notice: str = "") -> Iterator[threading.Event]:
    """An event that the first Ctrl-C or SIGTERM sets, which is answered with `notice` on stderr;
    the next one ends the program at once."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def stopping(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        if notice:  # past Python's buffers: the signal may have come in the midst of a write
            with suppress(OSError):
                os.write(2, f"{notice}\n".encode())

    before = {number: signal.signal(number, stopping) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def sentence(run: RunRow, lang: str) -> str:
    """`Reading orders; calls: Lightspeed 40, Clerk.io 0`, or what the run waits for."""
    waits = waiting(run)
    if waits is not None:
        return show.waiting(waits, lang)
    if run.state is not State.RUNNING or not run.phase:
        return text(f"state.{run.state}", lang)
    return f"{_phase(run, lang)}; {_calls(run, lang)}"


def _phase(run: RunRow, lang: str) -> str:
    return labels("phase", lang).get(run.phase, run.phase) or text(f"state.{run.state}", lang)


def _calls(run: RunRow, lang: str) -> str:
    counts = {
        side: number(run.calls.get(side, {}).get("total", 0), lang)
        for side in ("lightspeed", "clerk")
    }
    return text("cli.run.calls_so_far", lang, **counts)


class _Lines:
    """A line for each phase and each wait, and in between one every few seconds."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._step: tuple[str, str, float | None] | None = None
        self._said = ""
        self._at = 0.0

    def __call__(self, run: RunRow) -> None:
        step = (run.state, run.phase, run.until)
        said = sentence(run, self._screen.lang)
        due = time.monotonic() - self._at >= SECONDS_BETWEEN_LINES
        if said == self._said or (step == self._step and not due):
            return
        self._step, self._said, self._at = step, said, time.monotonic()
        self._screen.remark(said)


class _Bar:
    """One bar for the phase at hand, with calls or the wait beside it."""

    def __init__(self, progress: Progress, lang: str) -> None:
        self._progress = progress
        self._lang = lang
        self._phase = ""
        self._task: TaskID | None = None

    def __call__(self, run: RunRow) -> None:
        if self._task is None or run.phase != self._phase:
            self._finish()
            self._phase = run.phase
            self._task = self._progress.add_task(_phase(run, self._lang), total=None, detail="")
        waits = run.state is State.WAITING
        self._progress.update(
            self._task,
            detail=sentence(run, self._lang) if waits else _calls(run, self._lang),
        )
        if run.state in TERMINAL:
            self._finish()

    def _finish(self) -> None:
        if self._task is not None:
            self._progress.update(self._task, total=1, completed=1)


def _bar(screen: Screen) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

    return Progress(
        SpinnerColumn(finished_text=" "),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[detail]}", markup=False),
        console=Console(file=screen.err, markup=False, highlight=False, emoji=False),
    )
