"""The Preview page where only a browser shows it: the grid, the picture, the panel, a run from the
plan."""

import csv
import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from sync.texts import text
from tests.bench.clicks import cell
from tests.e2e.conftest import Server, serving

PANEL = "[class*=st-key-panel-preview]"
SCROLLER = ".st-key-preview-grid .dvn-scroller"
ROW = 34  # pixels


def grid(page: Page):
    return page.locator(".st-key-preview-grid").get_by_test_id("stDataFrame")


def place(page: Page) -> tuple[float, float, float]:
    """Left, top and height of the table."""
    box = grid(page).bounding_box()
    assert box is not None
    return box["x"], box["y"], box["height"]


def scrolled(page: Page) -> int:
    return int(
        page.evaluate("document.querySelector('.st-key-preview-grid .dvn-scroller').scrollTop")
    )


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1440, 900)])
@pytest.mark.parametrize("lang", ["de", "en"])
def test_ten_rows_are_seen_without_scrolling(
    looked_at, page: Page, settled: Callable[[], None], width: int, height: int, lang: str
):
    page.set_viewport_size({"width": width, "height": height})
    page.goto(looked_at.at("preview", lang=lang, store="demo"))
    settled()
    _, top, tall = place(page)
    assert tall >= 11 * ROW
    assert top + tall <= height
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= height


def test_a_record_opens_beside_the_table_and_closes_to_where_one_was(
    looked_at, page: Page, settled: Callable[[], None], wait_for
):
    page.goto(looked_at.at("preview", lang="de", store="demo"))
    settled()
    left, top, _ = place(page)
    page.mouse.move(left + 200, top + 200)
    page.mouse.wheel(0, 20 * ROW)
    wait_for(lambda: scrolled(page) > 0)
    before = scrolled(page)
    for across in (66, 200, 340):
        page.mouse.click(left + across, top + 200)
        expect(page.locator(PANEL).get_by_role("heading", level=2)).to_be_visible()
        opened = page.url
        assert scrolled(page) == before
        page.keyboard.press("Escape")
        expect(page.locator(PANEL)).to_have_count(0)
        expect(page).not_to_have_url(re.compile(r"[?&]id="))
        settled()
    page.keyboard.press("ArrowRight")  # the keyboard is where it was
    expect(page).to_have_url(opened)
    page.locator(f"{PANEL} .st-key-preview-close button:visible").click()
    expect(page.locator(PANEL)).to_have_count(0)
    expect(grid(page).locator(":focus")).to_have_count(1)
    assert scrolled(page) == before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_beside_or_under_the_panel(
    looked_at, browser, browser_context_args, scheme: str
):
    """On a narrow window the panel lies over the table, and the keyboard is in it."""
    context = browser.new_context(**{**browser_context_args, "color_scheme": scheme})
    page = context.new_page()
    page.goto(looked_at.at("preview", lang="de", store="demo", entity="product"))
    wait(page)
    assert not violations(page)
    left, top, _ = place(page)
    page.mouse.click(left + 200, top + 3 * ROW)
    expect(page.locator(PANEL).get_by_role("heading", level=2)).to_be_visible()
    wait(page)
    assert not violations(page)
    page.set_viewport_size({"width": 1000, "height": 800})
    page.reload()
    wait(page)
    assert not violations(page)
    context.close()


def wait(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(grid(page)).to_be_visible()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]


def test_on_a_narrow_window_the_keyboard_goes_into_the_panel_and_back(
    looked_at, page: Page, settled: Callable[[], None]
):
    page.set_viewport_size({"width": 1000, "height": 800})
    page.goto(looked_at.at("preview", lang="de", store="demo"))
    settled()
    left, top, _ = place(page)
    page.mouse.click(left + 200, top + 3 * ROW)
    close = page.locator(f"{PANEL} .st-key-preview-close button:visible")
    expect(close).to_be_focused()
    for scheme, background in (("dark", "rgb(18, 25, 26)"), ("light", "rgb(255, 255, 255)")):
        page.emulate_media(color_scheme=scheme)  # and nothing is drawn anew
        expect(page.locator(PANEL)).to_have_css("background-color", background)
    page.keyboard.press("Escape")
    expect(page.locator(PANEL)).to_have_count(0)
    expect(grid(page).locator(":focus")).to_have_count(1)


