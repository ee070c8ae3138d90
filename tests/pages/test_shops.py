"""Shops: the guided set-up against the stand-ins, and what can be changed of a shop."""

import threading

import pytest

from sync import engine, run
from sync.openshop import budget_of
from sync.store import Desk
from sync.texts import text
from tests.conftest import KEY, PRIVATE, PUBLIC, SECRET, Place
from tests.pages.conftest import texts

WRONG = "7c" * 16
NEW_STORE = "shops:store:new:shop"


def typed(app, **values):
    for name, value in values.items():
        app.text_input(key=f"shops:new:{name}").set_value(value)
    return app


def press(app, code, lang="en"):
    [button] = [each for each in app.button if each.label == text(code, lang)]
    return button.click().run()


def checked(visit, place: Place, lang="en", **other):
    app = visit("shops", lang=lang)
    typed(app, **{"key": KEY, "secret": SECRET, "api_url": place.sandbox.url, **other})
    return press(app, "shops.check", lang)


def with_store(app, place: Place, **other):
    typed(
        app,
        **{"public:nl": PUBLIC, "private:nl": PRIVATE, "api_url:nl": place.sandbox.url, **other},
    )
    return app


def test_the_first_shop_is_connected_and_its_first_read_queued(nothing, place, visit):
    app = with_store(checked(visit, place), place)
    assert text("shops.step.stores") in texts(app)
    app = press(app, "shops.next")
    assert text("shops.confirm.title") in texts(app)
    app = press(app, "shops.confirm.button")
    assert not app.exception
    desk = Desk(nothing)
    [store] = desk.stores()
    assert store.language == "nl"
    assert store.paused
    reading = desk.active_run(store)
    assert reading.kind == "refresh"
    assert text("shops.read.on.title") in texts(app)
    assert app.sidebar.selectbox[0].value == store.slug
    engine.drive(desk, reading.id, stop=threading.Event())
    assert text("shops.read.done.title") in texts(app.run())


def test_a_first_read_that_failed_is_not_called_done(nothing, place, visit):
    app = press(with_store(checked(visit, place), place), "shops.next")
    app = press(app, "shops.confirm.button")
    desk = Desk(nothing)
    run.cancel(desk, desk.active_run(desk.stores()[0]).id, who="test")
    assert text("shops.read.failed.title") in texts(app.run())


def test_secrets_are_forgotten_once_the_shop_is_connected(nothing, place, visit):
    app = press(
        press(with_store(checked(visit, place), place), "shops.next"), "shops.confirm.button"
    )
    kept = str(app.session_state._state.filtered_state)
    assert all(secret not in kept for secret in (KEY, SECRET, PRIVATE))


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"key": WRONG}, "refused the key"),
        ({"key": ""}, "both needed"),
        ({"api_url": "ftp://x"}, "not a scheme and host"),
        ({"api_url": "http://127.0.0.1:9"}, "no connection"),
    ],
)
def test_a_bad_key_is_said_and_nothing_typed_is_lost(nothing, place, visit, other, said):
    app = checked(visit, place, **other)
    assert said in texts(app).replace("\\", "").replace("\u2060", "")
    assert app.text_input(key="shops:new:secret").value == SECRET
    assert Desk(nothing).shops() == []


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"key": WRONG}, text("cause.key_refused.means", "de")),
        ({"key": ""}, text("refusal.key_and_secret", "de")),
        ({"api_url": "http://127.0.0.1:9"}, text("cause.no_connection.means", "de")),
    ],
)
def test_a_bad_key_is_said_in_german(nothing, place, visit, other, said):
    shown = texts(checked(visit, place, "de", **other)).replace("\\", "")
    assert said in shown
    assert "refused" not in shown


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"name": "!!!"}, "letter or digit"),
        ({"domain": "no domain at all"}, "not a host name"),
        ({"private:nl": ""}, "private Clerk.io key is needed"),
        ({"name:nl": "…"}, "letter or digit"),
        ({"api_url:nl": "ftp://x"}, "not a scheme and host"),
    ],
)
def test_a_bad_field_has_its_line_and_keeps_the_step(nothing, place, visit, other, said):
    app = press(with_store(checked(visit, place), place, **other), "shops.next")
    assert said in texts(app).replace("\\", "")
    assert text("shops.confirm.title") not in texts(app)
    assert Desk(nothing).shops() == []


@pytest.mark.parametrize(("private", "code"), [(PRIVATE, "shops.test_passed"), ("wrong", None)])
def test_clerks_keys_can_be_tried_first(nothing, place, visit, private, code):
    app = with_store(checked(visit, place), place, **{"private:nl": private})
    app = press(app, "shops.test")
    said = [each.value for each in app.success]
    assert (text(code) in said) if code else app.error


