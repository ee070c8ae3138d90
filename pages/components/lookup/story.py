"""The box, and what came of it."""

from __future__ import annotations

from pages.components import asked, drawing
from pages.components.lookup import box, matches, missed, record
from sync.entities import PLURALS
from sync.store import StoreRow


@drawing.fragment
def show(store: StoreRow) -> None:
    """Draw the record that is open, the list of those that were found, or what was missed."""
    entity, named = asked.one_of("entity", PLURALS) or "", asked.one("id")
    search = box.show(store)
    if search.hits and not search.alone:
        matches.beside(store, search, entity, named)
    elif entity and named:
        record.show(store, entity, named)
    elif search.text:
        missed.show(store, search.text)
    else:
        box.empty()
