"""How long a reader waits for Preview, Settings and Runs after a click that needs no new plan, and
for the first paint.

Run as `python -m tests.bench.pages [products] [orders]`: on the server alone, through AppTest; with
`--browser` behind them also in Chromium.
"""

from __future__ import annotations

import itertools
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright
from streamlit.runtime import context
from streamlit.testing.v1 import AppTest, app_test

from sync import preview
from sync.store import Desk
from sync.texts import text
from tests.bench.synthetic import NOW
from tests.bench.table import row
from tests.e2e.conftest import CHROMIUM, serving
from tests.pages.conftest import ROOT, Client, Navigated

ROUNDS = 40
RUNS = 300
Click = tuple[str, Callable[[AppTest], Any]]


def main() -> None:
    """Print p50 and p95 of each page's clicks, and the first paint."""
    # AppTest has no browser, and Streamlit says so at every element.
    quiet = "streamlit.runtime.scriptrunner_utils.script_run_context"
    logging.getLogger(quiet).disabled = True
    numbers = [int(each) for each in sys.argv[1:] if each.isdecimal()]
    products, orders = numbers or (10_000, 100_000)
    of = f"{products:,} products, {orders:,} orders"
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), products, orders)
        os.environ |= {"SYNC_DATA": folder, "SYNC_EMBEDDED": "0", "SYNC_USER": "bench"}
        app_test.PagesManager = Navigated  # type: ignore[misc]
        there = Client()  # a browser on this computer: nobody else is let in
        context._get_client_context = lambda: there  # type: ignore[assignment,return-value]
        for page, clicks in CLICKS.items():
            on_the_server(f"{page}, {of}", page, clicks)
        if "--browser" in sys.argv:
            in_the_browser(Path(folder), of)


def make(folder: Path, products: int, orders: int) -> None:
    """A shop whose plan is ready, with a history of runs."""
    fill = [sys.executable, "-m", "tests.bench.synthetic", str(folder), str(products), str(orders)]
    subprocess.run(fill, check=True)
    lived_in(folder)


def lived_in(folder: Path) -> None:
    """A history of runs, and the plan made."""
    desk = Desk(folder)
    store = desk.store("bench")
    for n in range(RUNS):
        run = desk.queue_run(store, "sync", trigger="manual")
        begun = NOW - (RUNS - n) * 3600
        done = {"state": "succeeded", "started": begun, "finished": begun + 60}
        desk.change_state(run.id, ["queued"], done)
    preview.prepared(desk, store)


# -- on the server --------------------------------------------------------------------------


def _set(kind: str, name: str, values: Iterator[Any]) -> Callable[[AppTest], Any]:
    def click(app: AppTest) -> None:
        found = (each for each in getattr(app, kind) if str(each.key).startswith(name))
        next(found).set_value(next(values))

    return click


def _state(name: str, values: Iterator[Any]) -> Callable[[AppTest], Any]:
    def click(app: AppTest) -> None:
        app.session_state[name] = next(values)

    return click


def _asked(name: str, values: Iterator[Any]) -> Callable[[AppTest], Any]:
    def click(app: AppTest) -> None:
        app.query_params[name] = next(values)

    return click


def _press(label: str) -> Callable[[AppTest], Any]:
    def click(app: AppTest) -> None:
        next(each for each in app.button if str(each.key).startswith(label)).click()

    return click


cycle = itertools.cycle
CLICKS: dict[str, tuple[Click, ...]] = {
    "preview": (
        ("turn the page", _state("preview.products.page", cycle(range(2, 40)))),
        ("search", _set("text_input", "preview.products.search", cycle(["99", "product 1", ""]))),
        ("sort", _asked("sort", cycle(["title", "price", "stock", "id"]))),
        ("filter", _set("pills", "preview.products.action", cycle([["skip"], []]))),
        ("what stays", _press("preview.unchanged.products")),
        ("tab", _state("preview.entity", cycle(["orders", "categories", "products"]))),
        ("open a record", _asked("id", cycle(str(n) for n in range(1001, 1400)))),
    ),
    "settings": (
        ("draft", _set("toggle", "field:bench:include_out_of_stock", cycle([True, False]))),
        ("unfold", _press("settings-rare")),
        ("history", _state("history:bench", cycle([True, False]))),
    ),
    "runs": (
        ("turn the page", _state("runs:page", cycle([2, 3, 1]))),
        ("filter", _set("pills", "runs:state:", cycle([["succeeded"], []]))),
    ),
}


