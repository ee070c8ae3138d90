"""The one place where query parameters are read and written. Anything may stand in an address;
values that make no sense count as absent. Each click brings the address that its browser shows; on
a slow line that is one from before the last answer, which is news as little as no answer is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import (
    RunLocation,
    ThreadState,
    get_script_run_ctx,
)

from sync.entities import number_in

LONGEST: Final = 300
_SEEN: Final = "seen in the URL"
_SAID: Final = "addresses of this page, the last one now"
_SETTLED: Final = "run whose address is settled"


def several(name: str) -> list[str]:
    """Return every value of a parameter, printable and cut to `LONGEST` characters."""
    _settle_click()
    found = (_readable(value) for value in st.query_params.get_all(name)[:50])
    return [value for value in found if value]


def one(name: str) -> str:
    """Return the value of a parameter, the last one if it is given twice; "" without one."""
    return (several(name) or [""])[-1]


def number(name: str) -> int | None:
    """Return a parameter as a whole number; None if it is none."""
    return number_in(one(name))


def one_of(name: str, known: Collection[str]) -> str | None:
    """Return the value of a parameter if it is one of `known`."""
    value = one(name)
    return value if value in known else None


def _readable(value: str) -> str:
    kept = (c for c in value[: 2 * LONGEST] if c.isprintable())
    return "".join(kept)[:LONGEST].strip()


def settle() -> None:
    """Before anything reads the address: keep the one that was said last, if a click came with one
    from before its browser had heard of it; else (a link, Back) take what came. Where a callback,
    a page or a part of it begins."""
    run = get_script_run_ctx()
    this = None if run is None else run.parallel_coordinator  # each run has one of its own
    if st.session_state.get(_SETTLED) is this:
        return
    st.session_state[_SETTLED] = this
    said, came = _said(), _whole()
    clicked = ThreadState.get().run_location is not RunLocation.MAIN_SCRIPT
    if clicked and came != said[-1] and came in said:
        st.query_params.from_dict(said[-1])
    else:
        said[:] = [came]


def write(name: str, value: str | list[str] | None) -> None:
    """Write a parameter into the address, or (None) take it out."""
    _settle_click()
    if value is not None:  # the same again, too: after a way to another page the browser has none
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]
    said, now = _said(), _whole()
    if now != said[-1]:
        said.append(now)


def _settle_click() -> None:
    if ThreadState.get().run_location is RunLocation.CALLBACK:
        settle()


def _said() -> list[dict[str, list[str]]]:
    said: list[dict[str, list[str]]] = st.session_state.setdefault(_SAID, [_whole()])
    return said


def _whole() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}


def entered() -> None:
    """Forget which values were seen: another page reads the address anew."""
    st.session_state[_SEEN] = {}


def follow(name: str, widget: str, read: Callable[[list[str]], Any]) -> None:
    """Set a widget from the address, before it is drawn, if the address changed under the page (a
    link, Back); else leave the widget alone."""
    now, seen = several(name), _seen()
    news = now != seen[name] if name in seen else bool(now)
    if news or widget not in st.session_state:
        st.session_state[widget] = read(now)
    seen[name] = now


def say(name: str, value: str | Sequence[str] | None, default: str | None = None) -> None:
    """Write what is shown into the address. A default is not added: each change of the address is
    a step that Back goes through. No e-mail address gets there."""
    values = [value] if isinstance(value, str) else list(value or ())
    values = [each for each in values if each and "@" not in each]
    _settle_click()
    if name in st.query_params or values != [default]:
        write(name, (values if len(values) > 1 else values[0]) if values else None)
    _seen()[name] = several(name)


def may_be_said(text: str, *, found: bool) -> bool:
    """Return whether what somebody looks for may stand in an address: no e-mail address, and, where
    no record is `found` by it, no words alone, which may be a person's name."""
    words = text.split()
    return "@" not in text and (found or len(words) < 2 or any(c.isdigit() for c in text))


def set_later(name: str, value: str) -> None:
    """Write into the address what the widget that follows it shall show at the next run: as if a
    link had brought it."""
    write(name, value)
    _seen().pop(name, None)


def _seen() -> dict[str, list[str]]:
    seen: dict[str, list[str]] = st.session_state.setdefault(_SEEN, {})
    return seen
