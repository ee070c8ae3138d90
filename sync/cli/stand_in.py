"""The demo's stand-ins for Lightspeed and Clerk.io: served by whoever works on the demo shop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final
from urllib.parse import urlsplit

from sync.demo import PortTaken, state_file
from sync.http import Http, HttpError, NetworkError
from sync.store import Desk, ShopRow

ENLARGED: Final = 10
SECONDS_BETWEEN_LOOKS: Final = 2.0
_LOOPBACK_SECONDS: Final = 5.0
logger = logging.getLogger("sync.cli")
Look = Callable[[str], bool]


@contextmanager
def serving(desk: Desk, shop: ShopRow) -> Iterator[None]:
    """While this lasts the shop's stand-ins answer, if it is a demo shop; PortTaken if another
    program holds their port."""
    with ExitStack() as stack:
        if shop.demo:
            _serve(desk, shop, stack)
        yield


@contextmanager
def keep_serving(desk: Desk) -> Iterator[None]:
    """While this lasts the stand-ins of every demo shop answer: also of one that is made later,
    or whose stand-ins were served by a command that has ended."""
    over = threading.Event()

    def watch(look: Look) -> None:
        with ExitStack() as stack:
            while not over.wait(SECONDS_BETWEEN_LOOKS):
                _serve_all(desk, stack, look)

    with ExitStack() as stack:
        look = _looking(stack)
        _serve_all(desk, stack, look)
        watcher = threading.Thread(target=watch, args=(look,), name="stand-ins")
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()


def answers(url: str) -> bool:
    """Whether the stand-ins answer at that URL; PortTaken if something else does."""
    with ExitStack() as stack:
        return _looking(stack)(url)


def _looking(stack: ExitStack) -> Look:
    """`answers` with one client for each URL, however often it is looked at."""
    known: dict[str, Http] = {}

    def look(url: str) -> bool:
        if url not in known:
            known[url] = stack.enter_context(Http(url, timeout=_LOOPBACK_SECONDS, stand_in=True))
        try:
            healthy = known[url].send("GET", "/_sandbox/health").status == 200
        except NetworkError:
            return False
        if not healthy:
            raise PortTaken("refusal.port_taken", url=url)
        return True

    return look


def _serve_all(desk: Desk, stack: ExitStack, look: Look) -> None:
    for shop in desk.shops():
        try:
            if shop.demo:
                _serve(desk, shop, stack, look)
        except (OSError, HttpError) as error:  # real shops go on without the demo
            logger.error("the stand-ins of shop %s are not served: %s", shop.slug, error)


def _serve(desk: Desk, shop: ShopRow, stack: ExitStack, look: Look = answers) -> None:
    url = shop.api_url or ""
    if look(url):
        return
    from sync.sandbox.serve import Sandbox
    from sync.sandbox.state import State
    from sync.sandbox.windows import Limits

    port = urlsplit(url).port or 0
    try:
        sandbox = Sandbox(State(state_file(desk)), port=port, windows=Limits().scaled(ENLARGED))
    except OSError:
        if not look(url):  # else another process was quicker
            raise
    else:
        stack.enter_context(sandbox)
