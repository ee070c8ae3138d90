"""The Settings page from top to bottom: the form with its effect beside it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages.components import drawing, flash
from pages.components.settings import bar, figures, layout, people
from pages.components.settings.fields import form_of
from pages.components.texts import t
from sync.store import StoreRow


@partial(drawing.fragment, tells=False)
def show(store: StoreRow) -> None:
    """What is saved, what the draft does, the fields: all of it follows from each field, nothing
    around it does."""
    with st.spinner(t("settings.planning")):
        form = form_of(store)
        found = figures.effect(form)
    bar.show(form, found)
    flash.show()
    people.show(form)
    layout.show(form, found)
