"""The overview: every store in one table, the worst first."""

from __future__ import annotations

import time
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from sync import run
from sync.access import Person
from sync.errors import Message
from sync.store import Desk, StoreRow, shop_lock
from sync.texts import text
from tests.pages.conftest import texts
from tests.pages.test_signin import grant

REFUSED = Message("clerk.typed", type="AuthenticationError", said="Invalid private key")


def rows(app: AppTest) -> list[dict[str, Any]]:
    """The table's rows; none where there is no table."""
    return [row for table in app.dataframe for row in table.value.to_dict("records")]


def labels(app: AppTest) -> list[str]:
    """What the links on the page say."""
    return [link.proto.label for link in app.get("page_link")]


def add_stores(desk: Desk, number: int) -> list[StoreRow]:
    """More stores of the shop."""
    shop, keys = desk.shop("shop"), {"public": "p" * 8, "private": "q" * 8}
    return [desk.add_store(shop, f"Store {n}", language="nl", **keys) for n in range(1, number + 1)]


def end_run(desk: Desk, store: StoreRow, state: str, said: Message | None = None) -> int:
    """A sync that ended so just now."""
    row = desk.queue_run(store, "sync", trigger="manual")
    now = desk.clock.now()
    why = {"message": said.text(), "detail": said.written()} if said else {}
    desk.update_run(row.id, {"state": state, "started": now - 30, "finished": now, **why})
    return row.id


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_first_visit_says_what_this_is_and_makes_the_demo(nothing, visit, lang):
    app = visit(lang=lang)
    assert text("overview.first.title", lang) in texts(app)
    assert text("demo.make", lang) in [button.label for button in app.button]
    assert not app.exception


def test_a_single_store_says_how_it_is(data, visit):
    app = visit(lang="en")
    said = texts(app).replace("\\", "")
    assert [each.value for each in app.title] == ["Main is in order."]
    assert "Run 2 succeeded on" in said
    assert "Last success" in said
    assert text("overview.demo.title") not in said
    [row] = rows(app)
    assert row["state"] == ["In order"]
    assert (row["products"], row["orders"]) > (0, 0)
    assert list(row["strip"]) == [10]


@pytest.mark.parametrize("lang", ["en", "de"])
@pytest.mark.parametrize("brings", [False, True])
def test_without_a_worker_the_page_says_how_one_starts(data, visit, monkeypatch, lang, brings):
    app = visit("overview", lang=lang)
    own, start = text("overview.own_worker", lang), text("overview.start_worker", lang)
    assert start in texts(app)
    assert own not in texts(app)
    if brings:  # the child found the folder taken, or ended a moment ago
        monkeypatch.setenv("SYNC_EMBEDDED", "1")
        monkeypatch.setattr("pages.components.worker._started", time.monotonic())
        app.run()
        assert own in texts(app)


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
    first = run.request(desk.on_behalf(Person.local("somebody else")), store, "sync")
    with shop_lock(desk.data_dir, "shop"):
        app.button(key="overview:start:main").click().run()
    assert text("frame.run_active", lang, run=first.id) in texts(app).replace("\\", "")


def test_a_held_run_asks_for_its_decision(desk, store, visit):
    held = run.request(desk, store, "sync")
    hold = {"entity": "products", "reason": "removals", "count": 41, "of": 560, "limit": 5}
    desk.update_run(held.id, {"state": "held", "holds": [hold]})
    app = visit(lang="en")
    assert [row["cause"] for row in rows(app)] == ["Products: 41 of 560 would be removed"]
    assert text("overview.decide") in labels(app)
    assert not any(button.key.startswith("overview:start:") for button in app.button)


def test_a_paused_schedule_is_switched_on(desk, store, visit):
    desk.pause(store, True)
    app = visit(lang="en")
    assert [row["due"] for row in rows(app)] == ["paused"]
    app.button(key="overview:resume:main").click().run()
    assert not desk.store("main").paused


def test_a_shops_name_is_not_markdown(desk, visit):
    """A shop's name with Markdown in it would draw a foreign image or link."""
    desk.set_shop(desk.shop("shop"), {"name": "![x](http://evil.example/a.png)"})
    captions = [c.value for c in visit(lang="en").caption]
    assert any("\\!\\[x\\]" in words for words in captions)


# -- many stores ----------------------------------------------------------------------------------


@pytest.fixture
def many(desk: Desk) -> list[StoreRow]:
    """Beside the one in order: two whose keys Clerk.io refuses, a held, a partial and a cancelled
    one, two that run, and two that never ran."""
    stores = add_stores(desk, 9)
    for store, state in zip(stores, ["failed", "failed", "partial", "cancelled"], strict=False):
        end_run(desk, store, state, REFUSED if state == "failed" else None)
    held, _, running = (desk.queue_run(store, "sync", trigger="manual") for store in stores[4:7])
    desk.update_run(held.id, {"state": "held"})
    desk.update_run(running.id, {"state": "running", "started": desk.clock.now()})
    return stores


