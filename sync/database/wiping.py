"""Making sure that what was deleted is not in a database's files any more."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from sync.database.connections import connect
from sync.database.faults import in_words


def wipe(path: Path) -> bool:
    """Write the database anew, without what was ever deleted from it, and empty its log; takes as
    long as copying the file. False where somebody goes on reading an older state, so that the log
    has to stay for now."""
    with in_words(path), closing(connect(path)) as db:
        db.execute("PRAGMA secure_delete = ON")
        db.execute("VACUUM")
        [busy, _, _] = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
