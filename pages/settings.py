"""A store's settings: the form with its effect beside it, history, and another store's."""

import streamlit as st

from pages.components import format, frame
from pages.components.context import desk
from pages.components.settings import bar, copy, history, layout, people
from pages.components.settings.fields import form_of
from pages.components.texts import plain, t

frame.gate()
store = frame.chosen_store()
version = desk().settings(store)
who, when = plain(version.who), plain(format.when(version.at))
frame.head("settings", t("settings.saved", version=version.version, when=when, who=who))
with st.spinner(t("settings.planning")):
    form = form_of(store)
bar.show(form)
people.show(form)
part = layout.choose_part()
if part == "history":
    history.show(form)
elif part == "copy":
    copy.show(form)
else:
    layout.show(form)
