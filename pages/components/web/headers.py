"""What every answer says to the browser about what it may do with it."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers as Received
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.components.web import shell
from sync.addresses import is_loopback

# Streamlit draws with inline styles; components of ours are modules that it loads from blobs.
_POLICY: Final = {
    "default-src": "'self'",
    "script-src": f"'self' blob: {' '.join(shell.hashes())}",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' https: data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "frame-src": "'none'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
_NOT_USED: Final = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # A shop's picture is asked for without saying from which page.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in _NOT_USED),
}
_A_YEAR: Final = "max-age=31536000"


class Headers:
    """Middleware that adds the headers; over https also HSTS, and `Secure` to every cookie."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and add to the answer's head."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        added = of_answer(scope)

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(added)
                if scope["scheme"] == "https":
                    message["headers"] = [_secured(*each) for each in message["headers"]]
            await send(message)

        await self._app(scope, receive, headed)


def of_answer(scope: Scope) -> dict[str, str]:
    """Return the headers of every answer to that request."""
    policy = content_policy(Received(scope=scope).get("host", ""))
    transport = {"Strict-Transport-Security": _A_YEAR} if scope["scheme"] == "https" else {}
    return {"Content-Security-Policy": policy, **_ALWAYS, **transport}


def content_policy(host: str) -> str:
    """Return the Content-Security-Policy for a page that is called by that host. On this computer
    the demo's stand-ins show pictures over http."""
    policy = dict(_POLICY)
    if is_loopback(host.rpartition(":")[0] or host):
        policy["img-src"] += " http://127.0.0.1:*"
    return "; ".join(f"{name} {sources}" for name, sources in policy.items())


def _secured(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """Streamlit cannot know that a proxy speaks https for it."""
    if name.lower() == b"set-cookie" and b"; secure" not in value.lower():
        value += b"; Secure"
    return name, value
