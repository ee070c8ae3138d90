"""All shops in one table, those that need somebody first, and the chosen one beside it."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st

from pages.components import asked, context, demo, flash, format, layout, opened, rights, states
from pages.components.shops import (
    dialogs,
    everything,
    main_key,
    panel,
    retention,
    table,
    wizard,
    words,
)
from pages.components.texts import plain, t
from sync import setup
from sync.setup import STANDINGS, ShopStanding
from sync.store import Gone

_ABOVE: Final = 105  # pixels over the panel and below it
_SAID: Final = 2  # kinds of trouble that the first sentence names


def show() -> None:
    """The answer, the table, and the panel of the shop that the URL names."""
    standings = setup.shop_standings(context.desk())
    if not standings:
        _none()
        _chosen(standings)
        return
    with layout.answer(_sentence(standings), _grey(standings)):
        retention.button()
        everything.button()
        _connect()
    flash.show()
    main_key.show()
    retention.show()
    chosen = _chosen(standings)
    place, side = layout.beside(chosen is not None, key=table.PANEL, above=_ABOVE)
    with place:
        table.show(standings)
    if chosen is not None and side is not None:
        with side:
            panel.show(chosen)
        dialogs.show(chosen)
    opened.focus(table.PANEL)


def _chosen(standings: list[ShopStanding]) -> ShopStanding | None:
    """The shop that the URL names; one that is not there is said."""
    slug = asked.one("shop")
    found = next((each for each in standings if each.shop.slug == slug), None)
    if slug and found is None:
        gone = Gone("no_such_shop", slug=slug)
        st.info(plain(states.refusal(gone)), icon=":material/search_off:")
    return found


def _sentence(standings: list[ShopStanding]) -> str:
    """How many there are, and the worst that is wrong with them."""
    stores = sum(len(each.stores) for each in standings)
    shops = words.count("shops.count", len(standings))
    counted = f"{shops}, {words.count('shops.count_stores', stores)}"
    wrong = table.counted(standings)
    said = [
        f":{STANDINGS[code]}[{words.count(f'shops.wrong.{code}', number)}]"
        for code, number in wrong.items()
    ]
    if not said:
        return f"{counted}: {t('shops.nothing_wrong')}."
    return f"{counted}. {'; '.join(said[:_SAID])}{' …' if said[_SAID:] else '.'}"


def _grey(standings: list[ShopStanding]) -> str:
    checks = [each.check.at for each in standings if each.check]
    if not checks:
        return t("shops.grey")
    checked = t("shops.grey_checked", checked=plain(format.clock(max(checks))))
    return f"{t('shops.grey')} {checked}"


def _connect() -> None:
    st.button(
        t("shops.connect"),
        icon=":material/add_business:",
        type="primary",
        on_click=wizard.open_new,
        **rights.look("shop add"),
    )


def _none() -> None:
    """The first visit: the two ways to begin."""
    layout.answer(t("shops.none.title"), t("shops.none.grey"))
    flash.show()
    ways = st.columns(2)
    with ways[0].container(border=True, height="stretch"):
        st.markdown(t("shops.none.connect"))
        _connect()
    with ways[1].container(border=True, height="stretch"):
        st.markdown(t("shops.none.demo"))
        demo.button(partial(asked.say, "shop"))
