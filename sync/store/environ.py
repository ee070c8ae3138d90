"""What the environment says: where the data is, and who is at it."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping
from pathlib import Path


def data_folder(given: str | Path | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """The data folder that was named, else SYNC_DATA, else `data` beside app.py."""
    named = given or (os.environ if environ is None else environ).get("SYNC_DATA")
    return Path(named).expanduser() if named else Path(__file__).parents[2] / "data"


def whoami(environ: Mapping[str, str] | None = None) -> str:
    """SYNC_USER, else the login name."""
    named = (os.environ if environ is None else environ).get("SYNC_USER", "").strip()
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
