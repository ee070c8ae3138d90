"""The connected shops, and everything that can be changed of one."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components import context, flash, format, names, states
from pages.components.acts import act, telling
from pages.components.shops import stores, wizard
from pages.components.texts import plain, t
from sync import setup, survey
from sync.openshop import looked_at
from sync.store import URL_LANGUAGES, ShopRow, UsageError


def show() -> None:
    """A card for each shop."""
    for shop in context.desk().shops():
        with st.container(border=True):
            _shop(shop)


def _shop(shop: ShopRow) -> None:
    desk = context.desk()
    st.subheader(plain(names.shops(desk).get(shop.slug, shop.name)), anchor=False)
    facts = [plain(shop.domain or "–"), t("shops.cluster_is", cluster=shop.cluster)]
    facts += [t("shops.keys_are", number=len(desk.keys(shop)))]
    facts += [t("overview.demo_mark")] if shop.demo else []
    st.caption(" · ".join(facts))
    stores.table(shop)
    _unknown(shop)
    if st.button(t("shops.check_now"), key=f"shops:check:{shop.slug}", icon=":material/verified:"):
        _check(shop)
    with st.expander(t("shops.manage"), icon=":material/settings:"):
        tabs = st.tabs(
            [
                t(f"shops.tab.{name}")
                for name in ("stores", "keys", "addresses", "reserve", "remove")
            ]
        )
        for tab, draw in zip(
            tabs, (stores.manage, _keys, _addresses, _reserve, _remove_shop), strict=True
        ):
            with tab:
                draw(shop)


def _unknown(shop: ShopRow) -> None:
    """What Lightspeed sends that nobody here knows."""
    found = survey.unknown(context.desk(), shop)
    told = [f"{row['kind']}: {row['name']} ({format.number(row['count'])})" for row in found]
    if told:
        st.caption(plain(t("shops.unknown", names=", ".join(told))))


def _check(shop: ShopRow) -> None:
    try:
        with st.spinner(t("shops.checking")):
            found = setup.check_shop(context.desk(), shop)
    except (UsageError, *states.API_ERRORS) as error:
        states.refused(error)
        return
    wizard.found_shop(setup.told(found, found["budget"]))
    numbers = {key.id: n for n, key in enumerate(context.desk().keys(shop), 1)}
    for key in found["keys"]:
        if key["refused"]:
            st.warning(
                t("shops.key_refused_now", number=numbers[key["id"]]), icon=":material/key_off:"
            )
    if found["storefront"] is not None:
        _storefront(found["storefront"])


def _storefront(told: dict[str, Any]) -> None:
    answer = t(f"storefront.{told['form'] or 'silent'}")
    st.caption(t("shops.storefront", answer=answer, at=format.when(told["at"])))


# -- keys -----------------------------------------------------------------------------------


def _keys(shop: ShopRow) -> None:
    keys = context.desk().keys(shop)
    blocks = looked_at(context.desk(), shop).blocks() if keys else {}
    st.caption(t("shops.keys_text"))
    for number, key in enumerate(keys, 1):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(t("shops.key_row", number=number, added=format.day(key.added)))
            _block(shop, key.id, blocks.get(key.id))
            st.button(
                t("shops.key_remove"),
                key=f"shops:key:remove:{key.id}",
                icon=":material/delete:",
                type="tertiary",
                disabled=len(keys) == 1,
                help=t("shops.key_last") if len(keys) == 1 else None,
                on_click=_remove_key,
                args=(shop, key.id),
            )
    _new_key(shop, [(number, key.id) for number, key in enumerate(keys, 1)])


def _block(shop: ShopRow, key_id: int, block: dict[str, Any] | None) -> None:
    """What keeps a key from being used, and the way to try it all the same."""
    if block is None:
        return
    if block["until"]:
        until = format.clock(block["until"])
        st.badge(t("shops.key_blocked", until=until), icon=":material/timer:", color="orange")
    if block["refused"]:
        since = format.when(block["refused"])
        st.badge(t("shops.key_refused", since=since), icon=":material/key_off:", color="red")
    st.button(
        t("shops.key_unblock"),
        key=f"shops:key:unblock:{key_id}",
        icon=":material/lock_open:",
        type="tertiary",
        help=t("shops.key_unblock_help"),
        on_click=_unblock,
        args=(shop, key_id),
    )


@act
def _unblock(shop: ShopRow, key_id: int) -> None:
    setup.forget_block(context.desk(), shop, key_id, context.who())
    flash.tell("done", t("shops.key_unblocked"))


def _new_key(shop: ShopRow, known: list[tuple[int, int]]) -> None:
    ids = {key_id: number for number, key_id in known}
    with st.form(f"shops:key:new:{shop.slug}", clear_on_submit=True, border=False):
        place_of = st.selectbox(
            t("shops.key_place"),
            [None, *ids],
            format_func=lambda key_id: (
                t("shops.key_beside") if key_id is None else t("shops.key_swap", number=ids[key_id])
            ),
        )
        key = st.text_input(t("shops.key"), type="password", autocomplete="off")
        secret = st.text_input(t("shops.secret"), type="password", autocomplete="off")
        sent = st.form_submit_button(t("shops.key_save"), icon=":material/key:")
    if sent:
        with st.spinner(t("shops.checking")), telling():
            _save_key(shop, place_of, key, secret)
        st.rerun()


def _save_key(shop: ShopRow, old: int | None, key: str, secret: str) -> None:
    desk, who = context.desk(), context.who()
    if old is None:
        setup.add_key(desk, shop, key, secret, who)
    else:
        setup.rotate_key(desk, shop, old, key, secret, who)
    flash.tell("done", t("shops.key_saved"))


@act
def _remove_key(shop: ShopRow, key_id: int) -> None:
    desk = context.desk()
    desk.remove_key(shop, key_id)
    desk.audit(context.who(), "key remove", shop.slug, str(key_id))
    flash.tell("done", t("shops.key_removed"))


# -- addresses ------------------------------------------------------------------------------


def _addresses(shop: ShopRow) -> None:
    st.caption(t("shops.url_language_text"))
    named = {code: t(f"shops.url_form.{code}") for code in URL_LANGUAGES}
    st.radio(
        t("shops.url_language"),
        URL_LANGUAGES,
        index=URL_LANGUAGES.index(shop.url_language),
        format_func=named.__getitem__,
        key=f"shops:url_language:{shop.slug}",
        on_change=_set_url_language,
        args=(shop,),
    )
    kept = context.desk().storefront(shop)
    if kept is not None:
        _storefront(kept)


@act
def _set_url_language(shop: ShopRow) -> None:
    _set(shop, "url_language", str(st.session_state[f"shops:url_language:{shop.slug}"]))


# -- reserve, removal -----------------------------------------------------------------------


def _reserve(shop: ShopRow) -> None:
    st.caption(t("shops.reserve_text"))
    st.number_input(
        t("shops.reserve"),
        min_value=0,
        max_value=90,
        value=shop.reserve,
        key=f"shops:reserve:{shop.slug}",
        on_change=_set_reserve,
        args=(shop,),
        width=200,
    )


@act
def _set_reserve(shop: ShopRow) -> None:
    _set(shop, "reserve", str(st.session_state[f"shops:reserve:{shop.slug}"]))


def _set(shop: ShopRow, key: str, value: str) -> None:
    desk = context.desk()
    desk.set_shop(shop, {key: value})
    desk.audit(context.who(), "shop set", shop.slug, f"{key}={value}")
    if key == "reserve":
        flash.tell("done", t("shops.reserve_saved", percent=value))
    else:
        flash.tell("done", t("shops.url_language_saved"))


def _remove_shop(shop: ShopRow) -> None:
    named = ", ".join(plain(store.name) for store in context.desk().stores(shop)) or "–"
    st.markdown(t("shops.remove_text", stores=named), width=680)
    st.text_input(
        t("shops.remove_type", name=plain(shop.name)), key=f"shops:remove:{shop.slug}", width=420
    )
    st.button(
        t("shops.remove_shop"),
        key=f"shops:remove:button:{shop.slug}",
        icon=":material/delete_forever:",
        on_click=_remove,
        args=(shop,),
    )


@act
def _remove(shop: ShopRow) -> None:
    typed = str(st.session_state.get(f"shops:remove:{shop.slug}", ""))
    setup.remove_shop(context.desk(), shop, typed, context.who())
    flash.tell("done", t("shops.removed", name=plain(shop.name)))
