"""The Preview page where only a browser shows it: the grid, the drawer, a run from the plan."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from sync.texts import text
from tests.e2e.conftest import serving


def grid(page: Page):
    return page.get_by_test_id("stDataFrame").first


@pytest.mark.parametrize("across", [80, 180, 440, 660, 740])
def test_any_cell_opens_its_record_and_escape_closes_it(
    looked_at, page: Page, settled: Callable[[], None], across: int
):
    page.goto(looked_at.at("preview", lang="de", store="demo"))
    settled()
    grid(page).scroll_into_view_if_needed()
    settled()
    box = grid(page).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + across, box["y"] + 60)
    drawer = page.locator("[role=dialog]")
    expect(drawer.get_by_text(text("preview.tab.payload", "de"))).to_be_visible()
    expect(page).to_have_url(re.compile(r"[?&]id=\d+"))
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    expect(page).not_to_have_url(re.compile(r"[?&]id="))


def test_the_keyboard_passes_the_records_and_opens_one(
    looked_at, page: Page, settled: Callable[[], None]
):
    page.goto(looked_at.at("preview", lang="de", store="demo"))
    settled()
    page.locator(".st-key-preview-products-descending input").focus()
    canvas = grid(page).locator("canvas").first
    for _ in range(4):
        page.keyboard.press("Tab")
    expect(canvas).to_be_focused()
    page.keyboard.press("ArrowDown")
    settled()
    expect(page).not_to_have_url(re.compile(r"[?&]id="))
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"[?&]id=\d+"))
    expect(page.locator("[role=dialog]")).to_be_visible()


def test_a_step_opens_the_records_that_it_dropped(
    looked_at, page: Page, settled: Callable[[], None]
):
    page.goto(looked_at.at("preview", lang="de", store="demo", entity="product"))
    settled()
    page.get_by_role("button", name=text("reason.out_of_stock.name", "de")).click()
    expect(page).to_have_url(re.compile(r"step=in_stock"))
    off = page.locator(".st-key-preview-products-step_off").get_by_role("button")
    expect(off).to_contain_text(text("reason.out_of_stock.name", "de"))
    expect(off).to_be_in_viewport()
    expect(grid(page)).to_be_in_viewport(ratio=0.9)


def test_a_header_sorts_every_record_and_sorts_them_back(
    looked_at, page: Page, settled: Callable[[], None]
):
    page.goto(looked_at.at("preview", lang="de", store="demo"))
    for order in (r"sort=title(?!.*order)", r"sort=title.*order=desc"):
        settled()
        grid(page).scroll_into_view_if_needed()
        settled()
        box = grid(page).bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 130, box["y"] + 18)
        expect(page).to_have_url(re.compile(order))


def test_the_selection_is_downloaded(looked_at, page: Page, settled: Callable[[], None]):
    page.goto(looked_at.at("preview", lang="de", store="demo", reason="out_of_stock"))
    settled()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=text("preview.download.ndjson", "de")).click()
    lines = waiting.value.path().read_text(encoding="utf-8").splitlines()
    assert lines
    assert all('"out_of_stock"' in line for line in lines)


def test_exactly_the_plan_on_the_screen_is_run(fresh_demo, page: Page, settled: Callable[[], None]):
    """Without a worker, whose schedule might be first."""
    with serving(fresh_demo, worker=False) as server:
        page.goto(server.at("preview", lang="de", store="demo"))
        settled()
        page.get_by_role("button", name=text("preview.run_exactly", "de")).click()
        expect(page).to_have_url(re.compile(r"/run\?.*run=\d+"))
