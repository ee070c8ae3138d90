"""What machines ask: whether the process answers, whether the desk can be worked with, and its
figures, for who has the token."""

from __future__ import annotations

import hmac
import os
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from pages.components import worker
from pages.components.web.shell import base_path
from sync import health
from sync.database import sqlite3
from sync.store import Desk, data_folder

TOKEN: Final = "SYNC_METRICS_TOKEN"  # noqa: S105 - the variable's name
_FRESH: Final = {"Cache-Control": "no-store"}
_TYPE: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def routes() -> list[BaseRoute]:
    """Return the routes, below the server's base path."""
    base = base_path()
    return [
        Route(f"{base}/healthz", _alive),
        Route(f"{base}/readyz", _ready),
        Route(f"{base}/metrics", _metrics),
    ]


async def _alive(_: Request) -> Response:
    return PlainTextResponse("ok", headers=_FRESH)


def _ready(_: Request) -> Response:
    """Not async: it reads files, in a thread of the server's pool."""
    found = health.readiness(data_folder(), starting=worker.starting())
    told = {"ready": found.ready, "checks": dict(found.checks)}
    return JSONResponse(told, 200 if found.ready else 503, headers=_FRESH)


def _metrics(request: Request) -> Response:
    token = os.environ.get(TOKEN, "").strip()
    if not token:
        return PlainTextResponse("Not Found", 404)
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return PlainTextResponse("Unauthorized", 401, {"WWW-Authenticate": "Bearer"})
    try:
        figures = health.metrics(Desk(data_folder()))
    except (sqlite3.Error, OSError):
        return PlainTextResponse("The desk cannot be opened; ask /readyz.", 503, _FRESH)
    return Response(figures, media_type=_TYPE, headers=_FRESH)
