"""Sync Desk's dashboard: `streamlit run app.py`."""

from pages.components import frame

frame.enter()
