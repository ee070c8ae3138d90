"""What the first sync of a long order history costs, all order lines fetched, a call each: CPU and
memory of the process that does it. It keeps to a key's pace under a clock that skips pauses; the
stand-ins run in a process of their own.

Run as `python -m tests.bench.history [orders]`.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

from sync import engine, run
from sync.store import Desk
from tests.bench.inflight import held_at_most
from tests.bench.stand_in import serving
from tests.bench.table import row
from tests.conftest import HastyClock

PRODUCTS = 1_000


def main() -> None:
    """Print what each order of the history cost."""
    orders = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with serving(PRODUCTS, orders) as bench:
        bench.set(include_orders="all")
        command = [sys.executable, "-m", "tests.bench.history", "--read", str(bench.desk.data_dir)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    spent, peak, lines, sent = done.stdout.split()
    row(f"history of {orders:,} orders: lines fetched", int(lines), "-")
    row("... orders sent", int(sent), "-")
    row("... CPU ms an order", 1000 * float(spent) / orders, "-")
    row("... most memory, MiB", int(peak), "<= 400")


def _read(folder: Path) -> None:
    """Sync, and print CPU seconds, peak MiB, calls for lines, and orders sent."""
    desk = Desk(folder, clock=HastyClock())
    [store] = desk.stores()
    asked = run.request(desk, store, "sync")
    began = time.process_time()
    done = engine.drive(desk, asked.id, stop=threading.Event())
    if done.state != "succeeded":
        raise SystemExit(f"the run ended {done.state}: {done.message}")
    lines, sent = done.calls["lightspeed"]["order_lines"], done.books["orders"]["created"]
    print(time.process_time() - began, held_at_most(), lines, sent)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        _read(Path(sys.argv[2]))
    else:
        main()