def on_the_server(of: str, page: str, clicks: tuple[Click, ...]) -> None:
    """Each kind of click so often, one kind after the other."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.query_params["lang"] = "en"
    app.run()
    app.switch_page(f"pages/{page}.py")
    first = timed(app)
    print(
        f"{of}: first run on the server, ms".ljust(64), f"{first[0]:10.0f}   (CPU {first[1]:.0f})"
    )
    everything = []
    for name, click in clicks:
        each = []
        for _ in range(ROUNDS):
            click(app)
            each.append(timed(app))
            assert not app.exception, app.exception
        told(f"{of}: {name}", each)
        everything += each
    told(f"{of}: all clicks", everything, "<= 300")


def timed(app: AppTest) -> tuple[float, float]:
    """Milliseconds by the clock and of CPU that one run takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    app.run()
    return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000


def told(name: str, times: Sequence[tuple[float, float]], target: str = "-") -> None:
    """Print p95 by the clock, and beside it what is needed to judge it on a busy machine."""
    wall, cpu = (quantiles([each[side] for each in times], n=20) for side in (0, 1))
    more = f"(p50 {wall[9]:.0f}; CPU p50 {cpu[9]:.0f}, p95 {cpu[18]:.0f})"
    row(f"{name}, p95 ms", wall[18], f"{target} {more}")


# -- in the browser -------------------------------------------------------------------------


PAINTS = 5
_PAINTED = (
    "() => document.querySelector('h1') && document.querySelector('[data-testid=%s]')"
    " && performance.now()"
)
# Says when the server's last message of a run has come: an empty `session_status_changed`. The
# page's own `data-test-script-state` is no proof: of a quick run whose messages come together it
# never says that it runs.
_ENDS = """(() => {
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({data}) => {
        if ((data.byteLength ?? data.size) === 2) window.dispatchEvent(new Event('ended'));
      });
    }
  };
})()"""
LONGEST = 30_000  # milliseconds that a click may take
# Milliseconds from the next click or key until the script that it starts has been drawn; null if
# none ends.
_REDRAWN = """longest => {
  const app = document.querySelector('[data-testid=stApp]');
  const kinds = ['pointerdown', 'keydown'];
  let began = 0;
  const start = () => { began = began || performance.now(); };
  for (const kind of kinds) document.addEventListener(kind, start, true);
  window.redrawn = new Promise(done => {
    const end = took => {
      for (const kind of kinds) document.removeEventListener(kind, start, true);
      window.removeEventListener('ended', ended);
      done(took);
    };
    const drawn = () => {
      if (app.dataset.testScriptState === 'notRunning') end(performance.now() - began);
      else requestAnimationFrame(drawn);
    };
    const ended = () => { if (began) requestAnimationFrame(() => requestAnimationFrame(drawn)); };
    window.addEventListener('ended', ended);
    setTimeout(end, longest, null);
  });
}"""
Act = Callable[[Page], None]


def _click(selector: str) -> Act:
    return lambda page: page.locator(f"{selector}:visible").first.click()


def _tab(code: str) -> Act:
    return lambda page: page.get_by_test_id("stButtonGroup").get_by_text(text(code, "en")).click()


def cell(across: int, down: int) -> Act:
    """A click on the table, so many pixels from its corner."""

    def click(page: Page) -> None:
        box = page.get_by_test_id("stDataFrame").first.bounding_box()
        assert box is not None
        x, y = box["x"] + across, box["y"] + down
        page.mouse.move(x - 20, y)  # the grid looks where the mouse came from
        page.mouse.move(x, y, steps=4)
        page.mouse.click(x, y)

    return click


def _searched(words: Iterator[str]) -> Act:
    def search(page: Page) -> None:
        box = page.locator(".st-key-preview-products-search input")
        box.fill(next(words))
        box.press("Enter")

    return search


