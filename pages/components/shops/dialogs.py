"""The dialogs of a shop: editing it, one more language, other keys, and removing what is to go."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import streamlit as st

from pages.components import asked, context, format
from pages.components.shops import checks, dialog, forms, options, words
from pages.components.texts import plain, t
from sync import run, setup
from sync.setup import ShopStanding
from sync.store import URL_LANGUAGES, Gone, ShopRow, StoreRow

CLUSTERS: Final = ("eu1", "us1")
Dialog = tuple[str, Callable[[], None]]


def show(standing: ShopStanding) -> None:
    """The dialog that is open, if one is. Gone if its shop, store or key was removed meanwhile,
    even if another one has its name by now."""
    opened = dialog.opened()
    if opened is None:
        return
    shop_id, name, number = opened
    if shop_id != standing.shop.id:
        dialog.close()
        raise Gone("shop_gone", slug=standing.shop.slug)
    found = _of_shop(standing, name) or _of_store(standing, name, number)
    found = found or _of_key(standing, name, number)
    if found is None:
        dialog.close()
        raise Gone("part_gone", shop=standing.shop.slug)
    title, draw = found
    st.dialog(title, on_dismiss=dialog.close)(draw)()


def _of_shop(standing: ShopStanding, name: str) -> Dialog | None:
    shop = plain(standing.shop.name)
    known: dict[str, Callable[[], None]] = {
        "edit": partial(_edit, standing.shop),
        "add": partial(_add, standing),
        "remove": partial(_remove_shop, standing),
        "key_add": partial(_add_key, standing.shop),
    }
    if name not in known:
        return None
    title = t("shops.keys.add") if name == "key_add" else t(f"shops.{name}_title", shop=shop)
    return title, known[name]


def _of_store(standing: ShopStanding, name: str, number: int) -> Dialog | None:
    store = next((each.store for each in standing.stores if each.store.id == number), None)
    if store is None or not name.startswith("store_"):
        return None
    title = t(f"shops.stores.{name.removeprefix('store_')}_title", store=plain(store.name))
    known = {"store_keys": _store_keys, "store_options": options.show}
    return title, partial(known.get(name, _remove_store), store)


def _of_key(standing: ShopStanding, name: str, number: int) -> Dialog | None:
    if number not in standing.keys or not name.startswith("key_"):
        return None
    if name == "key_replace":
        return t("shops.keys.replace"), partial(_replace_key, standing.shop, number)
    return t("shops.keys.remove_title"), partial(_remove_key, standing.shop, number)


# -- the shop -------------------------------------------------------------------------------


def _edit(shop: ShopRow) -> None:
    slots: dict[str, Any] = {}
    values: dict[str, str] = {}
    with st.form(forms.named("edit"), border=False):
        for name in ("name", "domain"):
            values[name] = st.text_input(
                t(f"shops.{name}"),
                value=getattr(shop, name),
                key=forms.named(f"edit:{name}"),
                help=t("shops.domain_help") if name == "domain" else None,
            )
            slots[name] = st.container()
        values["cluster"] = st.radio(
            t("shops.cluster"),
            CLUSTERS,
            index=CLUSTERS.index(shop.cluster),
            format_func=words.choices("shops.cluster_", CLUSTERS).__getitem__,
            key=forms.named("edit:cluster"),
        )
        values["url_language"] = st.radio(
            t("shops.url_language"),
            URL_LANGUAGES,
            index=URL_LANGUAGES.index(shop.url_language),
            format_func=words.choices("shops.url_form.", URL_LANGUAGES).__getitem__,
            key=forms.named("edit:url_language"),
            help=t("shops.url_language_help"),
        )
        reserve = st.number_input(
            t("shops.reserve"),
            min_value=0,
            max_value=90,
            value=shop.reserve,
            key=forms.named("edit:reserve"),
            help=t("shops.reserve_help"),
        )
        sent = st.form_submit_button(t("shops.save"), type="primary")
    if sent and forms.tried(
        lambda: setup.edit_shop(context.desk(), shop, {**values, "reserve": str(reserve)}),
        slots,
    ):
        if values["cluster"] != shop.cluster:
            dialog.close()
            checks.ask(context.desk().shop(shop.slug))
        forms.saved(t("shops.edit_saved", shop=plain(values["name"])))


def _add(standing: ShopStanding) -> None:
    shop, slots = standing.shop, {}
    st.markdown(t("shops.add_text"))
    st.caption(t("own_sync"))
    st.caption(t("shops.key_advice"))
    with st.form(forms.named("add"), border=False):
        language = _language(standing)
        slots["language"] = st.container()
        name = forms.field("add:name", t("shops.store_name"), placeholder=f"{shop.name} …")
        slots["name"] = st.container()
        public = forms.field("add:public", t("shops.public"))
        slots["public"] = st.container()
        private = forms.field("add:private", t("shops.private"), secret=True)
        slots["private"] = st.container()
        with st.expander(t("shops.advanced")):
            url = st.text_input(
                t("shops.clerk_url"), key=forms.named("add:api_url"), help=t("shops.api_url_help")
            )
        slots["api_url"] = st.container()
        sent = st.form_submit_button(t("shops.add"), type="primary")
    name = name or f"{shop.name} {language.upper()}"
    row = {"name": name, "language": language, "public": public, "private": private, "api_url": url}
    if sent and forms.tried(lambda: setup.add_store(context.desk(), shop, row), slots):
        forms.saved(t("shops.added", name=plain(name)))


def _language(standing: ShopStanding) -> str:
    """The language of a new store: one of the shop's, those without a store first; typed where
    nobody knows them."""
    told = standing.check.languages if standing.check else None
    known = list(told or setup.known_languages(context.desk(), standing.shop))
    if not known:
        label = t("shops.language_typed")
        return str(st.text_input(label, max_chars=2, key=forms.named("add:code"))).lower()
    taken = {each.store.language for each in standing.stores}
    named = {
        code: t("shops.store_known", language=code.upper()) if code in taken else code.upper()
        for code in sorted(known, key=lambda code: code in taken)
    }
    return st.selectbox(
        t("shops.language"),
        list(named),
        format_func=named.__getitem__,
        key=forms.named("add:language"),
    )


def _remove_shop(standing: ShopStanding) -> None:
    shop, desk = standing.shop, context.desk()
    stores = [each.store for each in standing.stores]
    named = ", ".join(plain(store.name) for store in stores) or "–"
    lost = setup.what_goes(desk, stores)
    st.markdown(t("shops.remove_text", runs=format.number(lost.runs), stores=named))

    def remove() -> None:
        setup.remove_shop(desk, shop, shop.name)
        asked.say("shop", None)

    _confirmed(shop.name, remove)


# -- a store --------------------------------------------------------------------------------


def _store_keys(store: StoreRow) -> None:
    st.markdown(t("shops.stores.keys_text"))
    st.caption(t("shops.key_advice"))
    forms.clerk_keys(store, f"keys:{store.id}")


def _remove_store(store: StoreRow) -> None:
    desk = context.desk()
    lost = setup.what_goes(desk, [store])
    numbers = {"versions": format.number(lost.versions), "runs": format.number(lost.runs)}
    st.markdown(t("shops.stores.remove_text", **numbers))

    def remove() -> None:
        run.remove_store(desk, store)

    _confirmed(store.name, remove)


def _confirmed(name: str, remove: Callable[[], None]) -> None:
    """The field in which the name is typed, and the button that removes for good."""
    with st.form(forms.named("remove"), border=False):
        typed = forms.field("remove:name", t("shops.remove_type", name=plain(name)))
        sent = st.form_submit_button(
            t("shops.remove_for_good"), type="primary", icon=":material/delete_forever:"
        )
    if not sent:
        return
    if typed != name:
        st.error(t("shops.remove_other", name=plain(name)), icon=":material/error:")
    elif forms.tried(remove):
        forms.saved(t("shops.removed", name=plain(name)))


# -- a key ----------------------------------------------------------------------------------


def _add_key(shop: ShopRow) -> None:
    st.markdown(t("shops.keys.add_text"))
    forms.api_key(shop, None, "add")


def _replace_key(shop: ShopRow, key_id: int) -> None:
    tail = words.tails(context.desk(), shop)[key_id]
    st.markdown(t("shops.keys.replace_text", key=tail))
    forms.api_key(shop, key_id, f"replace:{key_id}")


def _remove_key(shop: ShopRow, key_id: int) -> None:
    desk = context.desk()
    st.markdown(t("shops.keys.remove_text", key=words.tails(desk, shop)[key_id]))

    def remove() -> None:
        desk.remove_key(shop, key_id)

    if st.button(
        t("shops.remove_for_good"), type="primary", icon=":material/delete_forever:"
    ) and forms.tried(remove):
        forms.saved(t("shops.keys.removed"))
