"""Colours of days and lines, and how high their charts are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

HEIGHT: Final = 132  # of each chart, in pixels
COLORS: Final[Mapping[str, tuple[str, str]]] = {  # in the light theme, in the dark one
    "ok": ("#3b8f4f", "#3f9457"),
    "partial": ("#d9962f", "#d19a3f"),
    "failed": ("#b5483f", "#cf5b52"),
    "held": ("#8e6bb0", "#a383c6"),
    "on": ("#3d7fb8", "#4f93cc"),
    "other": ("#8b9c9c", "#74868a"),
    "missed": ("#4a4f57", "#e4ebeb"),
    "none": ("#e3e9e9", "#263233"),
}


def dark() -> bool:
    """Whether the reader's theme is a dark one."""
    return st.context.theme.type == "dark"
