"""Runs and one run: start, follow, decide, and what earlier ones did."""

from itertools import count

import pytest

from sync import run
from sync.access import Person
from sync.errors import Message
from sync.ledger import Findings, Journal
from sync.openshop import opened_shop
from sync.store import ACTIVE, TERMINAL, RunRow, State, UsageError, shop_lock
from sync.texts import text
from sync.texts.numbers import number
from tests.pages.conftest import texts


def last(desk, store, kind="sync"):
    return next(row for row in desk.runs(store) if row.kind == kind)


def test_without_a_store_the_page_says_what_to_do_first(nothing, visit):
    assert text("frame.no_store.title") in texts(visit("runs", lang="en"))


def test_a_store_that_never_ran_says_so(desk, visit):
    keys = {"public": "p" * 8, "private": "q" * 8}
    desk.add_store(desk.shop("shop"), "New", language="nl", **keys)
    assert text("runs.none.title", "de") in texts(visit("runs", lang="de", store="new"))


@pytest.mark.parametrize(("key", "kind"), [("runs:sync", "sync"), ("runs:refresh", "refresh")])
def test_a_click_queues_a_run_and_its_card_appears(desk, store, visit, key, kind):
    app = visit("runs", lang="en")
    app.button(key=key).click().run()
    active = desk.active_run(store)
    assert (active.kind, active.who) == (kind, "tester")
    assert text("runs.cancel") in texts(app)


def test_a_full_sync_is_asked_for(desk, store, visit):
    visit("runs", lang="en").button(key="runs:full").click().run()
    assert desk.active_run(store).options == {"full": True}


def test_chosen_records_are_asked_for(desk, store, visit):
    with opened_shop(desk, store) as shop:
        ids = [row[0] for row in shop.mirror.conn.execute("SELECT id FROM product LIMIT 2")]
    app = visit("runs", lang="en")
    app.text_input(key="runs:subset:ids").set_value(", ".join(map(str, ids))).run()
    app.button(key="runs:subset").click().run()
    assert desk.active_run(store).options == {"only": {"products": ids}}


@pytest.mark.parametrize(
    ("ids", "said"),
    [("", "only"), ("abc", "only"), ("12;13", "only"), ("12, 13", "either in the local copy")],
)
def test_bad_ids_are_refused_in_one_line(desk, store, visit, ids, said):
    app = visit("runs", lang="en")
    app.text_input(key="runs:subset:ids").set_value(ids).run()
    app.button(key="runs:subset").click().run()
    assert said in app.error[0].value
    assert desk.active_run(store) is None


def test_a_second_click_gets_the_link_to_the_first_run(desk, store, visit):
    app = visit("runs", lang="de")
    first = run.request(desk.on_behalf(Person.local("other")), store, "sync")
    with shop_lock(desk.data_dir, "shop"):
        app.button(key="runs:sync").click().run()
    assert text("frame.run_active", "de", run=first.id) in texts(app)
    assert text("runs.open", "de", run=first.id) in [x.proto.label for x in app.get("page_link")]


@pytest.mark.parametrize("page", ["runs", "run", "preview"])
def test_whatever_a_page_says_of_a_run_that_ends_while_it_is_drawn_is_of_one_moment(
    desk, store, visit, monkeypatch, page
):
    """The run ends at the first, second … look at it, until the page is drawn before that."""
    whole, at = RunRow.of, 0
    while True:
        at, looks, queued = at + 1, count(1), run.request(desk, store, "refresh")

        def of(row, at=at, looks=looks, queued=queued):
            if row["id"] == queued.id and next(looks) == at:
                monkeypatch.setattr(RunRow, "of", whole)
                ended = {"state": "cancelled", "started": 1.0, "finished": 2.0}
                assert desk.change_state(queued.id, ACTIVE, ended)
            return whole(row)

        monkeypatch.setattr(RunRow, "of", of)
        app = visit(page, lang="en", store="main", run=str(queued.id))
        monkeypatch.setattr(RunRow, "of", whole)
        assert not app.exception
        assert says_it_is_on(app, page) == is_followed(app, page)
        if desk.run(queued.id).state in ACTIVE:
            break
    assert at > 1


def says_it_is_on(app, page):
    """What stands above, drawn once: the answer, or the button that a run that is on disables."""
    if page == "preview":
        return app.button(key="preview.refresh").disabled
    [answer] = app.title
    return any(text(code, "en") in answer.value for code in ("runs.answer.on", "state.queued"))