def _page_of(numbers: Iterator[int]) -> Act:
    return lambda page: page.get_by_role("button", name=f"Page {next(numbers)}", exact=True).click()


_PILL = "[class*=st-key-preview-products-action] button"
BROWSER: dict[str, tuple[str, tuple[tuple[str, Act], ...]]] = {  # what shows the answer; clicks
    "preview": (
        "stDataFrame",
        (
            ("open a record", cell(200, 60)),
            ("another one", cell(200, 95)),
            ("close it", _click(".st-key-preview-close button")),
            ("sort", cell(130, 18)),
            ("sort back", cell(130, 18)),
            ("pill", _click(_PILL)),
            ("no pill", _click(_PILL)),
            ("what stays", _click("[class*=st-key-preview-unchanged] button")),
            ("all", _click("[class*=st-key-preview-unchanged] button")),
            ("search", _searched(cycle(["product 1", ""]))),
            ("turn the page", _page_of(cycle([2, 3, 1]))),
            ("orders", _tab("entity.orders")),
            ("categories", _tab("entity.categories")),
            ("products", _tab("entity.products")),
        ),
    ),
    "settings": ("stDataFrame", (("rare groups", _click(".st-key-settings-rare button")),)),
    "runs": ("stDataFrame", (("turn the page", _page_of(cycle([2, 3, 1]))),)),
}
# What it shows differs from run to run: else it is drawn so quickly that it never says it runs.
EMPTY = """import time
import streamlit as st
st.title('Empty')
st.button('Again', key='again')
st.write(time.time_ns())
"""
TURNS = 10


def in_the_browser(folder: Path, of: str) -> None:
    """First paints, each in a browser that knows nothing yet; clicks until redrawn, beside those of
    an empty page in the same sitting."""
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
        expect(nothing.get_by_role("button", name="Again")).to_be_visible()
        for name, (answer, clicks) in BROWSER.items():
            paints = []
            for _ in range(PAINTS):
                page = tab(browser)
                page.goto(server.at(name, lang="en"))
                paints.append(page.wait_for_function(_PAINTED % answer).json_value())
            print(f"{name}, {of}: first paints, ms".ljust(64), *map(round, paints), flush=True)
            beside(page, nothing, f"{name}, {of}", clicks)


def tab(browser: Browser, **options: Any) -> Page:
    """A new page on which clicks can be timed; without the server's own policy, since Playwright
    waits by eval."""
    page = browser.new_page(locale="en-GB", bypass_csp=True, **options)
    page.add_init_script(_ENDS)
    return page


def beside(
    page: Page, nothing: Page, of: str, clicks: Sequence[tuple[str, Act]], most: int = 2
) -> None:
    """Click in turn here and on the empty page; `most` is how often its time may be taken."""
    ours: dict[str, list[float]] = {name: [] for name, _ in clicks}
    bare: list[float] = []
    for _ in range(TURNS):
        for name, act in clicks:
            ours[name].append(_redrawn(page, name, act))
            bare.append(_redrawn(nothing, "the empty page", _click(".st-key-again button")))
    least = median(bare)
    row(f"{of}: an empty page's click, p50 ms", least, "-")
    for name, times in ours.items():
        row(f"{of}: {name}, p50 by the empty page", median(times) / least, "-")
    every = [each for times in ours.values() for each in times]
    row(f"{of}: all clicks, p50 by the empty page", median(every) / least, f"<= {most}")
    row(f"{of}: all clicks, p95 ms", quantiles(every, n=20)[18], "<= 300")


def _redrawn(page: Page, name: str, act: Act) -> float:
    page.bring_to_front()  # a browser draws no page that nobody sees
    idle = page.get_by_test_id("stApp")
    expect(idle).to_have_attribute("data-test-script-state", "notRunning")
    page.evaluate(_REDRAWN, LONGEST)
    act(page)
    took = page.evaluate("window.redrawn")
    if took is None:
        raise SystemExit(f"{name}: no run ended within {LONGEST / 1000:.0f} s of the click")
    return float(took)


if __name__ == "__main__":
    main()
