"""The line of the draft: settings tried out without saving them. The draft is that of the Settings
page."""

from __future__ import annotations

from typing import Final

import streamlit as st

from pages.components import context, draft, format, links
from pages.components import layout as page_layout
from pages.components import settings_words as words
from pages.components.preview import filters
from pages.components.preview.plan import Shown
from pages.components.settings import figures, layout
from pages.components.settings.effect import moves, price
from pages.components.settings.form import form_of
from pages.components.texts import plain, t
from sync.preview import Effect, Moves
from sync.settings import SETTINGS, differences

TRIED: Final = (
    "include_out_of_stock",
    "include_free_products",
    "include_hidden_categories",
    "include_customers",
    "include_pages",
    "include_orders",
    "accepted_order_statuses",
)


def show(plan: Shown) -> None:
    """What the draft changes, and the ways to change and to drop it."""
    with st.container(
        key="preview-draft",
        horizontal=True,
        horizontal_alignment="right",
        vertical_alignment="center",
        gap="small",
        wrap=False,
        width="stretch",
    ):
        if plan.draft:
            told = f":material/science: **{t('preview.draft')}** {_changed(plan)}"
            st.markdown(f":small[{told}]")
        _change(plan)
        if plan.draft:
            st.button(
                t("preview.draft_drop"),
                icon=":material/close:",
                key="preview.reset",
                type="tertiary",
                help=t("preview.draft_drop_help"),
                on_click=draft.clear,
                args=(plan.store,),
            )


def _changed(plan: Shown) -> str:
    """The first setting that the draft changes, and how many more: a short line, since the list
    beside it says it whole."""
    found = differences(context.desk().settings(plan.store).settings, plan.settings)
    key, (old, new) = next(iter(found.items()))
    is_list = SETTINGS[key].kind == "list"
    told = plain(words.change(key, old, new) if is_list else words.short(key, new))
    return t("preview.draft_more", first=told, n=len(found) - 1) if len(found) > 1 else told


def _change(plan: Shown) -> None:
    """The popover with the draft's effect and the settings that people try most; filled only while
    it is open."""
    # With another label it would be another list, and close under the hand.
    popover = page_layout.popover(t("preview.try"), icon=":material/tune:", key="preview.try")
    if not popover.open:
        return
    with popover:
        if (found := figures.effect(form_of(plan.store))) is not None:
            _effect(found)
            links.to("settings", label=t("preview.draft_save"), icon=":material/save:")
        st.caption(t("preview.try_help"))
        layout.fields(form_of(plan.store), TRIED)


def _effect(found: Effect) -> None:
    """What the draft changes: setting by setting, and how many records of each kind."""
    moved = {entity: some for entity, some in found.entities.items() if some != Moves()}
    for key, (old, new) in found.settings.items():
        st.markdown(plain(words.change(key, old, new)))
    for entity, some in moved.items():
        st.markdown(f"**{t(f'entity.{entity}')}: {', '.join(moves(vars(some)))}**")
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
                    f"{t(f'preview.move.{move}')} {format.number(count)}",
                    key=f"preview.move.{entity}.{move}",
                    icon=":material/list:",
                    on_click=filters.open_move,
                    args=(entity, move),
                )
