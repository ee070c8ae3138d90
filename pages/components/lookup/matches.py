"""The list of what was found, beside the record that is open."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import streamlit as st

from pages.components import asked, cells, context, format, opened
from pages.components.acts import act
from pages.components.lookup import missed, others, record
from pages.components.lookup.box import Search
from pages.components.texts import t
from sync.preview.outlook import coverage
from sync.store import StoreRow

_TABLE: Final = "lookup:found"
_LOW: Final = 215  # pixels: five rows
# On a phone the record stands under the list, and is to be seen once a row was touched.
_HEIGHT: Final = (
    "<style>@media (min-width: 768px) {{"
    " :is(.st-key-lookup-list, [data-testid=stLayoutWrapper]:has(> .st-key-lookup-list)) {{"
    " height: {high}px !important; flex: none !important }} }}</style>"
)


def beside(store: StoreRow, search: Search, entity: str, named: str) -> None:
    """Draw the list, and beside it the record that was chosen, else the first one."""
    listed, shown = st.columns([1, 2.1])
    hits = search.hits
    first = (hits[0]["entity"], str(hits[0]["id"]))
    open_ = (entity, named) if entity and named else first
    with listed:
        high = min(len(hits) * 35 + 40, 560)
        st.html(_HEIGHT.format(high=high))
        with st.container(key="lookup-list", height=min(high, _LOW), border=False):
            _table(hits, open_)
        read = coverage(context.desk(), store).as_of
        st.caption(t("lookup.searched", ago=format.ago(read)))
        if all(hit["matched"] == "typo" for hit in hits):
            missed.older(store, search.text)
        others.offer(store, search.text)
    with shown, st.container(border=True):
        record.show(store, *open_)


def _table(hits: Sequence[dict[str, Any]], shown: tuple[str, str]) -> None:
    """Any cell opens its record; the one that is shown is marked."""
    records = [(hit["entity"], str(hit["id"])) for hit in hits]
    drawn = opened.stamp(records)
    state, name = f"state{drawn}", f"name{drawn}"
    states = {code: t(f"lookup.state.{code}") for code in others.COLORS}
    column = st.column_config
    opened.mark(_TABLE, records, shown, name)
    st.dataframe(
        cells.arrow(
            {
                state: [[states[hit["state"]]] for hit in hits],
                name: [others.name(hit) for hit in hits],
            }
        ),
        placeholder="–",
        column_config={
            state: column.MultiselectColumn(
                t("lookup.column.state"),
                options=list(states.values()),
                color=list(others.COLORS.values()),
                width=105,
            ),
            name: column.TextColumn(t("lookup.column.record")),
        },
        hide_index=True,
        height="stretch",
        key=_TABLE,
        on_select=partial(_open, records, drawn),
        selection_mode="single-cell",
        alt=t("lookup.list"),
    )


@act
def _open(records: Sequence[tuple[str, str]], drawn: str) -> None:
    record = opened.chosen(_TABLE, records, drawn)
    if record is not None:
        asked.say("entity", record[0])
        asked.say("id", record[1])
