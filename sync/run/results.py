"""An advance's answer, written into the run's row."""

from __future__ import annotations

from typing import Any

from sync.database import sqlite3
from sync.documents import as_json
from sync.errors import Message
from sync.inspection import summary
from sync.ledger import Journal, PatrolBook
from sync.openshop import OpenShop
from sync.run.answers import Cancelled, Done, Failed, Held, More, Result, Wait
from sync.run.endings import copied
from sync.run.promises import note_freshness
from sync.run.session import Session
from sync.run.steps import Steps
from sync.store import RunRow, State, ended


def record_result(session: Session, result: Result) -> RunRow:
    """Write an advance's answer into the run's row, with a copy of books, calls and errors."""
    desk, run = session.desk, session.run
    now = desk.clock.now()
    changes: dict[str, Any] = {"phase": session.phase, "deaths": 0}
    if session.steps is not None:
        changes |= copied(session.steps.journal)
    changes |= _ending(session, result, now)
    if isinstance(result, More):
        changes["progress"] = {**run.progress, "at": now}
    if isinstance(result, Done | Failed | Cancelled) and session.steps is not None:
        _tidy(session, session.steps.journal)
    desk.update_run(run.id, changes)
    if session.steps is not None and not isinstance(result, More):
        _count(session, session.steps)
    if isinstance(result, Done) or (isinstance(result, Wait) and "rested" in changes["progress"]):
        note_freshness(desk, run.store_id)
    return desk.run(run.id)


def _count(session: Session, steps: Steps) -> None:
    """Note what Clerk.io holds by now; where that fails, the next run does it."""
    try:
        session.desk.note_confirmed(session.run.store_id, steps.shop.ledger.counts())
        _tell_patrol(session, steps.shop)
    except sqlite3.Error as error:
        session.log("warning", Message("log.holdings_not_counted", why=error))


def _tidy(session: Session, journal: Journal) -> None:
    """Drop what an ended run kept to go on with; where that fails, retention does it one day."""
    try:
        journal.close()
    except sqlite3.Error as error:
        session.log("warning", Message("log.still_there", why=error))


def _ending(session: Session, result: Result, now: float) -> dict[str, Any]:
    if isinstance(result, Wait):
        why = result.why
        if result.window:
            why = Message("log.window_spent", window=Message(f"window.{result.window}"))
        if why is not None:
            session.log("info", Message("log.waiting", why=why))
        return {
            "state": State.WAITING,
            "until": result.until,
            "window": result.window,
            "side": result.side,
            "host": result.host,
            "why": why and why.text(),
            "progress": _at_rest(session, now) | _waited_for(session, result),
        }
    if isinstance(result, Held):
        session.log("warning", Message("log.held"))
        holds = as_json(result.holds)
        return {"state": State.HELD, "holds": holds, "progress": _at_rest(session, now, held=True)}
    if isinstance(result, Failed):
        session.log("error", result.message)
        return ended(State.FAILED, now, message=result.message)
    if isinstance(result, Cancelled):
        session.log("info", Message("log.cancelled"))
        return ended(State.CANCELLED, now)
    if isinstance(result, Done):
        session.log("info", Message(f"log.ended.{result.state}"))
        return ended(result.state, now)
    return {}


def _tell_patrol(session: Session, shop: OpenShop) -> None:
    """What the run has sent again differs no more."""
    told = summary(PatrolBook(shop.ledger))
    if told is not None:
        session.desk.note_patrol(shop.store, told)


def _waited_for(session: Session, wait: Wait) -> dict[str, Any]:
    """The sides that the run has waited for so far."""
    before = session.run.progress.get("waited_for", [])
    return {"waited_for": sorted({*before, *([wait.side] if wait.side else [])})}


def _unsent(session: Session) -> bool:
    """Whether what came is still to be sent, so that more than order lines is missing."""
    return session.steps is not None and session.steps.journal.unsent() > 0


def _at_rest(session: Session, now: float, *, held: bool = False) -> dict[str, Any]:
    """What a run's row keeps of a wait: when it began and, for a run that is held or first waits
    for order lines, when the schedule may count it as done, after how many seconds of work."""
    run, before = session.run, session.run.progress.get("rested")
    if session.phase == "lines" and before and before["phase"] == "lines":
        return {"wait_from": now, "rested": before}
    if session.phase != ("plan" if held else "lines") or (not held and _unsent(session)):
        return {"wait_from": now}
    worked = max(0.0, now - (run.started or now) - run.waited)
    rested = {"at": now, "phase": session.phase, "worked": worked}
    return {"wait_from": now, "rested": rested}