def is_followed(app, page):
    """Whether the part that looks again by itself is there, and waits for this state to end."""
    return any(text("state.queued", "en") in each.value for each in app.markdown)


def test_a_queued_run_is_cancelled(desk, store, visit):
    queued = run.request(desk, store, "sync")
    app = visit("runs", lang="en")
    app.button(key=f"runs:cancel:{queued.id}").click().run()
    assert desk.run(queued.id).state == "cancelled"
    assert not app.exception


def test_waiting_is_said_with_its_clock_time_and_window(desk, store, visit):
    row = run.request(desk, store, "sync")
    until = desk.clock.now() + 600
    desk.update_run(row.id, {"state": "waiting", "until": until, "window": "hour"})
    said = texts(visit("runs", lang="de"))
    assert "Wartet bis" in said
    assert text("window.hour", "de") in said


@pytest.mark.parametrize("lang", ["en", "de"])
@pytest.mark.parametrize("plan", [None, "a plan"])
@pytest.mark.parametrize(("sent", "failed"), [(0, 0), (3, 0), (3, 1)])
def test_a_run_of_just_a_plan_says_nothing_of_what_it_never_read(
    desk, store, visit, plan, sent, failed, lang
):
    row = run.request(desk, store, "sync")
    state = "partial" if failed else "succeeded"
    ended = {"state": state, "started": desk.clock.now(), "finished": desk.clock.now()}
    books = {"products": {"created": sent, "failed": failed, "read": sent + failed}}
    desk.update_run(row.id, {**ended, "plan": plan, "books": books})
    said = visit("run", lang=lang, run=str(row.id)).title[0].value
    end = "refused" if failed else "succeeded" if sent else "nothing"
    code = f"run.verdict.exactly_{end}" if plan else f"run.verdict.{end}"
    created = text("run.verdict.created", lang, n=sent)
    numbers = {"run": row.id, "n": failed, "of": sent + failed}
    assert said.endswith(text(code, lang, what=created, **numbers))


@pytest.mark.parametrize("state", [*State])
def test_only_the_card_of_a_run_that_is_on_counts(desk, store, visit, state):
    """Whatever is drawn once would stand still beside it."""
    row = run.request(desk, store, "sync")
    calls = {"lightspeed": {"total": 73}, "clerk": {"total": 7}}
    books = {"products": {"created": 5, "failed": 2}}
    ended = {"finished": desk.clock.now()} if state in TERMINAL else {}
    counted = {"calls": calls, "books": books, "waited": 60.0, "started": desk.clock.now(), **ended}
    desk.update_run(row.id, {"state": state, **counted})
    told = text("run.calls", "en", lightspeed=73, clerk=7)
    waited = text("run.waited", "en", waited="1 min")
    head = texts(visit("run", lang="en", run=str(row.id)))
    assert (told in head, waited in head) == (state not in ACTIVE,) * 2
    [table] = [each.value for each in visit("runs", lang="en").dataframe if "calls" in each.value]
    [cells] = [each for _, each in table.iterrows() if each["run"] == row.id]
    if state in ACTIVE:
        assert (cells["changed"], str(cells["failed"]), str(cells["calls"])) == ("", "nan", "nan")
    else:
        assert (cells["changed"], cells["failed"], cells["calls"]) == ("+5", 2, 73)


@pytest.fixture
def held(desk, store):
    """A held run that would remove two products."""
    row = run.request(desk, store, "sync")
    hold = {"entity": "products", "reason": "removals", "count": 2, "of": 50, "limit": 10}
    desk.update_run(row.id, {"state": "held", "holds": [hold]})
    with opened_shop(desk, store) as shop:
        listed = [("products", n, n, "hidden") for n in (141000108, 141000109)]
        Journal(shop.ledger.db, row.id).add_holds(listed)
    return row


@pytest.mark.parametrize(("key", "state"), [("approve", "approved"), ("reject", "rejected")])
def test_a_held_run_is_decided_with_a_note(desk, held, visit, key, state):
    app = visit("runs", lang="en")
    assert "2 of 50" in texts(app)
    assert len(app.dataframe[0].value) == 2
    app.text_input(key=f"runs:note:{held.id}").set_value("spoke to the merchant").run()
    app.button(key=f"runs:{key}:{held.id}").click().run()
    assert desk.run(held.id).state == state
    assert any("spoke to the merchant" in line["message"] for line in desk.run_log(held.id))


