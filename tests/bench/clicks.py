"""What a click costs: how long the reader waits until the page has settled, and the CPU that the
server spends on it, each beside a click on an empty page in the same sitting."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median, quantiles
from typing import Final

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.bench.table import row
from tests.e2e.conftest import CHROMIUM, Server, serving

Act = Callable[[Page], None]
Clicks = Sequence[tuple[str, Act]]
TURNS: Final = 12
LONGEST: Final = 60_000  # milliseconds that a click may take
SIZE: Final = {"width": 1440, "height": 900}
# What it shows differs from run to run: else nothing would be drawn.
EMPTY: Final = """import time
import streamlit as st
st.title('Empty')
st.button('Again', key='again')
st.write(time.time_ns())
"""
# Says when the server's last message of a run has come: an empty `session_status_changed`. The
# page's own `data-test-script-state` is no proof: of a quick run whose messages come together it
# never says that it runs.
_ENDS: Final = """(() => {
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({data, isTrusted}) => {
        if (!isTrusted) return;  // the page hands on what it held back
        window.heard = (window.heard || 0) + 1;
        if ((data.byteLength ?? data.size) === 2) window.dispatchEvent(new Event('ended'));
      });
    }
  };
})()"""
# Milliseconds from the next click or key until what it starts has been drawn, and how many runs of
# a script that took; null if none ends. A page has settled when nothing comes for a while.
_SETTLED: Final = """longest => {
  const app = document.querySelector('[data-testid=stApp]');
  const kinds = ['pointerdown', 'keydown'];
  const quiet = 120;
  let began = 0, runs = 0;
  const start = () => { began = began || performance.now(); };
  for (const kind of kinds) document.addEventListener(kind, start, true);
  window.settled = new Promise(done => {
    const end = took => {
      for (const kind of kinds) document.removeEventListener(kind, start, true);
      window.removeEventListener('ended', ended);
      done(took);
    };
    const rest = (took, run, heard) => setTimeout(() => {
      if (run !== runs) return;
      if (window.heard === heard) end([took, runs]);
      else rest(took, run, window.heard);
    }, quiet);
    const drawn = run => {
      if (app.dataset.testScriptState !== 'notRunning') requestAnimationFrame(() => drawn(run));
      else rest(performance.now() - began, run, window.heard);
    };
    const ended = () => {
      if (!began) return;
      const run = ++runs;
      requestAnimationFrame(() => requestAnimationFrame(() => drawn(run)));
    };
    window.addEventListener('ended', ended);
    setTimeout(end, longest, null);
  });
}"""


@dataclass
class Times:
    """What one kind of click took: milliseconds until the page had settled, milliseconds of CPU of
    the server and of the browser, runs of a script."""

    waited: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    browser: list[float] = field(default_factory=list)
    runs: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Tab:
    """A page in the browser, and the server that it is from."""

    page: Page
    server: Server

    def click(self, name: str, act: Act, into: Times) -> None:
        """Do what `act` does, wait until the page has settled, and note what that took."""
        self.page.bring_to_front()  # a browser draws no page that nobody sees
        idle = self.page.get_by_test_id("stApp")
        expect(idle).to_have_attribute("data-test-script-state", "notRunning")
        self.page.evaluate(_SETTLED, LONGEST)
        before = cpu(self.server.pid), _browsers()
        act(self.page)
        took = self.page.evaluate("window.settled")
        if took is None:
            raise SystemExit(f"{name}: no run ended within {LONGEST / 1000:.0f} s of the click")
        into.waited.append(took[0])
        into.runs.append(took[1])
        into.server.append((cpu(self.server.pid) - before[0]) * 1000)
        into.browser.append((_browsers() - before[1]) * 1000)


@dataclass(frozen=True)
class Sitting:
    """The dashboard's server and an empty page's, in one browser."""

    browser: Browser
    server: Server
    nothing: Tab

    def tab(self) -> Page:
        """A new page on which clicks can be timed."""
        return _tab(self.browser)

    def beside(self, page: Page, of: str, clicks: Clicks, most: int = 2) -> list[float]:
        """Click in turn here and on the empty page, and print what each kind of click costs;
        `most` is how often the empty page's time it may take. The first turn warms up. Returns how
        often the median of the empty page's clicks each click took."""
        ours, here = {name: Times() for name, _ in clicks}, Tab(page, self.server)
        bare = Times()
        for turn in range(TURNS + 1):
            for name, act in clicks:
                here.click(name, act, ours[name] if turn else Times())
                self.nothing.click("the empty page", _again, bare if turn else Times())
        return _told(of, ours, bare, most)


