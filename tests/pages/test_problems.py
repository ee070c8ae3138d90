"""Problems: one line for one cause, how it stands, and muting it until it grows."""

from __future__ import annotations

import pytest

from sync.errors import Message
from sync.store import Desk, State, StoreRow
from sync.texts import LANGUAGES, text
from tests.pages.conftest import texts

ROW = Message("read.row", path="products", why="x")
KEY = Message("lightspeed.key_refused", key="1", cluster="eu1")


def ended(desk: Desk, store: StoreRow, *errors: tuple[Message, int]) -> None:
    row = desk.queue_run(store, "sync", trigger="manual")
    told = [
        {"message": m.text(), "detail": m.as_json(), "count": n, "sample": None, "link": None}
        for m, n in errors
    ]
    state = State.PARTIAL if errors else State.SUCCEEDED
    desk.update_run(row.id, {"state": state, "finished": desk.clock.now(), "errors": told})


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_errors_it_says_so(desk, store, visit, lang):
    ended(desk, store)
    app = visit("problems", lang=lang)
    assert app.title[0].value == text("problems.answer_none", lang)
    assert text("problems.none.title", lang) in texts(app)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_problem_tells_who_can_mend_it_and_leads_there(desk, store, visit, lang):
    ended(desk, store, (ROW, 3), (KEY, 1))
    app = visit("problems", lang=lang)
    table = app.dataframe[0].value
    assert list(table["name"]) == [
        text("cause.bad_row.name", lang),
        text("cause.key_refused.name", lang),
    ]
    assert list(table["stores"]) == [1, 1]
    for problem, target in (
        ("read.row:bad_row", "runs"),
        ("lightspeed.key_refused:key_refused", "shops"),
    ):
        app = visit("problems", lang=lang, problem=problem)
        said = texts(app).replace("\\", "")
        assert text(f"cause.{problem.partition(':')[2]}.means", lang) in said
        ways = [each.proto.page for each in app.get("page_link") if each.proto.label == "Main"]
        assert ways == [target]


def test_a_muted_problem_is_heard_again_once_it_grows(desk, store, visit):
    ended(desk, store, (ROW, 3))
    ended(desk, store, (ROW, 3))
    app = visit("problems", lang="en", problem="read.row:bad_row")
    app.button(key="problems:mute").click().run()
    assert app.title[0].value == text("problems.answer_none")
    assert not app.dataframe
    app.button(key="problems:mute").click().run()
    assert app.title[0].value != text("problems.answer_none")
    app.button(key="problems:mute").click().run()
    ended(desk, store, (ROW, 4))
    app.run()
    assert app.title[0].value != text("problems.answer_none")


def test_what_was_solved_is_listed_on_demand(desk, store, visit):
    ended(desk, store, (ROW, 3))
    ended(desk, store)
    app = visit("problems", lang="en")
    assert not app.dataframe
    app = visit("problems", lang="en", state="solved")
    assert len(app.dataframe[0].value) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_reading_back_found_is_a_problem_too(desk, store, visit, lang):
    group = {"entity": "products", "kind": "missing", "causes": ["own_sync", "by_hand"]}
    missing = {**group, "records": 7, "first": 1.0, "seen": 2.0}
    told = {"groups": [missing, {**missing, "kind": "different", "records": 2}]}
    desk.set_options(store, {"patrol_days": "7"})
    none = {"began": None, "finished": None, "asked": 0, "of": 0, "problem": None}
    desk.note_patrol(store, {**none, **told})
    app = visit("problems", lang=lang, problem="patrol.missing:own_sync")
    table = app.dataframe[0].value
    assert list(table["records"]) == [7, 2]
    assert len(set(table["name"])) == 2  # of one cause, and yet not the same
    assert text("cause.own_sync.next", lang).split(";")[0] in texts(app).replace("\\", "")
    app = visit("overview", lang=lang, row=store.slug)
    said = text("overview.patrol_differs", lang, missing="7", different="2")
    assert said in [each.proto.label for each in app.get("page_link")]
