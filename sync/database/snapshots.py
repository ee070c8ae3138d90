"""A whole copy of a database while others write to it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

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


_APART: Final = """
import sys
from pathlib import Path
from sync.database import StorageError, snapshot
try:
    snapshot(Path(sys.argv[1]), Path(sys.argv[2]))
except StorageError as error:
    sys.exit(error.fault)
"""


def snapshot_apart(path: Path, copy: Path) -> None:
    """The same in a process of its own, for a database that this one may have open by another
    SQLite. The system keeps locks for a process: one library takes away those of the other, and
    the log that it is writing."""
    import subprocess  # here, for few need it

    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", _APART, str(path.absolute()), str(copy.absolute())],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        fault = done.stderr.strip()
        raise StorageError(fault if fault.isidentifier() else "io", path.absolute())
