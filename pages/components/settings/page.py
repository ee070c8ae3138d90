"""The Settings page from top to bottom: the form with its effect beside it."""

from __future__ import annotations

from functools import partial

from pages.components import drawing
from pages.components.settings import bar, layout, parts
from sync.store import StoreRow


@partial(drawing.fragment, key=parts.WHOLE, tells=False)
def show(store: StoreRow) -> None:
    """What is saved, what the draft does, the fields."""
    with parts.whole(store):
        bar.show(store)
        layout.show(store)
