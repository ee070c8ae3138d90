"""The first reads of a newly connected shop, followed live."""

from __future__ import annotations

import streamlit as st

from pages.components import context, format, links, states
from pages.components.texts import lang, plain, t
from sync import run
from sync.database import kept
from sync.store import TERMINAL, RunRow, State, StoreRow


def first_reads(slug: str) -> None:
    """Draw how far the first reads are, a line for each store, until all have ended."""
    found = {row.state for _, row in _newest(slug)}
    on = not found.issubset(TERMINAL)
    stage = "on" if on else "failed" if found & {State.FAILED, State.CANCELLED} else "done"
    st.subheader(t(f"shops.read.{stage}.title"), anchor=False)
    st.markdown(t(f"shops.read.{stage}.text"), width=680)
    st.fragment(run_every=1 if on else None)(_lines)(slug, on)


def _newest(slug: str) -> list[tuple[StoreRow, RunRow]]:
    desk = context.desk()
    stores = desk.stores(desk.shop(slug))
    return [(store, rows[0]) for store in stores if (rows := desk.runs(store, limit=1))]


@kept()
def _lines(slug: str, on: bool) -> None:
    rows = _newest(slug)
    for store, row in rows:
        with st.container(horizontal=True, vertical_alignment="center"):
            states.run_badge(row.state)
            st.markdown(f"**{plain(store.name)}**")
            links.to("run", label=t("overview.follow", run=row.id), store=store.slug, run=row.id)
        _progress(row)
    if on and all(row.state in TERMINAL for _, row in rows):
        st.rerun()


def _progress(row: RunRow) -> None:
    if row.state in TERMINAL:
        if row.said:
            st.error(plain(row.said.text(lang())), icon=":material/error:")
        return
    known = run.progress(context.desk(), row.id)
    reading = known.reading
    words = states.doing(row.phase, row.state)
    if reading is not None and reading.of:
        numbers = {"read": format.number(reading.read), "of": format.number(reading.of)}
        words = f"{words}: {t('shops.read.rows', **numbers)}"
    st.progress(known.done, text=words)
