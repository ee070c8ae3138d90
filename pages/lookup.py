"""Look up one record by anything it may be named by: where it is, why (not), since when."""

from pages.components import asked, flash, frame
from pages.components.lookup import box, matches, missed, record

frame.gate()
store = frame.chosen_store()
flash.show()
entity, named = asked.one("entity"), asked.one("id")
search = box.show(store)
if search.hits and not search.alone:
    matches.beside(store, search, entity, named)
elif entity and named:
    record.show(store, entity, named)
elif search.text:
    missed.show(store, search.text)
else:
    box.empty()
