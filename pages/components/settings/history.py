"""Every version of a store's settings: list, comparison, return to one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import draft, format, paged
from pages.components import settings_words as words
from pages.components.acts import act
from pages.components.context import desk
from pages.components.options import worded
from pages.components.settings.copy import taken
from pages.components.settings.differing import difference_list
from pages.components.settings.fields import Form
from pages.components.texts import t
from sync.settings import Settings, differences
from sync.store import SettingsVersion, StoreRow

PAGE = 100


def show(form: Form) -> None:
    """The versions, newest first; below them two side by side."""
    versions = desk().history(form.store)
    _list(versions)
    if len(versions) < 2:
        st.caption(t("settings.history.only"))
        return
    _compare(form, versions)


def _list(versions: Sequence[SettingsVersion]) -> None:
    page = paged.page_of("settings:page", PAGE, versions)
    page.turner()
    before = {each.version: older for each, older in pairwise(versions)}
    rows = [_row(version, before.get(version.version)) for version in page.rows]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config=_columns(),
        alt=t("settings.history.title"),
    )


def _row(version: SettingsVersion, before: SettingsVersion | None) -> dict[str, Any]:
    changed = differences(before.settings, version.settings) if before else {}
    return {
        "version": version.version,
        "at": pd.Timestamp(version.at, unit="s", tz="UTC"),
        "who": version.who,
        "note": version.note,
        "changes": "; ".join(words.change(key, *both) for key, both in changed.items()),
    }


def _columns() -> dict[str, Any]:
    column = st.column_config
    return {
        "version": column.NumberColumn(t("settings.history.version"), width="small"),
        "at": format.datetime_column(t("settings.history.at")),
        "who": column.TextColumn(t("settings.history.who")),
        "note": column.TextColumn(t("settings.history.note"), width="medium"),
        "changes": column.TextColumn(t("settings.history.changes"), width="large"),
    }


def _compare(form: Form, versions: Sequence[SettingsVersion]) -> None:
    known = {version.version: version for version in versions}
    newest = versions[0].version
    with st.container(horizontal=True, vertical_alignment="bottom"):
        old = _choose("old", known, newest - 1, form.store)
        new = _choose("new", known, newest, form.store)
    if known[old].settings == known[new].settings:
        st.caption(t("settings.history.same"))
    difference_list(known[old].settings, known[new].settings)
    if taken(form, known[old].settings) != form.drafted:
        _restore(form, known[old])


def _choose(part: str, known: dict[int, SettingsVersion], first: int, store: StoreRow) -> int:
    names = {number: _name(version) for number, version in known.items()}
    return st.selectbox(
        t(f"settings.history.{part}"),
        list(known),
        index=list(known).index(first),
        format_func=names.__getitem__,
        key=f"version:{store.slug}:{part}:{worded(names)}",
        width=320,
    )


def _name(version: SettingsVersion) -> str:
    return t("settings.version", version=version.version, when=format.when(version.at))


def _restore(form: Form, version: SettingsVersion) -> None:
    st.button(
        t("settings.history.restore", version=version.version),
        icon=":material/settings_backup_restore:",
        help=t("settings.history.restore_help"),
        on_click=_restored,
        args=(form.store, taken(form, version.settings)),
    )


@act
def _restored(store: StoreRow, wanted: Settings) -> None:
    draft.keep(store, wanted)
