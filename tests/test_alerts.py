"""Alerts: on a change of state alone, one for one cause, sent at least once, to those who asked."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import alerts, engine
from sync.access import Person, Role
from sync.alerts.changes import FIRST_PAUSE, changes
from sync.alerts.conditions import PATIENCE, Conditions
from sync.alerts.places import Place
from sync.alerts.sending import BACK_OFF, TRIES
from sync.alerts.watch import next_message
from sync.engine.upkeep import Upkeep
from sync.errors import Message
from sync.sandbox.faults import Fault
from sync.store import Desk, Known, Pace, StoreRow, UsageError
from tests.conftest import Place as Shop
from tests.test_fleet import (
    DAY,
    HOUR,
    NOON,
    HandClock,
    add_run,
    add_store,
    ended,
)

REFUSED = Message("clerk.typed", type="AuthenticationError", said="Invalid private key")
FAILED = {"state": "failed", "message": REFUSED.text(), "detail": REFUSED.written()}
TOKEN = "tok3nOf1TheReceiver"


class Receiver:
    """Whoever gets the alerts: keeps what came, and answers as it is told to."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.status = 200
        kept = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kept.got.append(json.loads(body))
                self.send_response(kept.status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"json://127.0.0.1:{self.server.server_port}/{TOKEN}"

    @property
    def titles(self) -> list[str]:
        return [each["title"] for each in self.got]


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("SYNC_ALLOW_PRIVATE", "127.0.0.0/8")
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


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
    assert receiver.titles == ["Main fails: Lightspeed refuses the key"]
    [told] = receiver.got
    assert "https://desk.example/?store=main&row=main&lang=en" in told["message"]
    assert told["type"] == "failure"
    assert told["dedupe_keys"] == [f"{place.desk.id}-1"]
    place.state.faults.clear()
    assert place.run().state == "succeeded"
    assert tell(place.desk) == 1
    assert receiver.titles[1:] == ["Main no longer fails: Lightspeed refuses the key"]
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
    engine.queue_due(desk)
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


# -- who gets what --------------------------------------------------------------------------


def test_a_digest_comes_at_its_hour_and_not_if_nothing_changed(desk: Desk, receiver: Receiver):
    alerts.add(desk, "hook", receiver.url, digest="daily")
    store = add_store(desk, "one")
    fail(desk, store)
    add_run(desk, add_store(desk, "two"), **ended(NOON - 60, state="failed", message="no way"))
    while desk.clock.at < NOON + 18 * HOUR:
        tell(desk)
        desk.clock.at += 6 * HOUR
    assert receiver.got == []
    for _ in range(12):
        tell(desk)
        desk.clock.at += 6 * HOUR
    assert receiver.titles[0] == "Sync Desk: 2 alerts"
    held = [alert.kind for alert in desk.alert_history() if alert.kind != "failing"]
    assert len(receiver.got) == 1 + (1 if held else 0)


@pytest.mark.parametrize(
    ("digest", "then"),
    [
        ("none", "2026-03-10T12:30"),
        ("hourly", "2026-03-10T13:00"),
        ("daily", "2026-03-11T07:00"),
        ("weekly", "2026-03-16T07:00"),
    ],
)
def test_when_a_digest_comes(digest: str, then: str):
    tuesday = datetime(2026, 3, 10, 12, 30, tzinfo=UTC).timestamp()
    assert next_message(digest, tuesday) == datetime.fromisoformat(f"{then}+00:00").timestamp()


def test_a_target_hears_of_its_shop_or_store_alone(desk: Desk, receiver: Receiver):
    one, two = add_store(desk, "one"), add_store(desk, "two")
    alerts.add(desk, "of the shop", receiver.url, of=desk.shop_by_id(one.shop_id))
    alerts.add(desk, "of the store", receiver.url, of=two)
    for store in (one, two):
        fail(desk, store)
    tell(desk)
    cause = "AuthenticationError"
    assert sorted(title.partition(" fails")[0] for title in receiver.titles) == ["one", "two"]
    assert cause not in "".join(receiver.titles)


def test_a_muted_target_gets_what_has_gathered_afterwards(desk: Desk, receiver: Receiver):
    alerts.add(desk, "hook", receiver.url)
    desk.mute_alert_target(desk.alert_target("hook"), NOON + DAY)
    store = add_store(desk, "one")
    fail(desk, store)
    tell(desk)
    succeed(desk, store)
    tell(desk)
    assert receiver.got == []
    desk.clock.at = NOON + DAY
    alerts.deliver(desk)
    assert receiver.titles == ["Sync Desk: 2 alerts"]


def test_a_muted_cause_is_heard_again_once_it_grows(desk: Desk, receiver: Receiver):
    alerts.add(desk, "hook", receiver.url)
    stores = [add_store(desk, f"store {n}") for n in range(3)]
    for store in stores[:2]:
        fail(desk, store)
    tell(desk)
    [key] = alerts.causes_told(desk)
    assert key == ("failing", "clerk_key")
    alerts.mute_cause(desk, key, grows=True)
    desk.clock.at += HOUR
    succeed(desk, stores[0])
    tell(desk)
    desk.clock.at += HOUR
    fail(desk, stores[0])
    tell(desk)
    assert len(receiver.got) == 1
    desk.clock.at += HOUR
    fail(desk, stores[2])
    tell(desk)
    assert receiver.titles[1].startswith("And more: store 2 fails: ")
    states = {each["state"] for alert in desk.alert_history() for each in alert.deliveries}
    assert states == {"sent", "muted"}


def test_nobody_hears_of_what_was_before_the_first_target(desk: Desk, receiver: Receiver):
    """What a target that was removed knew is not held against the next one."""
    store = add_store(desk, "one")
    alerts.add(desk, "hook", receiver.url)
    fail(desk, store)
    tell(desk)
    desk.remove_alert_target(desk.alert_target("hook"))
    succeed(desk, store)
    alerts.add(desk, "hook", receiver.url)
    tell(desk)
    assert len(receiver.got) == 1


def test_roles_and_what_is_not_theirs(desk: Desk, receiver: Receiver):
    one, two = add_store(desk, "one"), add_store(desk, "two")
    alerts.add(desk, "all", receiver.url)
    alerts.add(desk, "of two", receiver.url, of=two)
    for store in (one, two):
        fail(desk, store)
    tell(desk)
    theirs = desk.on_behalf(Person("eva", None, {"one": Role.OPERATOR}))
    assert theirs.alert_targets() == []
    assert {each.store for alert in theirs.alert_history() for each in alert.stores} == {"one"}
    operator = desk.on_behalf(Person("olaf", Role.OPERATOR))
    operator.mute_alert_target(operator.alert_target("all"), NOON + HOUR)
    with pytest.raises(UsageError):
        alerts.add(operator, "mine", receiver.url)
    with pytest.raises(UsageError):
        alerts.test(operator, "all")
    told = [each.action for each in desk.audited() if each.action.startswith("alert ")]
    assert told == ["alert mute", "alert add", "alert add"]
    assert TOKEN not in repr(desk.audited())


# -- where they may go ----------------------------------------------------------------------

BAD = {
    "nothing": "target_url",
    "https://example.com/hook": "target_url",
    "exec://ls": "target_url",
    "file:///etc/passwd": "target_url",
    "syslog://": "target_url",
    "dbus://": "target_url",
    "json://hooks.example.com/x": "target_plain",
    "mailto://u:p@smtp.example.com?mode=insecure": "target_plain",
    "jsons://127.0.0.1/x": "target_host",
    "jsons://localhost/x": "target_host",
    "jsons://10.0.0.8/x": "target_host",
    "jsons://169.254.169.254/latest": "target_host",
    "jsons://[::1]/x": "target_host",
    "mailtos://u:p@example.com?smtp=192.168.0.2": "target_host",
    "ntfys://10.1.2.3/topic": "target_host",
    "mmosts://10.1.2.3/abcdefabcdef": "target_host",
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ?template=/etc/passwd": "target_parameter",
    "mailtos://u:p@example.com?pgp=yes&pgpkey=/etc/passwd": "target_parameter",
    "jsons://example.com/" + "x" * 5000: "target_url",
}
GOOD = {
    "jsons://hooks.example.com/x": "webhook",
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ": "slack",
    "https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js": "discord",
    "mailtos://u:p@smtp.example.com?from=a@example.com&to=b@example.com": "email",
    "ntfys://topic": "ntfy",
}


@pytest.mark.parametrize("url", BAD)
def test_addresses_that_alerts_may_not_go_to(desk: Desk, url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SYNC_ALLOW_PRIVATE", raising=False)
    with pytest.raises(UsageError) as refused:
        alerts.add(desk, "bad", url)
    assert refused.value.code == f"refusal.{BAD[url]}"
    assert url not in str(refused.value)
    assert desk.alert_targets() == []


@pytest.mark.parametrize("url", GOOD)
def test_addresses_that_alerts_may_go_to(url: str):
    assert Place(url).service == GOOD[url]


def test_a_host_that_is_no_longer_allowed_gets_nothing(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    alerts.add(desk, "hook", receiver.url)
    monkeypatch.delenv("SYNC_ALLOW_PRIVATE")
    assert alerts.test(desk, "hook") == Message("refusal.target_plain")
    assert receiver.got == []


def test_a_redirect_is_not_followed(desk: Desk, receiver: Receiver):
    alerts.add(desk, "hook", receiver.url)
    receiver.status = 302
    assert alerts.test(desk, "hook") == Message("alert.error.status", status=302)
    assert len(receiver.got) == 1


def test_names_call_nobody_and_what_a_run_said_stays_here(desk: Desk, receiver: Receiver):
    alerts.add(desk, "hook", receiver.url)
    store = add_store(desk, "one")
    with desk.together() as db:
        db.execute("UPDATE store SET name = ?", ["@everyone <!channel> \x1b[31mred"])
    said = Message("clerk.typed", type="AuthenticationError", said="jo@example.com has no key")
    told = {"message": said.text(), "detail": said.written()}
    add_run(desk, store, **ended(NOON - 60, state="failed", **told))
    tell(desk)
    [got] = receiver.got
    sent = got["title"] + got["message"]
    assert not set("@<>\x1b") & set(sent)
    assert "jo" not in sent.split()


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
