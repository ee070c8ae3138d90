"""The box, and what was found for it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components import asked, context, links, states
from pages.components.acts import act
from pages.components.lookup import record
from pages.components.texts import plain, t
from sync import explain
from sync.store import StoreRow

BOX = "lookup:box"
MOST = 20


def box() -> None:
    """One box for everything; what was typed is in the URL as ?q=."""
    asked.follow("q", BOX, lambda found: (found or [""])[-1])
    st.text_input(
        t("lookup.box"),
        key=BOX,
        icon=":material/search:",
        placeholder=t("lookup.placeholder"),
        on_change=_ask,
        max_chars=asked.LONGEST,
    )


@act
def _ask() -> None:
    for name in ("entity", "id"):
        asked.say(name, None)
    asked.say("q", st.session_state[BOX].strip())


def show(store: StoreRow) -> None:
    """The only match at once, several as a list, and for none what was searched."""
    text = str(st.session_state.get(BOX) or "").strip()
    if not text:
        states.empty("lookup.empty", icon=":material/search:")
        return
    found = explain.lookup(context.desk(), store, text, MOST)
    if not found:
        _nothing(store, text)
    elif len(found) == 1:
        record.show(store, found[0]["entity"], str(found[0]["id"]))
    else:
        _list(found)


def _list(found: list[dict[str, Any]]) -> None:
    st.caption(t("lookup.several", number=len(found)))
    for match in found:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            record.goes_badge(match["goes"])
            links.to(
                "lookup",
                label=plain(match["title"] or match["id"]),
                entity=match["entity"],
                id=match["id"],
                q=asked.one("q") or None,
            )
            kind, matched = t(f"kind_of.{match['entity']}"), t(f"matched.{match['matched']}")
            st.caption(f"{kind} · {match['id']} · {t('lookup.matched', what=matched)}")


def _nothing(store: StoreRow, text: str) -> None:
    with st.container(border=True):
        st.markdown(f"**{t('lookup.nothing', text=plain(text))}**")
        st.markdown(t("lookup.searched"))
        order = explain.explain(context.desk(), store, "order", text)
        if order.not_read:
            st.info(record.sentence(order), icon=":material/history:")
            st.markdown(t("lookup.older_orders"))
            links.to("settings", label=t("page.settings"), icon=":material/tune:")
