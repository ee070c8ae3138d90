"""What is wrong with a shop, each with its mend in place."""

from __future__ import annotations

from typing import Final

import streamlit as st

from pages.components import context, format, rights
from pages.components.shops import checks, dialog, forms, words
from pages.components.texts import lang, plain, t
from sync import setup
from sync.setup import STANDINGS, ShopStanding, Trouble

_OTHER: Final = {"eu1": "us1", "us1": "eu1"}
_ACTIONS: Final = {
    "keys_refused": "key add",
    "key_refused": "key add",
    "no_key": "key add",
    "sealed": "key add",
    "wrong_cluster": "shop set",
    "no_store": "store add",
    "clerk_refused": "store keys",
}
"""What mends it; asking again is a button of its own."""


def show(standing: ShopStanding) -> None:
    """Each trouble: its name, what it means, and the form or button that ends it."""
    for number, trouble in enumerate(standing.troubles):
        color = STANDINGS[trouble.code]
        with st.container(border=True, gap="small"):
            st.markdown(
                f":{color}-badge[{words.state(trouble.code)}] {_meaning(standing, trouble)}"
            )
            _mend(standing, trouble, f"{standing.shop.id}:mend:{number}")


def _meaning(standing: ShopStanding, trouble: Trouble) -> str:
    values: dict[str, str] = {}
    if trouble.code in ("keys_refused", "key_refused"):
        tails = words.tails(context.desk(), standing.shop)
        keys = ", ".join(tails[key] for key in trouble.keys if key in tails)
        values = {"key": keys, "when": plain(format.clock(trouble.at))}
    elif trouble.code == "sealed":
        store = trouble.store and t("shops.sealed_store", store=plain(trouble.store.name))
        why = plain(context.desk().vault.trouble().text(lang()))
        values = {"what": store or t("shops.sealed_shop"), "why": why}
    elif trouble.store is not None:
        values = {"store": plain(trouble.store.name)}
        if trouble.code == "clerk_refused":
            values["when"] = plain(format.clock(trouble.at))
        else:
            values["language"] = trouble.store.language.upper()
    elif trouble.code == "right_missing":
        needs = {
            entity: None
            for area in trouble.areas
            for entity in setup.needed_by(context.desk(), standing, area)
        }
        values = {
            "areas": words.listed("right", trouble.areas),
            "entities": words.listed("entity", needs),
        }
    return t(f"shops.{trouble.code}", **values)


def _mend(standing: ShopStanding, trouble: Trouble, name: str) -> None:
    shop, action = standing.shop, _ACTIONS.get(trouble.code)
    if action and not context.desk().may(action, shop):
        st.caption(rights.look(action, shop)["help"])
    elif trouble.code in ("keys_refused", "key_refused") or (
        trouble.code == "sealed" and trouble.keys
    ):
        forms.api_key(shop, trouble.keys[0], name)
    elif trouble.code == "no_key":
        forms.api_key(shop, None, name)
    elif trouble.code == "wrong_cluster":
        _other_cluster(standing)
    elif trouble.code == "right_missing":
        checks.button(shop, "mend")
    elif trouble.code == "no_store":
        add = (shop.id, "add")
        st.button(t("shops.add"), key="shops:mend:add", on_click=dialog.open_, args=add)
    elif trouble.code in ("clerk_refused", "sealed") and trouble.store is not None:
        forms.clerk_keys(trouble.store, name)


def _other_cluster(standing: ShopStanding) -> None:
    shop = standing.shop
    cluster = _OTHER[shop.cluster]
    label = t("shops.other_cluster", cluster=cluster)
    if st.button(label, key="shops:mend:cluster", type="primary"):
        desk = context.desk()
        checks.ask(setup.edit_shop(desk, shop, {"cluster": cluster}))
