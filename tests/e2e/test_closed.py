"""A panel beside a table: what was closed stays closed, whatever is clicked next, and a header
sorts beside one that is open."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from sync.store import Desk
from tests.bench.clicks import cell
from tests.bench.many import fill
from tests.e2e.conftest import Server, serving

ROW = 32  # pixels


@dataclass(frozen=True)
class Place:
    """A page with a panel: its address, the parameter that names what is open, the button that
    closes it, where one searches and filters, and whether headers sort on the server."""

    path: str
    parameter: str
    close: str
    search: str = ""
    filter: str = ""
    sorts: bool = True


OVERVIEW = Place(
    *("", "row", "[class*=st-key-overview-close]"),
    search="[class*=st-key-overview-search] input",
    filter="[class*=st-key-overview-state] button",
)
SHOPS = Place(
    *("shops", "shop", "[class*=st-key-shops-close]"),
    search="[class*=st-key-shops-search] input",
    filter="[class*=st-key-shops-state] button",
)
PROBLEMS = Place(
    *("problems", "problem", "[class*=st-key-problems-close]"),
    filter="[class*=st-key-problems-state] button",
    sorts=False,
)
PREVIEW = Place(
    *("preview", "id", ".st-key-preview-close"),
    search=".st-key-preview-products-search input",
    filter="[class*=st-key-preview-products-action] button",
)
PLACES = {"overview": OVERVIEW, "shops": SHOPS, "problems": PROBLEMS, "preview": PREVIEW}
CLICKS = [
    (name, click)
    for name, place in PLACES.items()
    for click in ("search", "filter", "header")
    if (place.sorts if click == "header" else getattr(place, click))
]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("closed") / "data"
    fill(Desk(data), 60)
    with serving(data, worker=False) as running:
        yield running


@pytest.mark.parametrize(("name", "click"), CLICKS)
def test_what_was_closed_stays_closed(request, page: Page, settled, name: str, click: str):
    place = PLACES[name]
    opened(request, page, settled, place)
    page.locator(f"{place.close} button:visible").click()
    expect(page.locator(place.close)).to_have_count(0)
    settled()
    before = page.url
    assert f"{place.parameter}=" not in before
    after(page, place, click)
    expect(page).not_to_have_url(before)
    settled()
    assert f"{place.parameter}=" not in page.url
    expect(page.locator(place.close)).to_have_count(0)


@pytest.mark.parametrize("name", [name for name, place in PLACES.items() if place.sorts])
def test_a_header_sorts_beside_an_open_panel(request, page: Page, settled, name: str):
    place = PLACES[name]
    opened(request, page, settled, place)
    row(page, 0)
    page.wait_for_url("**sort=**")
    settled()
    assert f"{place.parameter}=" in page.url
    expect(page.locator(f"{place.close} button:visible")).to_be_visible()


def opened(request, page: Page, settled: Callable[[], None], place: Place) -> None:
    """The page with the panel of the table's first row."""
    server = request.getfixturevalue("looked_at" if place is PREVIEW else "many")
    page.goto(server.at(place.path, lang="en"))
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
    settled()
    row(page, 1)
    expect(page.locator(f"{place.close} button:visible")).to_be_visible()
    settled()


def after(page: Page, place: Place, click: str) -> None:
    if click == "header":
        row(page, 0)
    elif click == "filter":
        page.locator(place.filter).nth(1).click()
    else:
        page.locator(place.search).fill("kaas")
        page.locator(place.search).press("Enter")


def row(page: Page, number: int) -> None:
    """Click into a row of the table; 0 is its header."""
    cell(180, ROW * number + ROW // 2)(page)
