"""Look up one record by anything it may be named by: where it is, why (not), since when."""

from pages.components import asked, frame
from pages.components.lookup import matches, record
from pages.components.texts import plain, t

frame.gate()
store = frame.chosen_store()
frame.head("lookup", t("lookup.subtitle", store=plain(store.name)))
matches.box()
entity, named = asked.one("entity"), asked.one("id")
if entity and named:
    record.show(store, entity, named)
else:
    matches.show(store)
