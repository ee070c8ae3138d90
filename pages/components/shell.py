"""What the server sends for the address of a page, before Streamlit draws anything in it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from streamlit import file_util

from pages.components.specs import NAME, SPECS

_SCRIPT: Final = Path(__file__).with_name("shell.js").read_text(encoding="utf-8")
# A shop's picture is asked for without saying from which page.
_HEADERS: Final = {"Cache-Control": "no-cache", "Referrer-Policy": "same-origin"}


def routes() -> list[BaseRoute]:
    """Return the routes of all pages, below the server's base path."""
    first, *others = (spec.name for spec in SPECS)
    below = str(st.get_option("server.baseUrlPath")).strip("/")
    base = f"/{below}" if below else ""
    return [
        Route(f"{base}/", _page),
        Route(f"{base}/{first}", _to_first),
        *(Route(f"{base}/{name}", _page) for name in others),
    ]


async def _to_first(request: Request) -> Response:
    """Lead to the first page, which has no path of its own."""
    return RedirectResponse(f"./?{request.url.query}")


async def _page(request: Request) -> Response:
    index = Path(file_util.get_static_dir()) / "index.html"
    page = index.read_text(encoding="utf-8")
    page = page.replace("<head>", f"<head><script type=module>{_SCRIPT}</script>", 1)
    return HTMLResponse(page.replace("<title>Streamlit<", f"<title>{NAME}<"), headers=_HEADERS)
