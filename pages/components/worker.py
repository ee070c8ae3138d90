"""The worker beside the dashboard: a child process of the server, not of a session.

It decides itself whether the data folder is free. Its stdin is a pipe that this server holds, so
that it stops at its checkpoint when the server ends, however it ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from sync.store import data_folder, is_locked

ROOT = Path(__file__).parents[2]
AGAIN = 30.0  # seconds before a child that ended is started anew

_changing = threading.Lock()
_child: subprocess.Popen[bytes] | None = None
_started = float("-inf")


def ensure() -> None:
    """Start the worker if it is not running; nothing with SYNC_EMBEDDED=0."""
    global _child, _started
    if not embedded():
        return
    with _changing:
        if _child is not None and _child.poll() is None:
            return
        if time.monotonic() - _started < AGAIN:
            return
        _started = time.monotonic()
        if _child is not None and is_locked(data_folder() / "worker.lock"):
            return  # the child found that another dashboard's worker has the folder, and still has
        with suppress(OSError):  # nothing can be driven in a folder that cannot be written
            _child = _start()


def embedded() -> bool:
    """Whether this server brings a worker of its own: SYNC_EMBEDDED=0 says no."""
    return os.environ.get("SYNC_EMBEDDED", "1") != "0"


def starting() -> bool:
    """Whether this server's child is alive; it may not have the data folder yet, or ever."""
    return _child is not None and _child.poll() is None


def _start() -> subprocess.Popen[bytes]:
    folder = data_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "worker.log").touch(mode=0o600)
    command = [sys.executable, "-m", "sync", "--data", str(folder), "worker", "--embedded"]
    with (folder / "worker.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own program
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the server; the pipe tells the worker
        )
