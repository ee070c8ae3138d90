"""A shop's own files beside `desk.db`: its database and its lock."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def shop_path(data_dir: Path, slug: str) -> Path:
    """Where the shop's mirror, ledger and outcomes are."""
    return data_dir / "shops" / f"{slug}.db"


def worker_alive(data_dir: Path) -> bool:
    """Whether a worker drives this data folder: it holds the folder's lock as long as it lives."""
    path = data_dir / "worker.lock"
    if not path.exists():
        return False
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def shop_lock(data_dir: Path, slug: str) -> Iterator[bool]:
    """Try to hold the shop's OS lock: yields whether this process has it. Whoever advances a
    shop holds it; the system frees it when the process ends, however it ends."""
    path = data_dir / "shops" / f"{slug}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            yield True
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)
