"""When somebody last wrote to a database."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

_SAME_MOMENT: Final = 0.05  # seconds; file systems note times by ticks of some milliseconds


def written_at(path: Path) -> tuple[object, ...] | None:
    """What moves with every commit to a database, whoever makes it; None in the moments after one,
    when the file system's clock could not tell the next one from it, and where there is no file."""
    found: list[object] = []
    for each in (path, path.with_name(f"{path.name}-wal")):
        try:
            stat = each.stat()
        except FileNotFoundError:
            continue
        if not stat.st_size:  # a log that whoever opened the database has just begun
            continue
        if abs(time.time() - stat.st_mtime) < _SAME_MOMENT:
            return None
        found += [stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size]
    return tuple(found) or None
