"""The server around Streamlit: what it refuses, what all answers say, what machines may ask.
app.py and asgi.py hand it to `st.App`."""

from __future__ import annotations

from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from pages.components.web import failures, life, probes, shell
from pages.components.web.doors import Doors
from pages.components.web.headers import Headers


def parts() -> dict[str, Any]:
    """Return what `st.App` takes beside the script."""
    hosts = [host.strip().lower() for host in st.get_option("server.allowedHosts")]
    # Probes ask by these. A name that was bound anew to this computer is none of them.
    hosts += ["localhost", "127.0.0.1", "[::1]"]
    return {
        "routes": [*probes.routes(), *shell.routes()],
        "middleware": [
            Middleware(Headers),
            Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
            Middleware(Doors),
        ],
        "lifespan": life.lifespan,
        "on_script_error": failures.in_a_page,
        "exception_handlers": {500: failures.in_the_server},
    }
