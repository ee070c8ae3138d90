"""Ways to another page: a link, at once, or after a click."""

from __future__ import annotations

from typing import Final, NoReturn

import streamlit as st

from pages.components import context
from pages.components.texts import lang

_NEXT: Final = "page to go to next"


def to(
    name: str, *, label: str, icon: str | None = None, help: str | None = None, **query: object
) -> None:
    """Draw a link to a page; `query` goes into the URL beside store and language."""
    st.page_link(_path(name), label=label, icon=icon, help=help, query_params=_params(query))


def go(name: str, **query: object) -> NoReturn:
    """Leave this page for another one."""
    st.switch_page(_path(name), query_params=_params(query))


def go_next(name: str, **query: object) -> None:
    """The same from a callback, which cannot leave the page itself."""
    st.session_state[_NEXT] = (name, query)


def follow() -> None:
    """Go where the last callback asked to go, if it did."""
    if _NEXT in st.session_state:
        name, query = st.session_state.pop(_NEXT)
        go(name, **query)


def _path(name: str) -> str:
    return f"pages/{name}.py"


def _params(query: dict[str, object]) -> dict[str, str | list[str]]:
    store = context.store()
    params: dict[str, str | list[str]] = {"lang": lang()}
    params |= {"store": store.slug} if store else {}
    for name, value in query.items():
        if isinstance(value, list):
            params[name] = [str(each) for each in value]
        elif value is not None:
            params[name] = str(value)
    return params
