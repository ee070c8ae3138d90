"""Connections below HTTP: to addresses that may be called alone, and for as long as somebody waits.

A name is resolved once, and what is connected to is an address that was looked at: a name that
leads elsewhere a moment later leads nowhere.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import httpcore

from sync.addresses import may_be_called
from sync.patience import DEFAULT_TIMEOUT, LOOK_EVERY, Patience

_WRITTEN_AT_ONCE: Final = 1 << 16

_patience: ContextVar[Patience] = ContextVar("patience")


@contextmanager
def waited_for(patience: Patience) -> Iterator[None]:
    """What is read and written inside ends when the patience does."""
    token = _patience.set(patience)
    try:
        yield
    finally:
        _patience.reset(token)


class Barred(httpcore.ConnectError):
    """A host has no address that may be called; `address` is one of those it has."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


class Backend(httpcore.NetworkBackend):
    """Connections to hosts at public and allowed addresses, of a `stand_in` to loopback too; to a
    `trusted` host (a proxy) wherever it is."""

    def __init__(self, *, stand_in: bool, trusted: bool) -> None:
        self._plain = httpcore.SyncBackend()
        self._stand_in = stand_in
        self._trusted = trusted

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *args: Any, **options: Any
    ) -> httpcore.NetworkStream:
        """A connection to the first address that takes one; Barred if none may be called."""
        addresses = [host] if self._trusted else self._addresses(host, port)
        *others, last = addresses
        for address in others:
            try:
                return _Stream(self._plain.connect_tcp(address, port, timeout, *args, **options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return _Stream(self._plain.connect_tcp(last, port, timeout, *args, **options))

    def _addresses(self, host: str, port: int) -> list[str]:
        """Where the host's name leads to, as far as it may be called."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        known = list(dict.fromkeys(str(where[0]) for *_, where in found))
        taken = [address for address in known if self._may_be_called(address)]
        if not taken:
            raise Barred(known[0])
        return taken

    def _may_be_called(self, text: str) -> bool:
        address = ipaddress.ip_address(text)
        return may_be_called(address) or (self._stand_in and address.is_loopback)


class _Stream(httpcore.NetworkStream):
    """A connection that is looked at often enough to notice that nobody waits any longer for its
    answer, or that it only drips: a time-out between two bytes would never come."""

    def __init__(self, plain: httpcore.NetworkStream) -> None:
        self._plain = plain

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        quiet = time.monotonic() + (DEFAULT_TIMEOUT if timeout is None else timeout)
        while True:
            left = min(quiet - time.monotonic(), _patience.get().left())
            if left <= 0:
                raise httpcore.ReadTimeout
            try:
                return self._plain.read(max_bytes, min(left, LOOK_EVERY))
            except httpcore.ReadTimeout:
                continue

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for at in range(0, len(buffer), _WRITTEN_AT_ONCE):
            if _patience.get().left() <= 0:
                raise httpcore.WriteTimeout
            self._plain.write(buffer[at : at + _WRITTEN_AT_ONCE], timeout)

    def close(self) -> None:
        self._plain.close()

    def start_tls(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        return _Stream(self._plain.start_tls(*args, **options))

    def get_extra_info(self, info: str) -> Any:
        return self._plain.get_extra_info(info)
