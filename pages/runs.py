"""Runs: start one, follow it, decide on a held one, and what earlier ones did."""

from pages.components import frame, place, run_card, run_history, run_start
from pages.components.texts import plain, t

frame.guard()
store = frame.chosen_store()
frame.head("runs", t("runs.subtitle", store=plain(store.name)))
run_start.show(store)
active = place.desk().active_run(store)
if active is not None:
    run_card.live(active.id)
held = run_card.held_of(store)
if held is not None:
    run_card.decision(held.id)
run_history.show(store)
