"""The bar at the foot of the page while anything is not saved: what, and what to do with it."""

from __future__ import annotations

import streamlit as st

from pages.components import draft, flash
from pages.components import settings_words as words
from pages.components.acts import act
from pages.components.settings.differing import difference_list
from pages.components.settings.fields import Form, seed
from pages.components.texts import plain, t
from sync.settings import differences
from sync.store import StoreRow


def show(form: Form) -> None:
    """Draw the bar, unless there is nothing to save."""
    changed = differences(form.live, form.drafted)
    if not changed and not form.refused:
        return
    with st.bottom, st.container(horizontal=True, vertical_alignment="center"):
        count = len(changed) + len(form.refused.keys() - changed.keys())
        st.markdown(f":material/edit_note: {draft.said(count)}", width="stretch")
        st.button(t("settings.discard"), on_click=draft.clear, args=(form.store,))
        with st.popover(t("settings.review"), type="primary"):
            _review(form)


def _review(form: Form) -> None:
    difference_list(form.live, form.drafted)
    for key in form.refused:
        wrong = t("settings.refused", label=words.label(key))
        st.error(plain(wrong), icon=":material/error:")
    name = f"note:{form.store.slug}"
    kept = draft.row(form.store)
    seed(name, kept.note if kept else "")
    st.text_input(
        t("settings.note"),
        key=name,
        max_chars=200,
        on_change=draft.say_why,
        args=(form.store, name),
    )
    st.button(
        t("settings.save"),
        type="primary",
        icon=":material/save:",
        disabled=bool(form.refused or draft.conflicts(form.store)),
        on_click=_save,
        args=(form.store,),
    )


@act
def _save(store: StoreRow) -> None:
    saved = draft.save(store)
    if saved is None:
        flash.tell("warning", t("settings.other_window"))
    else:
        flash.tell("saved", t("settings.saved_now", version=saved.version))
