"""Making the demo shop from a page, for who has no shop to connect yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.components import context, flash, rights
from pages.components.acts import telling
from pages.components.texts import t
from sync import demo


def button(made: Callable[[str], object] = lambda _: None, **look: Any) -> None:
    """Draw the button that makes the demo shop; how far that is stands under it. `made` is told
    the shop's slug, and the page is drawn anew, with its store chosen and its first read queued."""
    allowed = rights.look("shop add")
    if st.button(t("demo.make"), icon=":material/toys:", key="demo:make", **allowed, **look):
        with telling():
            made(_make())
        st.rerun()


def _make() -> str:
    desk = context.desk()
    bar = st.progress(0.0, text=t("demo.making"))

    def drawn(done: float) -> None:
        bar.progress(done, text=t("demo.making"))

    queued = demo.make(desk, on_progress=drawn)
    context.open_store_later(desk.store_by_id(queued.store_id).slug)
    flash.tell("done", t("demo.made"), run=queued.id)
    return desk.shop_by_id(queued.shop_id).slug
