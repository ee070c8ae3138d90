"""The bar at the foot of the page while anything is not saved: what, and what to do with it."""

from __future__ import annotations

import streamlit as st

from pages.components import draft, states
from pages.components import settings_words as words
from pages.components.acts import act
from pages.components.place import desk, who
from pages.components.settings_fields import Form
from pages.components.texts import plain, t
from sync import run
from sync.settings import Settings, differences
from sync.store import StoreRow, UsageError

_REFUSED = "settings refused"
_SAVED = "settings saved"


def show(form: Form) -> None:
    """Nothing where the draft says what is saved."""
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
    st.text_input(t("settings.note"), key=_note(form.store), max_chars=200)
    st.button(
        t("settings.save"),
        type="primary",
        icon=":material/save:",
        disabled=bool(form.refused),
        on_click=_save,
        args=(form.store,),
    )


def difference_list(old: Settings, new: Settings) -> None:
    """A line for each setting that differs: label, old and new value."""
    lines = [
        f"- **{plain(words.label(key))}**: {plain(words.difference(key, *both))}"
        for key, both in differences(old, new).items()
    ]
    if lines:
        st.markdown("\n".join(lines))


def _note(store: StoreRow) -> str:
    return f"note:{store.slug}"


@act
def _save(store: StoreRow) -> None:
    note = str(st.session_state.get(_note(store), "")).strip()
    if save(store, draft.settings(store), note):
        draft.clear(store)
        st.session_state[_note(store)] = ""


def save(store: StoreRow, settings: Settings, note: str) -> bool:
    """Save from a callback and say so; what is refused is said on the page and loses nothing."""
    try:
        saved = run.change_settings(desk(), store, settings, who=who(), note=note)
    except UsageError as error:
        st.session_state[_REFUSED] = states.refusal(error)
        return False
    st.session_state[_SAVED] = saved.version
    return True


def outcome() -> None:
    """How the last click on Save went, once."""
    refused = st.session_state.pop(_REFUSED, None)
    if refused:
        st.error(plain(refused), icon=":material/error:")
    version = st.session_state.pop(_SAVED, None)
    if version:
        st.toast(t("settings.saved_now", version=version), icon=":material/check_circle:")
