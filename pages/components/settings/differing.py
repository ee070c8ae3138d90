"""Two states of the settings beside each other."""

from __future__ import annotations

import streamlit as st

from pages.components import settings_words as words
from pages.components.texts import plain
from sync.settings import Settings, differences


def difference_list(old: Settings, new: Settings) -> None:
    """A line for each setting that differs: label, old and new value."""
    lines = [
        f"- **{plain(words.label(key))}**: {plain(words.difference(key, *both))}"
        for key, both in differences(old, new).items()
    ]
    if lines:
        st.markdown("\n".join(lines))
