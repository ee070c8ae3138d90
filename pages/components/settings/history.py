"""Every version of a store's settings: what it changed, and the way back to it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import streamlit as st

from pages.components import asked, draft, format, layout
from pages.components.acts import act
from pages.components.context import desk
from pages.components.options import worded
from pages.components.settings import parts
from pages.components.settings.copy import taken
from pages.components.settings.differing import difference_list
from pages.components.settings.form import Form
from pages.components.texts import t
from sync.settings import Settings
from sync.store import SettingsVersion, StoreRow


def show(form: Form) -> None:
    """A button that opens the history; drawn only while it is open."""
    opened = layout.popover(
        t("settings.part.history"), icon=":material/history:", key=f"history:{form.store.slug}"
    )
    if opened.open:
        with opened:
            _versions(form)


def _versions(form: Form) -> None:
    versions = {each.version: each for each in desk().history(form.store)}
    if len(versions) < 2:
        st.caption(t("settings.history.only"))
        return
    chosen = versions[_choose(form, versions)]
    older = {new.version: old for new, old in pairwise(versions.values())}.get(chosen.version)
    if older is None:
        st.caption(t("settings.history.first"))
    else:
        st.markdown(f"**{t('settings.history.changes')}**")
        difference_list(older.settings, chosen.settings)
    _back(form, chosen)


def _choose(form: Form, versions: Mapping[int, SettingsVersion]) -> int:
    names = {number: _name(version) for number, version in versions.items()}
    return st.selectbox(
        t("settings.history.title"),
        list(names),
        format_func=names.__getitem__,
        key=f"version:{form.store.slug}:{worded(names)}",
        on_change=asked.settle,
        width=420,
    )


def _name(version: SettingsVersion) -> str:
    name = t("settings.version", version=version.version, when=format.when(version.at))
    return " · ".join(filter(None, [name, version.who, version.note]))


def _back(form: Form, chosen: SettingsVersion) -> None:
    wanted = taken(form, chosen.settings)
    if wanted == form.drafted:
        st.caption(t("settings.history.same"))
        return
    st.markdown(f"**{t('settings.history.back')}**")
    difference_list(form.drafted, wanted)
    st.button(
        t("settings.history.restore", version=chosen.version),
        icon=":material/settings_backup_restore:",
        help=t("settings.history.restore_help"),
        on_click=_take,
        args=(form.store, wanted),
    )


@parts.anew
@act
def _take(store: StoreRow, wanted: Settings) -> None:
    draft.keep(store, wanted)
