"""What the Overview costs with many stores: CPU of a tab that lies open while nothing happens, and
its clicks, each beside an empty page in the same sitting.

Run as `python -m tests.bench.overview [stores] [seconds]`; in Chromium.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, expect

from sync.store import Desk
from sync.texts import text
from tests.bench.clicks import Clicks, Sitting, cell, cpu, group, on, sitting, typed
from tests.bench.many import fill
from tests.bench.table import row

HOUR = 3600.0


def main() -> None:
    """Print what an open tab and a click cost."""
    stores = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    with tempfile.TemporaryDirectory() as folder:
        fill(Desk(Path(folder)), stores)
        in_the_browser(Path(folder), f"overview, {stores:,} stores", seconds)


def in_the_browser(folder: Path, of: str, seconds: float) -> None:
    """A tab that lies open, then its clicks."""
    with sitting(folder) as here:
        page = here.tab()
        page.goto(here.server.at(lang="en"))
        expect(page.get_by_test_id("stDataFrame")).to_be_visible()
        if seconds:
            _idle(here, page, of, seconds)
        here.beside(page, of, clicks(), most=3)


def _idle(here: Sitting, page: Page, of: str, seconds: float) -> None:
    """What both servers do for their open tabs in so many seconds."""
    page.wait_for_timeout(5_000)  # what the first drawing leaves to do
    servers = (here.server, here.nothing.server)
    before, began = [cpu(server.pid) for server in servers], time.monotonic()
    page.wait_for_timeout(seconds * 1000)
    took = time.monotonic() - began
    ours, bare = (
        (cpu(server.pid) - then) / took for server, then in zip(servers, before, strict=True)
    )
    row("an empty page's open tab: CPU s an hour", bare * HOUR, "-")
    row(f"{of}: open tab: CPU s an hour", ours * HOUR, "-")
    row(f"{of}: open tab: % of a core", 100 * ours, "<= 2")


def clicks() -> Clicks:
    """A reader's clicks, one after the other."""
    rows = itertools.cycle(range(1, 12))
    running = group(text("overview.state.running", "en"))
    search = "[class*=st-key-overview-search] input"
    return (
        ("filter", running),
        ("no filter", running),
        ("sort", cell(180, 16)),
        ("open a store", lambda page: cell(180, 16 + 32 * next(rows))(page)),
        ("close it", on("[class*=st-key-overview-close] button")),
        ("search", typed(search, itertools.cycle(["kaas", "wol"]))),
        ("search no more", typed(search, itertools.cycle([""]))),
    )


if __name__ == "__main__":
    main()