@contextmanager
def sitting(folder: Path) -> Iterator[Sitting]:
    """Both servers, and a browser that has opened the empty page."""
    empty = folder / "empty.py"
    empty.write_text(EMPTY, encoding="utf-8")
    with (
        serving(folder, worker=False) as server,
        serving(folder, worker=False, app=str(empty)) as bare,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        nothing = _tab(browser)
        nothing.goto(bare.at())
        expect(nothing.get_by_role("button", name="Again")).to_be_visible()
        yield Sitting(browser, server, Tab(nothing, bare))


def _tab(browser: Browser) -> Page:
    """A page without the server's own policy, since Playwright waits by eval."""
    page = browser.new_page(locale="en-GB", bypass_csp=True, viewport=SIZE)  # type: ignore[arg-type]
    page.add_init_script(_ENDS)
    return page


def _again(page: Page) -> None:
    page.locator(".st-key-again button").click()


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has used; the kernel counts in hundredths."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _browsers() -> float:
    """Seconds of CPU that this process's browser has used, all its processes together."""
    ours, used = {str(os.getpid())}, 0.0
    for stat in sorted(Path("/proc").glob("[0-9]*/stat"), key=lambda path: int(path.parent.name)):
        with suppress(OSError):
            name, _, rest = stat.read_text().partition(" (")[2].rpartition(")")
            words = rest.split()
            if words[1] in ours:
                ours.add(stat.parent.name)
                used += (int(words[11]) + int(words[12])) * ("chrom" in name)
    return used / os.sysconf("SC_CLK_TCK")


def _told(of: str, ours: dict[str, Times], bare: Times, most: int) -> list[float]:
    print(f"{of}; load {os.getloadavg()[0]:.1f}")
    for name, times in {"the empty page": bare, **ours}.items():
        _line(name, times, bare)
    waited = [each for times in ours.values() for each in times.waited]
    by = [each / median(bare.waited) for each in waited]
    row(f"{of}: all, median by the empty page's", median(by), f"<= {most}")
    row(f"{of}: all, p95 ms", quantiles(waited, n=20)[18], "<= 300")
    return by


def _line(name: str, times: Times, bare: Times) -> None:
    """Median and least of the waits, by the empty page's and in milliseconds, and CPU."""
    waits = median(times.waited), min(times.waited)
    by = waits[0] / median(bare.waited), waits[1] / min(bare.waited)
    server, browser = mean(times.server), mean(times.browser)
    print(
        f"  {name:24} x {by[0]:5.2f} (least {by[1]:5.2f}) | ms: median {waits[0]:5.0f}, least"
        f" {waits[1]:5.0f} | CPU ms: server {server:5.1f} (x {server / mean(bare.server):4.1f}),"
        f" browser {browser:4.0f} (x {browser / mean(bare.browser):4.1f}) | runs"
        f" {mean(times.runs):.1f}",
        flush=True,
    )


# -- what is clicked ------------------------------------------------------------------------


def on(selector: str) -> Act:
    """A click on the first such element that is to be seen."""
    return lambda page: page.locator(f"{selector}:visible").first.click()


def cell(across: int, down: int) -> Act:
    """A click on the page's table, so many pixels from its corner."""

    def click(page: Page) -> None:
        box = page.get_by_test_id("stDataFrame").first.bounding_box()
        assert box is not None
        x, y = box["x"] + across, box["y"] + down
        page.mouse.move(x - 20, y)  # the grid looks where the mouse came from
        page.mouse.move(x, y, steps=4)
        page.mouse.click(x, y)

    return click


def typed(selector: str, words: Iterator[str]) -> Act:
    """The next of the words typed into a field, and Enter."""

    def search(page: Page) -> None:
        box = page.locator(selector)
        box.fill(next(words))
        box.press("Enter")

    return search


def group(name: str) -> Act:
    """A click on a pill or a part of a control whose label begins so."""
    return lambda page: page.get_by_test_id("stButtonGroup").get_by_text(name).first.click()
