"""How many shops of 5,000 products and 20 changes an hour one worker sustains, with its memory,
and what looking after 1,000 stores costs. The stand-ins run in a process of their own.

Some shops' hourly work is done for real by one worker; how many fit into an hour follows from its
CPU seconds and from the calls, each taken to last ANSWER seconds at Lightspeed or Clerk.io.

Run as `python -m tests.bench.fleet [shops] [products]`.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from sync import engine, status
from sync.engine.worker import THREADS
from sync.sandbox.state import State
from sync.store import Desk, RunRow, StoreRow

CHANGES = 20
ORDERS = 200
ANSWER = 0.4  # seconds
STORES = 1_000
HOUR = 3600.0


def main() -> None:
    """Print one row for each figure."""
    shops = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    products = int(sys.argv[2]) if len(sys.argv) > 2 else 5_000
    with tempfile.TemporaryDirectory() as folder:
        _sustained(Path(folder), shops, products)
    with tempfile.TemporaryDirectory() as folder:
        _many(Desk(Path(folder)))


def _sustained(folder: Path, shops: int, products: int) -> None:
    file = folder / "sandbox.db"
    size = ["--products", str(products), "--orders", str(ORDERS), "--state", str(file)]
    serve = [sys.executable, "-m", "sync.sandbox", "--windows", "off", *size]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            words = dict(word.split("=", 1) for word in line.split())
            desk = Desk(folder / "data")
            stores = [_connect(desk, words, f"Shop {n}") for n in range(shops)]
            _work(desk, stores)
            state = State(file)
            sold = [product for product in state.all("product") if product["isVisible"]]
            for product in sold[:CHANGES]:
                state.edit("product", product["id"], title=f"Changed {product['id']}")
            state.close()
            before = _cpu()
            runs = _work(desk, stores)
            _tell(runs, (_cpu() - before) / shops)
        finally:
            server.terminate()


def _connect(desk: Desk, words: Mapping[str, str], name: str) -> StoreRow:
    """A shop with one store; all of them are the same one to the stand-ins."""
    url = words["URL"]
    shop = desk.add_shop(name, domain="www.bench.example", cluster="eu1", api_url=url)
    desk.add_key(shop, words["LIGHTSPEED_API_KEY"], words["LIGHTSPEED_API_SECRET"])
    public, private = words["CLERK_PUBLIC_KEY_nl"], words["CLERK_PRIVATE_KEY_nl"]
    keys = {"public": public, "private": private}
    return desk.add_store(shop, name, language="nl", api_url=url, who="bench", **keys)


def _work(desk: Desk, stores: Sequence[StoreRow]) -> list[RunRow]:
    """One run of each store, by one worker."""
    queued = [desk.queue_run(store, "sync", trigger="schedule", who="bench") for store in stores]
    engine.work(desk, stop=threading.Event(), once=True)
    runs = [desk.run(run.id) for run in queued]
    if any(run.state != "succeeded" for run in runs):
        raise SystemExit(f"runs ended {[(run.state, run.message) for run in runs]}")
    return runs


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _tell(runs: Sequence[RunRow], cpu: float) -> None:
    calls = sum(side["total"] for run in runs for side in run.calls.values()) / len(runs)
    updated = sum(book["updated"] for run in runs for book in run.books.values()) / len(runs)
    _row("records updated in a shop's hourly run", updated, f"{CHANGES} products were changed")
    _row("calls of a shop's hourly run", calls, "")
    _row("CPU seconds of a shop's hourly run", cpu, "")
    _row("shops an hour, one core of Python", HOUR / cpu, "by CPU")
    apart = THREADS * HOUR / (calls * ANSWER)
    _row("shops an hour, answers in turn", apart, f"{THREADS} threads, {ANSWER} s an answer")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _row("peak memory of the worker, MiB", peak, "")


def _many(desk: Desk) -> None:
    """The costs that grow with the number of stores and not with their work."""
    words = {"URL": "http://127.0.0.1:1", "LIGHTSPEED_API_KEY": "k", "LIGHTSPEED_API_SECRET": "s"}
    words |= {"CLERK_PUBLIC_KEY_nl": "p", "CLERK_PRIVATE_KEY_nl": "q"}
    for n in range(STORES):
        _connect(desk, words, f"Shop {n}")
    first = _cpu()
    while engine.queue_due(desk):
        pass
    queued = _cpu()
    _row(f"queueing {STORES} scheduled runs, ms", (queued - first) * 1000, "")
    for name, look in (
        ("one look at the schedule, ms", lambda: engine.queue_due(desk)),
        ("one look at the queue, ms", desk.queue),
        ("status of the whole fleet, ms", lambda: status.fleet(desk)),
    ):
        before, began = _cpu(), time.perf_counter()
        look()
        waited = (time.perf_counter() - began) * 1000
        _row(name, (_cpu() - before) * 1000, f"CPU, {STORES} stores; {waited:.0f} ms on the clock")


def _row(name: str, value: float, note: str) -> None:
    print(f"{name:42} {value:>10,.1f}   {note}".rstrip(), flush=True)


if __name__ == "__main__":
    main()
