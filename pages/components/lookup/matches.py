"""The list of what was found, beside the record that is open."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from hashlib import blake2b
from typing import Any, Final

import streamlit as st

from pages.components import asked, cells, context, format, opened
from pages.components.acts import act
from pages.components.lookup import missed, others, record
from pages.components.lookup.box import Search
from pages.components.texts import t
from sync.preview.outlook import coverage
from sync.store import StoreRow

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
    with listed:
        high = min(len(hits) * 35 + 40, 560)
        st.html(_HEIGHT.format(high=high))
        with st.container(key="lookup-list", height=min(high, _LOW), border=False):
            _table(hits, search.text)
        read = coverage(context.desk(), store).as_of
        st.caption(t("lookup.searched", ago=format.ago(read)))
        if all(hit["matched"] == "typo" for hit in hits):
            missed.older(store, search.text)
        others.offer(store, search.text)
    with shown, st.container(border=True):
        if entity and named:
            record.show(store, entity, named)
        else:
            record.show(store, hits[0]["entity"], str(hits[0]["id"]))


def table_name(text: str) -> str:
    """Return the table's key. It stands in the page, where an e-mail address may not."""
    return f"lookup:found:{blake2b(text.encode(), digest_size=4).hexdigest()}"


def _table(hits: Sequence[dict[str, Any]], text: str) -> None:
    """Any cell opens its record."""
    table = table_name(text)
    states = {state: t(f"lookup.state.{state}") for state in others.COLORS}
    column = st.column_config
    st.dataframe(
        cells.arrow(
            {
                "state": [[states[hit["state"]]] for hit in hits],
                "name": [others.name(hit) for hit in hits],
            }
        ),
        placeholder="–",
        column_config={
            "state": column.MultiselectColumn(
                t("lookup.column.state"),
                options=list(states.values()),
                color=list(others.COLORS.values()),
                width=105,
            ),
            "name": column.TextColumn(t("lookup.column.record")),
        },
        hide_index=True,
        height="stretch",
        key=table,
        on_select=partial(_open, table, [(hit["entity"], str(hit["id"])) for hit in hits]),
        selection_mode="single-cell",
        alt=t("lookup.list"),
    )


@act
def _open(table: str, records: Sequence[tuple[str, str]]) -> None:
    record = opened.chosen(table, records)
    if record is not None:
        asked.say("entity", record[0])
        asked.say("id", record[1])
