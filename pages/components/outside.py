"""Addresses outside of here that a reader's browser may open or load."""

from __future__ import annotations

from typing import Any

from sync.addresses import for_a_browser


def link(label: str, url: Any) -> str:
    """Return a link in Markdown, "" where the address is not safe."""
    address = for_a_browser(url)
    return f"[{label} ↗]({address})" if address else ""
