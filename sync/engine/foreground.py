"""A run driven, or watched, by the command that asked for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from sync.database import kept
from sync.engine.claiming import claim, is_due
from sync.run import More, Session, end, record_result
from sync.store import ACTIVE, Desk, RunRow, State, UsageError, shop_lock

POLL = 0.5  # seconds between looks at a lock or a row that somebody else holds

Progress = Callable[[RunRow], None]


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
        if run.state not in ACTIVE:
            return run
        if run.state is State.WAITING and not wait and not stop.is_set():
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
        if run.state not in ACTIVE:
            return run
        if stop.wait(POLL):
            return desk.run(run_id)


def _pause(desk: Desk, run: RunRow) -> float:
    if run.state is State.WAITING and run.until is not None:
        return min(max(run.until - desk.clock.now(), 0.05), 1.0)
    return POLL


def _cancel_idle(desk: Desk, run: RunRow) -> RunRow:
    """End a run that was left waiting, unless somebody took it up meanwhile."""
    if run.state in ACTIVE and run.state is not State.RUNNING:
        with suppress(UsageError):
            return end(desk, run, State.CANCELLED)
    return desk.run(run.id)


def _advance_while_possible(
    desk: Desk, run_id: int, stop: threading.Event, on_progress: Progress
) -> RunRow:
    """Claim the run if its shop is free and it is due; advance it while it says More."""
    with kept():
        return _advance_if_free(desk, run_id, stop, on_progress)


def _advance_if_free(
    desk: Desk, run_id: int, stop: threading.Event, on_progress: Progress
) -> RunRow:
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
                run = record_result(session, result)
                on_progress(run)
                if not isinstance(result, More):
                    return run
