"""Lightspeed into the mirror, page by page, at the lowest price."""

from sync.extract.counted_ahead import unlisted_orders
from sync.extract.lines import fetch_lines
from sync.extract.metafields import fetch_missing
from sync.extract.phases import PHASES, refresh
from sync.extract.reading import Reading, Steps
from sync.extract.reads import Read, expected

__all__ = [
    "PHASES",
    "Read",
    "Reading",
    "Steps",
    "expected",
    "fetch_lines",
    "fetch_missing",
    "refresh",
    "unlisted_orders",
]
