"""What is refused before anything looks at it: websockets that another page opens, addresses that
are too long, answers to anything but reading, and those of Streamlit's own addresses that nobody
here needs."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pages.components.web.shell import base_path

LONGEST: Final = 8192
"""Bytes of path and query together; the code of a sign-in takes up to half of it."""
_READING: Final = ("GET", "HEAD", "OPTIONS")
_CLOSED: Final = (
    "_stcore/metrics",  # sizes of the sessions
    "_stcore/agent",  # the pages as JSON, for programs
    "_stcore/upload_file",  # no page takes a file
    "_stcore/script-health-check",  # runs a page
    "component",  # components of the old kind
)


class Doors:
    """Middleware that answers such a request itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        look = _LOOKS.get(scope["type"])
        status = look(scope) if look else 0
        if status:
            said = PlainTextResponse(_SAID[status], status, {"Cache-Control": "no-store"})
            await said(scope, receive, send)
        else:
            await self._app(scope, receive, send)


_SAID: Final = {
    403: "Opened by another page than this server's own.",
    404: "Not Found",
    405: "Method Not Allowed",
    414: "The address is too long.",
}


def _of_http(scope: Scope) -> int:
    """Return the status to refuse with; 0 for what may pass."""
    if scope["method"] not in _READING:
        return 405
    if len(scope["path"].encode()) + len(scope["query_string"]) > LONGEST:
        return 414
    path = scope["path"].removeprefix(base_path()).strip("/")
    closed = any(path == name or path.startswith(f"{name}/") for name in _CLOSED)
    return 404 if closed else 0


def _of_websocket(scope: Scope) -> int:
    """A browser always says which page opens a websocket. Streamlit would also let in those of any
    port of this computer, and ask a server on the internet for its own address."""
    head = Headers(scope=scope)
    origin, host = head.get("origin"), head.get("host", "")
    return 0 if origin in (None, f"http://{host}", f"https://{host}") else 403


_LOOKS: Final = {"http": _of_http, "websocket": _of_websocket}
