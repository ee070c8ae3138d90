"""The libraries that speak HTTP, quick to import and silent: whoever needs them takes them here."""

from __future__ import annotations

import logging
import sys
from typing import Final

import httpcore

# Where httpx cannot import its own command line, which takes longer than all the rest of it, it
# does without.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
import httpx  # noqa: E402

__all__ = ["httpcore", "httpx"]

# httpx and httpcore write whole URLs, and so keys, into their own logs. A filter outlives what
# logging.config.dictConfig, which uvicorn calls, does to levels and `disabled`.
_CHATTERERS: Final = (
    "httpx",
    "httpcore",
    *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
)
for _name in _CHATTERERS:
    _foreign = logging.getLogger(_name)
    _foreign.addHandler(logging.NullHandler())
    _foreign.setLevel(logging.CRITICAL + 1)
    _foreign.propagate = False
    _foreign.disabled = True
    _foreign.addFilter(lambda _record: False)
