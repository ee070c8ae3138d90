"""Errors that nobody foresaw: the log has them whole, the browser a number to find them by."""

from __future__ import annotations

import logging
import secrets

import streamlit as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from pages.components.texts import t
from pages.components.web import headers

logger = logging.getLogger("sync.web")


def in_a_page(error: Exception) -> bool:
    """Say in the page that something failed, and under which number; Streamlit's own box stays
    away."""
    st.error(t("frame.unforeseen", number=_noted(error)), icon=":material/error:")
    return True


async def in_the_server(request: Request, error: Exception) -> Response:
    """The same, where no page is drawn. It is called outside of all middleware."""
    said = f"Internal error {_noted(error)}"
    return PlainTextResponse(said, 500, headers.of_answer(request.scope))


def _noted(error: Exception) -> str:
    number = secrets.token_hex(4)
    logger.error("error %s, as the reader was told", number, exc_info=error)
    return number
