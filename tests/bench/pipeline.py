"""Read, plan and deliver a shop through the stand-ins with their windows off: calls, products a
second, peak memory. The stand-ins run in a process of their own.

Run as `python -m tests.bench.pipeline [products] [orders]`.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from sync import engine, run
from sync.store import Desk, RunRow, StoreRow


def main() -> None:
    """Print one row for each figure of the design's budget table that this path shows."""
    products = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    orders = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
    size = ["--products", str(products), "--orders", str(orders)]
    serve = [sys.executable, "-m", "sync.sandbox", "--windows", "off", *size]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server,
    ):
        try:
            line = server.stdout.readline() if server.stdout else ""
            words = dict(word.split("=", 1) for word in line.split())
            desk = Desk(Path(folder) / "data")
            _measure(desk, _connect(desk, words), products)
        finally:
            server.terminate()


def _connect(desk: Desk, words: dict[str, str]) -> StoreRow:
    url = words["URL"]
    shop = desk.add_shop("Bench", domain="www.bench.example", cluster="eu1", api_url=url)
    desk.add_key(shop, words["LIGHTSPEED_API_KEY"], words["LIGHTSPEED_API_SECRET"])
    store = desk.add_store(
        shop,
        "Bench",
        language="nl",
        public=words["CLERK_PUBLIC_KEY_nl"],
        private=words["CLERK_PRIVATE_KEY_nl"],
        api_url=url,
        who="bench",
    )
    settings = desk.settings(store).settings.changed({"import_orders": "no"})
    desk.save_settings(store, settings, who="bench", note="")
    return store


def _measure(desk: Desk, store: StoreRow, products: int) -> None:
    first, seconds = _run(desk, store)
    rate = products / seconds
    calls = first.calls["lightspeed"]["total"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _row("Lightspeed calls, full catalogue", calls, "<= 60 for 10,000 products")
    _row("read, plan and deliver, products/s", round(rate), ">= 1,500")
    _row("peak memory, MiB", round(peak), "<= 300")
    second, _ = _run(desk, store)
    calls = second.calls["lightspeed"]["total"]
    _row("Lightspeed calls, nothing changed", calls, "<= 6 with default settings")


def _run(desk: Desk, store: StoreRow) -> tuple[RunRow, float]:
    row = run.request(desk, store, "sync", who="bench")
    began = time.perf_counter()
    done = engine.drive(desk, row.id, stop=threading.Event())
    if done.state != "succeeded":
        raise SystemExit(f"the run ended {done.state}: {done.message}")
    return done, time.perf_counter() - began


def _row(name: str, value: int, target: str) -> None:
    print(f"{name:40} {value:>8}   must reach {target}", flush=True)


if __name__ == "__main__":
    main()
