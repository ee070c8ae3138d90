"""Alerts: on a change of state alone, one for one cause, sent at least once, to those who asked."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import alerts
from sync.alerts.changes import FIRST_PAUSE, changes
from sync.alerts.conditions import PATIENCE, Conditions
from sync.alerts.sending import BACK_OFF, TRIES
from sync.engine import upkeep
from sync.engine.upkeep import Upkeep
from sync.errors import Message
from sync.sandbox.faults import Fault
from sync.store import Desk, Known, Pace, StoreRow
from sync.texts import text
from tests.conftest import Place as Shop
from tests.receivers import TOKEN, Receiver, receiver
from tests.test_fleet import (
    DAY,
    HOUR,
    NOON,
    HandClock,
    add_run,
    add_store,
    ended,
)

__all__ = ["receiver"]

REFUSED = Message("clerk.typed", type="AuthenticationError", said="Invalid private key")
FAILED = {"state": "failed", "message": REFUSED.text(), "detail": REFUSED.written()}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, clock=HandClock(NOON))


def tell(desk: Desk) -> int:
    """What the worker does: a look, and what is due is sent."""
    alerts.look(desk)
    return alerts.deliver(desk)


def fail(desk: Desk, store: StoreRow) -> None:
    add_run(desk, store, **ended(desk.clock.now() - 60, **FAILED))


def succeed(desk: Desk, store: StoreRow) -> None:
    add_run(desk, store, **ended(desk.clock.now() - 60))


# -- a change of state ----------------------------------------------------------------------


def test_runs_that_fail_are_told_once_and_once_that_they_no_longer_do(
    place: Shop, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SYNC_PUBLIC_URL", "https://desk.example/")
    alerts.add(place.desk, "hook", receiver.url)
    assert place.run().state == "succeeded"
    assert tell(place.desk) == 0
    place.state.faults.add(Fault("lightspeed", "status", code=401))
    for _ in range(3):
        assert place.run().state == "failed"
        tell(place.desk)
    assert receiver.titles == [f"Main fails: {text('cause.key_refused.name')}"]
    [told] = receiver.got
    assert "https://desk.example/?store=main&row=main&lang=en" in told["message"]
    assert told["type"] == "failure"
    assert told["dedupe_keys"] == [f"{place.desk.id}-1"]
    place.state.faults.clear()
    assert place.run().state == "succeeded"
    assert tell(place.desk) == 1
    assert receiver.titles[1:] == [f"Main no longer fails: {text('cause.key_refused.name')}"]
    assert receiver.got[1]["type"] == "success"
    assert tell(place.desk) == 0


def test_a_run_under_way_changes_nothing_of_what_is_known(desk: Desk, receiver: Receiver):
    store = add_store(desk, "one")
    alerts.add(desk, "hook", receiver.url)
    fail(desk, store)
    tell(desk)
    again = add_run(desk, store, state="running", started=desk.clock.now())
    tell(desk)
    desk.update_run(again.id, ended(desk.clock.now(), **FAILED))
    tell(desk)
    assert len(receiver.got) == 1


def test_another_cause_is_news_and_no_recovery(desk: Desk, receiver: Receiver):
    store = add_store(desk, "one")
    alerts.add(desk, "hook", receiver.url)
    fail(desk, store)
    tell(desk)
    add_run(desk, store, **ended(desk.clock.now(), state="failed", message="no way"))
    tell(desk)
    tell(desk)
    assert [title.partition(":")[0] for title in receiver.titles] == ["one fails", "one fails"]


def test_an_outage_is_one_alert_however_many_wait_and_when_they_begin_to(
    desk: Desk, receiver: Receiver
):
    stores = [add_store(desk, f"store {n}") for n in range(15)]
    alerts.add(desk, "hook", receiver.url)
    side = {"side": "clerk", "host": "api.clerk.io"}
    desk.side_failed(*side.values(), probe=False)
    for n, store in enumerate(stores):
        add_run(desk, store, state="waiting", until=desk.clock.now() + 900, **side)
        desk.clock.at += 60
        desk.side_failed(*side.values(), probe=True)
        tell(desk)
        if (n + 1) * 60 < PATIENCE:
            assert receiver.got == []
    # The one that asks again waits for nobody meanwhile.
    desk.update_run(1, {"state": "running", "side": None, "host": None})
    tell(desk)
    assert len(receiver.got) == 1
    assert receiver.titles[0].startswith("Clerk.io does not answer: ")
    desk.side_answers(*side.values())
    tell(desk)
    assert len(receiver.got) == 2
    assert receiver.titles[1].startswith("Over: Clerk.io does not answer. 15 stores go on")


def test_one_cause_over_many_stores_is_gathered(desk: Desk, receiver: Receiver):
    stores = [add_store(desk, f"store {n}") for n in range(20)]
    alerts.add(desk, "hook", receiver.url)
    for store in stores:
        fail(desk, store)
        tell(desk)
        desk.clock.at += 120
    assert len(receiver.got) == 3  # the first, then what gathered in 10 and in 20 minutes
    desk.clock.at += HOUR
    tell(desk)
    assert receiver.titles[-1].startswith("And more: ")
    assert sum(len(alert.stores) for alert in desk.alert_history()) == 20
    for store in stores:
        succeed(desk, store)
    tell(desk)
    assert receiver.titles[-1].startswith("20 stores no longer fail")


def test_a_missed_run_is_told_and_made_up(desk: Desk, receiver: Receiver):
    store = add_store(desk, "one")
    desk.pause(store, False)
    succeed(desk, store)
    alerts.add(desk, "hook", receiver.url)
    tell(desk)
    desk.clock.at += 5 * HOUR
    upkeep.queue_due(desk)
    tell(desk)
    assert "one: A scheduled run was missed and is made up now" in receiver.titles
    [run] = desk.queue()
    desk.clock.at += 2 * HOUR
    tell(desk)
    assert "one: A scheduled run is due, and nobody works on it" in receiver.titles
    desk.update_run(run.id, ended(desk.clock.now()))
    tell(desk)
    assert receiver.titles[-1] == "one runs on schedule again"


def test_a_held_run_is_told_once_and_its_decision_is_not(desk: Desk, receiver: Receiver):
    store = add_store(desk, "one")
    alerts.add(desk, "hook", receiver.url, lang="de")
    hold = {"entity": "products", "reason": "removals", "count": 41, "of": 560, "limit": 5}
    rested = {"rested": {"at": NOON - 90, "worked": 1, "phase": "plan"}}
    run = add_run(desk, store, state="held", holds=[hold], progress=rested)
    tell(desk)
    desk.update_run(run.id, {"state": "rejected", "finished": NOON})
    tell(desk)
    assert receiver.titles == ["one braucht eine Entscheidung: Entfernungen warten auf Freigabe"]
    assert receiver.got[0]["type"] == "warning"


def test_a_promise_is_told_before_it_breaks_and_when_it_does(place: Shop, receiver: Receiver):
    desk, clock = place.desk, place.desk.clock
    alerts.add(desk, "hook", receiver.url)
    assert place.run().state == "succeeded"
    tell(desk)
    clock.sleep(1.3 * HOUR)  # the schedule's run is due, and no worker is there
    tell(desk)
    assert receiver.titles == []
    clock.sleep(0.5 * HOUR)
    tell(desk)
    assert receiver.titles == [
        "Main: what Clerk.io holds is soon older than promised, and no run comes before"
    ]
    clock.sleep(HOUR)
    tell(desk)
    assert "Main: what Clerk.io holds is older than promised" in receiver.got[-1]["message"]
    assert "Main: A scheduled run is due" in receiver.got[-1]["message"]
    assert place.run().state == "succeeded"
    tell(desk)
    again = "Main: what Clerk.io holds is as fresh as promised again"
    assert again in receiver.got[-1]["message"]


# -- at least once --------------------------------------------------------------------------


def test_a_receiver_that_fails_is_tried_again_ever_later_and_given_up(
    desk: Desk, receiver: Receiver, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    store = add_store(desk, "one")
    alerts.add(desk, "hook", receiver.url)
    fail(desk, store)
    receiver.status = 503
    tell(desk)
    for pause in BACK_OFF:
        desk.clock.at += pause - 1
        alerts.deliver(desk)
        before = len(receiver.got)
        desk.clock.at += 1
        alerts.deliver(desk)
        assert len(receiver.got) == before + 1
    desk.clock.at += 30 * DAY
    alerts.deliver(desk)
    assert len(receiver.got) == TRIES
    [alert] = desk.alert_history()
    [delivery] = alert.deliveries
    assert (delivery["state"], delivery["tries"]) == ("failed", TRIES)
    target = desk.alert_target("hook")
    assert target.error == Message("alert.error.status", status=503)
    assert TOKEN not in repr(target) + caplog.text
    receiver.status = 200
    assert alerts.test(desk, "hook") is None
    assert desk.alert_target("hook").error is None


def test_what_waits_for_a_receiver_comes_in_one_message(desk: Desk, receiver: Receiver):
    alerts.add(desk, "hook", receiver.url)
    receiver.status = 500
    fail(desk, add_store(desk, "one"))
    tell(desk)
    add_run(desk, add_store(desk, "two"), **ended(NOON, state="failed", message="no way"))
    tell(desk)
    receiver.status, desk.clock.at = 200, NOON + HOUR
    assert alerts.deliver(desk) == 1
    assert receiver.titles[-1] == "Sync Desk: 2 alerts"
    assert len(receiver.got[-1]["dedupe_keys"]) == 2


class Killed(BaseException):
    """What a kill -9 does, as far as a test can: nothing after it happens."""


@pytest.mark.parametrize(("kills", "messages"), [(0, 1), (1, 2), (2, 2)])
def test_killed_while_sending_it_goes_once_more_and_no_oftener(
    desk: Desk,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    kills: int,
    messages: int,
):
    alerts.add(desk, "hook", receiver.url)
    fail(desk, add_store(desk, "one"))
    alerts.look(desk)

    def die(*_: object) -> None:
        raise Killed

    for _ in range(kills):
        with monkeypatch.context() as dying:
            dying.setattr("sync.alerts.sending._note", die)
            with pytest.raises(Killed):
                alerts.deliver(desk)
    for _ in range(3):
        tell(Desk(desk.data_dir, clock=desk.clock))
    assert len(receiver.got) == messages
    [alert] = desk.alert_history()
    assert alert.deliveries[0]["state"] == ("failed" if kills == 2 else "sent")


def test_killed_while_looking_nothing_is_lost(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    alerts.add(desk, "hook", receiver.url)
    fail(desk, add_store(desk, "one"))

    def die(*_: object, **__: object) -> None:
        raise Killed

    for name in ("keep_alert_standings", "add_alert", "add_delivery", "keep_alert_pace"):
        with monkeypatch.context() as dying:
            dying.setattr(Desk, name, die)
            with pytest.raises(Killed):
                alerts.look(desk)
        assert desk.alert_standings() == {}
    tell(desk)
    assert len(receiver.got) == 1


def test_the_worker_s_upkeep_tells_and_what_goes_wrong_there_stays_there(
    desk: Desk, receiver: Receiver
):
    alerts.add(desk, "hook", receiver.url)
    one, two = (add_store(desk, name) for name in ("one", "two"))
    for store in (one, two):
        desk.pause(store, True)
    fail(desk, one)
    upkeep = Upkeep(desk)
    upkeep.tick(lambda job, name: job())
    assert len(receiver.got) == 1
    desk.vault = type(desk.vault)(desk.data_dir, {"SYNC_KEY": "A" * 43 + "="})
    fail(desk, two)
    desk.clock.at += HOUR
    upkeep.tick(lambda job, name: job())
    assert desk.alert_target("hook").error is not None


# -- the state machine ----------------------------------------------------------------------

LOOKS = st.lists(
    st.tuples(st.sets(st.integers(1, 6)), st.sets(st.integers(1, 6)), st.integers(10, 4000)),
    min_size=1,
    max_size=30,
)


@given(LOOKS)
def test_whatever_happens_all_is_told_in_the_end_and_nothing_twice(looks: list[Any]):
    key = ("failing", "books")
    standing: dict[int, Known] = {}
    pace: Pace | None = None
    heard: dict[int, bool] = {}
    now = NOON
    has: set[int] = set()
    for has_now, undecided, pause in [*looks, *[(None, set(), 7 * HOUR)] * 3]:
        has = has if has_now is None else has_now
        now += pause
        found = Conditions({key: dict.fromkeys(has, now)} if has else {}, frozenset(undecided))
        [change] = list(changes({key: standing}, found, {key: pace} if pace else {}, now))
        for event in change.events:
            for store in event.stores:
                began = event.turn != "over"
                assert heard.get(store, False) != began
                heard[store] = began
        standing = {**standing, **change.news}
        for store in change.gone:
            del standing[store]
        pace = change.pace
        assert pace is None or pace.pause >= FIRST_PAUSE
    assert {store for store, yes in heard.items() if yes} == has
    assert standing.keys() == has
