"""What the Overview costs with many stores: CPU of a tab that lies open while nothing happens, and
how long a click takes, each beside an empty page in the same sitting.

Run as `python -m tests.bench.overview [stores] [seconds]`.
"""

from __future__ import annotations

import itertools
import os
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from sync.store import Desk
from sync.texts import text
from tests.bench.many import fill
from tests.bench.pages import EMPTY, Act, beside, cell, tab
from tests.bench.table import row
from tests.e2e.conftest import CHROMIUM, Server, serving

HOUR = 3600.0
CLOSE = "[class*=st-key-overview-close] button:visible"
SIZE = {"width": 1440, "height": 900}


def main() -> None:
    """Print what an open tab and a click cost."""
    stores = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    of = f"overview, {stores:,} stores"
    with tempfile.TemporaryDirectory() as folder:
        fill(Desk(Path(folder)), stores)
        empty = Path(folder, "empty.py")
        empty.write_text(EMPTY, encoding="utf-8")
        with (
            serving(Path(folder), worker=False) as server,
            serving(Path(folder), worker=False, app=str(empty)) as bare,
            sync_playwright() as driver,
        ):
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = tab(browser, viewport=SIZE)
            nothing = tab(browser, viewport=SIZE)
            nothing.goto(bare.at())
            expect(nothing.get_by_role("button", name="Again")).to_be_visible()
            page.goto(server.at(lang="en"))
            expect(page.get_by_test_id("stDataFrame")).to_be_visible()
            _idle(page, of, (server, bare), seconds)
            beside(page, nothing, of, _clicks(), most=3)


def _idle(page: Page, of: str, servers: tuple[Server, Server], seconds: float) -> None:
    """What both servers do for their open tabs in so many seconds."""
    page.wait_for_timeout(5_000)  # what the first drawing leaves to do
    before, began = [_cpu(server.pid) for server in servers], time.monotonic()
    page.wait_for_timeout(seconds * 1000)
    took = time.monotonic() - began
    ours, bare = (
        (_cpu(server.pid) - then) / took for server, then in zip(servers, before, strict=True)
    )
    row("an empty page's open tab: CPU s an hour", bare * HOUR, "-")
    row(f"{of}: open tab: CPU s an hour", ours * HOUR, "-")
    row(f"{of}: open tab: by the empty page's", ours / max(bare, 1 / HOUR), "-")
    row(f"{of}: open tab: % of a core", 100 * ours, "<= 2")


def _clicks() -> tuple[tuple[str, Act], ...]:
    rows = itertools.cycle(range(1, 12))
    return (
        ("a state", _press(text("overview.state.running", "en"))),
        ("all states", _press(text("overview.state.running", "en"))),
        ("a header", cell(180, 16)),
        ("a store", lambda page: cell(180, 16 + 32 * next(rows))(page)),
        ("close it", lambda page: page.locator(CLOSE).first.click()),
    )


def _press(name: str) -> Act:
    return lambda page: page.get_by_test_id("stButtonGroup").get_by_text(name).first.click()


def _cpu(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
