"""What only the browser can do: keep the person's cookie for a year, tell screen readers the
language (Streamlit leaves it at English), ask for pictures without naming the page, and have a page
drawn again whose line was gone."""

from __future__ import annotations

import math
import secrets
import time
from functools import cache
from pathlib import Path
from typing import Final

import streamlit as st

from pages.components import flash
from pages.components.person import COOKIE
from pages.components.texts import lang, t
from sync.texts import LANGUAGES, catalogue

_SESSION: Final = "number of the session"
_LONGEST: Final = 86_400.0  # seconds that a browser is asked to wait
_TOLD: Final = "return that was told of"
_browser = st.components.v2.component(
    "sync_desk_browser", js=Path(__file__).with_name("browser.js").read_text(encoding="utf-8")
)


def draw(
    person: str | None,
    *,
    until: float = math.inf,
    come_back: bool = False,
    again: bool = False,
    go: str | None = None,
) -> None:
    """Draw nothing, and say so if the page that asks was drawn by a session that is gone. The
    number of the `person` goes into the cookie; at `until` (unix s) the page is drawn anew, for
    the sign-in has ended; with `come_back` the page's address is where
    signing in leads to, `again` loads the page anew, and `go` is where the browser goes."""
    session = st.session_state.setdefault(_SESSION, secrets.token_hex(8))
    data = {
        "cookie": COOKIE,
        "person": person,
        "left": min(max(until - time.time(), 0.0), _LONGEST) if until < math.inf else None,
        "come_back": come_back,
        "again": again,
        "go": go,
        "lang": lang(),
        "session": session,
        "words": _words(lang()),
    }
    back = _browser(key="browser", data=data, on_back_change=lambda: None).back or ""
    if back and back != st.session_state.get(_TOLD):
        st.session_state[_TOLD] = back
        drawn_by, _, *held = back.split()
        if held:
            flash.tell("warning", t("frame.click_again"))
        elif drawn_by != session:
            flash.tell("info", t("frame.reconnected"))


@cache
def _words(lang: str) -> dict[str, str]:
    """Streamlit's words, and those of the other language, each with the reader's."""
    mine = {code: own for code, own in catalogue(lang).items() if code.startswith("streamlit.")}
    others = [catalogue(each) for each in LANGUAGES if each != lang]
    return {other[code]: own for other in others for code, own in mine.items()}
