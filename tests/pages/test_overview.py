"""The overview: every store, worst first, one sentence each."""

import pytest

from sync import run
from sync.store import shop_lock
from sync.texts import text
from tests.pages.conftest import texts


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_first_visit_says_what_this_is_and_how_to_begin(nothing, visit, lang):
    app = visit(lang=lang)
    assert text("overview.first.title", lang) in texts(app)
    assert not app.exception


def test_a_store_says_how_it_is(data, visit):
    said = texts(visit(lang="en"))
    assert "Run 2 succeeded on" in said.replace("\\", "")
    assert "Last success" in said
    assert text("overview.demo.title") not in said


def test_a_shop_without_a_store_is_not_an_empty_page(desk, visit):
    run.remove_store(desk, desk.store("main"))
    assert text("overview.no_stores.title") in texts(visit(lang="en"))


def test_a_click_queues_a_run_and_says_so(desk, store, visit):
    app = visit(lang="en")
    app.button(key="overview:start:main").click().run()
    active = desk.active_run(store)
    assert active is not None
    assert active.who == "tester"
    assert text("overview.started", run=active.id) in texts(app)


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_second_click_is_told_of_the_first_run(desk, store, visit, lang):
    """Two browsers: the other one clicked while this page was open, and the worker has the run."""
    app = visit(lang=lang)
    first = run.request(desk, store, "sync", who="somebody else")
    with shop_lock(desk.data_dir, "shop"):
        app.button(key="overview:start:main").click().run()
    assert text("frame.run_active", lang, run=first.id) in texts(app).replace("\\", "")


def test_a_held_run_asks_for_its_decision(desk, store, visit):
    held = run.request(desk, store, "sync", who="test")
    desk.update_run(held.id, {"state": "held"})
    app = visit(lang="en")
    assert "needs a decision" in texts(app)
    assert text("overview.decide") in [link.proto.label for link in app.get("page_link")]
    assert not any(button.key.startswith("overview:start:") for button in app.button)


@pytest.mark.parametrize(("search", "shown"), [("store 7", 1), ("nothing like it", 0), ("", 10)])
def test_many_stores_can_be_searched(desk, visit, search, shown):
    shop = desk.shop("shop")
    for number in range(1, 10):
        keys = {"public": "p" * 8, "private": "q" * 8}
        desk.add_store(shop, f"Store {number}", language="nl", who="test", **keys)
    app = visit(lang="en")
    app.text_input(key="overview:search").set_value(search).run()
    assert sum(b.key.startswith("overview:start:") for b in app.button) == shown
    assert (text("overview.none_match") in texts(app)) == (shown == 0)


def test_the_budget_is_told_in_words_too(data, visit):
    app = visit(lang="de")
    bars = [str(bar.proto.text) for bar in app.get("progress")]
    assert any("verbraucht" in words for words in bars)


def test_a_shops_name_is_not_markdown(desk, visit):
    """A shop's name with Markdown in it would draw a foreign image or link."""
    desk.set_shop(desk.shop("shop"), {"name": "![x](http://evil.example/a.png)"})
    captions = [c.value for c in visit(lang="en").caption]
    assert any("\\!\\[x\\]" in words for words in captions)


def test_a_paused_schedule_is_switched_on(desk, store, visit):
    desk.pause(store, True)
    app = visit(lang="en")
    app.button(key="overview:resume:main").click().run()
    assert not desk.store("main").paused
