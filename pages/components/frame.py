"""The frame around every page: set-up, navigation, sidebar, and the gate at each page's head."""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages.components import (
    acts,
    asked,
    browser,
    context,
    door,
    draft,
    flash,
    layout,
    links,
    person,
    search,
    signin,
    states,
    worker,
)
from pages.components.specs import NAME, SPECS
from pages.components.texts import NAMES, lang, one_language, plain, t
from sync.access import Role
from sync.addresses import allowed_networks
from sync.database import kept
from sync.patience import default_timeout
from sync.store import Gone, StoreRow

_ICON = Path(__file__).with_name("icon.svg")
_SENT = "sent to app.py"
_SHOWN = "page shown last"
_through_app: ContextVar[bool] = ContextVar("through app.py", default=False)


@kept()
@one_language()
def enter() -> None:
    """Set up, draw the sidebar, and run the page that was asked for: all of app.py."""
    st.session_state.pop(_SENT, None)
    asked.settle()
    _configure()
    layout.style()
    page = st.navigation(list(_pages().values()), position="hidden")
    try:
        with signin.admitted():
            _enter(page)
    except door.CLOSED as closed:
        door.show(closed)
    except acts.KNOWN as error:  # a data folder that cannot be used
        states.failed(error)


def _enter(page: StreamlitPage) -> None:
    """All of it for somebody who is let in."""
    st.logo(str(layout.LOGO), size="small")
    if st.session_state.get(_SHOWN) != page.url_path:
        st.session_state[_SHOWN] = page.url_path
        asked.entered()
    worker.ensure()
    passed = _through_app.set(True)
    try:
        with st.sidebar:
            _sidebar(page)
        links.follow()
        search.show(_name(page))
        default_timeout()
        allowed_networks()
        page.run()
    except Gone as error:
        states.gone(error, _to_overview)
    except door.CLOSED:
        raise
    except acts.KNOWN as error:
        states.failed(error)
    finally:
        _through_app.reset(passed)
    flash.show()


def _configure() -> None:
    """Set title and icon before any navigation: else a page's Material icon becomes the tab's, and
    that is fetched from Google's host."""
    st.set_page_config(page_title=NAME, page_icon=str(_ICON), layout="wide")


def gate() -> None:
    """Stop a page that a fresh server runs past app.py: it registers the navigation and runs again,
    this time through app.py. Each page begins with this."""
    if _through_app.get():
        return
    if not st.session_state.get(_SENT):
        _configure()
        st.navigation(list(_pages().values()), position="hidden")
        st.session_state[_SENT] = True  # last: another click may end this run before the navigation
        st.rerun()
    st.stop()


def _pages() -> dict[str, StreamlitPage]:
    return {
        spec.name: st.Page(
            f"pages/{spec.name}.py",
            title=t(f"page.{spec.name}"),
            icon=spec.icon,
            url_path=spec.name,
            default=spec is SPECS[0],
            visibility="visible" if spec.in_menu else "hidden",
        )
        for spec in SPECS
    }


def _name(page: StreamlitPage) -> str:
    return page.url_path or SPECS[0].name


def _sidebar(page: StreamlitPage) -> None:
    menu = st.container(key="menu")
    context.choose_store(search.switcher)
    st.segmented_control(
        t("frame.language"),
        list(NAMES),
        format_func=lambda name: NAMES[name],
        key="lang",
        on_change=asked.settle,
        required=True,
        label_visibility="collapsed",
    )
    asked.write("lang", lang())
    with menu:
        _menu()
    _unsaved(page)
    _who()
    until = signin.visitor().until
    browser.draw(None if person.signed_in() else person.cookie(), until=until, go=signin.way_out())


def _menu() -> None:
    """The search and the pages. Streamlit's own menu leaves store and language to the page, and
    each is a step more for Back."""
    search.button()
    for spec in SPECS:
        if spec.in_menu and (spec.action is None or context.desk().may(spec.action)):
            links.to(spec.name, label=t(f"page.{spec.name}"), icon=spec.icon)
    st.divider()


def _who() -> None:
    """Who is signed in, as what, and the way out; nothing where nobody has to sign in."""
    there = signin.visitor()
    if not there.signin:
        return
    known = context.desk().person
    role = max((*known.shops.values(), known.everywhere or Role.VIEWER))
    told = t(f"role.{role}")
    if known.everywhere is None:
        told = t("signin.in_shops", role=told, n=len(known.shops))
    with st.container(key="who", gap="xxsmall"):
        st.caption(f"{plain(there.name)}  \n{told}")
        if signin.can_sign_out():
            door.out()


def _unsaved(page: StreamlitPage) -> None:
    """Link to changes that are not saved, on every page but theirs."""
    store = context.store()
    count = len(draft.changes(store)) if store else 0
    if count and page.url_path != "settings":
        told = t("frame.unsaved", count=count)  # as short as the sidebar is narrow
        links.to("settings", label=told, icon=":material/edit_note:", help=draft.said(count))


def chosen_store() -> StoreRow:
    """Return the chosen store. Without any the page ends with the way to the first one; raises Gone
    if the store on the screen was removed."""
    lost = context.lost_store()
    if lost is not None:
        raise lost
    store = context.store()
    if store is None:
        states.empty("frame.no_store", icon=":material/storefront:", act=_to_shops)
        st.stop()
    return store


def _to_overview() -> None:
    links.to("overview", label=t("page.overview"), icon=":material/arrow_back:")


def _to_shops() -> None:
    links.to("shops", label=t("frame.no_store.button"), icon=":material/add:")
