"""A backup of the whole desk each night, kept for some days."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sync.backup.archive import BackupError
from sync.backup.whole import back_up
from sync.store import Desk

FOLDER: Final = "backups"
_NAME: Final = re.compile(r"sync-desk-\d{4}-\d\d-\d\d\.zip")
_ROOM: Final = 2.0  # times the size of the data that must be free


def make_nightly(desk: Desk, days: int) -> Path | None:
    """Make today's backup unless it is there, under `data/backups`, and let go of all but the
    newest `days`; returns the new file. BackupError where the disk has no room for it."""
    if not days:
        return None
    folder = desk.data_dir / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    today = datetime.fromtimestamp(desk.clock.now(), UTC).date()
    file = folder / f"sync-desk-{today.isoformat()}.zip"
    if file.exists():
        return None
    _room_for(desk.data_dir)
    back_up(desk, file)
    for old in _made(desk.data_dir)[:-days]:
        old.unlink()
    return file


def newest(data_dir: Path) -> Path | None:
    """The newest nightly backup; None if there is none."""
    return next(reversed(_made(data_dir)), None)


def _made(data_dir: Path) -> list[Path]:
    found = (data_dir / FOLDER).glob("*.zip")
    return sorted(path for path in found if _NAME.fullmatch(path.name))


def _room_for(data_dir: Path) -> None:
    needed = sum(path.stat().st_size for path in data_dir.rglob("*.db*")) * _ROOM
    free = os.statvfs(data_dir)
    if free.f_bavail * free.f_frsize < needed:
        raise BackupError("no_room", folder=data_dir, needed=int(needed / 1e6) + 1)
