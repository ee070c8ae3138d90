"""The dialog that adds a target."""

from __future__ import annotations

from typing import Final

import streamlit as st

from pages.components import context, flash, states
from pages.components.acts import KNOWN
from pages.components.options import labels
from pages.components.texts import NAMES, lang, plain, t
from sync import alerts
from sync.store import DIGESTS, ShopRow, StoreRow

_OPEN: Final = "alerts:adding"
_ROUND: Final = "alerts:round"  # how many were added: names the next form's fields anew


def open_() -> None:
    """Open the dialog at the next run, from a callback."""
    st.session_state[_OPEN] = True


def _close() -> None:
    st.session_state.pop(_OPEN, None)


def show() -> None:
    """Draw the dialog if it is open."""
    if st.session_state.get(_OPEN):
        st.dialog(t("alerts.add_title"), on_dismiss=_close)(_form)()


def _form() -> None:
    round_ = st.session_state.get(_ROUND, 0)
    about = _about()
    st.markdown(t("alerts.add_text"))
    with st.form(f"alerts:form:{round_}", border=False):
        name = st.text_input(t("alerts.name"), key=f"alerts:name:{round_}", autocomplete="off")
        url = st.text_input(
            t("alerts.url"),
            key=f"alerts:url:{round_}",
            type="password",
            autocomplete="off",
            help=t("alerts.url_help"),
        )
        chosen = st.radio(
            t("alerts.about"),
            list(about),
            format_func=labels({code: _named(of) for code, of in about.items()}),
            key=f"alerts:about:{round_}",
        )
        digest = st.selectbox(
            t("alerts.digest"),
            DIGESTS,
            format_func=labels({code: t(f"alert.digest_name.{code}") for code in DIGESTS}),
            key=f"alerts:digest:{round_}",
            help=t("alerts.digest_help"),
        )
        spoken = st.radio(
            t("alerts.language"),
            list(NAMES),
            index=list(NAMES).index(lang()),
            format_func=labels(NAMES),
            horizontal=True,
            key=f"alerts:lang:{round_}",
        )
        sent = st.form_submit_button(t("alerts.add"), type="primary")
    if sent:
        _add(name, url, about[chosen], digest, spoken)


def _about() -> dict[str, ShopRow | StoreRow | None]:
    """What a target may be about, of what the person may add: everything, and the shop and store
    that are chosen."""
    desk, store = context.desk(), context.store()
    found: dict[str, ShopRow | StoreRow | None] = {"all": None} if desk.may("alert add") else {}
    if store is not None:
        shop = desk.shop_by_id(store.shop_id)
        found |= {"shop": shop, "store": store} if desk.may("alert add", store) else {}
    return found


def _named(of: ShopRow | StoreRow | None) -> str:
    if of is None:
        return t("alerts.about_all")
    code = "alerts.about_store" if isinstance(of, StoreRow) else "alerts.about_shop"
    return t(code, name=plain(of.name))


def _add(name: str, url: str, of: ShopRow | StoreRow | None, digest: str, spoken: str) -> None:
    try:
        made = alerts.add(context.desk(), name, url, lang=spoken, digest=digest, of=of)
    except KNOWN as error:
        states.refused(error)
        return
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    _close()
    flash.tell("done", t("alerts.added", name=plain(made.name)))
    st.rerun()
