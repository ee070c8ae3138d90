"""One run: how it stands, its books, errors, records, log and settings. The URL names it."""

import streamlit as st

from pages.components import (
    asked,
    frame,
    place,
    run_card,
    run_errors,
    run_parts,
    run_records,
    states,
)
from pages.components.texts import t
from sync.store import ACTIVE

frame.guard()
number = asked.number("run")
if number is None:
    frame.head("run")
    states.empty("run.which", icon=":material/receipt_long:", act=run_parts.to_runs)
    st.stop()
row = place.desk().run(number)
run_parts.head(row)
if row.state in ACTIVE:
    run_card.live(row.id)
elif row.state == "held":
    run_card.decision(row.id)
run_parts.outcome(row)
run_errors.show(row)
tabs = st.tabs(
    [t(f"run.tab.{name}") for name in ("books", "records", "log", "settings")],
    on_change="rerun",
    key="run:tab",
)
for tab, draw in zip(
    tabs, (run_parts.books, run_records.show, run_parts.log, run_parts.settings), strict=True
):
    if tab.open:
        with tab:
            draw(row)
