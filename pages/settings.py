"""A store's settings: the form with its effect beside it; history and other stores a click away."""

import streamlit as st

from pages.components import flash, frame
from pages.components.settings import bar, figures, layout, people
from pages.components.settings.fields import form_of
from pages.components.texts import t

frame.gate()
store = frame.chosen_store()
with st.spinner(t("settings.planning")):
    form = form_of(store)
    found = figures.effect(form)
bar.show(form, found)
flash.show()
people.show(form)
layout.show(form, found)
