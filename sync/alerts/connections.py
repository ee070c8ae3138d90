"""Connections of the library that sends alerts, each looked at as it is made: it looks names up
itself, and where one leads may have changed since anybody asked."""

from __future__ import annotations

import ipaddress
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from sync.addresses import Ip

Judge = Callable[[Ip], bool]


class Barred(ConnectionRefusedError):
    """An address that may not be called."""


class Watch:
    """What happened to the connections of a thread: whether one was `barred`."""

    def __init__(self, may_be_called: Judge) -> None:
        self.may_be_called = may_be_called
        self.barred = False

    def look(self, address: object) -> None:
        """Barred, unless it is an address that may be called."""
        host = address[0] if isinstance(address, tuple) else ""
        try:
            if self.may_be_called(ipaddress.ip_address(str(host).partition("%")[0])):
                return
        except ValueError:
            pass  # a name, which would be looked up once more, or a socket that is a file
        self.barred = True
        raise Barred


class _Here(threading.local):
    watch: Watch | None = None


_here: Final = _Here()


@contextmanager
def watched(may_be_called: Judge) -> Iterator[Watch]:
    """This thread connects to addresses alone that may be called."""
    _install()
    watch = _here.watch = Watch(may_be_called)
    try:
        yield watch
    finally:
        _here.watch = None


@cache
def _install() -> None:
    """Python tells of each connection before it is made. There is no way to stop listening."""
    sys.addaudithook(_hear)


def _hear(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.connect" and _here.watch is not None:
        _here.watch.look(args[1])
