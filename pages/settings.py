"""A store's settings: the form with its effect beside it, history, and another store's."""

import streamlit as st

from pages.components import format, frame, settings_bar, settings_copy, settings_history
from pages.components import settings_form as form_parts
from pages.components.place import desk
from pages.components.settings_fields import form_of
from pages.components.texts import plain, t

frame.guard()

store = frame.chosen_store()
version = desk().settings(store)
who, when = plain(version.who), plain(format.when(version.at))
frame.head("settings", t("settings.saved", version=version.version, when=when, who=who))
settings_bar.outcome()

with st.spinner(t("settings.planning")):
    form = form_of(store)
settings_bar.show(form)
part = form_parts.choose_part()
if part == "history":
    settings_history.show(store)
elif part == "copy":
    settings_copy.show(form)
else:
    form_parts.show(form)