def pills(app, name):
    """The pills of a filter: their key has its labels in it."""
    return next(each for each in app.pills if each.key.startswith(f"runs:{name}:"))


def listed(app):
    return [] if not app.dataframe else [int(n) for n in app.dataframe[0].value["run"]]


def test_the_list_is_filtered_and_the_address_says_how(desk, store, visit):
    refreshed, synced = last(desk, store, "refresh").id, last(desk, store).id
    desk.update_run(refreshed, {"state": "failed", "message": "no such key"})
    app = visit("runs", lang="en")
    assert listed(app) == [synced, refreshed]
    pills(app, "kind").set_value(["sync"]).run()
    assert listed(app) == [synced]
    pills(app, "kind").set_value([]).run()
    pills(app, "state").set_value(["failed"]).run()
    assert listed(app) == [refreshed]
    app.text_input(key="runs:search").set_value("such KEY").run()
    assert listed(app) == [refreshed]
    assert dict(app.query_params).items() >= {("state", "failed"), ("search", "such KEY")}
    app.text_input(key="runs:search").set_value("nothing says this").run()
    assert text("table.none_match") in texts(app)
    app.button(key="runs:clear").click().run()
    assert listed(app) == [synced, refreshed]
    assert not {"state", "search"} & set(app.query_params)


def test_an_address_brings_filters_order_and_days(desk, store, visit):
    refreshed, synced = last(desk, store, "refresh").id, last(desk, store).id
    desk.update_run(refreshed, {"started": 1_760_000_000.0})  # 9 October 2025
    app = visit("runs", lang="en", **{"from": "2025-10-09", "to": "2025-10-09"})
    assert listed(app) == [refreshed]
    app.date_input(key="runs:days").set_value(()).run()
    assert listed(app) == [synced, refreshed]
    assert listed(visit("runs", lang="en", sort="run", order="up")) == [refreshed, synced]
    assert listed(visit("runs", lang="en", **{"from": "x", "sort": "x", "state": "x"})) == [
        synced,
        refreshed,
    ]


def test_all_stores_are_not_sorted_by_what_takes_long(desk, store, visit):
    app = visit("runs", lang="en", all="1", sort="changed")
    assert listed(app) == sorted(listed(app), reverse=True)


@pytest.mark.parametrize("query", [{}, {"all": "1"}], ids=["one store", "all stores"])
@pytest.mark.parametrize("sort", ["failed", "calls"])
def test_the_list_is_sorted_by_what_failed_and_by_calls(desk, store, visit, query, sort):
    refreshed, synced = last(desk, store, "refresh").id, last(desk, store).id
    desk.update_run(refreshed, {"books": {"orders": {"failed": 2}}, "calls": {"lightspeed": {}}})
    desk.update_run(synced, {"books": {"products": {"failed": 10}}})
    desk.update_run(synced, {"calls": {"lightspeed": {"total": 30}}})
    assert listed(visit("runs", lang="en", sort=sort, **query)) == [synced, refreshed]
    assert listed(visit("runs", lang="en", sort=sort, order="up", **query)) == [refreshed, synced]


def test_failures_come_first_if_asked_for(desk, store, visit):
    refreshed, synced = last(desk, store, "refresh").id, last(desk, store).id
    desk.update_run(refreshed, {"state": "failed"})
    app = visit("runs", lang="en")
    app.toggle(key="runs:first").set_value(True).run()
    assert listed(app) == [refreshed, synced]
    app.toggle(key="runs:first").set_value(False).run()
    assert listed(app) == [synced, refreshed]


def test_the_runs_of_all_stores_stand_in_one_list(desk, store, visit):
    keys = {"public": "p" * 8, "private": "q" * 8}
    other = desk.add_store(desk.shop("shop"), "New", language="nl", **keys)
    queued = desk.queue_run(other, "sync", trigger="schedule")
    app = visit("runs", lang="en", store="main")
    assert queued.id not in listed(app)
    app.toggle(key="runs:all").set_value(True).run()
    assert listed(app)[0] == queued.id
    assert app.dataframe[0].value["store"][0] == "New"
    assert text("runs.answer.all", n="3") in app.title[0].value


