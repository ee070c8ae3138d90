"""Runs in processes of their own, which kill -9 can end at a chosen moment."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sync import engine
from sync.clock import SystemClock
from sync.http import Http
from sync.store import Desk

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


Death = BeforeCall | AfterCall | AtStatement


class LaterClock(SystemClock):
    """The computer's clock, some seconds ahead."""

    def __init__(self, ahead: float) -> None:
        self._ahead = ahead

    def now(self) -> float:
        return super().now() + self._ahead


def live(
    data_dir: Path, run_id: int, death: Death | None = None, *, ahead: float = 0
) -> int | None:
    """Drive the run in a process of its own to its end or death, its clock that many seconds
    ahead; returns the exit code."""
    life = _PROCESSES.Process(target=_drive, args=(data_dir, run_id, death, ahead), daemon=True)
    life.start()
    life.join(LONGEST_LIFE)
    return life.exitcode


def _drive(data_dir: Path, run_id: int, death: Death | None, ahead: float) -> None:
    if isinstance(death, AtStatement):
        _die_at_statement(death.nth)
    elif death is not None:
        _die_at_call(death)
    engine.drive(Desk(data_dir, clock=LaterClock(ahead)), run_id, stop=threading.Event())


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_at_call(death: BeforeCall | AfterCall) -> None:
    calls, send = itertools.count(1), Http.send

    def counted(http: Http, *args: Any, **options: Any) -> Any:
        due = next(calls) == death.nth
        if due and isinstance(death, BeforeCall):
            _die()
        answer = send(http, *args, **options)
        if due:
            _die()
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
            _die()

    return count
