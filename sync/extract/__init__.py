"""Lightspeed into the mirror, page by page, at the lowest price."""

from sync.extract.lines import fetch_lines
from sync.extract.reading import Reading, Steps
from sync.extract.refresh import PHASES, refresh, unchanged_calls

__all__ = ["PHASES", "Reading", "Steps", "fetch_lines", "refresh", "unchanged_calls"]
