"""How long a reader of Shops waits for a click with a thousand stores, by an empty page's click in
the same sitting.

Run as `python -m tests.bench.shops [stores]`; in Chromium.
"""

from __future__ import annotations

import sys
import tempfile
from itertools import cycle
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from sync.store import Desk
from tests.bench.many import fill
from tests.bench.pages import EMPTY, Act, beside, cell, tab
from tests.e2e.conftest import CHROMIUM, serving


def main() -> None:
    """Print the ratios."""
    stores = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(Desk(folder), stores)
        in_the_browser(folder, f"shops, {stores:,} stores")


def click(selector: str) -> Act:
    """A click on the first such element."""
    return lambda page: page.locator(selector).first.click()


def _searched(page: Page) -> None:
    box = page.locator("[class*=st-key-shops-search] input")
    box.fill(next(_WORDS))
    box.press("Enter")


_WORDS = cycle(["kaas", ""])
_PILL = "[class*=st-key-shops-state] button"
CLICKS = (
    ("open a shop", cell(160, 60)),
    ("close it", click("[class*=st-key-shops-close] button")),
    ("pill", click(_PILL)),
    ("all", lambda page: page.locator(_PILL).last.click()),
    ("search", _searched),
    ("all again", _searched),
)


def in_the_browser(folder: Path, of: str) -> None:
    """Each kind of click, in turn with one on an empty page."""
    empty = folder / "empty.py"
    empty.write_text(EMPTY, encoding="utf-8")
    with (
        serving(folder, worker=False) as server,
        serving(folder, worker=False, app=str(empty)) as bare,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        nothing = tab(browser)
        nothing.goto(bare.at())
        page = tab(browser, viewport={"width": 1440, "height": 900})
        page.goto(server.at("shops", lang="en"))
        for each, shown in ((nothing, "stButton"), (page, "stDataFrame")):
            expect(each.get_by_test_id(shown).first).to_be_visible()
        beside(page, nothing, of, CLICKS, most=3)


if __name__ == "__main__":
    main()
