"""Records as data, for those who read JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from sync.shapes.plain import shortened

_LONGEST: Final = 10_000  # letters of one value: a description may have millions


def show(record: Any, *, expanded: int) -> None:
    """Draw a record, opened down to that level; what no reader reads to its end is cut."""
    st.json(_readable(record), expanded=expanded)


def _readable(value: Any) -> Any:
    if isinstance(value, str):
        return shortened(value, _LONGEST)
    if isinstance(value, Mapping):
        return {name: _readable(each) for name, each in value.items()}
    return [_readable(each) for each in value] if isinstance(value, list) else value
