"""Sync Desk's dashboard: `streamlit run app.py`."""

import streamlit as st

from pages.components import frame, web

if st.runtime.exists():
    frame.enter()
else:  # the server reads this file once, before it runs it for each click
    app = st.App(__file__, **web.parts())
