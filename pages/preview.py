"""What a sync would do now, record by record, before anything is sent."""

from pages.components import frame
from pages.components.preview import page
from pages.components.preview.plan import plan_of

frame.gate()
store = frame.chosen_store()
page.show(plan_of(store))
