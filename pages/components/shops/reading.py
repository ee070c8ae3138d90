"""The first reads of a newly connected shop, followed live."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components import context, drawing, format, links, states
from pages.components.texts import plain, t
from sync import run
from sync.setup import ShopStanding
from sync.store import TERMINAL, RunRow, State, StoreRow


def show(standing: ShopStanding) -> None:
    """How far the first reads are, a line for each store whose first one goes on or failed."""
    # Whose keys Clerk.io refuses, of that a card of its own tells.
    stores = [each.store for each in standing.stores if not each.read and not each.refused]
    rows = _newest(stores)
    if any(each.active and not each.read for each in standing.stores):
        st.markdown(t("shops.read.on"))
        st.fragment(run_every=1)(_lines)(stores)
    elif any(row.state in (State.FAILED, State.CANCELLED) for _, row in rows):
        st.warning(t("shops.read.failed"), icon=":material/warning:")
        _rows(rows)


def _newest(stores: Sequence[StoreRow]) -> list[tuple[StoreRow, RunRow]]:
    """The newest run of each store."""
    desk = context.desk()
    return [(store, rows[0]) for store in stores if (rows := desk.runs(store, limit=1))]


@drawing.part()
def _lines(stores: Sequence[StoreRow]) -> None:
    rows = _newest(stores)
    _rows(rows)
    if all(row.state in TERMINAL for _, row in rows):
        st.rerun()


def _rows(rows: list[tuple[StoreRow, RunRow]]) -> None:
    for store, row in rows:
        with st.container(horizontal=True, vertical_alignment="center"):
            states.run_badge(row.state)
            st.markdown(f"**{plain(store.name)}**", width="content")
            links.to("run", label=t("overview.follow", run=row.id), store=store.slug, run=row.id)
        if row.state not in TERMINAL:
            _progress(row)


def _progress(row: RunRow) -> None:
    known = run.progress(context.desk(), row.id)
    reading = known.reading
    told = states.doing(row.phase, row.state)
    if reading is not None and reading.of:
        numbers = {"read": format.number(reading.read), "of": format.number(reading.of)}
        told = f"{told}: {t('shops.read.rows', **numbers)}"
    st.progress(known.done, text=told)
