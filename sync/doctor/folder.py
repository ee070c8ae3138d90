"""The data folder itself: is it there, whose is it, is there room, is there a copy."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sync import backup as backups
from sync.database import loses_pages, sqlite3, worded
from sync.doctor.checks import Check, failed
from sync.errors import Message
from sync.store import close_to_others

OLD: Final = 48 * 3600.0  # seconds after which the newest of nightly copies is too old
ROOM: Final = 200_000_000  # bytes that are to be free beside a copy of the largest file
_MB: Final = 1_000_000
_HOUR: Final = 3600


def folder(data_dir: Path) -> Check:
    """Whether there is a folder that can be read and written."""
    where = {"folder": str(data_dir.absolute())}
    try:
        if not data_dir.is_dir():
            return Check("folder", False, Message("doctor.no_folder", **where), _name_it())
        _try_to_write(data_dir)
        there = has_desk(data_dir)
    except OSError as error:
        return failed("folder", worded(error, data_dir / "desk.db"))
    if not there:
        left = any((data_dir / "shops").glob("*.db"))
        if left:
            return Check("folder", False, Message("doctor.desk_lost", **where), _restore("desk.db"))
        return Check("folder", True, Message("doctor.no_desk", **where), _name_it())
    return Check("folder", True, Message("doctor.folder", **where))


def has_desk(data_dir: Path) -> bool:
    """Whether a desk lies there; OSError where nobody may look."""
    return (data_dir / "desk.db").exists()


def _try_to_write(data_dir: Path) -> None:
    """OSError unless a file can be made there, with something in it."""
    draft = data_dir / f".doctor-{os.getpid()}"
    try:
        draft.write_bytes(bytes(4096))
    finally:
        draft.unlink(missing_ok=True)


def _name_it() -> Message:
    return Message("doctor.no_folder_todo")


def _restore(file: str) -> Message:
    return Message("doctor.restore_todo", file=file)


def rights(data_dir: Path) -> Iterator[Check]:
    """Who else can read what lies there; what is open is closed."""
    found = close_to_others(data_dir)
    if not any(found):
        yield Check("rights", True, Message("doctor.rights"))
    for kind, message in found.messages():
        yield Check("rights", kind == "closed", message, Message(f"doctor.{kind}_todo"))


def sqlite() -> Check:
    """Whether this SQLite keeps what was saved."""
    version = sqlite3.sqlite_version
    if loses_pages():
        told = Message("doctor.sqlite_loses", version=version)
        return Check("sqlite", True, told, Message("doctor.sqlite_todo"))
    return Check("sqlite", True, Message("doctor.sqlite", version=version))


def disk(data_dir: Path) -> Check:
    """Whether there is room for a copy of the largest file, and some."""
    sizes = [_size(path) for path in data_dir.rglob("*.db")]
    needed, free = max(sizes, default=0) + ROOM, shutil.disk_usage(data_dir).free
    values = {"free": free // _MB, "needed": needed // _MB}
    if free < needed:
        return Check("disk", False, Message("doctor.disk_low", **values), _todo("disk"))
    return Check("disk", True, Message("doctor.disk", **values))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def backup(data_dir: Path, days: int) -> Check:
    """How old the newest nightly backup is; they are kept for so many days."""
    if not days:
        return Check("backup", True, Message("doctor.backup_off"), _todo("backup_off"))
    newest = backups.newest(data_dir)
    if newest is None:
        todo = Message("doctor.no_backup_todo", days=days)
        return Check("backup", True, Message("doctor.no_backup"), todo)
    age = time.time() - newest.stat().st_mtime
    values = {"hours": max(0, round(age / _HOUR))}
    if age > OLD:
        return Check("backup", False, Message("doctor.backup_old", **values), _todo("backup_old"))
    return Check("backup", True, Message("doctor.backup", **values))


def _todo(code: str) -> Message:
    return Message(f"doctor.{code}_todo")
