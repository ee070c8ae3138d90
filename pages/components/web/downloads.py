"""Files that a page hands out go to who is signed in, not to whoever else knows their address."""

from __future__ import annotations

import json
import time
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.server_util import AUTH_COOKIE_NAME, get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value

from pages.components import signin
from pages.components.door import CLOSED
from pages.components.web.shell import base_path
from sync.access.signin import Mode, SignIn

_PICTURES: Final = (".svg", ".png", ".ico")
"""Of ours, also on the page of who is not let in."""


class Downloads:
    """Middleware that asks again who is there before Streamlit gives a file."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        wanted = scope["type"] == "http" and _is_file(scope["path"])
        if wanted and not await run_in_threadpool(let_in, Request(scope)):
            said = PlainTextResponse("Sign in first.", 401, {"Cache-Control": "no-store"})
            await said(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _is_file(path: str) -> bool:
    return path.startswith(f"{base_path()}/media/") and not path.endswith(_PICTURES)


def let_in(request: Request) -> bool:
    """Return whether who asks may have a file; reads desk and grants."""
    now = time.time()
    try:
        config = SignIn.of()
        if config.mode is Mode.NONE:
            return True
        if config.mode is Mode.OIDC:
            there = config.claimed(_claims(request), now)
        else:
            there = config.passed_on(request.headers.getlist, now, now)
        signin.desk_for(there)
    except CLOSED:
        return False
    return True


def _claims(request: Request) -> dict[str, Any]:
    """What the cookie says that Streamlit signed as the person came back from the provider."""

    def signed(name: str) -> bytes | None:
        value = request.cookies.get(name)
        if value is None:
            return None
        return decode_signed_value(get_cookie_secret(), name, value.encode("latin-1", "replace"))

    known = get_cookie_with_chunks(signed, AUTH_COOKIE_NAME)
    claims: dict[str, Any] = json.loads(known) if known else {}
    return claims
