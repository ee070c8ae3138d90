"""The runs that are asked for: their days, the filters, the list."""

from __future__ import annotations

import streamlit as st

from pages.components import context, drawing
from pages.components.runs import days, filters, listing
from pages.components.runs.view import view
from sync.store import StoreRow


@drawing.fragment
def show(store: StoreRow, everywhere: bool, above: int) -> None:
    """Draw what clicks on any of it change; `everywhere` is whether the page above it speaks of all
    stores, `above` are the pixels of the window that are not the list's."""
    shown = view(store)
    if everywhere != (shown.store is None):
        st.rerun()
    above += days.show(shown, days.lately(shown.store))
    wanted = shown.wanted()
    filters.show(shown, context.desk().count_states(wanted))
    listing.show(store, wanted, above)
