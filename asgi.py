"""Sync Desk's dashboard for a server that runs by itself: `streamlit run asgi.py`, or any ASGI
server: `uvicorn asgi:app`. Start it in this folder, whose .streamlit/config.toml closes it."""

from pathlib import Path

import streamlit as st

from pages.components import web

app = st.App(Path(__file__).with_name("app.py"), **web.parts())
