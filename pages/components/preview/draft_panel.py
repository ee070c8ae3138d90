"""Settings tried out on the Preview page without saving them; the draft is that of the Settings
page."""

from __future__ import annotations

from typing import Final

import streamlit as st

from pages.components import draft, format, links
from pages.components import settings_words as words
from pages.components.preview import steps, table
from pages.components.settings import figures, layout
from pages.components.settings.effect import moves, price
from pages.components.settings.fields import form_of
from pages.components.texts import plain, t
from sync.preview import Moves
from sync.store import StoreRow

TRIED: Final = (
    "include_out_of_stock",
    "include_free_products",
    "include_hidden_categories",
    "include_customers",
    "include_pages",
    "include_orders",
    "accepted_order_statuses",
)


def mark(store: StoreRow) -> None:
    """Say that a draft is shown, with the ways out of it."""
    if not draft.changes(store):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(t("preview.draft"), icon=":material/edit_note:", color="orange")
        st.button(
            t("preview.draft_reset"),
            icon=":material/undo:",
            key="preview.reset",
            type="tertiary",
            on_click=draft.clear,
            args=(store,),
        )
        links.to("settings", label=t("preview.draft_save"), icon=":material/tune:")


def effect(store: StoreRow) -> None:
    """What the draft changes: setting by setting, and how many records of each kind."""
    if not draft.changes(store):
        return
    found = figures.effect(form_of(store))
    moved = {entity: some for entity, some in found.entities.items() if some != Moves()}
    with st.container(border=True, gap="xsmall"):
        for key, (old, new) in found.settings.items():
            st.markdown(plain(words.change(key, old, new)))
        for entity, some in moved.items():
            said = ", ".join(moves(vars(some)))
            st.markdown(f"**{t(f'entity.{entity}')}: {said}**")
            _openers(entity, some)
        first = found.draft.unread_calls() - found.saved.unread_calls()
        if first > 0:
            st.caption(t("preview.read_first", n=format.number(first)))
        elif not moved:
            st.caption(t("preview.no_effect"))
        price(found.draft, found.saved)


def _openers(entity: str, some: Moves) -> None:
    """Buttons that list the records which the draft lets in, lets go or changes."""
    with st.container(horizontal=True, gap="small"):
        for move, count in vars(some).items():
            if count:
                st.button(
                    steps.counted(t(f"preview.move.{move}"), count),
                    key=f"preview.move.{entity}.{move}",
                    type="tertiary",
                    icon=":material/list:",
                    on_click=table.open_move,
                    args=(entity, move),
                )


def panel(store: StoreRow) -> None:
    """The settings that people try most; drawn only while it is open."""
    opened = st.expander(
        t("preview.try"), icon=":material/science:", key="preview.try", on_change="rerun"
    )
    if opened.open:
        with opened:
            st.caption(t("preview.try_help"))
            layout.fields(form_of(store), TRIED)
