"""Runs in the browser: from the demo to the first success, over reloads and two browsers."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from sync import run
from sync.sandbox.faults import Fault
from sync.sandbox.state import State
from sync.store import Desk, shop_lock, worker_alive
from sync.texts import text
from tests.e2e.conftest import Server, serving

BERLIN = ZoneInfo("Europe/Berlin")


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
    """It begins once both look on: until then nobody can drive a run of this shop."""
    with browser.new_context(**browser_context_args) as second:
        other = second.new_page()
        with shop_lock(server.data, "demo") as ours:
            assert ours
            start(page, server)
            page.reload()
            other.goto(server.at("runs", lang="de", store="demo"))
            for each in (page, other):
                expect(each.get_by_role("button", name=de("runs.cancel"))).to_be_visible()
        finished(page)
        finished(other)
        expect(other.get_by_test_id("stDataFrame").first).to_be_visible()
    desk = Desk(server.data)
    rows = [row for row in desk.runs(desk.store("demo")) if row.kind == "sync"]
    assert [row.state for row in rows] == ["succeeded"]


def test_a_run_is_cancelled(server: Server, page: Page, wait_for):
    """Lightspeed is out, so that it does not end by itself meanwhile."""
    State(server.data / "sandbox.db").faults.add(Fault("lightspeed", "html"))
    start(page, server)
    page.get_by_role("button", name=de("runs.cancel")).click()
    finished(page)
    desk = Desk(server.data)
    wait_for(lambda: desk.runs(desk.store("demo"))[0].state == "cancelled")


def change(desk: Desk, values: dict[str, str]) -> None:
    store = desk.store("demo")
    settings = desk.settings(store).settings.changed(values)
    run.change_settings(desk, store, settings, note="")


def worked(desk: Desk, wait_for) -> None:
    """Sync once, by the dashboard's own worker."""
    wait_for(lambda: worker_alive(desk.data_dir))
    row = run.request(desk, desk.store("demo"), "sync")
    wait_for(lambda: desk.run(row.id).state == "succeeded")


def test_a_held_run_is_looked_at_and_approved(server: Server, page: Page, wait_for):
    page.goto(server.at(lang="de"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    desk = Desk(server.data)
    number = make_held(desk, wait_for)
    page.goto(server.at("run", lang="de", store="demo", run=str(number)))
    expect(page.get_by_text(de("hold.removals.name")).last).to_be_visible()
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
    row = run.request(desk, store, "sync")
    wait_for(lambda: desk.run(row.id).state == "held")
    return row.id


def test_the_run_of_last_tuesday_takes_three_clicks_and_the_way_back_keeps_the_day(
    fresh_demo: Path, page: Page, settled: Callable[[], None]
):
    today = datetime.now(BERLIN).date()
    tuesday = today - timedelta(days=(today.weekday() - 1) % 7 or 7)
    number = with_history(Desk(fresh_demo), today, tuesday)
    with serving(fresh_demo, worker=False) as server:
        page.goto(server.at(lang="de", store="demo"))
        menu = page.get_by_test_id("stSidebarUserContent")
        menu.get_by_role("link", name=de("page.runs"), exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("schlug fehl")
        settled()
        assert Axe().run(page).response["violations"] == []
        click_day(page, today, tuesday)
        expect(page).to_have_url(re.compile(f"from={tuesday}"))
        settled()
        grid = page.get_by_test_id("stDataFrame").first.bounding_box() or {}
        page.mouse.click(grid["x"] + 300, grid["y"] + 50)  # the day's only row
        expect(page.get_by_role("heading", level=1)).to_contain_text(f"Lauf {number}")
        expect(page.get_by_text(de("cause.clerk_key.name")).first).to_be_visible()
        settled()
        assert Axe().run(page).response["violations"] == []
        page.get_by_test_id("stMain").locator('a[href^="runs?"]').click()
        expect(page).to_have_url(re.compile(f"from={tuesday}"))


def with_history(desk: Desk, today: date, failed: date) -> int:
    """Runs at noon of each of the last forty days; returns the one that failed."""
    store, found = desk.store("demo"), 0
    for back in range(40, 0, -1):
        day = today - timedelta(days=back)
        at = datetime.combine(day, time(12), UTC).timestamp()
        row = desk.queue_run(store, "sync", trigger="schedule", who="schedule")
        bad = day == failed
        said = {"state": "failed", "message": "AuthenticationError: no such key"}
        ended = {"queued": at, "started": at, "finished": at + 9, "state": "succeeded"}
        desk.update_run(row.id, ended | (said if bad else {}))
        found = row.id if bad else found
    return found


def click_day(page: Page, today: date, day: date) -> None:
    """Click the square of a day: a week a column, Monday first."""
    chart = page.locator("[class*=st-key-runs-calendar] canvas").first
    box = chart.bounding_box() or {}
    first = today - timedelta(days=run.DAYS - 1)
    weeks = [(d - timedelta(days=d.weekday())).toordinal() // 7 for d in (first, day, today)]
    width = (box["width"] - 32) / (weeks[2] - weeks[0] + 1)
    x = 28 + width * (weeks[1] - weeks[0] + 0.5)
    page.mouse.click(box["x"] + x, box["y"] + 20 + 14 * (day.weekday() + 0.5))
