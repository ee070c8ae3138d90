"""The Lightspeed eCom stand-in: the reading half of the REST API, as strict as what is known of it.

Every path is `/{language}/{resource}.json`. It only reads: another method is answered with 405.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sync.sandbox import faults, oddities
from sync.sandbox.calls import logged
from sync.sandbox.faults import lightspeed_error
from sync.sandbox.lightspeed.drift import Overtaking
from sync.sandbox.lightspeed.gate import Gate
from sync.sandbox.lightspeed.query import Refused
from sync.sandbox.lightspeed.reader import Reader, encoded
from sync.sandbox.lightspeed.resources import PARTS, RESOURCES
from sync.sandbox.lightspeed.shop import Shop, shop_of
from sync.sandbox.lightspeed.singles import SINGLES
from sync.sandbox.lightspeed.switchboard import Switches, switches
from sync.sandbox.state import State
from sync.sandbox.windows import InState, Limits, Windows
from sync.sandbox.world import Cluster

_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
_PATH: Final = re.compile(r"/([^/]+)/(.+)\.json")
_MISSING: Final = "Not found."


def lightspeed_app(
    state: State,
    *,
    now: Callable[[], float] = time.time,
    windows: Limits | None = Limits(),  # noqa: B008
    cluster: Cluster | None = None,
) -> Starlette:
    """The server of the shop in `state`. `now` gives unix seconds. `windows` None enforces nothing
    and sends no rate headers. `cluster` is where this server stands (None: where the shop is)."""
    book = None if windows is None else Windows(windows, now=now, counters=InState(state))

    def closed() -> bool:
        return cluster is not None and cluster != state.fact("cluster")

    return Starlette(
        routes=[Route("/{path:path}", _Server(state, now).answer, methods=_METHODS)],
        middleware=[
            Middleware(logged, state, side="lightspeed", now=now),
            Middleware(Gate, state, book, now, closed),
            Middleware(faults.apply, state, side="lightspeed", now=now),
            Middleware(oddities.apply, state),
        ],
    )


def wrong_cluster_app(state: State, *, now: Callable[[], float] = time.time) -> Starlette:
    """The server of the cluster that does not hold the shop: it denies even the right key."""
    other: Cluster = "us1" if state.fact("cluster") == "eu1" else "eu1"
    return lightspeed_app(state, now=now, cluster=other)


@dataclass(frozen=True)
class _Target:
    """What a path means: the area of a key that opens it ("" for all), and its answer."""

    area: str
    answer: Callable[[Reader], bytes]


class _Server:
    def __init__(self, state: State, now: Callable[[], float]) -> None:
        self._state = state
        self._now = now
        self._overtaking = Overtaking()

    async def answer(self, request: Request) -> Response:
        chosen = switches(self._state)
        if chosen.delay:
            await asyncio.sleep(chosen.delay)
        if chosen.overtaken:
            await self._overtaking.hold(request)
        try:
            body = self._answered(request, chosen)
        except Refused as refused:
            error = lightspeed_error(request.scope, refused.code, refused.message)
            return Response(encoded(error), refused.code, media_type="application/json")
        if chosen.overtaken:
            self._overtaking.answered(request)
        return Response(body, media_type="application/json")

    def _answered(self, request: Request, chosen: Switches) -> bytes:
        match = _PATH.fullmatch(request.scope["path"])
        if match is None:
            raise Refused(404, _MISSING)
        shop = self._shop(match[1])
        target = _target(match[2])
        if request.method != "GET":
            raise Refused(405, "Method not allowed.")
        if target.area and target.area not in request.scope["sandbox.api_key"].permissions:
            raise Refused(403, "Forbidden.")
        return target.answer(Reader(self._state, shop, request, chosen, self._now))

    def _shop(self, language: str) -> Shop:
        shop = shop_of(self._state, language)
        if not any(row["code"] == language and row["isActive"] for row in shop.languages):
            raise Refused(404, "Unknown or inactive language.")
        return shop


def _target(path: str) -> _Target:
    if path in SINGLES:
        area, make = SINGLES[path]
        return _Target(area, lambda reader: encoded(make(reader)))
    name, last = _split(path)
    if path == "catalog":
        return _Target("products", Reader.catalog)
    if path == "languages":
        return _Target("settings", lambda reader: reader.languages(None))
    if path in RESOURCES:
        return _Target(RESOURCES[path].area, lambda reader: reader.list(RESOURCES[path]))
    if last == "count" and (target := _count(name)):
        return target
    if last.isdecimal() and (target := _one(name, int(last))):
        return target
    return _part(path)


def _split(path: str) -> tuple[str, str]:
    name, _, last = path.rpartition("/")
    return name, last


def _count(name: str) -> _Target | None:
    if name == "catalog":
        return _Target("products", Reader.catalog_count)
    if name == "languages":
        return _Target("settings", Reader.languages_count)
    if name in RESOURCES:
        return _Target(RESOURCES[name].area, lambda reader: reader.count(RESOURCES[name]))
    return None


def _one(name: str, id: int) -> _Target | None:
    if name == "catalog":
        return _Target("products", lambda reader: reader.catalog_one(id))
    if name == "languages":
        return _Target("settings", lambda reader: reader.languages(id))
    if name in RESOURCES:
        return _Target(RESOURCES[name].area, lambda reader: reader.one(RESOURCES[name], id))
    return None


def _part(path: str) -> _Target:
    parent, id, name, *rest = (*path.split("/"), "", "")[: max(3, path.count("/") + 1)]
    part = PARTS.get((parent, name))
    if part is None or not id.isdecimal() or len(rest) > 1:
        raise Refused(404, _MISSING)
    asked = rest[0] if rest else ""
    if asked and asked != "count" and not asked.isdecimal():
        raise Refused(404, _MISSING)
    return _Target(
        RESOURCES[parent].area, lambda reader: reader.part(part, RESOURCES[parent], int(id), asked)
    )
