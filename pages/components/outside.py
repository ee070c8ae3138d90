"""Addresses outside of here that a reader's browser may open or load."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote

_SAFE: Final = re.compile(r"https://|http://127\.0\.0\.1(:\d+)?/")


def safe(url: Any) -> str | None:
    """Return an address of the shop as it may stand in Markdown: over https alone, or of this
    computer's stand-in; None for any other."""
    if not isinstance(url, str) or not _SAFE.match(url):
        return None
    return quote(url, safe=":/?#@!$&*+,;=%~-._")


def link(label: str, url: Any) -> str:
    """Return a link in Markdown, "" where the address is not safe."""
    address = safe(url)
    return f"[{label} ↗]({address})" if address else ""
