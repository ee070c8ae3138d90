"""Forgetting the person of a record, for good: the button, and the dialog that asks for it."""

from __future__ import annotations

from typing import Final

import streamlit as st

from pages.components import asked, context, flash, format, states
from pages.components.acts import KNOWN, act
from pages.components.texts import lang, plain, t
from sync import forget, preview
from sync.store import StoreRow

_OPEN: Final = "forgetting"  # the record whose dialog is open
_ENTITIES: Final = ("customers", "orders")


def offer(store: StoreRow, record: preview.Record) -> None:
    """Draw the button for whom may do that, where the record names somebody; and its dialog."""
    named = (store.id, record.entity, record.id)
    if not record.personal or record.entity not in _ENTITIES:
        return
    if not context.desk().may("forget", store):
        return
    st.button(
        t("forget.offer"),
        icon=":material/person_remove:",
        type="tertiary",
        key=f"forget:{record.entity}:{record.id}",
        on_click=_open,
        args=named,
    )
    if st.session_state.get(_OPEN) == named:
        st.dialog(t("forget.title"), on_dismiss=_close)(_ask)(store, record)


@act
def _open(*named: int | str) -> None:
    st.session_state[_OPEN] = named


def _close() -> None:
    st.session_state.pop(_OPEN, None)


def _ask(store: StoreRow, record: preview.Record) -> None:
    """What will happen, and the field in which the record's number is typed."""
    about = forget.outlook(context.desk(), store, record.entity, int(record.id))
    if about is None:
        st.warning(t("forget.nobody"), icon=":material/person_off:")
        return
    numbers = {name: format.number(getattr(about, name)) for name in ("customers", "orders")}
    stores = ", ".join(map(plain, about.stores))
    st.markdown(t("forget.about", stores=stores, **numbers))
    st.markdown(t("forget.what"))
    number = str(record.key)
    with st.form("forget:form", border=False):
        label = t(f"forget.type.{record.entity}", number=plain(number))
        typed = st.text_input(label, key=f"forget:typed:{record.id}", autocomplete="off")
        sent = st.form_submit_button(
            t("forget.do"), type="primary", icon=":material/person_remove:"
        )
    if not sent:
        return
    if typed.strip() != number:
        st.error(t("forget.other", number=plain(number)), icon=":material/error:")
        return
    _do(store, record)


def _do(store: StoreRow, record: preview.Record) -> None:
    try:
        with st.spinner(t("forget.doing")):
            told = forget.forget_record(context.desk(), store, record.entity, int(record.id))
    except KNOWN as error:
        states.refused(error)
        return
    _close()
    if record.entity == "customers":  # which has another id from now on
        asked.say("id", None)
    flash.tell("done" if told.finished else "warning", _said(told))
    st.rerun()


def _said(told: forget.Told) -> str:
    """What was done, and what is left: in which stores, and why."""
    if told.busy:
        return t("forget.busy")
    if told.finished:
        resent = sum(done.resent for done in told.clerk.values())
        return t("forget.done", orders=format.number(resent))
    left = [
        f"{plain(slug)}: {plain(done.error.text(lang()))}"
        for slug, done in told.clerk.items()
        if done.error is not None
    ]
    return t("forget.unfinished", left="; ".join(left))
