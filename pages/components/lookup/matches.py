"""The box, and what was found for it."""

from __future__ import annotations

import re
from typing import Any, Final

import streamlit as st

from pages.components import asked, context, links, states
from pages.components.acts import act
from pages.components.lookup import record
from pages.components.texts import plain, t
from sync import explain
from sync.store import StoreRow

BOX = "lookup:box"
MOST = 20
OTHERS: Final = 200  # stores that are searched where the chosen one has nothing


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
    typed = st.session_state[BOX].strip()
    asked.say("q", None if "@" in typed else typed)  # no e-mail address in an address


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
        st.markdown(f"**{t('lookup.nothing', text=plain(_masked(text)))}**")
        st.markdown(t("lookup.searched"))
        if _ORDER.fullmatch(text):
            _older_orders(store, text)
    _elsewhere(store, text)


# An order's number, with or without # and letters before it; longer ones are EANs.
_ORDER: Final = re.compile(r"#?\s*[A-Za-z]{0,6}[-_\s]?\d{1,10}")


def _masked(text: str) -> str:
    """What was typed; of an e-mail address its first letter and its domain."""
    name, at, domain = text.rpartition("@")
    return f"{name[:1]}…@{domain}" if at else text


def _older_orders(store: StoreRow, text: str) -> None:
    order = explain.explain(context.desk(), store, "order", text)
    if order.not_read:
        st.info(record.sentence(order), icon=":material/history:")
        st.markdown(t("lookup.older_orders"))
        links.to("settings", label=t("page.settings"), icon=":material/tune:")


def _elsewhere(store: StoreRow, text: str) -> None:
    """What other stores have of that name."""
    desk = context.desk()
    others = [each for each in desk.stores() if each.id != store.id][:OTHERS]
    hits = [(each, hit) for each in others for hit in explain.lookup(desk, each, text, 3)]
    if not hits:
        return
    st.markdown(f"**{t('lookup.elsewhere')}**")
    for other, hit in hits:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            record.goes_badge(hit["goes"])
            links.to(
                "lookup",
                label=plain(hit["title"] or hit["id"]),
                store=other.slug,
                entity=hit["entity"],
                id=hit["id"],
            )
            kind = t(f"kind_of.{hit['entity']}")
            st.caption(f"{plain(other.name)} · {kind} · {hit['id']}")
