"""Who sits before the page, as far as it matters for what is kept for a person: a random number in
a cookie of the browser. It proves nothing."""

from __future__ import annotations

import re
import secrets
from typing import Final

import streamlit as st

_COOKIE: Final = "sync_desk_person"
_KEPT: Final = "person"
_ID: Final = re.compile(r"[0-9a-f]{32}")

# What only the browser can do: keep the cookie for a year, tell screen readers the language
# (Streamlit leaves it at English), and ask for pictures without naming the page.
_browser = st.components.v2.component(
    "sync_desk_browser",
    js="""
export default function ({ data }) {
  document.documentElement.lang = data.lang
  document.cookie = `${data.cookie}=${data.person}; path=/; max-age=31536000; samesite=strict`
  if (!document.querySelector('meta[name=referrer]')) {
    const policy = { name: 'referrer', content: 'same-origin' }
    document.head.append(Object.assign(document.createElement('meta'), policy))
  }
}
""",
)


def person() -> str:
    """Return the person's number, the same in every tab of one browser."""
    if _KEPT not in st.session_state:
        known = str(st.context.cookies.get(_COOKIE))
        st.session_state[_KEPT] = known if _ID.fullmatch(known) else secrets.token_hex(16)
    return str(st.session_state[_KEPT])


def tell_browser(lang: str) -> None:
    """Let the browser keep the number and know the page's language."""
    _browser(key="browser", data={"cookie": _COOKIE, "person": person(), "lang": lang})
