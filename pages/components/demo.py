"""Making the demo shop from a page, for who has no shop to connect yet."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components import context, flash
from pages.components.acts import telling
from pages.components.texts import t
from sync import demo


def button(**look: Any) -> None:
    """Draw the button that makes the demo shop; how far that is stands under it. The page is then
    drawn anew, with the shop chosen and its first read queued."""
    if st.button(t("demo.make"), icon=":material/toys:", key="demo:make", **look):
        with telling():
            _make()
        st.rerun()


def _make() -> None:
    desk = context.desk()
    bar = st.progress(0.0, text=t("demo.making"))

    def drawn(done: float) -> None:
        bar.progress(done, text=t("demo.making"))

    queued = demo.make(desk, context.who(), on_progress=drawn)
    context.open_store_later(desk.store_by_id(queued.store_id).slug)
    flash.tell("done", t("demo.made"), run=queued.id)
