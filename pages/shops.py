"""Shops: connect one, and look after keys, stores, reserve and schedule of those there are."""

import streamlit as st

from pages.components import context, frame
from pages.components.shops import cards, wizard
from pages.components.texts import t

frame.gate()
frame.head("shops", t("shops.subtitle"))
if wizard.is_open() or not context.desk().shops():
    wizard.show()
else:
    st.button(
        t("shops.connect"),
        icon=":material/add_business:",
        type="primary",
        on_click=wizard.open_new,
    )
    cards.show()
