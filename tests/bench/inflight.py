"""What a shop takes of memory while its whole catalogue is read anew: one process that reads one
shop, and one that reads several at a time, and what each further one added. Every answer takes a
while, so that they really are in flight together; the stand-ins run in a process of their own.

Run as `python -m tests.bench.inflight [shops] [products]`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sync import engine, run
from sync.engine import serving
from sync.engine.places import be_sparing
from sync.store import Desk
from tests.bench.fleet import connected, copied, stand_ins
from tests.bench.table import row

DELAY = 0.4  # seconds that an answer takes


def main() -> None:
    """Print the memory that a further shop adds."""
    shops = int(sys.argv[1]) if len(sys.argv) > 1 else 16
    products = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        desk, file = Desk(folder / "data"), folder / "sandbox.db"
        with stand_ins(file, products) as words:
            first = connected(desk, words, "Shop 0")
            desk.queue_run(first, "sync", trigger="manual")
            serving.work(desk, stop=threading.Event(), once=True)
        for n in range(1, shops):
            copied(desk, words, first, f"Shop {n}")
        port = words["URL"].rpartition(":")[2]
        with stand_ins(file, products, "--port", port, "--delay", str(DELAY)):
            rest, one, all_of_them = (_peak(desk, n) for n in (0, 1, shops))
    row(f"a process at rest, MiB, {products:,} products", rest, "-")
    row("reading one shop's whole catalogue, MiB more", one - rest, "-")
    each = (all_of_them - one) / (shops - 1)
    row(f"reading {shops}: MiB more for each after the first", each, "<= 8")


def _peak(desk: Desk, shops: int) -> int:
    """The most MiB of a process that reads so many shops at a time."""
    command = [sys.executable, "-m", "tests.bench.inflight", "--read", str(desk.data_dir)]
    done = subprocess.run([*command, str(shops)], stdout=subprocess.PIPE, check=True, text=True)
    return int(done.stdout)


def _read(folder: Path, shops: int) -> None:
    """Read so many shops at a time, and print this process's peak."""
    be_sparing()
    desk = Desk(folder)
    chosen = desk.stores()[:shops]
    asked = [run.request(desk, store, "refresh", full=True) for store in chosen]
    with ThreadPoolExecutor(max(1, shops)) as pool:
        ended = [
            done.state
            for done in pool.map(
                lambda one: engine.drive(desk, one.id, stop=threading.Event()), asked
            )
        ]
    if set(ended) - {"succeeded"}:
        raise SystemExit(f"runs ended {ended}")
    print(held_at_most())


def held_at_most() -> int:
    """MiB; what the system tells of a process's use begins with its parent's."""
    words = Path("/proc/self/status").read_text(encoding="ascii").split()
    return int(words[words.index("VmHWM:") + 1]) // 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        _read(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
