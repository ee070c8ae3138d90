"""The one page that everybody gets who is not let in: why, and the way on."""

from __future__ import annotations

import json
from typing import Final

import streamlit as st

from pages.components import browser, flash, layout, signin
from pages.components.acts import act
from pages.components.specs import NAME
from pages.components.texts import lang, plain, t
from sync.access.grants import AccessFileError
from sync.access.signin import SignedOut, SignInError

CLOSED: Final = (SignedOut, SignInError, AccessFileError)
_WIDTH: Final = 560  # pixels
_ALONE: Final = "<style>[data-testid=stSidebar] { display: none }</style>"
_ANEW: Final = {"needed", "ended"}  # by signing in
_OTHERS: Final = {"refused", "no_file", "no_email", "unverified"}  # by signing in as somebody else


def show(error: SignedOut | SignInError | AccessFileError) -> None:
    """Draw it in place of every page."""
    st.html(_ALONE)
    middle = st.container(width="stretch", horizontal_alignment="center")
    with middle.container(width=_WIDTH, border=True, gap="small", key="door"):
        st.image(str(layout.LOGO), width=120, alt=NAME)
        if isinstance(error, SignedOut):
            _signed_out(error)
        else:
            _not_set_up(error)
    again = isinstance(error, SignedOut) and error.reason == "again"
    browser.draw(None, come_back=not signin.leaving(), again=again)
    flash.forget()


def _signed_out(error: SignedOut) -> None:
    values = {name: plain(value) for name, value in error.message.values.items()}
    st.title(t(error.code, **values), anchor=False)
    st.markdown(t(f"{error.code}_text"))
    if error.reason == "open":
        st.markdown(t("signin.mend_open"))
        st.code("SYNC_SIGNIN=oidc\nSYNC_SIGNIN=proxy", language=None)
        st.code('[server]\naddress = "127.0.0.1"', language=None)
    if error.reason == "no_file":
        st.code(_first_grant(str(error.message.values["who"])), language=None)
        st.caption(t("signin.reload"))
    if error.reason in _ANEW:
        st.button(t("signin.sign_in"), type="primary", icon=":material/login:", on_click=_sign_in)
    if error.reason in _OTHERS and signin.can_sign_out():
        out()


def _not_set_up(error: SignInError | AccessFileError) -> None:
    kind = "file" if isinstance(error, AccessFileError) else "config"
    st.title(t(f"signin.{kind}"), anchor=False)
    st.markdown(plain(error.text(lang())))
    st.caption(t(f"signin.{kind}_text"))


def _first_grant(who: str) -> str:
    return f'[[grant]]\nwho = {json.dumps(who, ensure_ascii=False)}\nrole = "admin"'


@act
def _sign_in() -> None:
    st.login()


def out() -> None:
    """Draw the button that signs out."""
    st.button(
        t("signin.sign_out"),
        icon=":material/logout:",
        key="sign_out",
        on_click=act(signin.sign_out),
        type="tertiary",
    )
