"""The call log of both stand-ins, as a layer around their apps."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from sync.sandbox.state import State

_KEY = "sandbox.key"


def name_key(scope: Scope, key: str) -> None:
    """Tell the log whose call this is; it keeps the last four characters."""
    scope[_KEY][:] = [key]


def logged(
    app: ASGIApp,
    state: State,
    *,
    side: Literal["lightspeed", "clerk"],
    now: Callable[[], float] = time.time,
) -> ASGIApp:
    """`app` with every call in the state's log once it is over; status 0 for an answer that the
    client did not get whole."""

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        at, status, whole = now(), 0, False
        key = scope[_KEY] = [""]

        async def watch(message: Message) -> None:
            nonlocal status, whole
            if message["type"] == "http.response.start":
                status = message["status"]
            whole = message["type"] == "http.response.body" and not message.get("more_body")
            if whole:
                log()
            await send(message)

        def log() -> None:
            query = dict(parse_qsl(scope["query_string"].decode("latin-1"), True))
            shown = status if whole else 0
            state.add_call(side, key[0], scope["method"], scope["path"], query, shown, at)

        try:
            await app(scope, receive, watch)
        finally:
            if not whole:
                log()

    return watched
