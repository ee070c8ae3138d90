"""One run: how it went, what went wrong, its books, records, log and settings. The URL names it."""

import streamlit as st

from pages.components import asked, context, flash, frame, layout, states
from pages.components.runs import card, sections, stepper, verdict
from pages.components.texts import t
from sync import run
from sync.store import ACTIVE, Gone, State

frame.gate()
number = asked.number("run")
if number is None:
    layout.answer(t("page.run"))
    states.empty("run.which", icon=":material/receipt_long:", act=verdict.to_runs)
    st.stop()
try:
    row = context.desk().run(number)
except Gone:
    layout.answer(t("page.run"))
    raise
wrong = run.went_wrong(context.desk(), row)
verdict.show(row, wrong)
flash.show()
if row.state in ACTIVE:
    card.live(row)
else:
    stepper.ended(row)
if row.state is State.HELD:
    card.decision(row.id)
sections.show(row, wrong)
