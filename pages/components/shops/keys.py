"""The API keys of a shop: their last four characters, and what can be done with each."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components import context, flash, format, rights
from pages.components.acts import act
from pages.components.shops import burn, dialog, words
from pages.components.texts import t
from sync import setup
from sync.openshop import looked_at
from sync.store import ShopRow, StoredKey


def show(shop: ShopRow) -> None:
    """A row for each key, and one more."""
    st.markdown(f"### {t('shops.keys.heading')}")
    keys = context.desk().stored_keys(shop)
    blocks = looked_at(context.desk(), shop).blocks() if keys else {}
    for key in keys:
        _row(shop, key, blocks.get(key.id), last=len(keys) == 1)
    if keys:
        burn.show(shop)
    st.button(
        t("shops.keys.add"),
        key="shops:key:add",
        icon=":material/add:",
        type="tertiary",
        on_click=dialog.open_,
        args=(shop.id, "key_add"),
        **rights.look("key add", shop),
    )


def _row(shop: ShopRow, key: StoredKey, block: dict[str, Any] | None, *, last: bool) -> None:
    added = t("shops.keys.added", day=format.day(key.added))
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        known = words.tail(key.opened.key) if key.opened else t("format.never")
        marks = _blocked(block) if key.opened else f" :red-badge[{t('shops.keys.sealed')}]"
        st.markdown(f"**{known}** :small[{added}]{marks}", width="content")
        if block:
            _unblocker(shop, key)
        _opener(shop, key, "replace")
        _opener(shop, key, "remove", disabled=last)


def _blocked(block: dict[str, Any] | None) -> str:
    """What keeps a key from being used, as badges."""
    if block is None:
        return ""
    said = ""
    if block["refused"]:
        said += f" :red-badge[{t('shops.keys.refused')}]"
    if block["until"]:
        until = t("shops.keys.blocked", until=format.clock(block["until"]))
        said += f" :orange-badge[{until}]"
    return said


def _opener(shop: ShopRow, key: StoredKey, name: str, *, disabled: bool = False) -> None:
    st.button(
        t(f"shops.keys.{name}"),
        key=f"shops:key:{name}:{key.id}",
        type="tertiary",
        **rights.look(
            "key remove", shop, disabled=disabled, help=t("shops.keys.last") if disabled else None
        ),
        on_click=dialog.open_,
        args=(shop.id, f"key_{name}", key.id),
    )


def _unblocker(shop: ShopRow, key: StoredKey) -> None:
    st.button(
        t("shops.keys.unblock"),
        key=f"shops:key:unblock:{key.id}",
        type="tertiary",
        on_click=_unblock,
        args=(shop, key.id),
        **rights.look("key unblock", shop, help=t("shops.keys.unblock_help")),
    )


@act
def _unblock(shop: ShopRow, key_id: int) -> None:
    setup.forget_block(context.desk(), shop, key_id)
    flash.tell("done", t("shops.keys.unblocked"))
