"""The answer for the merchant, to be copied into a ticket."""

from __future__ import annotations

from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components import context, format
from pages.components.texts import NAMES, lang, t
from sync import answers, explain
from sync.store import StoreRow
from sync.texts import LANGUAGES

_LANGUAGE: Final = "lookup:answer:lang"


def offer(place: DeltaGenerator, store: StoreRow, story: explain.Story) -> None:
    """Draw the button; the text is made once somebody opens it, in the merchant's language."""
    if story.id is None:
        return
    opened = place.popover(
        t("lookup.copy"),
        icon=":material/content_copy:",
        key=f"lookup:answer:{story.entity}:{story.id}",
        on_change="rerun",
    )
    if not opened.open:
        return
    with opened:
        chosen = st.segmented_control(
            t("lookup.copy_lang"),
            list(LANGUAGES),
            default=lang(),
            format_func=lambda name: NAMES[name],
            key=_LANGUAGE,
            required=True,
        )
        told = answers.merchant_answer(
            context.desk(), store, story.entity, story.id, str(chosen), format.day
        )
        st.code(told.text, language=None, wrap_lines=True, width=520)
