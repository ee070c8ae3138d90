"""A store's unsaved settings: what differs from the saved ones, kept for the session and shared by
the pages. What was typed and is not allowed is kept beside them until it is mended."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.components.acts import act
from pages.components.place import desk
from pages.components.texts import t
from sync.settings import SettingError, Settings, differences
from sync.store import StoreRow


def changes(store: StoreRow) -> dict[str, str]:
    """Key → CLI text of every setting that the draft changes in the saved ones."""
    saved = desk().settings(store).settings.values()
    kept: dict[str, str] = st.session_state.get(_draft(store), {})
    return {key: text for key, text in kept.items() if saved.get(key) != text}


def settings(store: StoreRow) -> Settings:
    """The saved settings under the draft."""
    return desk().settings(store).settings.changed(changes(store))


def keep(store: StoreRow, drafted: Settings) -> None:
    """Make these settings the draft; what is saved already drops out of it."""
    changed = differences(desk().settings(store).settings, drafted)
    st.session_state[_draft(store)] = {key: new for key, (_, new) in changed.items()}


def put(store: StoreRow, key: str, typed: str) -> None:
    """Take what was typed for a setting into the draft, or beside it if it is not allowed."""
    wrong = refused(store)
    try:
        keep(store, settings(store).changed({key: typed}))
    except SettingError:
        st.session_state[_refused(store)] = {**wrong, key: typed}
    else:
        wrong.pop(key, None)
        st.session_state[_refused(store)] = wrong


@act
def propose(store: StoreRow, more: Mapping[str, str]) -> None:
    """Add changes to the draft."""
    keep(store, settings(store).changed(more))


def refused(store: StoreRow) -> dict[str, str]:
    """Key → what was typed and is not allowed."""
    return dict(st.session_state.get(_refused(store), {}))


def said(count: int) -> str:
    """That so many changes are not saved yet."""
    return t("settings.unsaved", count=count)


def clear(store: StoreRow) -> None:
    """Forget the draft."""
    st.session_state.pop(_draft(store), None)
    st.session_state.pop(_refused(store), None)


def _draft(store: StoreRow) -> str:
    return f"draft:{store.slug}:{store.id}"


def _refused(store: StoreRow) -> str:
    return f"refused:{store.slug}:{store.id}"
