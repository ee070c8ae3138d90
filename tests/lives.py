"""Runs and commands in processes of their own, which signals can end at a chosen moment."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from multiprocessing.queues import Queue
from multiprocessing.reduction import DupFd
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any, Self

import sync.forget
from sync import cli, engine, run
from sync.database import sqlite3
from sync.http import Http
from sync.store import Desk, RunActive
from tests.conftest import HastyClock

LONGEST_LIFE = 120.0  # seconds, far beyond what any of them takes
KILLED = -signal.SIGKILL

# A server that imported everything once forks each life: one costs as much as its run.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class BeforeCall:
    """Death as the process is about to send its nth call; the server never sees that."""

    nth: int


@dataclass(frozen=True)
class AfterCall:
    """Death as the nth answer comes in: the server has done what was asked."""

    nth: int


@dataclass(frozen=True)
class AtStatement:
    """Death before the nth statement to any database, transactions' ends included."""

    nth: int


@dataclass(frozen=True)
class Suspended:
    """No death: the process stops at its first call, before any other is under way, until it is
    told to continue."""


Death = BeforeCall | AfterCall | AtStatement
Fate = Death | Suspended | None


class LaterClock(HastyClock):
    """The computer's clock, some seconds ahead and with pauses that take no time."""

    def __init__(self, ahead: float) -> None:
        super().__init__()
        self._ahead = ahead

    def now(self) -> float:
        return super().now() + self._ahead


def live(data_dir: Path, run_id: int, death: Fate = None, *, ahead: float = 0) -> int | None:
    """Drive the run in a process of its own to its end or death, its clock that many seconds
    ahead; returns the exit code."""
    life = born(data_dir, run_id, death, ahead)
    life.join(LONGEST_LIFE)
    return life.exitcode


def born(data_dir: Path, run_id: int, death: Fate = None, ahead: float = 0) -> BaseProcess:
    """A process that drives the run, just started."""
    life = _PROCESSES.Process(target=_drive, args=(data_dir, run_id, death, ahead), daemon=True)
    life.start()
    return life


def forget(data_dir: Path, store: str, key: str, death: Death) -> int | None:
    """Forget a person of the store's shop in a process of its own that may die of it; returns the
    exit code."""
    life = _PROCESSES.Process(target=_forget, args=(data_dir, store, key, death), daemon=True)
    life.start()
    life.join(LONGEST_LIFE)
    return life.exitcode


def together(count: int, data_dir: Path, store: str | None) -> list[tuple[str, int]]:
    """What so many processes tell that open the data folder in the same moment: of the run of the
    store that each asks for how it ended, or "active", and its id; without a store each adds a
    shop and tells its number."""
    ready, told = _PROCESSES.Barrier(count), _PROCESSES.Queue()
    lives = [
        _PROCESSES.Process(target=_one_of, args=(n, ready, told, data_dir, store), daemon=True)
        for n in range(count)
    ]
    for life in lives:
        life.start()
    found = [told.get(timeout=LONGEST_LIFE) for _ in lives]
    for life in lives:
        life.join(LONGEST_LIFE)
    return found


def _one_of(n: int, ready: Barrier, told: Queue[Any], data_dir: Path, store: str | None) -> None:
    ready.wait(LONGEST_LIFE)
    desk = Desk(data_dir)
    if store is None:
        shop = desk.add_shop(f"Shop {n}", domain="", cluster="eu1")
        desk.add_key(shop, f"key {n}", f"secret of key {n}")
        told.put(("shop", n))
        return
    try:
        run_id, mine = run.request(desk, desk.store(store), "sync").id, True
    except RunActive as error:
        run_id, mine = error.run, False
    ready.wait(LONGEST_LIFE)  # nobody asks after another one's run has ended
    ended = engine.drive(desk, run_id, stop=threading.Event()).state if mine else "active"
    told.put((ended, run_id))


def _drive(data_dir: Path, run_id: int, death: Fate, ahead: float) -> None:
    _fated(death)
    engine.drive(Desk(data_dir, clock=LaterClock(ahead)), run_id, stop=threading.Event())


def _forget(data_dir: Path, store: str, key: str, death: Death) -> None:
    desk = Desk(data_dir, clock=HastyClock())
    _fated(death)
    sync.forget.forget(desk, desk.store(store), key)


def _fated(death: Fate) -> None:
    if isinstance(death, AtStatement):
        _die_at_statement(death.nth)
    elif isinstance(death, Suspended):
        _at_call(1, signal.SIGSTOP, answered=False)
    elif death is not None:
        _at_call(death.nth, signal.SIGKILL, answered=isinstance(death, AfterCall))


def _at_call(nth: int, sent: signal.Signals, *, answered: bool) -> None:
    calls, send = itertools.count(1), Http.send

    def counted(http: Http, *args: Any, **options: Any) -> Any:
        due = next(calls) == nth
        if due and not answered:
            os.kill(os.getpid(), sent)
        answer = send(http, *args, **options)
        if due and answered:
            os.kill(os.getpid(), sent)
        return answer

    Http.send = counted


def _die_at_statement(nth: int) -> None:
    statements, connect = itertools.count(1), sqlite3.connect

    def watched(*args: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*args, **options)
        connection.set_trace_callback(_at(nth, statements))
        return connection

    sqlite3.connect = watched


def _at(nth: int, statements: itertools.count[int]) -> Callable[[str], None]:
    def count(_statement: str) -> None:
        if next(statements) == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    return count


class Command:
    """A command line in a process of its own, as subprocess.Popen has one: a forked server that
    imported everything spares each its start."""

    def __init__(self, *words: str) -> None:
        out, written_out = os.pipe()
        err, written_err = os.pipe()
        self.stdout, self.stderr = os.fdopen(out), os.fdopen(err)
        ends = (_Inherited(written_out), _Inherited(written_err))
        self._life = _PROCESSES.Process(target=_say, args=(words, dict(os.environ), *ends))
        self._life.start()
        os.close(written_out)
        os.close(written_err)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._life.kill()
        self._life.join()
        self.stdout.close()
        self.stderr.close()

    @property
    def returncode(self) -> int | None:
        return self._life.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self._life.pid or 0, number)

    def kill(self) -> None:
        self._life.kill()

    def wait(self, timeout: float) -> int:
        """The exit code; AssertionError if it has not ended in so many seconds."""
        self._life.join(timeout)
        assert self._life.exitcode is not None, "the command did not end"
        return self._life.exitcode

    def communicate(self, timeout: float) -> tuple[str, str]:
        """What is left to read of stdout and stderr after the end."""
        self.wait(timeout)
        return self.stdout.read(), self.stderr.read()


class _Inherited:
    """A file descriptor that the process takes over."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def __reduce__(self) -> tuple[Callable[[Any], int], tuple[Any]]:
        return _taken_over, (DupFd(self._fd),)


def _taken_over(end: Any) -> int:
    return int(end.detach())


def _say(words: tuple[str, ...], environ: dict[str, str], out: int, err: int) -> None:
    os.environ.clear()
    os.environ.update(environ)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.close(out)
    os.close(err)
    sys.exit(cli.main(words))
