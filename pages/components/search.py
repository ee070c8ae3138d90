"""Search from any page: stores, runs and records in one box, which Ctrl+K and "/" open."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from pages.components import asked, context, format, links, states
from pages.components.acts import KNOWN, act
from pages.components.texts import plain, t
from sync import explain
from sync.store import FoundStore, RunRow, StoreRow

_OPEN: Final = "search is open"
_BOX: Final = "search:box"
_OF_STORE: Final = ("preview", "settings", "runs", "lookup")
"""Pages that show one store: a store that is found opens on the one that is looked at."""

_first_field = st.components.v2.component(
    "sync_desk_first_field",
    js="""
export default function ({ parentElement }) {
  const dialog = (parentElement.host ?? parentElement).closest('[role=dialog]')
  const enter = () => {
    const field = dialog.querySelector('input')
    if (field) field.focus()
    else requestAnimationFrame(enter)
  }
  if (dialog && !dialog.dataset.entered) enter()
  if (dialog) dialog.dataset.entered = 'yes'
}
""",
)


def button() -> None:
    """Draw the way to the search; shell.js presses it for "/"."""
    st.button(
        t("search.button"),
        icon=":material/search:",
        key="search",
        shortcut="Ctrl+K",
        width="stretch",
        on_click=open_,
    )


def switcher(name: str) -> None:
    """Draw the chosen store's name, as a way to search another one."""
    st.button(
        plain(name),
        icon=":material/unfold_more:",
        icon_position="right",
        key="search:store",
        width="stretch",
        on_click=open_,
    )


@act
def open_() -> None:
    """Open the search, empty."""
    st.session_state[_OPEN] = True
    st.session_state.pop(_BOX, None)


def show(page: str) -> None:
    """Draw the search if it is open; `page` is the one behind it."""
    if st.session_state.get(_OPEN):
        st.dialog(t("search.title"), on_dismiss=_close)(_body)(page)


def _close() -> None:
    st.session_state.pop(_OPEN, None)


def _body(page: str) -> None:
    with st.container(gap="xxsmall", key="search-body"):
        _found(page)


def _found(page: str) -> None:
    text: str = st.text_input(
        t("search.label"),
        key=_BOX,
        label_visibility="collapsed",
        icon=":material/search:",
        placeholder=t("search.label"),
    )
    _first_field(key="search:focus")
    store = context.store()
    try:
        found = explain.anything(context.desk(), store, text)
    except KNOWN as error:
        states.refused(error)
        return
    if text and not (found.stores or found.run or found.records):
        st.caption(t("search.nothing", text=plain(text)))
    if found.run is not None:
        _run(found.run)
    if store is not None:
        _records(store, found.records, text)
    _stores(found.stores, page if page in _OF_STORE else "runs")


def _hit(key: str, label: str, icon: str, page: str, **query: Any) -> None:
    st.button(
        label,
        icon=icon,
        key=f"hit:{key}",
        type="tertiary",
        width="stretch",
        on_click=_go,
        args=(page,),
        kwargs=query,
    )


@act
def _go(page: str, **query: Any) -> None:
    _close()
    links.go_next(page, **query)
    st.rerun()


def _run(run: RunRow) -> None:
    st.caption(t("search.runs"))
    name = plain(context.desk().store_by_id(run.store_id).name)
    told = f"{t(f'kind.{run.kind}')} · {t(f'state.{run.state}')} · {format.when(run.queued)}"
    label = f"**{t('page.run')} {run.id}** · {name} · {told}"
    _hit("run", label, ":material/receipt_long:", "run", run=run.id)


def _records(store: StoreRow, records: list[dict[str, Any]], text: str) -> None:
    if records:
        st.caption(t("search.records", store=plain(store.name)))
    for place, hit in enumerate(records):
        kind = t(f"kind_of.{hit['entity']}")
        label = f"**{plain(hit['title'] or hit['id'])}** · {kind} {plain(hit['id'])}"
        where = {"entity": hit["entity"], "id": hit["id"]}
        _hit(f"record:{place}", label, ":material/label:", "lookup", **where)
    if text and asked.may_be_said(text, found=bool(records)):
        _hit(
            "lookup",
            t("search.lookup", text=plain(text)),
            ":material/travel_explore:",
            "lookup",
            q=text,
        )


def _stores(found: list[FoundStore], page: str) -> None:
    if found:
        st.caption(t("search.stores"))
    for store, shop, domain in found:
        told = " · ".join(filter(None, (plain(shop), store.language.upper(), plain(domain))))
        label = f"**{plain(store.name)}** · {told}"
        _hit(f"store:{store.slug}", label, ":material/storefront:", page, store=store.slug)
