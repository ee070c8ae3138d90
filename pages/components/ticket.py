"""A text for the merchant, to be copied into a ticket."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components import asked
from pages.components.texts import NAMES, lang, t
from sync.texts import LANGUAGES


def offer(place: DeltaGenerator, key: str, told: Callable[[str], str]) -> None:
    """Draw the button; the text is `told` once somebody opens it, in the merchant's language."""
    opened = place.popover(
        t("lookup.copy"), icon=":material/content_copy:", key=key, on_change="rerun"
    )
    if opened.open:
        with opened:
            written(key, told)


def written(key: str, told: Callable[[str], str]) -> None:
    """The choice of the language, and the text in it."""
    chosen = st.segmented_control(
        t("lookup.copy_lang"),
        list(LANGUAGES),
        default=lang(),
        format_func=lambda name: NAMES[name],
        key=f"{key}:lang",
        required=True,
        on_change=asked.settle,
    )
    st.code(told(str(chosen)), language=None, wrap_lines=True, width=520)
