"""What a page works with: the desk (the data folder), the person, the chosen store."""

from __future__ import annotations

import streamlit as st

from pages.components import asked, names
from pages.components.texts import t
from sync.store import Desk, Gone, StoreRow, data_folder, whoami

_IN_URL = "store in the URL"
_NEXT = "store to choose next"
_SHOWN = "store on the screen"
_LOST = "store that is gone"


def desk() -> Desk:
    """Return the desk of the data folder (SYNC_DATA, else `data` beside app.py)."""
    return _desk(str(data_folder()))


@st.cache_resource(show_spinner=False)
def _desk(folder: str) -> Desk:
    return Desk(data_folder(folder))


def who() -> str:
    """Return the person's name: SYNC_USER, else the login name."""
    return whoami()


def choose_store() -> None:
    """Draw the store picker of the sidebar. The choice is in the URL, so that a link opens it."""
    stores = {store.slug: store for store in desk().stores()}
    _mark_lost(stores)
    if not stores:
        st.session_state.pop("store", None)
        return
    wanted = asked.one("store")
    strange = _strange(stores)
    if st.session_state.get(_NEXT) in stores:
        st.session_state["store"] = st.session_state.pop(_NEXT)
    elif wanted in stores and wanted != st.session_state.get(_IN_URL):  # somebody followed a link
        st.session_state["store"] = wanted
    if strange:
        st.session_state["store"] = None
    elif st.session_state.get("store") not in stores:
        st.session_state["store"] = next(iter(stores))
    known = names.stores(desk())
    st.selectbox(
        t("frame.store"),
        list(stores),
        index=None if strange else 0,
        format_func=lambda slug: known.get(slug, stores[slug].name),
        key="store",
        on_change=_follow,
    )
    chosen = st.session_state["store"]
    if chosen is None:
        return
    st.query_params["store"] = st.session_state[_IN_URL] = chosen
    if st.session_state.get(_LOST) is None:
        st.session_state[_SHOWN] = (stores[chosen].id, chosen)


def _mark_lost(stores: dict[str, StoreRow]) -> None:
    """Note whether the store on the screen was removed, even if another one has its slug by now.
    The page says so once; the next run shows a store that exists."""
    number, slug = st.session_state.pop(_SHOWN, (None, ""))
    there = number is None or any(store.id == number for store in stores.values())
    if not there:
        st.session_state[_LOST] = ("store_gone", slug)
    elif _strange(stores):
        st.session_state[_LOST] = ("no_such_store", asked.one("store"))
    else:
        st.session_state[_LOST] = None


def _strange(stores: dict[str, StoreRow]) -> bool:
    """Whether the address names a store that is not there; one that was shown is removed."""
    wanted = asked.one("store")
    return bool(wanted) and wanted not in stores and wanted != st.session_state.get(_IN_URL)


def lost_store() -> Gone | None:
    """Return why the store on the screen or in the address is not there; None if it is."""
    lost: tuple[str, str] | None = st.session_state.get(_LOST)
    return Gone(lost[0], slug=lost[1]) if lost else None


def _follow() -> None:
    """Name the store in the URL, and clear the record or run of the one that was shown before."""
    st.session_state.pop(_SHOWN, None)
    asked.say("store", st.session_state["store"])
    for name in [name for name in st.query_params if name not in ("lang", "store")]:
        del st.query_params[name]
    asked.entered()


def open_store_later(slug: str) -> None:
    """Choose a store at the page's next run: the picker of this one is drawn already."""
    st.session_state[_NEXT] = slug


def store() -> StoreRow | None:
    """Return the chosen store; None if there is none yet."""
    slug = st.session_state.get("store")
    known = {row.slug: row for row in desk().stores()}
    return known.get(str(slug)) if slug else None
