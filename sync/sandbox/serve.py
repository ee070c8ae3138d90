"""Both stand-ins in one server on loopback."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sync.sandbox.clerk import clerk_app
from sync.sandbox.lightspeed import lightspeed_app
from sync.sandbox.lightspeed.storefront import is_public, storefront_app
from sync.sandbox.state import State
from sync.sandbox.windows import Limits
from sync.sandbox.world import Cluster

_HOST: Final = "127.0.0.1"


def sandbox_app(
    state: State,
    *,
    now: Callable[[], float] = time.time,
    windows: Limits | None = Limits(),  # noqa: B008
    cluster: Cluster | None = None,
) -> ASGIApp:
    """`/v2/…` of Clerk.io, `/{language}/….json` of Lightspeed, the shop's storefront and files, and
    `/_sandbox/health`."""
    clerk = clerk_app(state, now=now)
    lightspeed = lightspeed_app(state, now=now, windows=windows, cluster=cluster)
    public = storefront_app(state, now=now)

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        # What no ASGI message can say: faults that lie below HTTP write to the connection itself.
        scope["sandbox.wire"] = getattr(getattr(send, "__self__", None), "transport", None)
        if path == "/_sandbox/health":
            await PlainTextResponse("ok")(scope, receive, send)
        elif is_public(path):
            await public(scope, receive, send)
        else:
            await (clerk if path.startswith("/v2/") else lightspeed)(scope, receive, send)

    return either


class _Server(uvicorn.Server):
    """Ends as soon as it is told; uvicorn's looks every tenth of a second, and then rests another
    one."""

    _loop: asyncio.AbstractEventLoop | None = None

    def end(self) -> None:
        """Stop serving, from any thread."""
        self.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._told.set)

    async def main_loop(self) -> None:
        self._told, self._loop = asyncio.Event(), asyncio.get_running_loop()
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), 0.1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        state, patience = self.server_state, self.config.timeout_graceful_shutdown or 0
        for connection in list(state.connections):
            connection.shutdown()
        for _ in range(patience * 100):
            if not state.connections and not state.tasks:
                break
            await asyncio.sleep(0.01)
        for task in state.tasks:
            task.cancel()


class Sandbox:
    """Serves the state on 127.0.0.1 in a thread of its own, from `with` to its end.

    `port` 0 takes a free one; each answer takes `delay` seconds more. Raises OSError if the port is
    taken.
    """

    def __init__(
        self,
        state: State,
        *,
        port: int = 0,
        now: Callable[[], float] = time.time,
        windows: Limits | None = Limits(),  # noqa: B008
        cluster: Cluster | None = None,
        delay: float = 0.0,
    ) -> None:
        self.state = state
        self._listener = _listener(port)
        self.port: int = self._listener.getsockname()[1]
        app = sandbox_app(state, now=now, windows=windows, cluster=cluster)
        config = uvicorn.Config(
            _delayed(app, delay) if delay else app,
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}, name="sandbox"
        )

    @property
    def url(self) -> str:
        """Scheme, host and port; the clients add `/{language}` or `/v2`."""
        return f"http://{_HOST}:{self.port}"

    def start(self) -> None:
        """Serve until `stop`; calls made from now on are answered."""
        self._thread.start()

    def stop(self) -> None:
        """End at once but for answers under way, which get a second."""
        self._server.end()
        if self._thread.is_alive():
            self._thread.join()
        self._listener.close()
        self.state.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _delayed(app: ASGIApp, seconds: float) -> ASGIApp:
    async def later(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(seconds)
        await app(scope, receive, send)

    return later


def _listener(port: int) -> socket.socket:
    # With the protocol named asyncio switches Nagle's delay off: 40 ms less a request.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_HOST, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener
