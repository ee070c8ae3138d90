"""Asking both sides about the keys of a shop."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NoReturn

import streamlit as st

from pages.components import context, flash, rights, states
from pages.components.texts import plain, t
from sync import setup
from sync.lightspeed import KeyRefused
from sync.store import ShopRow, UsageError


def button(shop: ShopRow, where: str) -> None:
    """Draw the button that asks now."""
    key = f"shops:check:{where}:{shop.slug}"
    look = rights.look("key check", shop)
    if st.button(t("shops.check"), key=key, icon=":material/verified:", **look):
        ask(shop)


def ask(shop: ShopRow) -> NoReturn:
    """Ask Lightspeed and Clerk.io, keep what they say, and draw the page anew with it."""
    with st.spinner(t("shops.checking")):
        errors = _errors(shop)
    if errors:
        flash.tell("error", plain(states.refusal(errors[0])))
    elif setup.shop_standing(context.desk(), shop).troubles:
        flash.tell("warning", t("shops.checked_wrong"))
    else:
        flash.tell("done", t("shops.checked"))
    st.rerun()


def _errors(shop: ShopRow) -> list[Exception]:
    """Why a side could not be asked; that it refuses a key is kept, and no error here."""
    desk = context.desk()
    asks: list[Callable[[], object]] = [partial(setup.check_shop, desk, shop)]
    asks += [partial(setup.check_store, desk, store) for store in desk.stores(shop)]
    errors: list[Exception] = []
    for ask_one in asks:
        try:
            ask_one()
        except KeyRefused:
            continue
        except (UsageError, *states.API_ERRORS) as error:
            errors.append(error)
    return errors