def test_the_first_line_counts_them_and_the_worst_comes_first(many, visit):
    app = visit(lang="en")
    [said] = [each.value for each in app.title]
    assert said.startswith("3 of 10 stores are in order.")
    assert [part in said for part in ("2 broken", "5 need a look", "2 running")] == [True] * 3
    states = [row["state"][0] for row in rows(app)]
    assert states == ["Broken"] * 2 + ["Needs a look"] * 5 + ["Running"] * 2 + ["In order"]


def test_at_most_three_causes_have_a_card_with_the_way_to_mend_them(many, visit):
    app = visit(lang="en")
    cards = [each.value for each in app.markdown if "-badge[" in each.value]
    assert len(cards) == 3
    assert "2 stores" in cards[0]
    assert "The key was rotated or withdrawn" in cards[0]
    shops = [link.proto for link in app.get("page_link") if link.proto.label == "Give new keys"]
    assert [link.query_string.count("shop=shop") for link in shops] == [1]


def test_a_cause_of_several_stores_is_a_click_away_from_their_list(many, visit):
    app = visit(lang="en")
    app.button(key="overview:show:never").click().run()
    assert [row["cause"] for row in rows(app)] == ["Never synced"] * 2
    assert app.query_params["cause"] == "never"


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"q": "store 7"}, ["Store 7"]),
        ({"state": "broken"}, ["Store 1", "Store 2"]),
        ({"cause": "partial"}, ["Store 3"]),
        ({"state": "ok", "q": "STORE"}, []),
        ({"sort": "store", "order": "desc", "state": "broken"}, ["Store 2", "Store 1"]),
        ({"state": "nonsense", "cause": "'", "sort": "x", "q": "store 7"}, ["Store 7"]),
    ],
    ids=str,
)
def test_a_link_opens_what_it_shows(many, visit, query, shown):
    app = visit(lang="en", **query)
    assert [row["store"] for row in rows(app)] == shown
    assert (text("overview.none_match") in texts(app)) == (not shown)
    assert not app.exception


def test_what_is_searched_stands_in_the_address_but_no_e_mail_address(many, visit):
    app = visit(lang="en")
    app.text_input(key="overview:search").set_value("store 7").run()
    assert app.query_params["q"] == "store 7"
    app.text_input(key="overview:search").set_value("a@b.example").run()
    assert "q" not in app.query_params
    app.button(key="overview:clear").click().run()
    assert len(rows(app)) == 10


def test_a_chosen_state_stays_chosen_when_its_number_changes(desk, many, visit):
    app = visit(lang="en", state="broken")
    end_run(desk, many[7], "failed", REFUSED)
    assert [row["store"] for row in rows(app.run())] == ["Store 1", "Store 2", "Store 8"]


@pytest.mark.parametrize(("role", "offered"), [("operator", False), ("admin", True)])
def test_a_new_shop_is_offered_to_whom_may_add_one(desk, many, visit, role, offered):
    grant(desk.path.parent, "tester", role)
    app = visit(lang="en")
    links = {link.proto.label for link in app.get("page_link")}
    assert (text("overview.connect", "en") in links) is offered


def test_chosen_columns_are_the_persons_and_not_the_links(many, visit):
    person = "f" * 32
    app = visit(lang="en", person=person)
    assert "pages" not in rows(app)[0]
    app.pills(key="overview:columns").set_value(["pages"]).run()
    assert "pages" in rows(app)[0]
    assert "more" not in app.query_params
    assert "pages" in rows(visit(lang="de", person=person))[0]
    assert "pages" not in rows(visit(lang="de", more="pages"))[0]


@pytest.mark.parametrize("lang", ["en", "de"])
def test_an_opened_store_tells_why_and_leads_to_the_mend(desk, many, visit, lang):
    app = visit(lang=lang, row="store-1")
    said = texts(app).replace("\\", "")
    assert text("cause.clerk_key.next", lang) in said
    assert text("overview.mend.keys", lang) in labels(app)
    assert text("overview.run", lang, run=3) in labels(app)
    app.button(key="overview:close").click().run()
    assert "row" not in app.query_params


def test_a_store_that_is_gone_opens_nothing(many, visit):
    app = visit(lang="en", row="nobody")
    assert len(rows(app)) == 10
    assert not app.exception


def test_the_calls_of_each_key_are_told_in_words_too(data, visit):
    said = texts(visit(lang="de"))
    assert "Schlüssel 1" in said
    assert "Stundenfenster" in said
