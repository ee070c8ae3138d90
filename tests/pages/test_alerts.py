"""The Alerts page: targets are added, tested, muted and removed; causes are muted; roles."""

from __future__ import annotations

import pytest

from sync import alerts
from sync.access import Person, Role
from sync.store import Desk, StoreRow
from sync.texts import LANGUAGES, text
from tests.pages.conftest import texts
from tests.receivers import TOKEN, Receiver, receiver
from tests.test_alerts import fail

__all__ = ["receiver"]


def press(app, code: str, lang: str = "en"):
    return next(b for b in app.button if b.label == text(code, lang)).click().run()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_target_is_added_tested_muted_and_removed(
    desk: Desk, visit, receiver: Receiver, lang: str
):
    app = visit("alerts", lang=lang)
    assert text("alerts.answer_none", lang) in texts(app)
    press(app, "alerts.add", lang)
    fields = {field.label: field for field in app.text_input}
    fields[text("alerts.name", lang)].input("Support")
    fields[text("alerts.url", lang)].input("exec://ls")
    submit = [b for b in app.button if b.label == text("alerts.add", lang)][-1]
    submit.click().run()
    assert desk.alert_targets() == []
    assert "discord" in texts(app)
    next(f for f in app.text_input if f.label == text("alerts.url", lang)).input(receiver.url)
    [b for b in app.button if b.label == text("alerts.add", lang)][-1].click().run()
    [target] = desk.alert_targets()
    assert (target.name, target.lang, target.service) == ("Support", lang, "webhook")
    assert text("alerts.added", lang, name="Support") in texts(app)
    press(app, "alerts.test", lang)
    assert text("alerts.test_arrived", lang, name="Support") in texts(app)
    assert receiver.titles == [text("alert.test.title", lang)]
    receiver.status = 500
    press(app, "alerts.test", lang)
    assert "500" in texts(app)
    press(app, "alerts.for.8", lang)
    assert desk.alert_target("Support").muted(desk.clock.now())
    press(app, "alerts.unmute", lang)
    assert not desk.alert_target("Support").muted(desk.clock.now())
    assert TOKEN not in texts(app)
    press(app, "alerts.remove", lang)
    assert desk.alert_targets() == []


def test_what_stores_have_is_muted_until_it_grows_and_what_was_told_is_listed(
    desk: Desk, store: StoreRow, visit, receiver: Receiver
):
    alerts.add(desk, "hook", receiver.url)
    fail(desk, store)
    alerts.look(desk)
    alerts.deliver(desk)
    app = visit("alerts", lang="en")
    [told] = app.dataframe[0].value.to_dict("records")
    assert told["title"].startswith("Main fails: ")
    assert told["outcome"].startswith("hook: sent ")
    press(app, "alerts.until_grows")
    [(_, pace)] = alerts.causes_told(desk).values()
    assert pace is not None
    assert pace.muted_size == 1
    assert text("cli.alerts.muted_until_grows") in texts(app)


def test_a_viewer_sees_it_and_an_operator_mutes_alone(
    desk: Desk, visit, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    alerts.add(desk, "hook", receiver.url)
    codes = ("alerts.add", "alerts.test", "alerts.remove", "alerts.for.1")
    expected = {Role.VIEWER: set(), Role.OPERATOR: {"alerts.for.1"}, Role.ADMIN: set(codes)}
    for role, allowed in expected.items():
        person = Person("somebody", role)
        with monkeypatch.context() as signed_in:
            signed_in.setattr(Person, "local", classmethod(lambda cls, name, p=person: p))
            app = visit("alerts", lang="en")
        labels = {button.label for button in app.button}
        assert {code for code in codes if text(code) in labels} == allowed
        assert "hook" in texts(app)