def test_a_part_of_the_picture_is_a_filter_and_the_same_again_takes_it_off(
    looked_at, page: Page, settled: Callable[[], None]
):
    page.goto(looked_at.at("preview", lang="de", store="demo"))
    settled()
    for address in (r"action=create", r"^(?!.*action=)"):
        picture = page.locator("[class*=st-key-preview-flow] canvas")
        box = picture.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 20, box["y"] + 12)
        expect(page).to_have_url(re.compile(address))
        settled()


def test_the_draft_is_tried_in_an_open_list_and_what_it_lets_in_is_listed(
    server, page: Page, settled: Callable[[], None]
):
    """The list stays open while settings change; two clicks lead to the records."""
    page.goto(server.at("preview", lang="de", store="demo"))
    settled()
    page.locator(".st-key-preview-try button:visible").click()
    body = page.get_by_test_id("stPopoverBody")
    body.get_by_text(text("setting.include_out_of_stock.label", "de")).click()
    enter = body.get_by_role("button", name=text("preview.move.enter", "de"))
    expect(enter).to_be_visible()
    enter.click()
    expect(page).to_have_url(re.compile(r"move=enter"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name=text("preview.draft_drop", "de"))).to_be_visible()
    said = page.locator(".st-key-preview-draft [data-testid=stMarkdown] p").first
    assert said.evaluate("line => line.scrollWidth <= line.clientWidth")  # not cut off


def test_a_header_sorts_every_record_and_sorts_them_back(
    looked_at, page: Page, settled: Callable[[], None]
):
    page.goto(looked_at.at("preview", lang="de", store="demo"))
    for order in (r"sort=title(?!.*order)", r"sort=title.*order=desc"):
        settled()
        left, top, _ = place(page)
        page.mouse.click(left + 130, top + 18)
        expect(page).to_have_url(re.compile(order))


def test_the_selection_is_downloaded_for_german_excel(
    looked_at, page: Page, settled: Callable[[], None]
):
    page.goto(looked_at.at("preview", lang="de", store="demo", reason="out_of_stock"))
    settled()
    page.locator(".st-key-icon-preview-export button:visible").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=text("preview.download.sheet_de", "de")).click()
    lines = waiting.value.path().read_text(encoding="utf-8-sig").splitlines()
    rows = list(csv.DictReader(lines, delimiter=";"))
    assert rows
    assert {row["Aktion"] for row in rows} == {text("action.skip", "de")}


def test_exactly_the_plan_on_the_screen_is_run(fresh_demo, page: Page, settled: Callable[[], None]):
    """Without a worker, whose schedule might be first."""
    with serving(fresh_demo, worker=False) as server:
        page.goto(server.at("preview", lang="de", store="demo"))
        settled()
        page.get_by_role("button", name=text("preview.run_exactly", "de")).click()
        expect(page).to_have_url(re.compile(r"/run\?.*run=\d+"))


# How long what a press or a key starts is to wait, in milliseconds.
_WAITS = """
const later = window.setTimeout
window.setTimeout = (act, delay, ...given) => {
  window.started?.push(delay)
  return later(act, delay, ...given)
}
for (const kind of ['pointerdown', 'keydown']) {
  addEventListener(kind, () => {
    const started = window.started = []
    later(() => { window.waits = started; window.started = undefined })
  }, true)
}
"""


def test_a_press_on_a_row_is_told_at_once_and_a_key_that_walks_is_not(
    looked_at: Server, page: Page, settled: Callable[[], None]
):
    """Streamlit's tables wait 150 ms in case more is selected."""
    page.add_init_script(_WAITS)
    page.goto(looked_at.at("preview", lang="en", store="demo"))
    settled()
    cell(200, 60)(page)
    assert 150 not in page.evaluate("window.waits")
    expect(page).to_have_url(re.compile(r"[?&]id="))
    settled()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("window.waits.includes(150)")
