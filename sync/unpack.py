"""Unpacking an answer's body, never further than it may be long."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Final

LARGEST: Final = 64_000_000  # bytes of an answer, unpacked
ACCEPTED: Final = "gzip, deflate"
_STEP: Final = 1 << 18
_LAYERS: Final = 4  # one in another
_GZIP: Final = b"\x1f"
_ZLIB: Final = 8  # the lower half of a zlib stream's first byte
_ANY_HEADER: Final = 32 + zlib.MAX_WBITS  # gzip's or zlib's


class TooLarge(ValueError):
    """More than LARGEST bytes."""


class Unpackable(ValueError):
    """The bytes are not what the encoding's name says, or nobody here knows it."""


def unpacked(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The chunks unpacked, in pieces of at most 256 KiB where they were packed. `encoding` is the
    Content-Encoding. Raises TooLarge as soon as there are more than LARGEST bytes, and
    Unpackable."""
    pieces, names = _bounded(chunks), encoding.split(",")
    if len(names) > _LAYERS:
        raise Unpackable(f"{len(names)} encodings")
    for name in reversed(names):
        name = name.strip().lower()
        if name in ("gzip", "x-gzip", "deflate"):
            pieces = _bounded(_inflated(pieces))
        elif name not in ("", "identity"):
            raise Unpackable(name)
    return pieces


def _bounded(chunks: Iterable[bytes]) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > LARGEST:
            raise TooLarge
        yield chunk


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    unpacker, ended = None, False
    for chunk in chunks:
        rest = chunk
        while rest:
            if unpacker is None:
                if ended and not rest.startswith(_GZIP):
                    return  # what stands behind the end is no part of the answer
                unpacker = _unpacker(rest)
            try:
                yield unpacker.decompress(rest, _STEP)
            except zlib.error as error:
                raise Unpackable(str(error)) from None
            if unpacker.eof:
                rest, unpacker, ended = unpacker.unused_data, None, True
            else:
                rest = unpacker.unconsumed_tail
    if unpacker is not None:
        yield unpacker.flush()


def _unpacker(start: bytes) -> Any:
    """Some servers send deflate without zlib's header."""
    bare = not start.startswith(_GZIP) and start[0] & 0x0F != _ZLIB
    return zlib.decompressobj(-zlib.MAX_WBITS if bare else _ANY_HEADER)
