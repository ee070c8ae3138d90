"""What the server does as it starts: it opens the desk, which brings it to this version's schema,
and starts the worker, so that a computer that was started anew needs no visitor."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from starlette.concurrency import run_in_threadpool

from pages.components import worker
from pages.components.acts import KNOWN
from sync.database import message_of
from sync.store import Desk, data_folder
from sync.vault import RedactingFilter, redact

logger = logging.getLogger("sync.web")


class Loose(Exception):
    """The server was started without the settings that close it."""


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Start, serve. Raises Loose without `.streamlit/config.toml`."""
    if (
        not st.get_option("server.allowedHosts")
        or st.get_option("client.showErrorDetails") != "none"
    ):
        raise Loose("start it in Sync Desk's own folder: .streamlit/config.toml was not found")
    redact_logs()
    await run_in_threadpool(_open)
    yield


def _open() -> None:
    """A desk that cannot be opened is told of on every page, and by /readyz."""
    try:
        Desk(data_folder())
    except KNOWN as error:
        logger.error("the desk cannot be opened: %s", redact(message_of(error).text()))
        return
    worker.ensure()


def redact_logs() -> None:
    """No secret and no address of a person reaches the server's log. Streamlit gives each of its
    loggers a handler of its own, some late; all of them get their records from here."""
    made, clean = logging.getLogRecordFactory(), RedactingFilter()

    def redacted(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = made(*args, **kwargs)
        clean.filter(record)
        return record

    logging.setLogRecordFactory(redacted)
