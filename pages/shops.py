"""Shops: connect one, and look after keys, stores, reserve and schedule of those there are."""

import streamlit as st

from pages.components import frame, place, shops_list, shops_wizard
from pages.components.texts import t

frame.guard()
frame.head("shops", t("shops.subtitle"))
shops_list.notice()
if shops_wizard.is_open() or not place.desk().shops():
    shops_wizard.show()
else:
    st.button(
        t("shops.connect"),
        icon=":material/add_business:",
        type="primary",
        on_click=shops_wizard.open_new,
    )
    shops_list.show()
