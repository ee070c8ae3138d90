"""Sealing under a passphrase."""

from __future__ import annotations

import base64
import secrets
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from sync.backup.archive import BackupError
from sync.vault import register

LEAST: Final = 12  # characters of a passphrase
_COST: Final = 2**16  # of Scrypt: 64 MiB, some tenths of a second


def new_salt() -> str:
    """A salt for one backup."""
    return secrets.token_hex(16)


def sealer(passphrase: str, salt: str) -> Fernet:
    """What seals and opens under a passphrase. BackupError for a short one."""
    if len(passphrase) < LEAST:
        raise BackupError("short_passphrase", least=LEAST)
    register(passphrase)
    derived = Scrypt(salt=salt.encode(), length=32, n=_COST, r=8, p=1)
    return Fernet(base64.urlsafe_b64encode(derived.derive(passphrase.encode())))


def unsealed(sealed_by: Fernet, token: bytes) -> bytes:
    """What was sealed. BackupError if it was under another passphrase."""
    try:
        return sealed_by.decrypt(token)
    except InvalidToken:
        raise BackupError("wrong_passphrase") from None
