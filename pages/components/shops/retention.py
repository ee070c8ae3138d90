"""Data and retention: what is kept where, how much of it there is, and for how long."""

from __future__ import annotations

from typing import Final

import streamlit as st

from pages.components import context, flash, format
from pages.components.acts import KNOWN, act
from pages.components.states import refused
from pages.components.texts import plain, t
from sync import engine
from sync.database import Scope
from sync.store import stored_bytes
from sync.store.retention import KINDS, MOST

_OPEN: Final = "retention is open"
_DAYS: Final = 120  # pixels


def button() -> None:
    """Draw the way to it."""
    st.button(
        "",
        icon=":material/auto_delete:",
        key="retention",
        help=t("retention.title"),
        type="tertiary",
        on_click=_open,
    )


@act
def _open() -> None:
    desk = context.desk()
    st.session_state[_OPEN] = {kind: desk.days_kept(kind) for kind in KINDS}


def _close() -> None:
    st.session_state.pop(_OPEN, None)


def show() -> None:
    """Draw the dialog if it is open."""
    if st.session_state.get(_OPEN):
        st.dialog(t("retention.title"), width="medium", on_dismiss=_close)(_body)()


def _body() -> None:
    desk = context.desk()
    size = format.number(round(stored_bytes(desk.data_dir) / 1e6, 1))
    st.markdown(t("retention.about", size=size))
    with st.spinner(t("retention.counting")):
        found = _counted(str(desk.data_dir), desk.scope)
    may = desk.may("retention")
    with st.form("retention", border=False):
        with st.container(horizontal=True, horizontal_alignment="right"):
            st.caption(t("retention.column"), width=_DAYS)
        days = {each.kind: _kind(each, may=may) for each in found}
        st.caption(t("retention.help" if may else "retention.admins"))
        if st.form_submit_button(t("retention.save"), type="primary", disabled=not may):
            _save(days)


@st.cache_data(show_spinner=False, ttl=60, max_entries=20)
def _counted(folder: str, scope: Scope) -> list[engine.Kept]:
    """Counting every shop's rows takes a while; it is done once for those who see the same."""
    return engine.kept(context.desk())


def _kind(kept: engine.Kept, *, may: bool) -> int:
    """What it is, how much there is and where, and its days."""
    name = t(f"retention.kind.{kept.kind}")
    told = [t("retention.rows", count=format.number(kept.count))]
    if kept.oldest:
        told.append(t("retention.since", day=plain(format.day(kept.oldest))))
    told += [t(f"retention.file.{each}") for each in kept.files]
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        st.markdown(f"**{name}**  \n:gray[:small[{' · '.join(told)}]]", width="stretch")
        days = st.number_input(
            t("retention.days", kind=name),
            min_value=KINDS[kept.kind].least,
            max_value=MOST,
            value=st.session_state[_OPEN][kept.kind],
            key=f"retention:{kept.kind}",
            label_visibility="collapsed",
            disabled=not may,
            width=_DAYS,
        )
    return int(days)


def _save(days: dict[str, int]) -> None:
    seen = st.session_state[_OPEN]  # what somebody else changed meanwhile is not changed back
    try:
        context.desk().keep({kind: n for kind, n in days.items() if n != seen[kind]})
    except KNOWN as error:
        refused(error)
        return
    _counted.clear()
    _close()
    flash.tell("done", t("retention.saved"))
    st.rerun()
