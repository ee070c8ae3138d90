"""Records as the mirror's file holds them."""

from __future__ import annotations

import zlib
from hashlib import blake2b
from typing import Any

import orjson

try:
    from isal.isal_zlib import compress
except ModuleNotFoundError:  # it is named only where it has a wheel
    from zlib import compress


def revision(*parts: bytes) -> int:
    """A 62-bit even number that changes with the content (the last bit is left to callers)."""
    digest = blake2b(b"\0".join(parts), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 2 << 1


def packed(raw: object) -> bytes:
    """A raw record as received, compressed."""
    return compress(orjson.dumps(raw), 1)


def unpacked(blob: bytes) -> Any:
    """The raw record that `packed` stored."""
    return orjson.loads(zlib.decompress(blob))