def test_a_click_opens_the_run_and_the_way_back_keeps_the_filters(desk, store, visit):
    app = visit("runs", lang="en", kind="refresh", sort="took")
    app.switch_page("pages/run.py")
    app.query_params["run"] = str(last(desk, store, "refresh").id)
    app.run()
    links = [x.proto.query_string for x in app.get("page_link")]
    assert any("kind=refresh" in link and "sort=took" in link for link in links)


@pytest.mark.parametrize("lang", ["en", "de"])
@pytest.mark.parametrize("state", [*State])
def test_the_first_line_says_how_the_store_stands(desk, store, visit, lang, state):
    ended = state in TERMINAL
    finished = {"finished": desk.clock.now() - 600} if ended else {"finished": None}
    desk.update_run(last(desk, store).id, {"state": state, **finished})
    app = visit("runs", lang=lang)
    assert not app.exception
    code = "on" if state in ACTIVE else state
    ago = {"en": "10 minutes ago", "de": "vor 10 Minuten"}[lang]
    assert text(f"runs.answer.{code}", lang, ago=ago) in app.title[0].value


@pytest.mark.parametrize("lang", ["en", "de"])
def test_orders_whose_lines_are_on_their_way_are_not_called_skipped(desk, store, visit, lang):
    ended = last(desk, store)
    book = {**ended.books["orders"], "skipped": 9, "reasons": {"too_old": 2, "lines_pending": 7}}
    desk.update_run(ended.id, {"books": {**ended.books, "orders": book}})
    app = visit("run", lang=lang, run=str(ended.id))
    shown = app.dataframe[0].value.set_index("outcome")["orders"]
    assert (shown[text("book.follow", lang)], shown[text("book.skipped", lang)]) == (7, 2)
    assert text("runs.books.follow", lang, count=7) in texts(app)


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_run_shows_books_that_balance_and_why_records_were_skipped(desk, store, visit, lang):
    app = visit("run", lang=lang, run=str(last(desk, store).id))
    said = texts(app)
    assert text("run.balanced", lang) in said
    assert text("reason.out_of_stock.name", lang) in set(app.dataframe[1].value["reason"])
    assert app.dataframe[0].value["products"].iloc[0] == 60
    foretold = app.dataframe[2].value
    came = int(foretold["sent"].sum() - foretold["planned"].sum())
    assert text("gap.came", lang, n=str(came)) in said.replace("\\", "")


@pytest.mark.parametrize(
    ("tab", "column"), [("records", "title"), ("log", "message"), ("settings", "setting")]
)
def test_each_tab_of_a_run_has_its_table(desk, store, visit, tab, column):
    app = visit("run", lang="en", run=str(last(desk, store).id), tab=tab)
    assert not app.exception
    assert len(app.dataframe[0].value[column]) > 0


@pytest.mark.parametrize(
    ("asked", "said"), [("99999", "Unknown run 99999."), ("x", None), ("", None)]
)
def test_an_address_without_a_run_says_so(data, visit, asked, said):
    shown = texts(visit("run", lang="en", run=asked)).replace("\\", "")
    assert (said or text("run.which.title")) in shown


def test_an_address_of_no_run_leads_back(data, visit):
    app = visit("run", lang="en", run="99999")
    assert app.title[0].value == text("page.run")
    assert not app.error
    assert text("frame.error_hint") not in texts(app)
    assert text("page.overview") in [x.proto.label for x in app.get("page_link")]


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_run_that_was_followed_stays_with_its_outcome(desk, store, visit, lang):
    app = visit("runs", lang=lang)
    app.button(key="runs:refresh").click().run()
    row = desk.active_run(store)
    assert text("meaning.partial", lang) not in texts(app)
    desk.update_run(row.id, {"state": "partial", "finished": desk.clock.now()})
    app.run()
    assert text("meaning.partial", lang) in texts(app)
    assert f"run={row.id}" in "".join(x.proto.query_string for x in app.get("page_link"))


def test_a_run_that_ended_before_the_page_was_drawn_has_its_card(desk, store, visit):
    app = visit("overview", lang="en")
    app.button(key=f"overview:start:{store.slug}").click().run()
    row = desk.active_run(store)
    desk.update_run(row.id, {"state": "partial", "finished": desk.clock.now()})
    app.switch_page("pages/runs.py").run()
    assert text("meaning.partial") in texts(app)


