"""Who gets which alerts, when, and where they may go."""

from __future__ import annotations

import logging
import socket
from datetime import UTC, datetime
from email import message_from_string
from email.header import decode_header, make_header

import pytest

from sync import alerts
from sync.access import Person, Role
from sync.alerts.places import Place
from sync.alerts.watch import next_message
from sync.errors import Message
from sync.store import Desk, UsageError
from sync.texts import text
from tests.receivers import TOKEN, Mailbox, Receiver, mailbox, receiver
from tests.test_alerts import desk, fail, succeed, tell
from tests.test_fleet import DAY, HOUR, NOON, add_run, add_store, ended

__all__ = ["desk", "mailbox", "receiver"]

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


def test_what_a_clock_that_was_ahead_put_off_comes_at_once(desk: Desk, receiver: Receiver):
    alerts.add(desk, "hook", receiver.url)
    store = add_store(desk, "one")
    desk.clock.at += 400 * DAY
    fail(desk, store)
    alerts.look(desk)
    desk.clock.at -= 400 * DAY
    tell(desk)
    assert len(receiver.got) == 1
    fail(desk, add_store(desk, "two"))
    tell(desk)
    assert receiver.titles[1].startswith("And more: two fails")


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
    "somewhere else": "target_url",
    "https://example.com/hook": "target_url",
    "http://[": "target_url",
    "jsons://[::1": "target_url",
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


@pytest.mark.parametrize(
    "url",
    [
        "jsons://hooks.example.com/x",
        "mailtos://u:p@example.com?smtp=mail.example.com&from=a@example.com&to=b@example.com",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
    ],
)
def test_where_a_name_leads_counts_as_the_connection_is_made(
    desk: Desk, mailbox: Mailbox, url: str, monkeypatch: pytest.MonkeyPatch
):
    """Whoever asked before was told of a public address."""
    port = int(mailbox.place.rpartition(":")[2])
    monkeypatch.delenv("SYNC_ALLOW_PRIVATE")

    def lookup(_host: str, asked: object, *_: object, **__: object) -> list[object]:
        where = ("8.8.8.8", 0) if asked is None else ("127.0.0.1", port)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", where)]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    alerts.add(desk, "there", url)
    assert alerts.test(desk, "there") == Message("alert.error.barred")
    monkeypatch.setenv("SYNC_ALLOW_PRIVATE", "127.0.0.0/8")
    assert alerts.test(desk, "there") == Message("alert.error.silent")


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


@pytest.mark.parametrize(
    "url", ["mmost://{place}/abcdefghij1234567890abcdef", "ntfy://{place}/topic"]
)
def test_chats_of_one_s_own_get_it(desk: Desk, receiver: Receiver, url: str):
    alerts.add(desk, "chat", url.format(place=receiver.place), lang="de")
    assert alerts.test(desk, "chat") is None
    assert "Meldungen dieses Desks kommen hier an" in repr(receiver.got)


def test_a_letter_arrives(desk: Desk, mailbox: Mailbox):
    people = "from=desk@example.com&to=support@example.com"
    alerts.add(desk, "mail", f"mailto://{mailbox.place}?mode=insecure&{people}")
    fail(desk, add_store(desk, "one"))
    tell(desk)
    [letter] = map(message_from_string, mailbox.got)
    subject = str(make_header(decode_header(letter["Subject"])))
    assert subject == f"one fails: {text('cause.clerk_key.name')}"
    assert "example.com" not in repr(desk.alert_targets())


def test_why_a_receiver_refuses_is_told_whatever_a_command_logs(desk: Desk, receiver: Receiver):
    """A command lets only errors into its log, and Apprise warns."""
    alerts.add(desk, "hook", receiver.url)
    receiver.status = 503
    root, before = logging.getLogger(), logging.getLogger().level
    root.setLevel(logging.ERROR)
    try:
        said = alerts.test(desk, "hook")
    finally:
        root.setLevel(before)
    assert said == Message("alert.error.status", status=503)
