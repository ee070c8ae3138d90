"""The other stores, searched for the same."""

from __future__ import annotations

from typing import Any, Final, Literal

import streamlit as st

from pages.components import context, links
from pages.components.acts import act
from pages.components.texts import plain, t
from sync import explain
from sync.store import StoreRow

MOST: Final = 200  # stores that are searched beside the chosen one
_EVERYWHERE: Final = "lookup:everywhere"
_LINKS: Final = 60
Color = Literal["green", "blue", "violet", "red", "orange", "gray"]
COLORS: Final[dict[str, Color]] = {
    "sent": "green",
    "goes": "blue",
    "follows": "violet",
    "refused": "red",
    "still_there": "orange",
    "left_out": "gray",
    "gone": "gray",
}


def name(hit: dict[str, Any]) -> str:
    """What a record is called in a list: a customer by the number alone."""
    kind = t(f"kind_of.{hit['entity']}")
    if hit["entity"] == "customer" or not hit["title"]:
        return f"{kind} {hit['id']}"
    return str(hit["title"]) if hit["entity"] == "product" else f"{kind} {hit['title']}"


def offer(store: StoreRow, text: str) -> None:
    """Offer to look into the other stores, and do so once that was asked for this text."""
    others = len(context.desk().stores()) - 1
    if not others:
        return
    if st.session_state.get(_EVERYWHERE) == (store.id, text):
        elsewhere(store, text)
        return
    st.button(
        t("lookup.search_others", count=min(others, MOST)),
        icon=":material/travel_explore:",
        type="tertiary",
        key="lookup:others",
        on_click=_search_others,
        args=(store.id, text),
    )


@act
def _search_others(store: int, text: str) -> None:
    st.session_state[_EVERYWHERE] = (store, text)


def elsewhere(store: StoreRow, text: str) -> None:
    """Draw what other stores have of that name."""
    desk = context.desk()
    others = [each for each in desk.stores() if each.id != store.id]
    with st.spinner(t("lookup.searching")):
        hits = [
            (each, hit)
            for each in others[:MOST]
            for hit in explain.lookup(desk, each, text, 3, typos=False)
        ]
    if not others:
        return
    st.markdown(f"**{t('lookup.elsewhere' if hits else 'lookup.nowhere')}**")
    if len(others) > MOST:
        st.caption(t("lookup.first_others", count=MOST))
    for other, hit in hits[:_LINKS]:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(t(f"lookup.state.{hit['state']}"), color=COLORS[hit["state"]])
            links.to(
                "lookup",
                label=plain(name(hit)),
                store=other.slug,
                entity=hit["entity"],
                id=hit["id"],
            )
            st.caption(f"{plain(other.name)} · {hit['id']}")
