"""What Clerk.io held on a day, and two runs side by side."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from sync import answers, run
from sync.openshop import opened_shop
from sync.store import TERMINAL, Desk, State, StoreRow
from sync.texts import text
from tests.pages.conftest import texts


def said(app) -> str:
    return texts(app).replace("\\", "")


@pytest.fixture
def moved(desk: Desk, store: StoreRow) -> tuple[date, date]:
    """Yesterday, on which everything was sent, and today, on which a product was taken out."""
    now = desk.clock.now()
    with opened_shop(desk, store) as shop, shop.mirror.conn as conn:
        conn.execute("UPDATE ledger SET confirmed = confirmed - 86400")
        conn.execute("UPDATE history SET at = at - 86400")
        source = conn.execute("SELECT source FROM ledger WHERE entity = 'products'").fetchone()[0]
        newest = desk.runs(store)[0].id
        conn.execute("DELETE FROM ledger WHERE entity = 'products' AND source = ?", [source])
        conn.execute(
            "INSERT INTO history (store, entity, source, key, run, at, action, reasons, fields)"
            " VALUES (?, 'products', ?, ?, ?, ?, 'removed', 'hidden', '')",
            [store.id, source, source, newest, now],
        )
    today = datetime.fromtimestamp(now, UTC).date()
    return today - timedelta(days=1), today


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_day_is_told_in_one_sentence_and_by_entity(desk, store, visit, lang):
    today = datetime.fromtimestamp(desk.clock.now(), UTC).date()
    app = visit("past", lang=lang)
    products = answers.held(desk, store, desk.clock.now()).entities["products"].count
    assert not app.exception
    assert text("run.records.products", lang, n=products) in app.title[0].value
    assert app.date_input(key="past:on").value == today
    table = app.dataframe[0].value
    assert products in list(table.iloc[:, 1])


def test_two_days_show_what_left_in_between_whichever_is_first(desk, moved, visit):
    before, today = map(str, moved)
    for on, beside in ((before, today), (today, before)):
        app = visit("past", lang="en", on=on, **{"and": beside})
        table = app.dataframe[0].value.set_index("entity")
        row = table.loc[text("entity.products")]
        assert (row[text("past.entered")], row[text("past.left")]) == (0, 1)
        assert row.iloc[0] - row.iloc[-1] == 1
        held = row.iloc[0] if on == before else row.iloc[-1]
        assert text("run.records.products", n=held) in app.title[0].value
        assert len(app.dataframe[1].value) == 1


def test_the_days_stand_in_the_address(moved, visit):
    before, _ = moved
    app = visit("past", lang="en")
    assert app.date_input(key="past:on").value == before
    app.date_input(key="past:and").set_value(before - timedelta(days=9)).run()
    assert app.query_params["and"] == str(before - timedelta(days=9))


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_day_before_the_history_is_refused_in_one_line(data, visit, lang):
    app = visit("past", lang=lang, on="2001-02-03")
    assert not app.exception
    assert "2001" in app.title[0].value
    assert len(app.info) == 1
    app.date_input(key="past:on").set_value(datetime.now(UTC).date()).run()
    assert not app.info


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_store_that_never_sent_anything_says_so(desk, visit, lang):
    other = desk.add_store(
        desk.shop("shop"), "Deutsch", language="de", public="p" * 8, private="q" * 8
    )
    assert text("past.never.title", lang) in said(visit("past", lang=lang, store=other.slug))
    assert text("compare.few.title", lang) in said(visit("compare", lang=lang, store=other.slug))


def test_the_file_of_a_day_names_no_person(desk, store):
    with opened_shop(desk, store) as shop, shop.mirror.conn as conn:
        conn.execute(
            "UPDATE ledger_payload SET payload = CAST(json_set(CAST(payload AS TEXT), '$.email',"
            " 'jan@canary.example') AS BLOB) WHERE entity = 'orders'"
        )
        conn.execute("UPDATE ledger SET entity = 'customers' WHERE entity = 'categories'")
    lines = [json.loads(line) for line in answers.export_held(desk, store, desk.clock.now())]
    assert {line["entity"] for line in lines} == {"products", "orders"}
    assert all(line["payload"] for line in lines)
    assert "canary" not in json.dumps(lines)


@pytest.mark.parametrize("lang", ["en", "de"])
def test_two_runs_are_held_against_each_other(desk, store, visit, lang):
    settings = desk.settings(store).settings.changed({"page_size": "100"})
    run.change_settings(desk, store, settings, note="")
    first = desk.runs(store)[0]
    second = run.request(desk, store, "sync")
    ended = {"state": "cancelled", "finished": desk.clock.now()}
    desk.update_run(second.id, {**ended, "books": {"products": {"unchanged": 60}}})
    app = visit("run", lang=lang, run=str(second.id))
    [link] = [x for x in app.get("page_link") if x.proto.label == text("compare.link", lang)]
    assert f"runs={first.id}&runs={second.id}" in link.proto.query_string
    app = visit("compare", lang=lang, runs=[str(first.id), str(second.id)])
    assert not app.exception
    settings, books, records = (each.value for each in app.dataframe)
    assert list(settings["setting"]) == [text("setting.page_size.label", lang)]
    assert text("book.created", lang) in set(books["what"])
    assert set(records["was"]) == {text("outcome.created", lang)}
    assert set(records["is"]) == {text("outcome.unchanged", lang)}
    app.selectbox(key="compare:first").set_value(second.id).run()
    assert app.query_params["runs"] == [str(second.id), str(first.id)]
    assert set(app.dataframe[2].value["was"]) == {text("outcome.unchanged", lang)}


@pytest.mark.parametrize("lang", ["en", "de"])
@pytest.mark.parametrize("state", [each for each in State if each not in TERMINAL])
def test_a_run_that_has_not_ended_is_not_held_against_another(desk, store, visit, state, lang):
    first = desk.runs(store)[0]
    second = run.request(desk, store, "sync")
    desk.update_run(second.id, {"state": state, "started": desk.clock.now()})
    app = visit("compare", lang=lang, runs=[str(first.id), str(second.id)])
    assert not app.exception
    assert app.title[0].value == text("compare.answer.refused", lang)
    told = text("refusal.run_not_ended", lang, run=second.id)
    assert told.casefold() in said(app).casefold()
    assert not app.dataframe
    assert app.selectbox(key="compare:second").value == second.id
    page = visit("run", lang=lang, run=str(second.id))
    links = [each.proto.label for each in page.get("page_link")]
    assert text("compare.link", lang) not in links
    last_two = visit("compare", lang=lang)
    assert last_two.selectbox(key="compare:second").value == first.id


@pytest.mark.parametrize("lang", ["en", "de"])
def test_of_a_run_without_books_only_the_settings_are_compared(desk, store, visit, lang):
    """One that was stopped before its plan, or only read."""
    values = desk.settings(store).settings.changed({"page_size": "100"})
    run.change_settings(desk, store, values, note="")
    first = desk.runs(store)[0]
    second = run.request(desk, store, "sync")
    desk.update_run(second.id, {"state": "cancelled", "finished": desk.clock.now()})
    app = visit("compare", lang=lang, runs=[str(first.id), str(second.id)])
    assert app.title[0].value == text("compare.bookless", lang, run=second.id)
    [settings] = app.dataframe
    assert list(settings.value["setting"]) == [text("setting.page_size.label", lang)]
    assert text("compare.no_books", lang) not in said(app)
    read = next(each for each in desk.runs(store) if each.kind == "refresh")
    app = visit("compare", lang=lang, runs=[str(read.id), str(second.id)])
    told = text("compare.bookless_both", lang, first=read.id, second=second.id)
    assert app.title[0].value == told


def test_a_run_that_is_not_there_is_one_line(data, visit):
    app = visit("compare", lang="en", runs=["1", "99999"])
    assert not app.exception
    assert len(app.error) == 1
