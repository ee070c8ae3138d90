"""The server around Streamlit: what it refuses, what all answers say, what machines may ask.
app.py and asgi.py hand it to `st.App`."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from streamlit import config

from pages.components.web import failures, incoming, life, outgoing, probes, shell
from pages.components.web.doors import Doors
from pages.components.web.downloads import Downloads
from pages.components.web.headers import Headers

_HERE: Final = ("localhost", "127.0.0.1", "[::1]")


def parts() -> dict[str, Any]:
    """Return what `st.App` takes beside the script."""
    outgoing.keep()
    incoming.hear()
    # Probes ask by this computer's names. One that was bound anew to its address is none of them.
    hosts = [*_HERE, *(host.strip().lower() for host in st.get_option("server.allowedHosts"))]
    config.set_option("server.allowedHosts", hosts)  # by which Streamlit lets websockets in
    return {
        "routes": [*probes.routes(), *shell.routes()],
        "middleware": [
            Middleware(Headers),
            Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
            Middleware(Doors),
            Middleware(Downloads),
        ],
        "lifespan": life.lifespan,
        "on_script_error": failures.in_a_page,
        "exception_handlers": {500: failures.in_the_server},
    }
