"""The stand-ins in a process of their own, and a store that is connected to them."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sync import engine, run
from sync.sandbox.state import State
from sync.store import Desk, RunRow, StoreRow


@dataclass
class Bench:
    """One store on the desk; `state` is what the stand-ins have."""

    desk: Desk
    store: StoreRow
    state: State

    def set(self, **values: str) -> None:
        """Change settings."""
        settings = self.desk.settings(self.store).settings.changed(values)
        self.desk.save_settings(self.store, settings, note="")

    def run(self, kind: str = "sync", **options: object) -> tuple[RunRow, float]:
        """A run driven to its end, and its seconds."""
        asked = run.request(self.desk, self.store, kind, **options)
        began = time.perf_counter()
        done = engine.drive(self.desk, asked.id, stop=threading.Event())
        if done.state != "succeeded":
            raise SystemExit(f"the run ended {done.state}: {done.message}")
        return done, time.perf_counter() - began


@contextmanager
def serving(products: int, orders: int, windows: str = "off") -> Iterator[Bench]:
    """A generated shop of that size behind real HTTP; `windows` are off or real."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "sandbox.db"
        size = ["--products", str(products), "--orders", str(orders), "--windows", windows]
        serve = [sys.executable, "-m", "sync.sandbox", "--state", str(state), *size]
        with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
            try:
                line = server.stdout.readline() if server.stdout else ""
                desk = Desk(Path(folder) / "data")
                store = _connect(desk, dict(word.split("=", 1) for word in line.split()))
                yield Bench(desk, store, State(state))
            finally:
                server.terminate()


def _connect(desk: Desk, words: Mapping[str, str]) -> StoreRow:
    url = words["URL"]
    shop = desk.add_shop("Bench", domain="www.bench.example", cluster="eu1", api_url=url)
    desk.add_key(shop, words["LIGHTSPEED_API_KEY"], words["LIGHTSPEED_API_SECRET"])
    return desk.add_store(
        shop,
        "Bench",
        language="nl",
        public=words["CLERK_PUBLIC_KEY_nl"],
        private=words["CLERK_PRIVATE_KEY_nl"],
        api_url=url,
    )
