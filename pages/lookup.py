"""Look up one record by anything it may be named by: where it is, why (not), since when."""

import streamlit as st

from pages.components import frame, lookup_matches, lookup_record
from pages.components.texts import plain, t

frame.guard()
store = frame.chosen_store()
frame.head("lookup", t("lookup.subtitle", store=plain(store.name)))
lookup_matches.box()
if "id" in st.query_params and "entity" in st.query_params:
    lookup_record.show(store, st.query_params["entity"], st.query_params["id"])
else:
    lookup_matches.show(store)
