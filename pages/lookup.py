"""Look up one record by anything it may be named by: where it is, why (not), since when."""

from pages.components import asked, frame, lookup_matches, lookup_record
from pages.components.texts import plain, t

frame.guard()
store = frame.chosen_store()
frame.head("lookup", t("lookup.subtitle", store=plain(store.name)))
lookup_matches.box()
entity, named = asked.one("entity"), asked.one("id")
if entity and named:
    lookup_record.show(store, entity, named)
else:
    lookup_matches.show(store)
