"""Runs in the browser: from the demo to the first success, over reloads and two browsers."""

import re

from playwright.sync_api import Browser, Page, expect

from sync import engine, run
from sync.store import Desk
from sync.texts import text
from tests.e2e.conftest import Server


def de(code: str, **values: object) -> str:
    return text(code, "de", **values)


def start(page: Page, server: Server) -> None:
    page.goto(server.at("runs", lang="de", store="demo"))
    page.get_by_role("button", name=de("runs.start")).click()
    expect(page.get_by_role("button", name=de("runs.cancel"))).to_be_visible()


def finished(page: Page) -> None:
    expect(page.get_by_role("button", name=de("runs.cancel"))).to_have_count(0, timeout=90_000)


def test_from_the_overview_of_the_demo_to_a_successful_run(server: Server, page: Page):
    """What a first visit is led to: read what the demo is, start, see it succeed."""
    page.goto(server.at(lang="de"))
    expect(page.get_by_text(de("overview.demo.title"))).to_be_visible()
    page.get_by_role("button", name=de("overview.start")).click()
    page.get_by_role("link", name=re.compile(r"Lauf \d+ verfolgen")).click()
    expect(page.get_by_role("heading", name=re.compile(r"Lauf \d+"))).to_be_visible()
    finished(page)
    expect(page.get_by_text(de("run.balanced"))).to_be_visible()
    desk = Desk(server.data)
    assert desk.runs(desk.store("demo"))[0].state == "succeeded"


def test_a_run_goes_on_over_a_reload_and_is_seen_by_two_browsers(
    server: Server, page: Page, browser: Browser, browser_context_args
):
    start(page, server)
    page.reload()
    expect(page.get_by_role("heading", name=de("page.runs"), exact=True)).to_be_visible()
    with browser.new_context(**browser_context_args) as second:
        other = second.new_page()
        other.goto(server.at("runs", lang="de", store="demo"))
        finished(page)
        finished(other)
        expect(other.get_by_test_id("stDataFrame").first).to_be_visible()
    desk = Desk(server.data)
    rows = [row for row in desk.runs(desk.store("demo")) if row.kind == "sync"]
    assert [row.state for row in rows] == ["succeeded"]


def test_a_run_is_cancelled(server: Server, page: Page, wait_for):
    start(page, server)
    page.get_by_role("button", name=de("runs.cancel")).click()
    finished(page)
    desk = Desk(server.data)
    wait_for(lambda: desk.runs(desk.store("demo"))[0].state in ("cancelled", "succeeded"))


def change(desk: Desk, values: dict[str, str]) -> None:
    store = desk.store("demo")
    settings = desk.settings(store).settings.changed(values)
    run.change_settings(desk, store, settings, who="test", note="")


def worked(desk: Desk, wait_for) -> None:
    """Sync once, by the dashboard's own worker."""
    wait_for(lambda: engine.worker_alive(desk))
    row = run.request(desk, desk.store("demo"), "sync", who="test")
    wait_for(lambda: desk.run(row.id).state == "succeeded")


def test_a_held_run_is_looked_at_and_approved(server: Server, page: Page, wait_for):
    page.goto(server.at(lang="de"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    desk = Desk(server.data)
    number = make_held(desk, wait_for)
    page.goto(server.at("run", lang="de", store="demo", run=str(number)))
    expect(page.get_by_text(de("hold.removals.name"))).to_be_visible()
    expect(page.get_by_text(re.compile(r"^\d+ insgesamt"))).to_be_visible()
    page.get_by_role("textbox", name=de("runs.note")).fill("vom Händler gewollt")
    page.get_by_role("button", name=de("runs.approve")).click()
    wait_for(lambda: desk.run(number).state == "succeeded")
    assert any("vom Händler gewollt" in line["message"] for line in desk.run_log(number))
    expect(page.get_by_text(de("state.succeeded")).first).to_be_visible()


def make_held(desk: Desk, wait_for) -> int:
    store = desk.store("demo")
    change(desk, {"include_customers": "yes", "import_orders": "no"})
    worked(desk, wait_for)
    fewer = {"include_customers": "no", "removal_limit_percent": "0", "removal_limit_min": "1"}
    change(desk, fewer)
    row = run.request(desk, store, "sync", who="test")
    wait_for(lambda: desk.run(row.id).state == "held")
    return row.id
