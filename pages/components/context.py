"""What a page works with: the desk (the data folder), the person, the chosen store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import RunLocation, ThreadState

from pages.components import asked, names, signin
from pages.components.texts import t
from sync.access.signin import SignedOut
from sync.store import Desk, Gone, StoreRow

_IN_URL = "store in the URL"
_NEXT = "store to choose next"
_SHOWN = "store on the screen"
_LOST = "store that is gone"
FEW: Final = 100
"""Stores that a list to pick from holds; all options of a list are sent to the browser."""


def desk() -> Desk:
    """Return the desk of the data folder (SYNC_DATA, else `data` beside app.py), on behalf of who
    is signed in. In a fragment whose reader is not any more, the whole page is drawn anew."""
    try:
        return signin.desk()
    except SignedOut:
        if ThreadState.get().run_location is RunLocation.FRAGMENT:
            st.rerun()
        raise


def choose_store(many: Callable[[str], None]) -> None:
    """Draw the store picker of the sidebar; with more stores than a list can hold `many`, which
    gets the chosen one's name. The choice is in the URL, so that a link opens it."""
    first = desk().stores(limit=FEW + 1)
    _mark_lost()
    if not first:
        st.session_state.pop("store", None)
        return
    _choose(first[0])
    if len(first) > FEW:
        chosen = store()
        many(chosen.name if chosen else t("frame.choose_store"))
    else:
        _picker(first)
    slug = st.session_state["store"]
    if slug is None:
        return
    asked.write("store", slug)
    st.session_state[_IN_URL] = slug
    chosen = store()
    if chosen is not None and st.session_state.get(_LOST) is None:
        st.session_state[_SHOWN] = (chosen.id, slug)


def _choose(first: StoreRow) -> None:
    """Choose the store that was asked for, else keep the chosen one, else take the first."""
    wanted, later = asked.one("store"), st.session_state.get(_NEXT)
    if later and desk().find_store(later):
        st.session_state["store"] = st.session_state.pop(_NEXT)
    elif wanted != st.session_state.get(_IN_URL) and desk().find_store(wanted):
        st.session_state["store"] = wanted  # somebody followed a link
    if _strange():
        st.session_state["store"] = None
    elif store() is None:
        st.session_state["store"] = first.slug


def _picker(stores: list[StoreRow]) -> None:
    known = names.stores(desk())
    of_slug = {row.slug: row.name for row in stores}
    st.selectbox(
        t("frame.store"),
        list(of_slug),
        index=None if st.session_state["store"] is None else 0,
        format_func=lambda slug: known.get(slug, of_slug[slug]),
        placeholder=t("frame.choose_store"),
        key="store",
        on_change=_follow,
    )


def _mark_lost() -> None:
    """Note whether the store on the screen was removed, even if another one has its slug by now.
    The page says so once; the next run shows a store that exists."""
    number, slug = st.session_state.pop(_SHOWN, (None, ""))
    there = desk().find_store(slug) if slug else None
    if number is not None and (there is None or there.id != number):
        st.session_state[_LOST] = ("store_gone", slug)
    elif _strange():
        st.session_state[_LOST] = ("no_such_store", asked.one("store"))
    else:
        st.session_state[_LOST] = None


def _strange() -> bool:
    """Whether the address names a store that is not there; one that was shown is removed."""
    wanted = asked.one("store")
    if not wanted or wanted == st.session_state.get(_IN_URL):
        return False
    return desk().find_store(wanted) is None


def lost_store() -> Gone | None:
    """Return why the store on the screen or in the address is not there; None if it is."""
    lost: tuple[str, str] | None = st.session_state.get(_LOST)
    return Gone(lost[0], slug=lost[1]) if lost else None


def _follow() -> None:
    """Name the store in the URL, and clear the record or run of the one that was shown before."""
    st.session_state.pop(_SHOWN, None)
    asked.say("store", st.session_state["store"])
    for name in [name for name in st.query_params if name not in ("lang", "store")]:
        asked.write(name, None)
    asked.entered()


def open_store_later(slug: str) -> None:
    """Choose a store at the page's next run: the picker of this one is drawn already."""
    st.session_state[_NEXT] = slug


def store() -> StoreRow | None:
    """Return the chosen store; None if there is none yet."""
    slug = st.session_state.get("store")
    return desk().find_store(str(slug)) if slug else None
