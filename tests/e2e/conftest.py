"""The dashboard in a real browser: its own server, demo shop, worker, and Debian's Chromium."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page, WebSocket, expect

ROOT = Path(__file__).parents[2]
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
PATIENCE = 60_000  # milliseconds; a computer that has much to do is no error
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a browser."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("e2e")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium instead of a downloaded one."""
    if CHROMIUM is None:
        pytest.skip("no chromium: install Debian's package of that name")
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": [*flags, *quiet]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A German reader in Berlin at 1280 pixels, unless a test asks otherwise."""
    size = {"width": 1280, "height": 900}
    zone = {"locale": "de-DE", "timezone_id": "Europe/Berlin"}
    return {**browser_context_args, "viewport": size, **zone}


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A tab; whatever a test does in it, nothing of it is refused by the server's own policy, and
    no script of the page breaks off."""
    refused: list[str] = []
    broken: list[str] = []
    page.set_default_timeout(PATIENCE)

    def heard(line: ConsoleMessage) -> None:
        if "Content Security Policy" in line.text:
            refused.append(line.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: broken.append(str(error)))
    yield page
    assert (refused, broken) == ([], [])


@dataclass(frozen=True)
class Server:
    """A running dashboard: its address, data folder and process."""

    url: str
    data: Path
    pid: int

    def at(self, page: str = "", **query: str) -> str:
        """The address of a page."""
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        return f"{self.url}/{page}" + (f"?{asked}" if asked else "")


def free_port() -> int:
    """A port that nobody has, below those that connections of this computer are given."""
    while True:
        port = random.randint(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextmanager
def serving(
    data: Path,
    *,
    worker: bool = True,
    port: int = 0,
    app: str = "app.py",
    environ: Mapping[str, str] | None = None,
    options: Sequence[str] = (),
) -> Iterator[Server]:
    """The dashboard (or another app) on that data folder, as `make run` starts it; on any free port
    if none is named, with more of an environment and more of Streamlit's options."""
    port = port or free_port()
    environ = {**os.environ, "SYNC_DATA": str(data), "SYNC_USER": "tester", **(environ or {})}
    environ["SYNC_EMBEDDED"] = "1" if worker else "0"
    options = ["--server.port", str(port), "--server.headless", "true", *options]
    command = [sys.executable, "-m", "streamlit", "run", app, *options]
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL)
    try:
        wait_healthy(f"http://127.0.0.1:{port}/_stcore/health", process)
        yield Server(f"http://127.0.0.1:{port}", data, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def wait_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers there."""
    tick = threading.Event()
    for _ in range(600):
        assert process.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            tick.wait(0.1)
    pytest.fail("the server did not come up within a minute")


def make_demo(data: Path, *, products: int = 120, orders: int = 200) -> None:
    """The demo shop as `make run` makes it, smaller."""
    size = ["--products", str(products), "--orders", str(orders)]
    command = [sys.executable, "-m", "sync", "--data", str(data), "demo", *size]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a demo shop that was read, and never synced."""
    data = tmp_path_factory.mktemp("demo") / "data"
    make_demo(data)
    return data


@pytest.fixture
def fresh_demo(demo_data: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    copy = tmp_path / "data"
    shutil.copytree(demo_data, copy)
    return copy


@pytest.fixture
def server(fresh_demo: Path) -> Iterator[Server]:
    """A dashboard of one test's own, on the fresh demo shop."""
    with serving(fresh_demo) as running:
        yield running


@pytest.fixture(scope="session")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard that all tests share which only look: none of them stores anything. Its demo has
    stand-ins of its own: a copy's would answer at the same port as those of the other tests."""
    data = tmp_path_factory.mktemp("looked_at") / "data"
    make_demo(data)
    with serving(data) as running:
        yield running


@pytest.fixture
def settled(page: Page) -> Callable[[], None]:
    """Wait until Streamlit has nothing left to draw."""

    def wait() -> None:
        expect(page.get_by_test_id("stApp")).to_have_attribute(
            "data-test-script-state", "notRunning"
        )
        expect(page.get_by_test_id("stSkeleton")).to_have_count(0)

    return wait


@pytest.fixture
def frames(page: Page) -> list[bytes]:
    """What comes to the page over its websockets, as it comes."""
    came: list[bytes] = []

    def keep(payload: str | bytes) -> None:
        came.append(payload.encode() if isinstance(payload, str) else payload)

    def opened(socket: WebSocket) -> None:
        socket.on("framereceived", keep)

    page.on("websocket", opened)
    return came
