"""What every call passes first: the key, and its rate windows, whose headers every answer has."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from email.utils import formatdate
from secrets import compare_digest

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.sandbox.calls import name_key
from sync.sandbox.faults import lightspeed_error
from sync.sandbox.lightspeed.switchboard import switches
from sync.sandbox.state import ApiKey, State
from sync.sandbox.windows import Verdict, Windows


class Gate:
    """`app` behind Basic authentication and rate windows (None: no windows, no headers). A closed
    gate lets no key in, as the cluster does that does not hold the shop."""

    def __init__(
        self,
        app: ASGIApp,
        state: State,
        windows: Windows | None,
        now: Callable[[], float],
        closed: Callable[[], bool],
    ) -> None:
        self._app = app
        self._state = state
        self._windows = windows
        self._now = now
        self._closed = closed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, refuse, or hand on with the key's areas in the scope."""
        key = None if self._closed() else self._key(scope)
        if key is None:
            verdict = self._windows.fresh() if self._windows else None
            await refuse(scope, _headed(scope, send, verdict), 401, "Access denied.")
            return
        name_key(scope, key.key)
        verdict = self._windows.take(key.key) if self._windows else None
        sent = _headed(scope, send, verdict)
        if verdict is not None and verdict.exceeded is not None:
            await refuse(scope, sent, 429, headers=self._retry_after(verdict))
            return
        scope["sandbox.api_key"], scope["sandbox.verdict"] = key, verdict
        await self._app(scope, receive, sent)

    def _key(self, scope: Scope) -> ApiKey | None:
        name, secret = _credentials(dict(scope["headers"]).get(b"authorization", b""))
        for key in self._state.api_keys():
            if compare_digest(key.key.encode(), name) and compare_digest(
                key.secret.encode(), secret
            ):
                return key
        return None

    def _retry_after(self, verdict: Verdict) -> dict[str, str]:
        wait = max(1, verdict.wait)
        form = switches(self._state).retry_after
        if form == "none":
            return {}
        date = formatdate(int(self._now()) + wait, usegmt=True)
        return {"Retry-After": str(wait) if form == "seconds" else date}


async def refuse(
    scope: Scope,
    send: Send,
    code: int,
    message: str = "",
    headers: Mapping[str, str] | None = None,
) -> None:
    """Send Lightspeed's error body."""
    body = orjson.dumps(lightspeed_error(scope, code, message))
    lines = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **(headers or {}),
    }
    await send({"type": "http.response.start", "status": code, "headers": _encoded(lines)})
    await send({"type": "http.response.body", "body": body})


def _headed(scope: Scope, send: Send, verdict: Verdict | None) -> Send:
    async def headed(message: Message) -> None:
        if (
            verdict is not None
            and message["type"] == "http.response.start"
            and not scope.get("sandbox.bare", False)
        ):
            headers = [*message["headers"], *_encoded(verdict.headers)]
            message = {**message, "headers": headers}
        await send(message)

    return headed


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def _credentials(header: bytes) -> tuple[bytes, bytes]:
    scheme, _, text = header.partition(b" ")
    if scheme.lower() != b"basic":
        return b"", b""
    try:
        name, _, secret = base64.b64decode(text, validate=True).partition(b":")
    except binascii.Error:
        return b"", b""
    return name, secret
