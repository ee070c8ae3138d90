"""A whole copy of a database while others write to it."""

from __future__ import annotations

import os
from pathlib import Path

from sync.database.connections import damage, opened
from sync.database.faults import StorageError, in_words


def snapshot(path: Path, copy: Path) -> None:
    """Copy the database at `path`, as it is at this moment, into the new file `copy`, which nobody
    else may read. What was deleted is not in it. StorageError if it is damaged or has no room."""
    with in_words(copy):
        os.close(os.open(copy, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with in_words(path), opened(path) as db:
        db.execute("VACUUM INTO ?", [str(copy)])
    if fault := damage(copy):
        raise StorageError(fault, path.absolute())
