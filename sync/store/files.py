"""A data folder's files beside `desk.db`: each shop's database, and the locks."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

from sync.database import worded
from sync.errors import Message

WORKER_LOCK = "worker.lock"


def shop_path(data_dir: Path, slug: str) -> Path:
    """Where the shop's mirror, ledger and outcomes are."""
    return data_dir / "shops" / f"{slug}.db"


def stored_bytes(data_dir: Path) -> int:
    """How large the databases of a data folder are."""
    files = [data_dir / "desk.db", *(data_dir / "shops").glob("*.db")]
    return sum(path.stat().st_size for path in files if path.exists())


def lock_path(data_dir: Path, slug: str) -> Path:
    """The file whose lock whoever advances the shop holds."""
    return data_dir / "shops" / f"{slug}.lock"


class Rights(NamedTuple):
    """What other users of this computer could read and no longer can, what they still can, and what
    belongs to one of them: names in the data folder."""

    closed: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()

    def lasting(self) -> list[Message]:
        """What is still so, and asks for somebody."""
        return [message for kind, message in self.messages() if kind != "closed"]

    def messages(self) -> Iterator[tuple[str, Message]]:
        """A message for each kind that there is, by its name."""
        for kind, names in self._asdict().items():
            if names:
                some = ", ".join(names[:_NAMED]) + (", …" if names[_NAMED:] else "")
                yield kind, Message(f"storage.{kind}", files=some)


def close_to_others(data_dir: Path) -> Rights:
    """Take from other users of this computer what they were given: folders 0700, files 0600.
    Nothing in a folder that is no desk's yet, and nothing behind a link."""
    found: dict[str, list[str]] = {kind: [] for kind in Rights._fields}
    for path in _ours(data_dir) if (data_dir / "desk.db").is_file() else ():
        with suppress(FileNotFoundError):  # another process was done with it
            for kind in _kinds(path):
                name = f"{data_dir.name}/" if path == data_dir else str(path.relative_to(data_dir))
                found[kind].append(name)
    return Rights(*map(tuple, found.values()))


def _ours(data_dir: Path) -> Iterator[Path]:
    yield from (data_dir, data_dir / "shops", data_dir / "backups")
    for pattern in _OURS:
        yield from data_dir.glob(pattern)


def _kinds(path: Path) -> Iterator[str]:
    """What is to be said of a file or folder; where others may read it, that is ended."""
    before = path.lstat()
    if stat.S_ISLNK(before.st_mode):
        return
    if before.st_uid != os.geteuid():
        yield "foreign"
    if _is_open(before):
        with suppress(OSError):
            path.chmod(0o700 if stat.S_ISDIR(before.st_mode) else 0o600)
        yield "open" if _is_open(path.lstat()) else "closed"  # some disks keep no rights


def _is_open(found: os.stat_result) -> bool:
    most = 0o700 if stat.S_ISDIR(found.st_mode) else 0o600
    return bool(found.st_mode & 0o777 & ~most)


_NAMED: Final = 3
_OURS: Final = (
    *("*.db*", "*.lock", "*.log*", "secret.key*", "forgotten.key", "access.toml"),
    *("shops/*.db*", "shops/*.lock", "shops/*.forgotten", "backups/*"),
)


def worker_alive(data_dir: Path) -> bool:
    """Whether a worker drives this data folder: it holds the folder's lock as long as it lives."""
    return is_locked(data_dir / WORKER_LOCK)


@contextmanager
def shop_lock(data_dir: Path, slug: str) -> Iterator[bool]:
    """Try to hold the shop's OS lock: yields whether this process has it. Whoever advances a
    shop holds it; the system frees it when the process ends, however it ends."""
    with os_lock(lock_path(data_dir, slug)) as mine:
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
        # A shared lock: two that only look are not in each other's way.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in (errno.EAGAIN, errno.EACCES)
    finally:
        os.close(descriptor)
    return False


def _descriptor(path: Path) -> int:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Never removed: whoever opened it before would hold the lock of a file that is no longer
        # there.
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise worded(error, path) from error
