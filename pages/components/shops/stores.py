"""The stores of a shop: schedule, Clerk.io keys, one more language, removal."""

from __future__ import annotations

import streamlit as st

from pages.components import context, flash, links, states
from pages.components.acts import act, telling
from pages.components.texts import plain, t
from sync import run, setup
from sync.store import ShopRow, StoreRow, UsageError


def table(shop: ShopRow) -> None:
    """The shop's stores as links."""
    stores = context.desk().stores(shop)
    if not stores:
        st.info(t("shops.no_stores"), icon=":material/info:")
    for store in stores:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(store.name)}** · {store.language.upper()}")
            if store.paused:
                st.badge(t("shops.paused"), icon=":material/pause:", color="gray")
            links.to("preview", label=t("page.preview"), store=store.slug)
            links.to("settings", label=t("page.settings"), store=store.slug)


def manage(shop: ShopRow) -> None:
    """Everything that can be changed of the shop's stores."""
    for store in context.desk().stores(shop):
        with st.container(border=True):
            st.markdown(f"**{plain(store.name)}** · {store.language.upper()}")
            _schedule(store)
            _clerk_keys(store)
            _remove_form(store)
    _add(shop)


def _schedule(store: StoreRow) -> None:
    st.toggle(
        t("shops.schedule_on"),
        value=not store.paused,
        key=f"shops:schedule:{store.slug}",
        on_change=_pause,
        args=(store,),
        help=t("shops.schedule_help"),
    )


@act
def _pause(store: StoreRow) -> None:
    desk = context.desk()
    paused = not st.session_state[f"shops:schedule:{store.slug}"]
    desk.pause(store, paused)
    desk.audit(context.who(), "store pause" if paused else "store resume", store.slug)


def _clerk_keys(store: StoreRow) -> None:
    with (
        st.expander(t("shops.clerk_keys"), icon=":material/key:"),
        st.form(f"shops:clerk:{store.slug}", clear_on_submit=True, border=False),
    ):
        public = st.text_input(t("shops.public"), type="password", autocomplete="off")
        private = st.text_input(t("shops.private"), type="password", autocomplete="off")
        if st.form_submit_button(t("shops.key_save"), icon=":material/key:"):
            with st.spinner(t("shops.checking")), telling():
                _save_clerk_keys(store, public, private)
            st.rerun()


def _save_clerk_keys(store: StoreRow, public: str, private: str) -> None:
    setup.rotate_clerk_keys(context.desk(), store, public, private, context.who())
    flash.tell("done", t("shops.clerk_keys_saved", name=plain(store.name)))


def _remove_form(store: StoreRow) -> None:
    with st.expander(t("shops.remove_store"), icon=":material/delete:"):
        st.markdown(t("shops.remove_store_text"), width=640)
        name = st.text_input(
            t("shops.remove_type", name=plain(store.name)), key=f"shops:remove:store:{store.slug}"
        )
        st.button(
            t("shops.remove_store"),
            key=f"shops:remove:store:button:{store.slug}",
            icon=":material/delete_forever:",
            on_click=_remove,
            args=(store, name),
        )


@act
def _remove(store: StoreRow, _: str) -> None:
    typed = str(st.session_state.get(f"shops:remove:store:{store.slug}", "")).strip()
    desk = context.desk()
    if typed != store.name:
        flash.tell("error", t("shops.remove_other", name=plain(store.name)))
        return
    run.remove_store(desk, store)
    desk.audit(context.who(), "store remove", store.slug)
    flash.tell("done", t("shops.removed", name=plain(store.name)))


def _add(shop: ShopRow) -> None:
    with (
        st.expander(t("shops.add_store"), icon=":material/add:"),
        st.form(f"shops:store:new:{shop.slug}", clear_on_submit=False, border=False),
    ):
        st.caption(t("own_sync"))
        name = st.text_input(t("shops.store_name"))
        language = st.text_input(t("shops.language"), max_chars=2, width=120)
        public = st.text_input(t("shops.public"), type="password", autocomplete="off")
        private = st.text_input(t("shops.private"), type="password", autocomplete="off")
        url = st.text_input(t("shops.clerk_url"), help=t("shops.api_url_help"))
        if st.form_submit_button(t("shops.add_store"), icon=":material/add:"):
            form = {"name": name, "language": language, "public": public, "private": private}
            _add_store(shop, {**form, "api_url": url})


def _add_store(shop: ShopRow, form: dict[str, str]) -> None:
    try:
        store = setup.add_store(context.desk(), shop, form, context.who())
    except UsageError as error:
        states.refused(error)
        return
    flash.tell("done", t("shops.store_added", name=plain(store.name)))
    st.rerun()
