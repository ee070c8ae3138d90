"""A data folder's files beside `desk.db`: each shop's database, and the locks."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sync.database import worded


def shop_path(data_dir: Path, slug: str) -> Path:
    """Where the shop's mirror, ledger and outcomes are."""
    return data_dir / "shops" / f"{slug}.db"


@contextmanager
def shop_lock(data_dir: Path, slug: str) -> Iterator[bool]:
    """Try to hold the shop's OS lock: yields whether this process has it. Whoever advances a
    shop holds it; the system frees it when the process ends, however it ends."""
    with os_lock(data_dir / "shops" / f"{slug}.lock") as mine:
        yield mine


@contextmanager
def os_lock(path: Path) -> Iterator[bool]:
    """Try to hold a file's lock: yields whether this process has it. StorageError where there are
    no locks to be had."""
    descriptor = _descriptor(path)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        except OSError as error:
            raise worded(error, path) from error
        try:
            yield True
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


def is_locked(path: Path) -> bool:
    """Whether another process holds the file's lock; False where nothing says so. Only looks: the
    folder may be read-only, and the file need not exist."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in (errno.EAGAIN, errno.EACCES)
    finally:
        os.close(descriptor)
    return False


def _descriptor(path: Path) -> int:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise worded(error, path) from error
