"""The file that holds the vault's keys: made once, replaced in one step, closed to others."""

from __future__ import annotations

import logging
import os
import stat
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final

from sync.errors import CodedError

KEY_FILE: Final = "secret.key"
_log = logging.getLogger("sync.vault")


class VaultError(CodedError):
    """The encryption key is missing, malformed, or not the one that sealed a secret."""


class KeyFile:
    """`secret.key` in a data folder: one or more keys, a line each. A link in its place is not
    followed. Whatever goes wrong is a VaultError."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / KEY_FILE

    def mark(self) -> object:
        """Which file stands there, and in which state; None where there is none."""
        try:
            found = self.path.stat(follow_symlinks=False)
        except OSError:
            return None
        return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size

    def read(self) -> str:
        """What stands in it; it is closed to others first."""
        with _told():
            self._refuse_link()
            _close_to_others(self.path)
            return self.path.read_text(encoding="ascii").strip()

    def make(self, key: str) -> None:
        """Write a first key; where there is a file already nothing changes. Another process may be
        making one too: the final name is given in one step."""
        with _told():
            self._refuse_link()
            if self.path.exists():
                return
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._draft([key]) as draft:
                try:
                    os.link(draft, self.path)
                except FileExistsError:
                    _log.debug("another process made %s first", self.path.name)

    def replace(self, keys: Sequence[str]) -> None:
        """Hold these keys from now on, in one step that outlives a loss of power."""
        with _told():
            self._refuse_link()
            with self._draft(keys) as draft:
                draft.replace(self.path)
            _sync_folder(self.path.parent)

    def keep_aside(self) -> None:
        """Keep what stands there, if anything does, under another name too: `secret.key.lost-1`."""
        with _told():
            self._refuse_link()
            if self.path.exists():
                names = (self.path.with_name(f"{KEY_FILE}.lost-{n}") for n in count(1))
                os.link(self.path, next(name for name in names if not name.exists()))

    def _refuse_link(self) -> None:
        if self.path.is_symlink():
            raise VaultError("vault.link", file=KEY_FILE)

    @contextmanager
    def _draft(self, keys: Sequence[str]) -> Iterator[Path]:
        """The keys in a file beside this one that is safely on the disk; it is gone in the end,
        unless it was given another name."""
        self._forget_drafts()
        draft = self.path.with_name(f"{KEY_FILE}.{os.getpid()}.{threading.get_ident()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write("\n".join(keys) + "\n")
                file.flush()
                os.fsync(file.fileno())
            yield draft
        finally:
            draft.unlink(missing_ok=True)

    def _forget_drafts(self) -> None:
        """Remove what processes left that were killed in the midst of it."""
        for path in self.path.parent.glob(f"{KEY_FILE}.*.*"):
            process = path.name.split(".")[2]
            if process.isdecimal() and not _lives(int(process)):
                path.unlink(missing_ok=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def _told() -> Iterator[None]:
    """What is wrong with the file is raised as a VaultError."""
    try:
        yield
    except FileNotFoundError:
        raise VaultError("vault.missing", file=KEY_FILE) from None
    except (OSError, UnicodeDecodeError) as error:
        raise VaultError("vault.unusable", file=KEY_FILE, said=type(error).__name__) from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _close_to_others(path: Path) -> None:
    if os.name != "posix" or not stat.S_IMODE(path.stat().st_mode) & 0o077:
        return
    try:
        path.chmod(0o600)
        _log.warning("%s was open to other users of this computer; it no longer is", path.name)
    except PermissionError:
        _log.warning("%s is open to other users of this computer", path.name)
