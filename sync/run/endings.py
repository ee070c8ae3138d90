"""How a run ends: one place writes it, whoever ends it and why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sync.database import sqlite3
from sync.errors import Message
from sync.ledger import Journal, failures
from sync.openshop import opened_shop
from sync.store import SUPERSEDED, Desk, Ending, RunRow, State, ended


def copied(journal: Journal) -> dict[str, Any]:
    """The books, calls, errors and addresses of a journal, as desk.db keeps a copy of them."""
    return {
        "books": journal.books(),
        "calls": journal.calls(),
        "errors": journal.errors(),
        "scan": journal.scanned(),
    }


def end(desk: Desk, run: RunRow, state: State, *, message: Message | str | None = None) -> RunRow:
    """End a run that nobody works on. UsageError if it has gone on meanwhile."""
    with _journal(desk, run) as journal:
        row = desk.end_run(_ending(run, journal, ended(state, desk.clock.now(), message=message)))
        _close(desk, row, journal)
    return row


def superseded(desk: Desk, run: RunRow) -> Ending:
    """How a run ends that makes way for another one; once that is written, `closed` follows."""
    with _journal(desk, run) as journal:
        state, now = _state_of(run, journal), desk.clock.now()
        return _ending(run, journal, ended(state, now, message=SUPERSEDED, by=SUPERSEDED))


def closed(desk: Desk, run_id: int, by: int) -> None:
    """Tidy up after a superseded run, if it is one."""
    run = desk.run(run_id)
    if run.ended != SUPERSEDED:
        return
    desk.log(run_id, "info", run.phase, Message("log.took_over", run=by))
    with _journal(desk, run) as journal:
        _close(desk, run, journal)


def _state_of(run: RunRow, journal: Journal | None) -> State:
    """Of a run whose work is done but for missing order lines: how it went. Of any other:
    cancelled, or rejected if it was held."""
    if run.state is State.HELD:
        return State.REJECTED
    if run.phase != "lines":
        return State.CANCELLED
    if journal is None:
        return State.SUCCEEDED
    if journal.unsent():
        return State.CANCELLED
    return how_it_went(journal)


def how_it_went(journal: Journal) -> State:
    """Of a run whose work is done: partial if a record failed or anything was noted."""
    partial = failures(journal.books()) or journal.noted()
    return State.PARTIAL if partial else State.SUCCEEDED


def _ending(run: RunRow, journal: Journal | None, columns: dict[str, Any]) -> Ending:
    return Ending(run.id, run.state, columns | (copied(journal) if journal else {}))


def _close(desk: Desk, run: RunRow, journal: Journal | None) -> None:
    """Where this fails, retention does it one day."""
    try:
        if journal is not None:
            journal.close()
    except sqlite3.Error as error:
        desk.log(run.id, "warning", run.phase, Message("log.still_there", why=error))


@contextmanager
def _journal(desk: Desk, run: RunRow) -> Iterator[Journal | None]:
    """The run's journal; None for a run that has not begun, or whose shop has no file."""
    if run.started is None or not desk.shop_file(desk.shop_by_id(run.shop_id)).exists():
        yield None
        return
    with opened_shop(desk, desk.store_by_id(run.store_id)) as shop:
        yield shop.journal(run.id)
