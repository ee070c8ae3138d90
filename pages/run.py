"""One run: how it stands, its books, errors, records, log and settings. The URL names it."""

import streamlit as st

from pages.components import asked, context, frame, states
from pages.components.runs import card, errors, parts, records
from pages.components.texts import t
from sync.store import ACTIVE, Gone, State

frame.gate()
number = asked.number("run")
if number is None:
    frame.head("run")
    states.empty("run.which", icon=":material/receipt_long:", act=parts.to_runs)
    st.stop()
try:
    row = context.desk().run(number)
except Gone:
    frame.head("run")
    raise
parts.head(row)
if row.state in ACTIVE:
    card.live(row.id)
elif row.state is State.HELD:
    card.decision(row.id)
parts.outcome(row)
errors.show(row)
tabs = st.tabs(
    [t(f"run.tab.{name}") for name in ("books", "records", "log", "settings")],
    on_change="rerun",
    key="run:tab",
)
for tab, draw in zip(tabs, (parts.books, records.show, parts.log, parts.settings), strict=True):
    if tab.open:
        with tab:
            draw(row)
