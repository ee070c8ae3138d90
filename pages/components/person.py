"""Who sits before the page, as far as it matters for what is kept for a person: a random number in
a cookie of the browser. It proves nothing."""

from __future__ import annotations

import re
import secrets
from typing import Final

import streamlit as st

COOKIE: Final = "sync_desk_person"
"""Its name; browser.py keeps it."""
_KEPT: Final = "person"
_ID: Final = re.compile(r"[0-9a-f]{32}")


def person() -> str:
    """Return the person's number, the same in every tab of one browser."""
    if _KEPT not in st.session_state:
        known = str(st.context.cookies.get(COOKIE))
        st.session_state[_KEPT] = known if _ID.fullmatch(known) else secrets.token_hex(16)
    return str(st.session_state[_KEPT])
