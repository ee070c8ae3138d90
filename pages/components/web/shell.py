"""What the server sends for the address of a page, before Streamlit draws anything in it."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from streamlit import file_util

from pages.components.specs import NAME, SPECS

SCRIPT: Final = Path(__file__).with_name("shell.js").read_text(encoding="utf-8")
_INLINE: Final = re.compile(r"<script(?: type=module)?>(.*?)</script>", re.DOTALL)
_HEADERS: Final = {"Cache-Control": "no-cache"}


def routes() -> list[BaseRoute]:
    """Return the routes of all pages, below the server's base path."""
    first, *others = (spec.name for spec in SPECS)
    base = base_path()
    return [
        Route(f"{base}/", _page),
        Route(f"{base}/{first}", _to_first),
        *(Route(f"{base}/{name}", _page) for name in others),
    ]


def base_path() -> str:
    """Return what stands before the path of every page: "", or "/" and more."""
    below = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"/{below}" if below else ""


@cache
def document() -> str:
    """Return Streamlit's page with our script before all of its own."""
    index = Path(file_util.get_static_dir()) / "index.html"
    page = index.read_text(encoding="utf-8")
    page = page.replace("<head>", f"<head><script type=module>{SCRIPT}</script>", 1)
    return page.replace("<title>Streamlit<", f"<title>{NAME}<")


def hashes() -> list[str]:
    """Return the scripts that stand in the page itself, as a content policy names them."""
    digests = (sha256(script.encode()).digest() for script in _INLINE.findall(document()))
    return [f"'sha256-{b64encode(digest).decode()}'" for digest in digests]


async def _to_first(request: Request) -> Response:
    """Lead to the first page, which has no path of its own."""
    return RedirectResponse(f"./?{request.url.query}")


async def _page(_: Request) -> Response:
    return HTMLResponse(document(), headers=_HEADERS)
