"""What a first visit is told."""

from __future__ import annotations

import streamlit as st

from pages.components import context, demo, flash, layout, links
from pages.components.texts import t


def first_visit() -> None:
    """No shop at all: what Sync Desk does, and the two ways to begin."""
    layout.answer(t("overview.first.title"))
    flash.show()
    with st.container(border=True):
        st.markdown(t("overview.first.text"), width=720)
        with st.container(horizontal=True, vertical_alignment="center"):
            demo.button(type="primary")
            connect()


def only_demo() -> None:
    """The demo shop in three sentences, and the way to a real one."""
    with st.container(border=True):
        st.header(t("overview.demo.title"), anchor=False)
        st.markdown(t("overview.demo.text"), width=720)
        with st.container(horizontal=True):
            links.to("preview", label=t("overview.demo.preview"), icon=":material/visibility:")
            links.to("lookup", label=t("overview.demo.lookup"), icon=":material/search:")
            connect()


def connect() -> None:
    """The way to a new shop, for whom may add one."""
    if context.desk().may("shop add"):
        links.to("shops", label=t("overview.connect"), icon=":material/add_business:", new="1")
