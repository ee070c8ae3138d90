"""Files and folders that an answer is written into, looked at before any work is done."""

from __future__ import annotations

import os
from errno import EACCES
from pathlib import Path

from sync.store import Refused


def output_file(named: str, *, new: bool = False) -> Path:
    """The file of that name; Refused where nothing can be written into it, or where it must be
    `new` and is there."""
    path = _path(named)
    try:
        if path.is_dir():
            raise Refused("is_folder", path=path)
        if not path.parent.is_dir():
            raise Refused("no_folder", folder=path.parent)
        there = path.exists()
    except OSError as error:  # a name that is too long, a folder that may not be looked into
        raise _unusable(path, error) from None
    if new and there:
        raise Refused("file_there", file=path)
    return _writable(path, path if there else path.parent)


def output_folder(named: str) -> Path:
    """The folder of that name, which need not be there; Refused where none can be."""
    path = _path(named)
    try:
        nearest = next(each for each in (path, *path.absolute().parents) if each.exists())
    except OSError as error:
        raise _unusable(path, error) from None
    if not nearest.is_dir():
        raise Refused("is_file", path=nearest)
    return _writable(path, nearest)


def _path(named: str) -> Path:
    try:
        return Path(named).expanduser()
    except RuntimeError:  # ~ and somebody who is not there
        return Path(named)


def _writable(path: Path, nearest: Path) -> Path:
    if not os.access(nearest, os.W_OK):
        raise _unusable(path, PermissionError(EACCES, os.strerror(EACCES)))
    return path


def _unusable(path: Path, error: OSError) -> Refused:
    return Refused("no_output", path=path, said=error.strerror)
