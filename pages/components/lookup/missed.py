"""Nothing was found: what was searched, kind by kind, and what may be the reason."""

from __future__ import annotations

import re
from typing import Final

import streamlit as st

from pages.components import context, format, layout, links, rights, run_request
from pages.components import settings_words as words
from pages.components.lookup import others
from pages.components.texts import plain, t
from sync import explain
from sync.personal import masking
from sync.store import StoreRow

# An order's number, with or without # and letters before it; longer ones are EANs.
_ORDER: Final = re.compile(r"#?\s*[A-Za-z]{0,6}[-_\s]?\d{1,10}")


def show(store: StoreRow, text: str) -> None:
    """Say what was searched for a text, and why each kind may not have it; then what other stores
    have."""
    said = t("lookup.nothing", text=plain(masking.typed(text)), store=plain(store.name))
    acts = layout.answer(said, t("lookup.how_searched"))
    acts.button(
        t("lookup.read_again"),
        icon=":material/refresh:",
        key="lookup:read",
        on_click=run_request.ask,
        args=(store, "refresh"),
        **rights.look("run refresh", store),
    )
    with st.container(border=True, gap="small"):
        for kind in explain.searched(context.desk(), store):
            st.markdown(_line(kind))
        older(store, text, said=False)
    others.elsewhere(store, text)


def _line(kind: explain.Searched) -> str:
    """`**Products** (600) by id, … : why it may be missing`."""
    named = t(f"entity.{kind.entity}")
    how = t(f"lookup.by.{kind.entity}")
    why = " ".join(map(_why, kind.whys))
    return f"**{named}** ({format.number(kind.count)}) {how}.  \n:gray[{why}]"


def _why(why: explain.Why) -> str:
    since = format.when(why.since) if why.since else ""
    setting = words.label(why.setting) if why.setting else ""
    return t(f"lookup.why.{why.code}", since=since, setting=setting)


def older(store: StoreRow, text: str, *, said: bool = True) -> None:
    """For a text that may be an order's number say what would read older orders, if there are any;
    with `said` also why orders are missing."""
    if not _ORDER.fullmatch(text):
        return
    kinds = explain.searched(context.desk(), store)
    whys = next(kind.whys for kind in kinds if kind.entity == "orders")
    if all(why.code != "older" for why in whys):
        return
    if said:
        st.caption(" ".join(map(_why, whys)))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(t("lookup.older_orders"), width="content")
        links.to("settings", label=t("page.settings"), icon=":material/tune:")
