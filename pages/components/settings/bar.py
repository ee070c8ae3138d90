"""The bar at the foot of the page while anything is not saved: what, and what to do with it."""

from __future__ import annotations

import streamlit as st

from pages.components import draft, flash
from pages.components import settings_words as words
from pages.components.acts import act
from pages.components.context import desk, who
from pages.components.settings.fields import Form
from pages.components.texts import plain, t
from sync import run
from sync.settings import Settings, differences
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
    conflicts = run.settings_conflicts(
        desk(), form.store, draft.own(form.store), draft.based_on(form.store)
    )
    if conflicts:
        _conflict(form.store, conflicts)
    for key in form.refused:
        wrong = t("settings.refused", label=words.label(key))
        st.error(plain(wrong), icon=":material/error:")
    st.text_input(t("settings.note"), key=_note(form.store), max_chars=200)
    st.button(
        t("settings.save"),
        type="primary",
        icon=":material/save:",
        disabled=bool(form.refused or conflicts),
        on_click=_save,
        args=(form.store,),
    )


def _conflict(store: StoreRow, conflicts: dict[str, tuple[str, str]]) -> None:
    """List the settings that somebody else saved with other values meanwhile; which ones count is
    decided before anything is saved."""
    saved = desk().settings(store)
    head = t("settings.conflict", who=plain(saved.who), version=saved.version)
    lines = [
        "- "
        + t(
            "settings.conflict_line",
            label=plain(words.label(key)),
            theirs=plain(words.value(key, theirs)),
            mine=plain(words.value(key, mine)),
        )
        for key, (theirs, mine) in conflicts.items()
    ]
    st.warning("\n".join([head, "", *lines]), icon=":material/group:")
    with st.container(horizontal=True):
        st.button(t("settings.conflict_mine"), on_click=draft.decide, args=(store,))
        st.button(
            t("settings.conflict_theirs"),
            on_click=draft.decide,
            args=(store,),
            kwargs={"drop": tuple(conflicts)},
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
    save(store, draft.own(store), note, draft.based_on(store))
    draft.clear(store)
    st.session_state[_note(store)] = ""


def save(store: StoreRow, settings: Settings, note: str, based_on: int) -> None:
    """Save settings that were made from version `based_on`, and say so. Raises SettingError and
    UsageError."""
    by = {"who": who(), "note": note}
    saved = run.change_settings(desk(), store, settings, **by, based_on=based_on)
    flash.tell("saved", t("settings.saved_now", version=saved.version))
