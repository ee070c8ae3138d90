"""How long a reader of Shops waits for a click with a thousand stores, by an empty page's click in
the same sitting.

Run as `python -m tests.bench.shops [stores]`; in Chromium.
"""

from __future__ import annotations

import sys
import tempfile
from itertools import cycle
from pathlib import Path

from playwright.sync_api import expect

from sync.store import Desk
from tests.bench.clicks import Clicks, cell, on, sitting, typed
from tests.bench.many import fill


def main() -> None:
    """Print what a click costs."""
    stores = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    with tempfile.TemporaryDirectory() as folder:
        fill(Desk(Path(folder)), stores)
        in_the_browser(Path(folder), f"shops, {stores:,} stores")


def clicks() -> Clicks:
    """A reader's clicks, one after the other."""
    pill, search = "[class*=st-key-shops-state] button", "[class*=st-key-shops-search] input"
    return (
        ("open a shop", cell(160, 60)),
        ("close it", on("[class*=st-key-shops-close] button")),
        ("filter", on(pill)),
        ("no filter", lambda page: page.locator(pill).last.click()),
        ("sort", cell(220, 16)),
        ("search", typed(search, cycle(["kaas", "wol"]))),
        ("search no more", typed(search, cycle([""]))),
    )


def in_the_browser(folder: Path, of: str) -> None:
    """Each kind of click, in turn with one on an empty page."""
    with sitting(folder) as here:
        page = here.tab()
        page.goto(here.server.at("shops", lang="en"))
        expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
        here.beside(page, of, clicks(), most=3)


if __name__ == "__main__":
    main()
