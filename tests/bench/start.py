"""What a command costs before it does anything: `store list`, and a run that finds nothing changed,
against a Python that only imports what they cannot do without. Each is a process of its own, run in
turn with the bare one, and none has to compile what an earlier one has; the stand-ins run beside
them.

Run as `python -m tests.bench.start [products] [orders]`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.bench.stand_in import serving
from tests.bench.table import row

ROUNDS = 7
BARE = ("-c", "import httpx, orjson")
LIST = ("-m", "sync", "store", "list")
RUN = ("-m", "sync", "run", "bench")
# A child's peak is never told as less than that of the process that started it, so this one is
# started by one that holds little.
_STARTER = """
import os, sys
pid = os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, status, used = os.wait4(pid, 0)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


class Cost(NamedTuple):
    """CPU seconds and peak MiB of one process."""

    cpu: float
    peak: float


def main() -> None:
    """Print CPU and memory of each, and the ratio to the bare start."""
    products = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    orders = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    with serving(products, orders) as bench:
        bench.run()
        compared("store list", LIST, bench.desk.data_dir, "<= 2.5", "<= 60")
        of = f"unchanged run, {products:,} products"
        compared(of, RUN, bench.desk.data_dir, "<= 3.5", "-")


def compared(name: str, command: Sequence[str], data: Path, ratio: str, peak: str) -> None:
    """The command and the bare start in turn, so that both meet the machine in the same mood."""
    _, *pairs = ((cost(command, data), cost(BARE, data)) for _ in range(1 + ROUNDS))
    mine, bare = ([pair[side] for pair in pairs] for side in (0, 1))
    for how, of in (("least", min), ("median", median)):
        here, there = (of([each.cpu for each in costs]) for costs in (mine, bare))
        row(f"{name}: CPU ms, {how}", here * 1000, "-")
        row(f"{name}: times a bare start, {how}", here / there, ratio)
    row(f"{name}: peak MiB", max(each.peak for each in mine), peak)


def cost(command: Sequence[str], data: Path) -> Cost:
    """One run of Python with these words; SystemExit where it fails."""
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    compiled = {"PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "sync-bench-compiled")}
    done = subprocess.run(
        [sys.executable, "-S", "-c", _STARTER, sys.executable, *command],
        env=usual | compiled | {"SYNC_DATA": str(data)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr}")
    return Cost(*map(float, done.stderr.splitlines()[-1].split()))


if __name__ == "__main__":
    main()