@pytest.mark.parametrize("lang", ["en", "de"])
def test_nothing_says_queued_while_the_run_is_on(desk, store, visit, lang):
    app = visit("runs", lang=lang)
    app.button(key="runs:refresh").click().run()
    row = desk.active_run(store)
    desk.update_run(row.id, {"state": "running", "started": desk.clock.now()})
    said = texts(app.run())
    assert text("runs.answer.on", lang) in said
    assert not any(word in said.lower() for word in ("queue", "warteschlange", "requested"))


@pytest.mark.parametrize("lang", ["en", "de"])
@pytest.mark.parametrize("state", ["succeeded", "partial", "failed", "cancelled"])
def test_the_preview_says_how_the_run_ended_that_was_on(desk, store, visit, lang, state):
    app = visit("preview", lang=lang)
    row = run.request(desk, store, "refresh")
    app.run()
    desk.update_run(row.id, {"state": state, "finished": desk.clock.now()})
    app.run()
    assert text(f"meaning.{state}", lang) in texts(app)
    assert f"run={row.id}" in "".join(x.proto.query_string for x in app.get("page_link"))


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_line_of_the_log_has_the_name_of_its_level(desk, store, visit, lang):
    shown = visit("run", lang=lang, run=str(last(desk, store).id), tab="log").dataframe[0].value
    assert text("run.level_info", lang) not in set(shown["level"])
    assert text("phase.plan", lang) in set(shown["message"])
    assert shown["at"].is_monotonic_increasing


def test_errors_are_explained(desk, store, visit):
    row = last(desk, store)
    error = {
        "message": "AuthenticationError: no such key",
        "count": 3,
        "sample": "products 12",
        "link": "http://my.clerk.io/error/7",
    }
    desk.update_run(row.id, {"state": "failed", "message": error["message"], "errors": [error]})
    app = visit("run", lang="de", run=str(row.id))
    said = texts(app)
    assert text("cause.clerk_key.name", "de") in said
    assert text("fixer.merchant", "de") in said


@pytest.fixture
def partial_run(desk, store):
    """A sync that failed with two products."""
    row = last(desk, store)
    said = Message("clerk.said", said="ParsingError: name is empty")
    with opened_shop(desk, store) as shop:
        journal = Journal(shop.ledger.db, row.id)
        ids = [n for (n,) in shop.mirror.conn.execute("SELECT id FROM product LIMIT 2")]
        for n in ids:
            journal.record("products", n, n, "failed", 1.0, message=said)
        errors = journal.errors()
    books = {**row.books, "products": {**row.books["products"], "failed": 2}}
    desk.update_run(row.id, {"books": books, "state": "partial", "errors": errors})
    return desk.run(row.id), ids


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_run_opens_on_what_went_wrong_with_its_records(desk, store, partial_run, visit, lang):
    row, ids = partial_run
    app = visit("run", lang=lang, run=str(row.id))
    said = texts(app)
    assert text("cause.clerk_parsing.name", lang) in said
    assert text("run.records.products", lang, n="2") in said
    assert text("run.new", lang) in said
    assert list(app.dataframe[0].value["id"]) == sorted(map(str, ids))
    of = 2 + sum(b[n] for b in row.books.values() for n in ("created", "updated", "removed"))
    assert text("run.verdict.refused", lang, run=row.id, n="2", of=of) in app.title[0].value


def test_since_when_something_goes_wrong_is_told_by_the_runs_before(
    desk, store, partial_run, visit
):
    first, _ = partial_run
    for state in ("partial", "cancelled", "partial"):
        row = desk.queue_run(store, "sync", trigger="manual")
        ended = {"state": state, "finished": 2.0, "errors": first.errors if "p" in state else []}
        desk.update_run(row.id, {"started": 1.0, **ended})
    since, _, _ = text("run.since", run=first.id, ago="").partition(",")
    assert since in texts(visit("run", lang="en", run=str(row.id)))


def test_a_number_of_the_books_opens_its_records(desk, store, partial_run, visit):
    row, _ = partial_run
    chosen = {"tab": "records", "entity": "products", "outcome": "failed"}
    app = visit("run", lang="en", run=str(row.id), **chosen)
    assert set(app.dataframe[0].value["outcome"]) == {text("outcome.failed")}
    assert len(app.dataframe[0].value) == 2


