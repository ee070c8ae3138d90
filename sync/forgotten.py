"""Who is to stay forgotten: a file a shop, `shops/SHOP.forgotten`, with a keyed hash a line.

A hash stands for a customer's id or an e-mail address. The keys lie in `forgotten.key`: the first
one makes hashes, each of them may have made one. Both are files of their own beside the databases,
so that no restored database brings anybody back; lines of two files can simply be put together.
"""

from __future__ import annotations

import hmac
import os
import secrets
import threading
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

from sync.errors import CodedError

KEY_FILE: Final = "forgotten.key"
_DIGITS: Final = 32  # hexadecimal, of a hash
Kind = Literal["customer", "address"]


class ForgottenError(CodedError):
    """The list of the forgotten cannot be used: its key is missing, or a file is unreadable."""


def list_path(data_dir: Path, slug: str) -> Path:
    """Where the shop's list is."""
    return data_dir / "shops" / f"{slug}.forgotten"


def address_in(text: str) -> str:
    """An e-mail address as it is compared."""
    if text.isascii():
        return text.strip().lower()
    return unicodedata.normalize("NFKC", text).strip().casefold()


class Forgotten:
    """One shop's list; without a folder that of nobody. It follows its files, so that another
    process's entry counts from the next question on."""

    def __init__(self, data_dir: Path | None = None, slug: str = "") -> None:
        self._list = None if data_dir is None else list_path(data_dir, slug)
        self._key = None if data_dir is None else data_dir / KEY_FILE
        self._seen: tuple[int, int] | None = None
        self._hashes: frozenset[str] = frozenset()
        self._keys: tuple[bytes, ...] = ()

    def __bool__(self) -> bool:
        """Whether anybody is on it. ForgottenError if nobody can tell."""
        self.look()
        return bool(self._hashes)

    @property
    def size(self) -> int:
        """Bytes of the list, which only grows: another number, other people."""
        self.look()
        return self._seen[1] if self._seen else 0

    def look(self) -> None:
        """Read the files if they are others than before; ForgottenError if they cannot be used."""
        if self._list is None:
            return
        try:
            found = self._list.stat()
        except FileNotFoundError:
            self._hashes, self._seen = frozenset(), None
            return
        except OSError as error:
            raise self._unusable(self._list, error) from None
        if (found.st_mtime_ns, found.st_size) != self._seen:
            self._hashes = frozenset(self._lines(self._list))
            self._keys = self._read_keys()
            self._seen = found.st_mtime_ns, found.st_size

    def customer(self, number: int) -> bool:
        """Whether the customer of that id is forgotten."""
        return self._has("customer", str(number))

    def address(self, text: str) -> bool:
        """Whether the e-mail address is forgotten."""
        return bool(text) and self._has("address", address_in(text))

    def stand_in(self, number: int) -> int:
        """The id, below 0, of what is kept in the place of that customer's row."""
        return -1 - int(self._hash("customer", str(number))[:12], 16)

    def mark(self, address: str) -> str:
        """What the row of a forgotten customer is found by where its address is known."""
        return self._hash("address", address_in(address))

    def add(self, customers: Iterable[int], addresses: Iterable[str]) -> int:
        """Put ids and addresses on the list, for good before this returns; returns by how many
        bytes it grew."""
        if self._list is None or self._key is None:
            raise ValueError("the list of nobody")
        if not self and not self._key.exists():
            _make_key(self._key)
        self._keys = self._read_keys()
        hashes = [self._hash("customer", str(number)) for number in customers]
        hashes += [self._hash("address", address_in(text)) for text in addresses]
        new = [each for each in dict.fromkeys(hashes) if each not in self._hashes]
        text = "".join(f"{each}\n" for each in new)
        if text:
            _append(self._list, text)
        return len(text)

    def _has(self, kind: Kind, value: str) -> bool:
        if not self:
            return False
        return any(self._made(key, kind, value) in self._hashes for key in self._keys)

    def _hash(self, kind: Kind, value: str) -> str:
        return self._made(self._keys[0], kind, value)

    @staticmethod
    def _made(key: bytes, kind: Kind, value: str) -> str:
        return hmac.digest(key, f"{kind}:{value}".encode(), "sha256").hex()[:_DIGITS]

    def _read_keys(self) -> tuple[bytes, ...]:
        path = self._key or Path()
        try:
            keys = tuple(bytes.fromhex(line) for line in self._lines(path))
        except ValueError as error:
            raise self._unusable(path, error) from None
        if not keys:
            raise ForgottenError("forgotten.no_key", file=KEY_FILE)
        return keys

    def _lines(self, path: Path) -> list[str]:
        try:
            return path.read_text(encoding="ascii").split()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise self._unusable(path, error) from None

    @staticmethod
    def _unusable(path: Path, error: Exception) -> ForgottenError:
        return ForgottenError("forgotten.unusable", file=path.name, said=type(error).__name__)


NOBODY: Final = Forgotten()


def _make_key(path: Path) -> None:
    """Write a new key under its final name in one step: another process may be making one too."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    _append(draft, f"{secrets.token_hex(32)}\n")
    try:
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def _append(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        file.write(text.encode("ascii"))
        file.flush()
        os.fsync(file.fileno())
