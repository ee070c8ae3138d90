"""The Overview where only a browser shows it: the table's cells and headers, and what happens by
itself."""

from collections.abc import Callable
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from sync.store import Desk
from sync.texts import text
from tests.bench.clicks import cell
from tests.bench.many import fill
from tests.e2e.conftest import serving

STORES = 60
ROW = 32  # pixels
SCROLLER = ".dvn-scroller"


def test_a_fleet_is_read_opened_and_sorted_and_follows_what_happens(
    tmp_path: Path, page: Page, settled: Callable[[], None], wait_for
):
    desk = Desk(tmp_path / "data")
    fill(desk, STORES)
    with serving(tmp_path / "data", worker=False) as server:
        page.goto(server.at(lang="en"))
        settled()
        said = page.get_by_role("heading", level=1)
        expect(said).to_contain_text(f"of {STORES} stores are in order")
        broken = desk_says(said.inner_text(), "broken")

        # A cell opens its store, the same one again after it was closed; a header sorts.
        click(page, 180, 1)
        panel = page.locator("[class*=st-key-panel-overview]")
        expect(panel.get_by_role("heading", level=2)).to_be_visible()
        assert Axe().run(page).response["violations"] == []
        panel.get_by_role("button", name=text("overview.close")).click()
        expect(panel).to_have_count(0)
        settled()
        expect(page.get_by_test_id("stDataFrame").locator(":focus")).to_have_count(1)
        click(page, 180, 1)
        expect(panel).to_be_visible()
        panel.get_by_role("button", name=text("overview.close")).click()
        expect(panel).to_have_count(0)
        settled()
        click(page, 180, 0)
        page.wait_for_url("**sort=store**")
        settled()

        # A run ends elsewhere: nothing while somebody types, then the line is another, in place.
        search = page.get_by_label(text("overview.search"))
        search.press_sequentially("abc")
        page.mouse.move(*place(page, 180, 3))
        page.mouse.wheel(0, 5 * ROW)
        wait_for(lambda: scrolled(page) > 0)
        fail(desk)
        expect(page.locator("h1")).to_contain_text(f"{broken} broken")
        search.fill("")
        search.blur()
        expect(said).to_contain_text(f"{broken + 1} broken")
        assert scrolled(page) > 0

        # On a phone the causes are a line each, and rows of the table are seen without scrolling.
        page.set_viewport_size({"width": 390, "height": 844})
        wait_for(lambda: place(page, 0, 3)[1] < 844)


def desk_says(sentence: str, state: str) -> int:
    """The number before a word of the first line."""
    words = sentence.replace(",", "").split()
    return int(words[words.index(state) - 1])


def place(page: Page, across: int, line: int) -> tuple[float, float]:
    """A line of the table, the header being 0."""
    box = page.get_by_test_id("stDataFrame").bounding_box()
    assert box is not None
    return box["x"] + across, box["y"] + ROW * line + ROW / 2


def click(page: Page, across: int, line: int) -> None:
    """Click into a line of the table, the header being 0."""
    cell(across, ROW * line + ROW // 2)(page)


def fail(desk: Desk) -> None:
    """A sync of the last store fails."""
    [*_, store] = [each for each in desk.stores() if desk.active_run(each) is None]
    run = desk.queue_run(store, "sync", trigger="manual")
    now = desk.clock.now()
    desk.update_run(run.id, {"state": "failed", "started": now, "finished": now, "message": "no"})


def scrolled(page: Page) -> int:
    return int(page.evaluate(f"document.querySelector('{SCROLLER}').scrollTop"))
