"""Lists of the forgotten and their keys: lines of two files are simply put together."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from sync.forgotten import KEY_FILE

KEY: Final = KEY_FILE


def join(path: Path, text: str) -> None:
    """Put the lines of a text into a file that may have some of them already; those of the file
    stay first."""
    there = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    lines = dict.fromkeys([*there, *text.splitlines()])
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as to:
        to.writelines(f"{line}\n" for line in lines if line)
        to.flush()
        os.fsync(to.fileno())
    draft.replace(path)
