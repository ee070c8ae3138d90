"""Runs: start one, follow it, decide on a held one, and what earlier ones did."""

from pages.components import context, frame
from pages.components.runs import card, history, start
from pages.components.texts import plain, t

frame.gate()
store = frame.chosen_store()
frame.head("runs", t("runs.subtitle", store=plain(store.name)))
start.show(store)
active = context.desk().active_run(store)
if active is not None:
    card.live(active.id)
else:
    card.ended(store)
held = card.held_of(store)
if held is not None:
    card.decision(held.id)
history.show(store)
