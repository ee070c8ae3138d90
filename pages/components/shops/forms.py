"""Forms that take new keys, tried before they are saved. Being forms they keep what is left with
the Tab key; once saved they are made anew, empty: no secret comes back to the browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NoReturn

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components import context, flash, states
from pages.components.acts import KNOWN
from pages.components.shops import dialog
from pages.components.texts import plain, t
from sync import setup
from sync.store import ShopRow, StoreRow

_ROUND: Final = "shops:round"  # how many forms were saved: names the next ones anew


def named(name: str) -> str:
    """The key of a form or field that is forgotten once it was saved."""
    return f"shops:{name}:{st.session_state.get(_ROUND, 0)}"


def saved(message: str) -> NoReturn:
    """Say what was done, forget what was typed, and draw the page anew."""
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    dialog.close()
    flash.tell("done", message)
    st.rerun()


def field(name: str, label: str, *, secret: bool = False, placeholder: str | None = None) -> str:
    """A field of such a form, without its surrounding blanks."""
    typed = st.text_input(
        label,
        key=named(name),
        type="password" if secret else "default",
        autocomplete="off",
        placeholder=placeholder,
    )
    return str(typed).strip()


def tried(save: Callable[[], object], slots: Mapping[str, DeltaGenerator] | None = None) -> bool:
    """Whether saving went well; else what is wrong stands at its field (`slots` by name), or where
    this is called."""
    try:
        with st.spinner(t("shops.checking")):
            save()
    except setup.FormError as error:
        for name, why in error.errors.items():
            with (slots or {}).get(name, st.container()):
                states.refused(why)
        return False
    except KNOWN as error:
        states.refused(error)
        return False
    return True


def api_key(shop: ShopRow, old: int | None, name: str) -> None:
    """New Lightspeed keys in the place of an old one, or (None) beside the others."""
    with st.form(named(f"{name}:form"), border=False):
        left, right = st.columns(2)
        with left:
            key = field(f"{name}:key", t("shops.key"), placeholder=t("shops.key_form"))
        with right:
            secret = field(f"{name}:secret", t("shops.secret"), secret=True)
        sent = st.form_submit_button(t("shops.test_and_save"), type="primary")
    if sent and tried(lambda: _save_key(shop, old, key, secret)):
        saved(t("shops.keys.saved"))


def _save_key(shop: ShopRow, old: int | None, key: str, secret: str) -> None:
    desk = context.desk()
    if old is None:
        setup.add_key(desk, shop, key, secret)
    else:
        setup.rotate_key(desk, shop, old, key, secret)


def clerk_keys(store: StoreRow, name: str) -> None:
    """New Clerk.io keys of a store."""
    with st.form(named(f"{name}:form"), border=False):
        left, right = st.columns(2)
        with left:
            public = field(f"{name}:public", t("shops.public"))
        with right:
            private = field(f"{name}:private", t("shops.private"), secret=True)
        sent = st.form_submit_button(t("shops.test_and_save"), type="primary")
    desk = context.desk()
    if sent and tried(lambda: setup.rotate_clerk_keys(desk, store, public, private)):
        saved(t("shops.stores.saved", name=plain(store.name)))
