"""How long a reader of one large store waits: for the first paint of each page, and for each of its
clicks, beside an empty page's click in the same sitting.

Run as `python -m tests.bench.pages [products] [orders] [page …]`; in Chromium.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from itertools import cycle
from pathlib import Path
from statistics import median

from playwright.sync_api import Page

from sync import preview
from sync.inspection.adoption import ASKED
from sync.ledger.drift import Drift
from sync.openshop import opened_shop
from sync.store import Desk, State
from sync.texts import text
from tests.bench.clicks import Act, Clicks, Sitting, cell, group, on, sitting, typed
from tests.bench.lookup import note_outcomes
from tests.bench.synthetic import NOW
from tests.bench.table import row

RUNS = 300
PAINTS = 5
PRODUCT = 1_021  # goes to Clerk.io
HIDDEN = 1_020


def main() -> None:
    """Print what a first paint and a click cost."""
    numbers = [int(each) for each in sys.argv[1:] if each.isdecimal()]
    products, orders = numbers or (10_000, 100_000)
    only = [each for each in sys.argv[1:] if not each.isdecimal()]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, products, orders)
        in_the_browser(folder, f"{products:,} products, {orders:,} orders", only)


def make(folder: Path, products: int, orders: int) -> None:
    """A shop whose plan is ready, with a history of runs; the last one has records."""
    fill = [sys.executable, "-m", "tests.bench.synthetic", str(folder), str(products), str(orders)]
    subprocess.run(fill, check=True)
    desk = Desk(folder)
    store = desk.store("bench")
    for n in range(RUNS):
        run = desk.queue_run(store, "sync", trigger="manual")
        begun = NOW - (RUNS - n) * 3600
        done = {"state": "succeeded", "started": begun, "finished": begun + 60}
        desk.change_state(run.id, [State.QUEUED], done)
    with opened_shop(desk, store) as shop:
        note_outcomes(shop, RUNS)
        for entity in ASKED:  # what Clerk.io has was asked by the first of those runs
            Drift(shop.ledger).note_asked(entity, None, 0, done=True)
    preview.prepared(desk, store)


def _named(code: str) -> Act:
    return group(text(code, "en"))


def _page_of(number: int) -> Act:
    """The pager's button of that number."""
    return lambda page: (
        page.get_by_test_id("stPagination").get_by_text(str(number), exact=True).click()
    )


def _toggle(page: Page) -> None:
    page.locator("[class*=st-key-field-bench-include_out_of_stock] label").last.click()


_PILL = "[class*=st-key-preview-products-action] button"
_SEARCH = ".st-key-preview-products-search input"
_FOUND = "[class*=st-key-lookup-box] input"
# Of each page: its address, what shows its answer, what is clicked.
CLICKS: dict[str, tuple[str, dict[str, str], str, Clicks]] = {
    "preview": (
        "preview",
        {},
        "stDataFrame",
        (
            ("open a record", cell(200, 60)),
            ("another one", cell(200, 95)),
            ("close it", on(".st-key-preview-close button")),
            ("sort", cell(200, 18)),
            ("sort back", cell(200, 18)),
            ("filter", on(_PILL)),
            ("no filter", on(_PILL)),
            ("what stays", on("[class*=st-key-preview-unchanged] button")),
            ("all", on("[class*=st-key-preview-unchanged] button")),
            ("search", typed(_SEARCH, cycle(["product 1", "product 2"]))),
            ("search no more", typed(_SEARCH, cycle([""]))),
            ("next page", _page_of(2)),
            ("first page", _page_of(1)),
            ("tab: orders", _named("entity.orders")),
            ("tab: categories", _named("entity.categories")),
            ("tab: products", _named("entity.products")),
        ),
    ),
    "settings": (
        "settings",
        {},
        "stDataFrame",
        (
            ("change a field", _toggle),
            ("change it back", _toggle),
            ("rare groups", on(".st-key-settings-rare button")),
            ("fold them", on(".st-key-settings-rare button")),
        ),
    ),
    "lookup": (
        "lookup",
        {"q": "product"},
        "stDataFrame",
        (
            ("open a match", cell(200, 95)),
            ("another one", cell(200, 60)),
            ("search a product", typed(_FOUND, cycle([str(PRODUCT), str(PRODUCT + 1)]))),
            ("search one left out", typed(_FOUND, cycle([str(HIDDEN), str(HIDDEN + 20)]))),
            ("search an order", typed(_FOUND, cycle(["B0099999", "B0099998"]))),
            ("search many", typed(_FOUND, cycle(["product", "prod"]))),
        ),
    ),
    "runs": (
        "runs",
        {},
        "stDataFrame",
        (
            ("next page", _page_of(2)),
            ("first page", _page_of(1)),
            ("filter", on("[class*=st-key-runs-state] button")),
            ("no filter", on("[class*=st-key-runs-state] button")),
            ("sort", cell(190, 16)),
            ("sort back", cell(190, 16)),
        ),
    ),
    "run": (
        "run",
        {"run": str(RUNS), "tab": "records"},
        "stDataFrame",
        (
            ("filter", on("[class*=st-key-run-records-entity] button")),
            ("no filter", on("[class*=st-key-run-records-entity] button")),
            ("next page", _page_of(2)),
            ("first page", _page_of(1)),
            ("tab: books", lambda page: page.get_by_role("tab").nth(0).click()),
            ("tab: records", lambda page: page.get_by_role("tab").nth(1).click()),
        ),
    ),
}
_PAINTED = (
    "() => document.querySelector('h1') && document.querySelector('[data-testid=%s]')"
    " && performance.now()"
)


def in_the_browser(folder: Path, of: str, only: list[str]) -> None:
    """First paints, each in a browser that knows nothing yet; then the clicks."""
    every: list[float] = []
    with sitting(folder) as here:
        for name, (path, query, answer, clicks) in CLICKS.items():
            if only and name not in only:
                continue
            address = here.server.at(path, lang="en", **query)
            page = _painted(here, address, answer, f"{name}, {of}")
            every += here.beside(page, f"{name}, {of}", clicks)
            page.close()
    row(f"{of}: every click, median by the empty page's", median(every), "<= 2")


def _painted(here: Sitting, address: str, answer: str, of: str) -> Page:
    """Print the first paints; the last page."""
    paints = []
    for n in range(PAINTS):
        page = here.tab()
        page.goto(address)
        paints.append(page.wait_for_function(_PAINTED % answer).json_value())
        if n < PAINTS - 1:
            page.close()
    print(f"{of}: first paints, ms".ljust(64), *map(round, paints), flush=True)
    return page


if __name__ == "__main__":
    main()
