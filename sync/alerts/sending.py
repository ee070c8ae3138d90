"""Sending what is due: at least once, and after a kill -9 once more at the most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sync.alerts.message import Told, a_test, told
from sync.alerts.places import BadPlace, Place
from sync.alerts.watch import concerning
from sync.errors import Message
from sync.store import Desk, Due, Gone, Target
from sync.vault import VaultError

TRIES: Final = 6
BACK_OFF: Final = (60.0, 300.0, 1_800.0, 7_200.0, 21_600.0)  # seconds after each try that failed
_DEATHS: Final = 2
_UNSURE: Final = Message("alert.error.unsure")


def deliver(desk: Desk) -> int:
    """Send what is due, one message a target; returns how many messages arrived. Only the process
    that holds the worker's lock does, so that what is still being sent died with another one."""
    due = desk.due_deliveries()
    if not due:
        return 0
    targets = {target.id: target for target in desk.alert_targets()}
    return sum(
        _deliver(desk, targets[number], waiting)
        for number, waiting in due.items()
        if number in targets
    )


def _deliver(desk: Desk, target: Target, waiting: Sequence[Due]) -> bool:
    now = desk.clock.now()
    lost = [each for each in waiting if each.deaths >= _DEATHS]
    if lost:
        unsure = _UNSURE.written()
        desk.mark_deliveries((each.id for each in lost), state="failed", error=unsure, at=now)
    due = [each for each in waiting if each.deaths < _DEATHS]
    if not due:
        return False
    with desk.together():
        for each in due:
            desk.mark_deliveries([each.id], state="sending", deaths=each.deaths)
    error = send(desk, target, _message(desk, target, due))
    _note(desk, due, error)
    return error is None


def _message(desk: Desk, target: Target, due: Sequence[Due]) -> Told:
    alerts = [(each.alert, concerning(target, each.alert.stores)) for each in due]
    return told(alerts, target.lang, desk.id)


def _note(desk: Desk, due: Sequence[Due], error: Message | None) -> None:
    """What became of it: sent, to be tried again, or given up."""
    now = desk.clock.now()
    with desk.together():
        for each in due:
            tries = each.tries + 1
            became: dict[str, Any] = {"tries": tries, "deaths": 0, "at": now}
            if error is None:
                became |= {"state": "sent", "error": None}
            elif tries < TRIES:
                again = now + BACK_OFF[each.tries]
                became |= {"state": "pending", "error": error.written(), "next": again}
            else:
                became |= {"state": "failed", "error": error.written()}
            desk.mark_deliveries([each.id], **became)


def send(desk: Desk, target: Target, message: Told) -> Message | None:
    """Send one message to a target now, and keep with it whether it arrived; why not, if so."""
    error: Message | None
    try:
        error = Place(desk.alert_url(target).reveal()).send(message)
    except Gone:
        return None
    except VaultError as trouble:
        error = Message("alert.error.vault", why=trouble)
    except BadPlace as trouble:
        error = trouble.message
    desk.note_alert_result(target, error)
    return error


def test(desk: Desk, name: str) -> Message | None:
    """Send a test to a target; why it did not arrive, None if it did."""
    target = desk.alert_target(name)
    desk.must("alert test", desk.alert_scope(target))
    error = send(desk, target, a_test(target.lang))
    desk.audit("alert test", target.name, after={"arrived": error is None})
    return error
