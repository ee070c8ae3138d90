"""For how long something is muted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from pages.components.texts import t

HOUR: Final = 3_600.0
_CHOICES: Final = {"1": 1.0, "8": 8.0, "24": 24.0, "168": 168.0}  # hours


def choose(key: str, chosen: Callable[[float], None]) -> None:
    """Draw a button for each time; `chosen` is a callback that gets the hours."""
    for code, hours in _CHOICES.items():
        st.button(t(f"alerts.for.{code}"), key=f"{key}:{code}", on_click=chosen, args=(hours,))
