"""The shop's public side: product pages by their addresses, and the files that pictures come from.

What a language's addresses look like is the switch `storefront`; every answer sets a cookie, and
every request is logged as a call of side `storefront`, with its cookies and keys as its query.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sync.sandbox.lightspeed.shop import Shop, shop_of
from sync.sandbox.lightspeed.switchboard import switches
from sync.sandbox.state import State

_FILE: Final = re.compile(r"/shops/\d+/files/(\d+)/(?:(\d+)x(\d+)x\d/)?[^/]+")
_TELLING: Final = ("cookie", "authorization", "referer")


def is_public(path: str) -> bool:
    """Whether an address is the storefront's, not the API's."""
    return path.endswith(".html") or _FILE.fullmatch(path) is not None


def storefront_app(state: State, *, now: Callable[[], float] = time.time) -> ASGIApp:
    """The server of product pages and files of the shop in `state`."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        file = _FILE.fullmatch(request.url.path)
        response = _picture(*file.groups()) if file else _page(state, request.url.path)
        response.set_cookie("session", "1")
        telling = {name: request.headers[name] for name in _TELLING if name in request.headers}
        state.add_call(
            "storefront", "", request.method, request.url.path, telling, response.status_code, now()
        )
        await response(scope, receive, send)

    return answer


def _page(state: State, path: str) -> Response:
    form = switches(state).storefront
    spoken = [row["code"] for row in state.fact("languages", []) if row["isActive"]]
    *front, slug = unquote(path).removesuffix(".html").strip("/").split("/")
    language = front[0] if front else shop_of(state, "").default
    if form == "off" or len(front) > 1 or language not in spoken:
        return Response("down" if form == "off" else "no such page", 503 if form == "off" else 404)
    if not _known(state, shop_of(state, language), slug):
        return Response("no such page", 404)
    default = language == shop_of(state, language).default
    if default and bool(front) != (form == "all") and form != "both":
        return RedirectResponse(f"/{slug}.html" if front else f"/{language}/{slug}.html", 301)
    return Response("<!doctype html><title>Product</title>", media_type="text/html")


def _known(state: State, shop: Shop, slug: str) -> bool:
    products = (row for row in state.all("product") if row["isVisible"])
    return any(shop.text(row["url"]) == slug for row in products)


def _picture(file: str, width: str | None, height: str | None) -> Response:
    """A drawing of its own for each file."""
    hue, turn = int(file) * 47 % 360, int(file) * 31 % 90
    parts = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 400"'
        f' width="{width or 300}" height="{height or 400}">',
        f'<rect width="300" height="400" fill="hsl({hue} 30% 90%)"/>',
        f'<g transform="rotate({turn} 150 200)" fill="hsl({hue} 45% 55%)">',
        '<rect x="75" y="125" width="150" height="150" rx="24"/><circle cx="150" cy="110" r="34"/>',
        "</g></svg>",
    )
    return Response("".join(parts), media_type="image/svg+xml")
