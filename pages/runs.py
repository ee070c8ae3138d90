"""Runs: start one, follow it, decide on a held one, and what earlier ones did."""

from pages.components import flash, frame, run_request, states
from pages.components.runs import browse, card, head
from pages.components.runs.view import keep, view

ABOVE = 346  # pixels of answer, charts and filters, and what is below the table

frame.gate()
store = frame.chosen_store()
shown = view(store)
keep(shown)
newest = run_request.newest(store)
head.show(store, shown, newest)
flash.show()
above = ABOVE + card.show(newest)
if newest is None and shown.store:
    states.empty("runs.none", icon=":material/history:")
else:
    browse.show(store, shown.store is None, above)
