"""Which dialog of the Shops page is open: it stays open while its form is drawn anew."""

from __future__ import annotations

from typing import Final

import streamlit as st

_OPEN: Final = "shops:dialog"
Opened = tuple[int, str, int]


def open_(shop_id: int, name: str, number: int = 0) -> None:
    """Open a dialog of a shop at the next run, about its key or store of that number (a
    callback)."""
    st.session_state[_OPEN] = (shop_id, name, number)


def close() -> None:
    """Open none any more (a callback)."""
    st.session_state.pop(_OPEN, None)


def opened() -> Opened | None:
    """Return the shop's id, the dialog's name and what it is about; None if none is open."""
    found: Opened | None = st.session_state.get(_OPEN)
    return found
