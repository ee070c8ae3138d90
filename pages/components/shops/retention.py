"""Data and retention: what is kept where, how much of it there is, and for how long."""

from __future__ import annotations

from typing import Final

import streamlit as st

from pages.components import context, flash, format
from pages.components.acts import KNOWN, act
from pages.components.states import refused
from pages.components.texts import plain, t
from sync import engine
from sync.store import stored_bytes
from sync.store.retention import KINDS, MOST

_OPEN: Final = "retention is open"
_WIDTHS: Final = (2.6, 1.6, 1)


def button() -> None:
    """Draw the way to it."""
    st.button(
        "",
        icon=":material/auto_delete:",
        help=t("retention.title"),
        key="retention",
        type="tertiary",
        on_click=_open,
    )


@act
def _open() -> None:
    st.session_state[_OPEN] = True


def _close() -> None:
    st.session_state.pop(_OPEN, None)


def show() -> None:
    """Draw the dialog if it is open."""
    if st.session_state.get(_OPEN):
        st.dialog(t("retention.title"), width="large", on_dismiss=_close)(_body)()


def _body() -> None:
    desk = context.desk()
    size = format.number(round(stored_bytes(desk.data_dir) / 1e6, 1))
    st.markdown(t("retention.about", size=size))
    with st.spinner(t("retention.counting")):
        found = _counted(desk.person.name)
    may = desk.may("retention")
    with st.form("retention", border=False):
        days = {each.kind: _kind(each, may=may) for each in found}
        st.caption(t("retention.help" if may else "retention.admins"))
        if st.form_submit_button(t("retention.save"), type="primary", disabled=not may):
            _save(days)


@st.cache_data(show_spinner=False, ttl=60, max_entries=20)
def _counted(_person: str) -> list[engine.Kept]:
    """Counting every shop's rows takes a while."""
    return engine.kept(context.desk())


def _kind(kept: engine.Kept, *, may: bool) -> int:
    what, much, days = st.columns(_WIDTHS, vertical_alignment="center")
    where = ", ".join(t(f"retention.file.{name}") for name in kept.files)
    what.markdown(f"**{t(f'retention.kind.{kept.kind}')}**  \n:gray[:small[{where}]]")
    said = t("retention.rows", count=format.number(kept.count))
    if kept.oldest:
        said += f"  \n:gray[:small[{t('retention.since', day=plain(format.day(kept.oldest)))}]]"
    much.markdown(said)
    return int(
        days.number_input(
            t("retention.days"),
            min_value=KINDS[kept.kind].least,
            max_value=MOST,
            value=context.desk().days_kept(kept.kind),
            key=f"retention:{kept.kind}",
            disabled=not may,
        )
    )


def _save(days: dict[str, int]) -> None:
    try:
        context.desk().keep(days)
    except KNOWN as error:
        refused(error)
        return
    _counted.clear()
    _close()
    flash.tell("done", t("retention.saved"))
    st.rerun()
