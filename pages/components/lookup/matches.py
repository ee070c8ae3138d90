"""The list of what was found, beside the record that is open."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from hashlib import blake2b
from typing import Any, Final

import streamlit as st

from pages.components import asked, context, format, links
from pages.components.acts import act
from pages.components.lookup import record
from pages.components.lookup.box import Search
from pages.components.texts import plain, t
from sync import explain
from sync.preview.outlook import coverage
from sync.store import StoreRow

OTHERS: Final = 200  # stores that are searched beside the chosen one
_EVERYWHERE: Final = "lookup:everywhere"
_COLORS: Final = {
    "sent": "green",
    "goes": "blue",
    "follows": "violet",
    "refused": "red",
    "still_there": "orange",
    "left_out": "gray",
    "gone": "gray",
}


def beside(store: StoreRow, search: Search, entity: str, named: str) -> None:
    """Draw the list, and beside it the record that was chosen, else the first one."""
    listed, shown = st.columns([1, 2.1])
    hits = search.hits
    with listed:
        _table(hits, search.text)
        read = coverage(context.desk(), store).as_of
        st.caption(t("lookup.searched", ago=format.ago(read)))
        _others(store, search.text)
    with shown, st.container(border=True):
        if entity and named:
            record.show(store, entity, named)
        else:
            record.show(store, hits[0]["entity"], str(hits[0]["id"]))


def name(hit: dict[str, Any]) -> str:
    """What a record is called in a list: a customer by the number alone."""
    kind = t(f"kind_of.{hit['entity']}")
    if hit["entity"] == "customer" or not hit["title"]:
        return f"{kind} {hit['id']}"
    return str(hit["title"]) if hit["entity"] == "product" else f"{kind} {hit['title']}"


def table_name(text: str) -> str:
    """Return the table's key. It stands in the page, where an e-mail address may not."""
    return f"lookup:found:{blake2b(text.encode(), digest_size=4).hexdigest()}"


def _table(hits: Sequence[dict[str, Any]], text: str) -> None:
    """Any cell opens its record."""
    table = table_name(text)
    states = {state: t(f"lookup.state.{state}") for state in _COLORS}
    column = st.column_config
    st.dataframe(
        {
            "state": [[states[hit["state"]]] for hit in hits],
            "name": [name(hit) for hit in hits],
        },
        column_config={
            "state": column.MultiselectColumn(
                t("lookup.column.state"),
                options=list(states.values()),
                color=list(_COLORS.values()),
                width=105,
            ),
            "name": column.TextColumn(t("lookup.column.record")),
        },
        hide_index=True,
        height=min(len(hits) * 35 + 40, 560),
        key=table,
        on_select=partial(_open, table, [(hit["entity"], str(hit["id"])) for hit in hits]),
        selection_mode="single-cell",
        alt=t("lookup.list"),
    )


@act
def _open(table: str, records: Sequence[tuple[str, str]]) -> None:
    cells = st.session_state[table].selection.cells
    if cells and cells[0][0] < len(records):
        entity, named = records[cells[0][0]]
        asked.say("entity", entity)
        asked.say("id", named)


# -- other stores ---------------------------------------------------------------------------


def _others(store: StoreRow, text: str) -> None:
    """Offer to look into the other stores, and do so once that was asked for this text."""
    others = len(context.desk().stores()) - 1
    if not others:
        return
    if st.session_state.get(_EVERYWHERE) == (store.id, text):
        elsewhere(store, text)
        return
    st.button(
        t("lookup.search_others", count=min(others, OTHERS)),
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
            for each in others[:OTHERS]
            for hit in explain.lookup(desk, each, text, 3, typos=False)
        ]
    if not others:
        return
    st.markdown(f"**{t('lookup.elsewhere' if hits else 'lookup.nowhere')}**")
    if len(others) > OTHERS:
        st.caption(t("lookup.first_others", count=OTHERS))
    for other, hit in hits[: 3 * MOST_LINKS]:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            state_badge(hit["state"])
            links.to(
                "lookup",
                label=plain(name(hit)),
                store=other.slug,
                entity=hit["entity"],
                id=hit["id"],
            )
            st.caption(f"{plain(other.name)} · {hit['id']}")


MOST_LINKS: Final = 20


def state_badge(state: str) -> None:
    """Draw how a record stands."""
    st.badge(t(f"lookup.state.{state}"), color=_COLORS[state])  # type: ignore[arg-type]
