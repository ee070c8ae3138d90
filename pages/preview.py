"""What a sync would do now, record by record, before anything is sent."""

from pages.components import (
    frame,
    preview_actions,
    preview_draft,
    preview_entity,
    preview_head,
    preview_plan,
    preview_record,
    preview_table,
)

frame.guard()
frame.head("preview")
store = frame.chosen_store()
preview_actions.notice()
preview_draft.mark(store)
plan = preview_plan.ready(store)
preview_head.show(plan)
preview_draft.effect(store)
preview_draft.panel(store)
entity = preview_entity.chosen(plan)
preview_entity.show(plan, entity)
preview_table.show(plan, entity)
preview_record.show(plan, entity)
