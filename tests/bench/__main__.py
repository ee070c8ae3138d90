"""Each figure that was measured beside the one that must be reached: `python -m tests.bench`. Each
part runs in a process of its own, so that its memory is its own too."""

from __future__ import annotations

import subprocess
import sys

PARTS = (
    ("tests.bench.start",),
    ("tests.bench.reading",),
    ("tests.bench.windows",),
    ("tests.bench.plan", "10000", "100000"),
    ("tests.bench.plan", "100000", "1000000"),
    ("tests.bench.answers", "10000", "100000"),
    ("tests.bench.pipeline", "10000", "2000"),
    ("tests.bench.pipeline", "10000", "20000"),
    ("tests.bench.growth", "1000", "200"),
    ("tests.bench.growth", "10000", "2000"),
    ("tests.bench.bare",),
    ("tests.bench.history", "20000"),
    ("tests.bench.inflight",),
    ("tests.bench.fleet",),
    ("tests.bench.pages", "10000", "100000"),
    ("tests.bench.overview", "1000"),
    ("tests.bench.shops", "1000"),
)

if __name__ == "__main__":
    for part in PARTS:
        subprocess.run([sys.executable, "-m", *part], check=True)