def test_a_shop_shows_no_secret(data, visit):
    said = texts(visit("shops", lang="en"))
    assert "Shop" in said
    assert all(secret not in said for secret in (KEY, SECRET, PUBLIC, PRIVATE))


def test_the_schedule_is_paused_and_resumed(desk, store, visit):
    app = visit("shops", lang="en")
    app.toggle(key="shops:schedule:main").set_value(False).run()
    assert desk.store("main").paused
    app.toggle(key="shops:schedule:main").set_value(True).run()
    assert not desk.store("main").paused


def test_the_reserve_is_changed(desk, visit):
    app = visit("shops", lang="de")
    app.number_input(key="shops:reserve:shop").set_value(25).run()
    assert desk.shop("shop").reserve == 25


@pytest.mark.parametrize(("name", "left"), [("Shop", 0), ("shop", 1), ("", 1)])
def test_a_shop_goes_only_with_its_name_typed(desk, visit, name, left):
    app = visit("shops", lang="en")
    app.text_input(key="shops:remove:shop").set_value(name).run()
    app.button(key="shops:remove:button:shop").click().run()
    assert len(desk.shops()) == left
    assert not app.exception


@pytest.mark.parametrize(("name", "left"), [("Main", 0), ("Other", 1)])
def test_a_store_goes_only_with_its_name_typed(desk, visit, name, left):
    app = visit("shops", lang="de")
    app.text_input(key="shops:remove:store:main").set_value(name).run()
    app.button(key="shops:remove:store:button:main").click().run()
    assert len(desk.stores()) == left


def test_the_last_key_cannot_be_removed(desk, visit):
    app = visit("shops", lang="en")
    [key] = desk.keys(desk.shop("shop"))
    assert app.button(key=f"shops:key:remove:{key.id}").disabled


def said(app) -> str:
    """What the page says, without the marks that keep it from being Markdown."""
    return texts(app).replace("\\", "").replace("\u2060", "")


def blocked(desk: Desk, seconds: int = 1800) -> None:
    """Lightspeed told the shop's key to wait."""
    budget = budget_of(desk, desk.shop("shop"))
    budget.record_result(budget.book(person=True), {"retry-after": str(seconds)}, 429)


def test_check_says_until_when_no_call_can_be_made(desk, visit):
    blocked(desk)
    app = press(visit("shops", lang="en"), "shops.check_now")
    assert not app.exception
    assert "no call to Lightspeed can be made before" in texts(app)


def test_a_block_is_forgotten_on_wish(desk, visit):
    blocked(desk)
    app = press(visit("shops", lang="de"), "shops.key_unblock", "de")
    assert text("shops.key_unblocked", "de") in said(app)
    assert budget_of(desk, desk.shop("shop")).blocks() == {}
    assert text("shops.key_unblock", "de") not in texts(app)


@pytest.mark.parametrize("form", ["all", "not_default", "auto"])
def test_the_form_of_the_addresses_is_chosen(desk, visit, form):
    app = visit("shops", lang="de")
    app.radio(key="shops:url_language:shop").set_value(form).run()
    assert desk.shop("shop").url_language == form


@pytest.mark.parametrize("page", ["overview", "preview", "settings", "runs", "lookup", "shops"])
@pytest.mark.parametrize("value", ["abc", "0", "-1", "inf", "nan", "1e9"])
def test_a_time_out_that_is_none_is_said_in_words(desk, visit, monkeypatch, page, value):
    monkeypatch.setenv("SYNC_HTTP_TIMEOUT", value)
    app = visit(page, lang="de")
    assert not app.exception
    assert text("refusal.timeout", "de") in texts(app).replace("\\", "")


def test_clerk_keys_of_another_store_are_refused_with_its_name(desk, visit):
    app = visit("shops", lang="en")
    fields = {field.label: field for field in app.text_input if field.form_id == NEW_STORE}
    for code, value in (
        ("store_name", "Second"),
        ("language", "nl"),
        ("public", PUBLIC),
        ("private", "another-private"),
    ):
        fields[text(f"shops.{code}")].set_value(value)
    button = next(each for each in app.button if each.form_id == NEW_STORE)
    app = button.click().run()
    assert "store main (Main) has this Clerk.io key already" in said(app)
    assert len(desk.stores()) == 1


def test_what_lightspeed_sends_and_nobody_knows_is_shown(desk, store, visit):
    from sync.openshop import opened_shop

    with opened_shop(desk, store) as shop:
        shop.mirror.count_unknown("product", {"newField": 1234})
    assert "product: newField (1,234)" in texts(visit("shops", lang="en")).replace("\\", "")