def test_a_retry_is_offered_for_what_still_fails_alone(desk, store, partial_run, visit):
    row, ids = partial_run
    later = desk.queue_run(store, "sync", trigger="manual")
    desk.update_run(later.id, {"state": "succeeded", "started": 2.0, "finished": 3.0})
    with opened_shop(desk, store) as shop:
        journal = Journal(shop.ledger.db, later.id)
        journal.record("products", ids[0], ids[0], "updated", 2.5)
        assert run.still_failing(desk, row) == {"products": [ids[1]]}
        visit("run", lang="en", run=str(row.id)).button(key="run:retry").click().run()
        assert desk.active_run(store).options["only"] == {"products": [ids[1]]}
        desk.update_run(desk.active_run(store).id, {"state": "cancelled", "finished": 4.0})
        journal.record("products", ids[1], ids[1], "updated", 2.5)
    assert text("run.mended") in texts(visit("run", lang="en", run=str(row.id)))
    with pytest.raises(UsageError, match="mended since"):
        run.request(desk, store, "sync", retry=row.id)


@pytest.mark.parametrize("lang", ["en", "de"])
@pytest.mark.parametrize("kind", ["sync", "refresh", "compare"])
@pytest.mark.parametrize("state", [*State])
def test_a_run_of_every_state_and_kind_has_a_verdict(desk, store, visit, lang, kind, state):
    row = last(desk, store)
    holds = [{"entity": "products", "reason": "removals", "count": 2, "of": 50, "limit": 10}]
    held = {"holds": holds} if state is State.HELD else {}
    ended = {"finished": desk.clock.now()} if state in TERMINAL else {"finished": None}
    desk.update_run(row.id, {"state": state, "kind": kind, "message": None, **ended, **held})
    app = visit("run", lang=lang, run=str(row.id))
    assert not app.exception
    assert len(app.title) == 1
    assert text(f"state.{state}", lang) in app.title[0].value


def test_the_phases_of_a_run_have_their_times(desk, store, visit):
    row = last(desk, store)
    times = run.phase_times(desk, row)
    assert sum(times.values()) <= run.took(row) + 0.2
    assert {"access", "plan", "products"} <= times.keys()
    assert text("step.plan") in texts(visit("run", lang="en", run=str(row.id)))
    desk.forget_logs([row.id])
    assert run.phase_times(desk, row) == {}
    assert text("run.no_log") in texts(visit("run", lang="en", run=str(row.id), tab="log"))


def test_only_clerks_own_report_becomes_a_link(desk, store, visit):
    row = last(desk, store)
    for link, shown in (("https://my.clerk.io/error/7", 1), ("https://clerk.io.evil.example/", 0)):
        error = {"message": "ParsingError: x", "count": 1, "sample": None, "link": link}
        desk.update_run(row.id, {"errors": [error]})
        app = visit("run", lang="en", run=str(row.id))
        assert len(app.get("link_button")) == shown


@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_comparison_shows_what_it_found_and_names_the_ids(desk, store, visit, lang):
    asked = run.request(desk, store, "compare")
    with opened_shop(desk, store) as shop:
        findings = Findings(shop.journal(asked.id))
        findings.add_compared("products", 5)
        findings.add_compared("customers", 0, 7)
        findings.find("products", [(12, 12), (13, 13)], "missing")
    desk.update_run(asked.id, {"state": "partial", "finished": desk.clock.now()})
    app = visit("run", lang=lang, run=str(asked.id))
    found = app.dataframe[0].value
    assert list(found["missing"]) == [2, 0]
    assert list(found["unreadable"]) == [0, 7]
    assert text("run.not_comparable", lang) in texts(app)
    assert list(app.dataframe[1].value["id"]) == ["12", "13"]
    assert text("run.no_books", lang) in texts(app)


def test_a_run_that_made_way_was_not_stopped_by_a_person(desk, store, visit):
    gave_way = run.request(desk, store, "sync")
    run.request(desk, store, "refresh")
    app = visit("run", lang="en", run=str(gave_way.id))
    assert text("ending.superseded") in texts(app)
    assert "person" not in texts(app).lower()


def test_comparisons_can_be_chosen_among_earlier_runs(desk, store, visit):
    asked = run.request(desk, store, "compare")
    assert listed(visit("runs", lang="en", kind="compare")) == [asked.id]


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_proof_that_no_address_left_stands_with_the_books(desk, store, visit, lang):
    newest = desk.runs(store)[0]
    assert newest.scan["payloads"] > 0
    app = visit("run", lang=lang, run=str(newest.id), tab="books")
    payloads = number(newest.scan["payloads"], lang)
    assert text("scan.proof", lang, count="0", payloads=payloads) in texts(app)
