"""What Clerk.io held of the store on a past day, and what came and left until another one."""

from pages.components import context, flash, frame, layout, states
from pages.components.past import days, entities
from pages.components.texts import plain, t
from sync import answers

frame.gate()
store = frame.chosen_store()
since = answers.known_since(context.desk(), store)
if since is None:
    layout.answer(t("past.answer.never", store=plain(store.name)))
    flash.show()
    states.empty("past.never", icon=":material/calendar_month:")
else:
    entities.show(store, days.asked_for(since), since)
