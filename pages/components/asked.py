"""What the address says: the one place where query parameters are read and written. Anything may
stand there; what cannot be meant is as good as nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

import streamlit as st

from sync.entities import number_in

LONGEST: Final = 300
_SEEN: Final = "seen in the URL"


def several(name: str) -> list[str]:
    """Every value of a parameter, readable and not longer than anybody types."""
    found = (_readable(value) for value in st.query_params.get_all(name)[:50])
    return [value for value in found if value]


def one(name: str) -> str:
    """The value of a parameter, the last one where it is there twice; "" without one."""
    return (several(name) or [""])[-1]


def number(name: str) -> int | None:
    """The id that a parameter names; None for anything that is none."""
    return number_in(one(name))


def one_of(name: str, known: Collection[str]) -> str | None:
    """The value of a parameter if it is known."""
    value = one(name)
    return value if value in known else None


def _readable(value: str) -> str:
    kept = (c for c in value[: 2 * LONGEST] if c.isprintable())
    return "".join(kept)[:LONGEST].strip()


def entered() -> None:
    """Another page is shown: what stands in the address now is news to its widgets."""
    st.session_state[_SEEN] = {}


def follow(name: str, widget: str, read: Callable[[list[str]], Any]) -> None:
    """Before a widget is drawn: where the address changed under the page (a link, Back), the
    widget takes what it says; else the widget is left alone."""
    now, seen = several(name), _seen()
    news = now != seen[name] if name in seen else bool(now)
    if news or widget not in st.session_state:
        st.session_state[widget] = read(now)
    seen[name] = now


def say(name: str, value: str | Sequence[str] | None, default: str | None = None) -> None:
    """Write what is shown into the address. A default is not written where nothing stands: each
    change of the address is a step that Back goes through."""
    values = [value] if isinstance(value, str) else list(value or ())
    values = [each for each in values if each]
    if name in st.query_params or values != [default]:
        if values:
            st.query_params[name] = values if len(values) > 1 else values[0]
        elif name in st.query_params:
            del st.query_params[name]
    _seen()[name] = several(name)


def _seen() -> dict[str, list[str]]:
    seen: dict[str, list[str]] = st.session_state.setdefault(_SEEN, {})
    return seen
