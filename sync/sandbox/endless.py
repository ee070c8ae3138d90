"""Answers that do not end, or end too late: what only a clock and a bound help against."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

from starlette.types import Receive, Scope, Send

_PIECE: Final = 1 << 16
_JSON: Final = (b"content-type", b"application/json")
_GZIP: Final = (b"content-encoding", b"gzip")
Player = Callable[[float, int, Scope, Receive, Send], Awaitable[None]]


async def _drip(pause: float, _size: int, _scope: Scope, receive: Receive, send: Send) -> None:
    await _dripping(iter(lambda: b" ", b""), [_JSON], pause, receive, send)


async def _drip_gzip(pause: float, _size: int, _scope: Scope, receive: Receive, send: Send) -> None:
    packed = (bytes([byte]) for piece in _packed(1 << 30) for byte in piece)
    await _dripping(packed, [_JSON, _GZIP], pause, receive, send)


async def _drip_headers(
    pause: float, _size: int, scope: Scope, receive: Receive, _send: Send
) -> None:
    await _raw(scope, b"HTTP/1.1 200 OK\r\nX-Long: ", b"a", pause, receive)


async def _continue(pause: float, _size: int, scope: Scope, receive: Receive, _send: Send) -> None:
    await _raw(scope, b"", b"HTTP/1.1 100 Continue\r\n\r\n", pause, receive)


async def _huge(_pause: float, size: int, _scope: Scope, receive: Receive, send: Send) -> None:
    await _sent(_pieces(size), [_JSON], receive, send)


async def _bomb(_pause: float, size: int, _scope: Scope, receive: Receive, send: Send) -> None:
    await _sent(_packed(size), [_JSON, _GZIP], receive, send)


PLAYERS: Final[dict[str, Player]] = {
    "drip": _drip,
    "drip_gzip": _drip_gzip,
    "drip_headers": _drip_headers,
    "continue": _continue,
    "huge": _huge,
    "bomb": _bomb,
}


async def _dripping(
    drops: Iterator[bytes],
    headers: list[tuple[bytes, bytes]],
    pause: float,
    receive: Receive,
    send: Send,
) -> None:
    await _read_whole(receive)
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for drop in drops:
        await send({"type": "http.response.body", "body": drop, "more_body": True})
        if await _gone(receive, pause):
            return


async def _sent(
    pieces: Iterator[bytes], headers: list[tuple[bytes, bytes]], receive: Receive, send: Send
) -> None:
    await _read_whole(receive)
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _raw(scope: Scope, start: bytes, drop: bytes, pause: float, receive: Receive) -> None:
    wire: Any = scope["sandbox.wire"]
    await _read_whole(receive)
    wire.write(start)
    while not wire.is_closing():
        wire.write(drop)
        if await _gone(receive, pause):
            return


async def _read_whole(receive: Receive) -> None:
    while (await receive()).get("more_body", False):
        pass


async def _gone(receive: Receive, pause: float) -> bool:
    """Whether the client hangs up within `pause` seconds."""
    try:
        await asyncio.wait_for(receive(), pause)
    except TimeoutError:
        return False
    return True


def _pieces(size: int) -> Iterator[bytes]:
    """JSON of that many bytes: one long text."""
    yield b'{"products": ["'
    for at in range(0, size, _PIECE):
        yield b"a" * min(_PIECE, size - at)
    yield b'"]}'


def _packed(size: int) -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    for piece in _pieces(size):
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()
