"""What a sync would do now, record by record, before anything is sent."""

from pages.components import frame
from pages.components.preview import draft_panel, entities, head, record, table
from pages.components.preview.plan import plan_of

frame.gate()
frame.head("preview")
store = frame.chosen_store()
draft_panel.mark(store)
plan = plan_of(store)
head.show(plan)
draft_panel.effect(store)
draft_panel.panel(store)
entity = entities.chosen(plan)
entities.show(plan, entity)
table.show(plan, entity)
record.show(plan, entity)
