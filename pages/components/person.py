"""Whose drafts and choices are kept: who is signed in, and where nobody has to, a random number in
a cookie of the browser, which proves nothing."""

from __future__ import annotations

import re
import secrets
from typing import Final

import streamlit as st

from pages.components import signin

COOKIE: Final = "sync_desk_person"
"""Its name; browser.py keeps it."""
_KEPT: Final = "person"
_ID: Final = re.compile(r"[0-9a-f]{32}")


def person() -> str:
    """Return the person's number, the same in every tab of one browser; of somebody who signed in
    the same in every browser."""
    return signed_in() or cookie()


def signed_in() -> str | None:
    """Return the number of who is signed in; None where nobody has to."""
    there = signin.visitor()
    return there.number if there.signin else None


def cookie() -> str:
    """Return the number in the browser's cookie, or the one that it is to have."""
    if _KEPT not in st.session_state:
        known = str(st.context.cookies.get(COOKIE))
        st.session_state[_KEPT] = known if _ID.fullmatch(known) else secrets.token_hex(16)
    return str(st.session_state[_KEPT])
