"""A page whose store or shop was removed while it was open, and one that came in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sync import run
from sync.store import Desk
from sync.texts import text
from tests.conftest import connect
from tests.pages.conftest import refused, texts

GONE = "no longer exists"


def button(app: Any, code: str, **values: object) -> Any:
    label = text(code, **values)
    return next(each for each in app.button if each.label.replace("\\", "") == label)


def toggle_a_setting(app: Any) -> Any:
    return next(t for t in app.toggle if "include_customers" in str(t.key)).set_value(True)


def save(app: Any) -> Any:
    return app.button(key="settings-save").click()


ACTIONS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "a toggle": ("settings", toggle_a_setting),
    "save": ("settings", save),
    "start": ("runs", lambda app: app.button(key="runs:sync").click()),
    "refresh": ("runs", lambda app: app.button(key="runs:refresh").click()),
    "full": ("runs", lambda app: app.button(key="runs:full").click()),
    "run exactly this": ("preview", lambda app: app.button(key="preview.run").click()),
    "refresh the preview": ("preview", lambda app: app.button(key="preview.refresh").click()),
    "search": ("lookup", lambda app: app.text_input[0].set_value("Fiets")),
    "start on the overview": (
        "overview",
        lambda app: app.button(key="overview:start:main").click(),
    ),
    "schedule": ("shops", lambda app: app.button(key="shops:schedule:main").click()),
    "remove": ("shops", lambda app: button(app, "shops.remove_for_good").click()),
    "edit": ("shops", lambda app: button(app, "shops.save").click()),
}


def opened(visit: Any, page: str, action: str) -> Any:
    app = visit(page, store="main", lang="en", shop="shop")
    if action == "save":
        toggle_a_setting(app).run()
    if action == "remove":
        app = app.button(key="shops:store:remove:main").click().run()
        app = app.text_input(key="shops:remove:name:0").set_value("Main").run()
    if action == "edit":
        app = app.button(key="shops:edit").click().run()
    return app


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("anew", [False, True], ids=["gone", "another in its place"])
def test_a_page_of_what_was_removed_says_so(desk: Desk, visit, action: str, anew: bool):
    page, act = ACTIONS[action]
    app = opened(visit, page, action)
    if page == "shops" or anew:
        desk.remove_shop(desk.shop("shop"))
    else:
        run.remove_store(desk, desk.store("main"))
    if anew:
        connect(desk, "http://127.0.0.1:9")
    before = state_of(desk)
    act(app).run()
    assert not app.exception
    said = texts(app).replace("\\", "")
    assert "settings version None" not in said
    if action != "start on the overview" or not anew:
        assert GONE in said or refused("unknown_store_yet", slug="main") in said
        assert state_of(desk) == before


def state_of(desk: Desk) -> list[object]:
    stores = desk.stores()
    return [desk.shops(), stores, [(desk.history(s), desk.runs(s)) for s in stores]]


def test_the_next_page_is_of_a_store_that_is_there(desk: Desk, visit):
    app = visit("runs", store="main", lang="en")
    shop = desk.shop("shop")
    desk.add_store(shop, "Second", language="nl", public="p" * 9, private="q" * 9)
    run.remove_store(desk, desk.store("main"))
    app.run()
    assert GONE in texts(app)
    app.run()
    assert GONE not in texts(app)


@pytest.mark.parametrize("action", ["preview.run", "preview.refresh"])
def test_a_click_for_a_removed_store_is_answered_in_the_reader_s_language(desk, visit, action):
    app = visit("preview", store="main", lang="de")
    shop = desk.shop("shop")
    desk.add_store(shop, "Second", language="nl", public="p" * 9, private="q" * 9)
    run.remove_store(desk, desk.store("main"))
    said = texts(app.button(key=action).click().run()).replace("\\", "")
    said += texts(app.run())
    assert text("refusal.store_gone", "de", slug="main") in said
    assert GONE not in said


def test_a_link_to_a_removed_store_says_so(desk: Desk, visit):
    shop = desk.shop("shop")
    desk.add_store(shop, "Second", language="nl", public="p" * 9, private="q" * 9)
    run.remove_store(desk, desk.store("main"))
    app = visit("runs", lang="en")
    app.query_params["store"] = "main"
    assert GONE in texts(app.run())


@pytest.mark.parametrize("lang", ["en", "de"])
@pytest.mark.parametrize("page", ["preview", "settings", "runs", "lookup"])
def test_a_link_to_a_store_that_never_was_opens_no_other(desk, visit, page, lang):
    app = visit(page, lang=lang, store="nowhere")
    for _ in range(2):  # a reload asks for the same
        assert refused("no_such_store", lang, slug="nowhere") in texts(app).replace("\\", "")
        assert app.selectbox(key="store").value is None
        assert app.query_params["store"] == "nowhere"
        assert not app.title or [each.value for each in app.title] == [text(f"page.{page}", lang)]
        app.run()
    app.selectbox(key="store").set_value("main").run()
    assert app.query_params["store"] == "main"
    assert refused("no_such_store", lang, slug="nowhere") not in texts(app).replace("\\", "")


def test_the_page_after_a_wrong_link_is_of_a_store_that_is_there(desk, visit):
    app = visit("runs", lang="en", store="nowhere")
    del app.query_params["store"]  # as the menu's links do
    app.switch_page("pages/preview.py").run()
    assert app.selectbox(key="store").value == "main"
    assert text("preview.complete") in texts(app)


def test_a_draft_is_not_another_merchant_s(desk: Desk, visit):
    app = visit("settings", store="main", lang="en")
    toggle_a_setting(app).run()
    desk.remove_shop(desk.shop("shop"))
    store = connect(desk, "http://127.0.0.1:9")
    app.run()
    app.run()
    assert not app.exception
    assert desk.drafts(store) == []
