"""Look up one record by anything it may be named by: where it is, why (not), since when."""

from pages.components import frame
from pages.components.lookup import story

frame.gate()
story.show(frame.chosen_store())
