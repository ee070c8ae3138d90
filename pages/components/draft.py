"""A store's unsaved settings: the differences from the saved ones, kept for the session and shared
by the pages. Values that were typed and refused are kept beside them until they are corrected."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.components.acts import act
from pages.components.context import desk
from pages.components.texts import t
from sync.settings import SettingError, Settings, differences, merged
from sync.store import StoreRow, UsageError


def changes(store: StoreRow) -> dict[str, str]:
    """Return key → CLI text of every setting that the draft changes in the saved ones."""
    changed = differences(desk().settings(store).settings, settings(store))
    return {key: new for key, (_, new) in changed.items()}


def settings(store: StoreRow) -> Settings:
    """Return the saved settings with the draft applied. What others saved since the draft was begun
    stays, except where the draft changes it too."""
    mine, saved = own(store), desk().settings(store).settings
    together, conflicts = merged(_base(store), mine, saved)
    wanted = mine.values()
    return together.changed({key: wanted[key] for key in conflicts})


def own(store: StoreRow) -> Settings:
    """Return the settings as they were when the draft was begun, with the draft applied."""
    kept: dict[str, str] = st.session_state.get(_draft(store), {})
    return _base(store).changed(kept)


def seen(store: StoreRow, version: int) -> None:
    """Note which version is on the screen: a draft begun now is based on it."""
    st.session_state[_seen(store)] = version


def seen_version(store: StoreRow) -> int:
    """Return the version on the screen."""
    return int(st.session_state.get(_seen(store)) or desk().settings(store).version)


def based_on(store: StoreRow) -> int:
    """Return the version that the draft was begun from; without a draft the one on the screen."""
    newest = desk().settings(store).version
    begun = st.session_state.get(_begun(store)) if st.session_state.get(_draft(store)) else None
    return min(newest, begun or st.session_state.get(_seen(store)) or newest)


def _base(store: StoreRow) -> Settings:
    try:
        return desk().settings(store, based_on(store)).settings
    except UsageError:  # another store had this name when the draft was begun
        return desk().settings(store).settings


def keep(store: StoreRow, drafted: Settings) -> None:
    """Make these settings the draft; it keeps only what differs from the saved ones."""
    begun = based_on(store)
    changed = differences(desk().settings(store).settings, drafted)
    st.session_state[_draft(store)] = {key: new for key, (_, new) in changed.items()}
    st.session_state[_begun(store)] = begun


def decide(store: StoreRow, *, drop: tuple[str, ...] = ()) -> None:
    """Base the draft on what is saved now, and drop some settings from it."""
    kept = {key: text for key, text in changes(store).items() if key not in drop}
    st.session_state[_begun(store)] = desk().settings(store).version
    st.session_state[_draft(store)] = kept


def put(store: StoreRow, key: str, typed: str) -> None:
    """Put what was typed for a setting into the draft, or beside it if it is refused."""
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
    """Return key → what was typed and refused."""
    return dict(st.session_state.get(_refused(store), {}))


def said(count: int) -> str:
    """Return the line that so many changes are not saved yet."""
    return t("settings.unsaved", count=count)


def clear(store: StoreRow) -> None:
    """Forget the draft."""
    for name in (_draft(store), _refused(store), _begun(store)):
        st.session_state.pop(name, None)


def _draft(store: StoreRow) -> str:
    return f"draft:{store.slug}:{store.id}"


def _begun(store: StoreRow) -> str:
    return f"begun:{store.slug}"


def _seen(store: StoreRow) -> str:
    return f"seen:{store.slug}"


def _refused(store: StoreRow) -> str:
    return f"refused:{store.slug}:{store.id}"
