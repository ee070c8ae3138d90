"""The stores of a shop: their keys, what they hold, their schedule, and what can be done."""

from __future__ import annotations

from typing import Final

import streamlit as st

from pages.components import context, format, links, rights
from pages.components.acts import act
from pages.components.shops import dialog, words
from pages.components.texts import lang, plain, t
from sync import fleet
from sync.setup import ShopStanding, StoreStanding
from sync.store import StoreRow

_ACTIONS: Final = {"options": "store set", "keys": "store keys", "remove": "store remove"}


def show(standing: ShopStanding) -> None:
    """A few lines for each store."""
    st.markdown(f"### {t('shops.stores.heading')}")
    if not standing.stores:
        st.caption(t("shops.stores.none"))
    for each in standing.stores:
        with st.container(gap="xsmall"):
            _store(each)


def _store(standing: StoreStanding) -> None:
    store = standing.store
    name = f"**{plain(store.name)}** · {store.language.upper()}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        links.to("preview", label=name, store=store.slug)
        st.markdown(_keys(standing), width="content")
    schedule = words.schedule(store.paused, standing.sync_time, lang())
    st.caption(" · ".join([schedule, *_held(store)]))
    with st.container(horizontal=True, gap="small"):
        pausing = "resume" if store.paused else "pause"
        st.button(
            t(f"shops.stores.{pausing}"),
            key=f"shops:schedule:{store.slug}",
            type="tertiary",
            on_click=_pause,
            args=(store, not store.paused),
            **rights.look(f"store {pausing}", store, help=t(f"shops.stores.{pausing}_help")),
        )
        for name, action in _ACTIONS.items():
            st.button(
                t(f"shops.stores.{name}"),
                key=f"shops:store:{name}:{store.slug}",
                type="tertiary",
                on_click=dialog.open_,
                args=(store.shop_id, f"store_{name}", store.id),
                **rights.look(action, store),
            )


def _keys(standing: StoreStanding) -> str:
    """How the store's keys stand, as a badge."""
    check = standing.check
    if standing.refused:
        color, code = "red", "refused"
    elif check is None:
        color, code = "gray", "unchecked"
    else:
        color, code = ("green", "fit") if check.private else ("orange", "half")
    key = words.public_tail(context.desk(), standing.store)
    return f":{color}-badge[{t(f'shops.stores.keys_{code}', key=key)}]"


def _held(store: StoreRow) -> list[str]:
    """What Clerk.io holds, and since when."""
    [known] = fleet.standings(context.desk(), store.id)
    if known.success is None:
        on = context.desk().active_run(store) is not None
        return [t("shops.stores.first" if on else "shops.stores.never")]
    products = known.confirmed.get("products", 0)
    synced = t("shops.stores.synced", when=plain(format.clock(known.success)))
    return [words.count("shops.stores.products", products), synced]


@act
def _pause(store: StoreRow, paused: bool) -> None:
    desk = context.desk()
    desk.pause(store, paused)
