"""How a run ends: one place writes it, whoever ends it and why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sync.database import sqlite3
from sync.errors import Message
from sync.ledger import Journal
from sync.store import Desk, Ending, RunRow
from sync.workshop import opened_shop

SUPERSEDED: Final = "superseded"
AT_REST: Final[dict[str, None]] = dict.fromkeys(("until", "window", "side", "host", "why"))


def ended_columns(
    state: str, now: float, *, message: Message | str | None = None, ended: str | None = None
) -> dict[str, Any]:
    """What the row of an ended run says; `message` is why, or a person's own words; `ended` is what
    ended it from outside, if anything."""
    detail = message.written() if isinstance(message, Message) else None
    told = None if message is None else str(message)
    ending = {"state": state, "finished": now, "message": told, "detail": detail, "ended": ended}
    return {**ending, **AT_REST}


def copied(journal: Journal) -> dict[str, Any]:
    """The books, calls and errors of a journal, as desk.db keeps a copy of them."""
    return {"books": journal.books(), "calls": journal.calls(), "errors": journal.errors()}


def end(
    desk: Desk,
    run: RunRow,
    state: str,
    *,
    message: Message | str | None = None,
    ended: str | None = None,
) -> RunRow:
    """End a run that nobody works on. UsageError if it has gone on meanwhile."""
    with _journal(desk, run) as journal:
        row = desk.end_run(_ending(desk, run, journal, state, message=message, ended=ended))
        _close(desk, row, journal)
    return row


def superseded(desk: Desk, run: RunRow) -> Ending:
    """How a run ends that makes way for another one; once that is written, `closed` follows."""
    with _journal(desk, run) as journal:
        state, message = _state_of(run, journal), SUPERSEDED
        return _ending(desk, run, journal, state, message=message, ended=SUPERSEDED)


def closed(desk: Desk, run_id: int, by: int) -> None:
    """Tidy up after a superseded run, if it is one."""
    run = desk.run(run_id)
    if run.ended != SUPERSEDED:
        return
    desk.log(run_id, "info", run.phase, f"run {by} of the store took over")
    with _journal(desk, run) as journal:
        _close(desk, run, journal)


def _state_of(run: RunRow, journal: Journal | None) -> str:
    """Of a run whose work is done but for missing order lines: how it went. Of any other:
    cancelled, or rejected if it was held."""
    if run.state == "held":
        return "rejected"
    if run.phase != "lines":
        return "cancelled"
    if journal is None:
        return "succeeded"
    if journal.work_left():
        return "cancelled"
    failed = any(book["failed"] for book in journal.books().values())
    return "partial" if failed or journal.noted() else "succeeded"


def _ending(
    desk: Desk,
    run: RunRow,
    journal: Journal | None,
    state: str,
    *,
    message: Message | str | None,
    ended: str | None,
) -> Ending:
    columns = ended_columns(state, desk.clock.now(), message=message, ended=ended)
    return Ending(run.id, run.state, columns | (copied(journal) if journal else {}))


def _close(desk: Desk, run: RunRow, journal: Journal | None) -> None:
    """Where this fails, retention does it one day."""
    try:
        if journal is not None:
            journal.close()
    except sqlite3.Error as error:
        desk.log(run.id, "warning", run.phase, f"what the run worked with is still there: {error}")


@contextmanager
def _journal(desk: Desk, run: RunRow) -> Iterator[Journal | None]:
    """The run's journal; None for a run that has not begun, or whose shop has no file."""
    if run.started is None or not desk.shop_file(desk.shop_by_id(run.shop_id)).exists():
        yield None
        return
    with opened_shop(desk, desk.store_by_id(run.store_id)) as shop:
        yield shop.journal(run.id)
