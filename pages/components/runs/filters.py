"""The one row of filters over the list of runs. The address holds what they say; each of them only
shows it and changes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import streamlit as st

from pages.components import format
from pages.components.acts import act
from pages.components.options import worded
from pages.components.runs.view import LISTS, View, change
from pages.components.texts import lang, t
from sync.store import State

_DATES: Final = {"de": "DD.MM.YYYY", "en": "DD/MM/YYYY"}
_ORDER: Final = (
    *(State.FAILED, State.PARTIAL, State.HELD, State.RUNNING, State.WAITING, State.QUEUED),
    *(State.APPROVED, State.SUCCEEDED, State.CANCELLED, State.REJECTED),
)


def show(shown: View, counts: Mapping[str, int]) -> None:
    """Search, states with their numbers, days, and the rest behind one button."""
    with st.container(
        horizontal=True, vertical_alignment="center", gap="xsmall", key="runs-filters"
    ):
        _search(shown)
        _states(shown, counts)
        _days(shown)
        _more(shown)
        if shown.narrowed:
            st.button(
                "",
                key="runs:clear",
                type="tertiary",
                icon=":material/filter_alt_off:",
                help=t("runs.all_again"),
                on_click=_clear,
            )


def _search(shown: View) -> None:
    key = "runs:search"
    st.session_state[key] = shown.search
    st.text_input(
        t("table.search"),
        key=key,
        placeholder=t("runs.search" if shown.store else "runs.search_all"),
        label_visibility="collapsed",
        icon=":material/search:",
        width=160,
        on_change=_searched,
        args=(key,),
    )


@act
def _searched(key: str) -> None:
    change(search=str(st.session_state[key]).strip())


def _states(shown: View, counts: Mapping[str, int]) -> None:
    there = [state for state in _ORDER if counts.get(state) or state in shown.states]
    labels = {
        state.value: f"{t(f'state.{state}')} {format.number(counts.get(state, 0))}"
        for state in there
    }
    if labels:
        _pills("state", labels, shown.states, hidden=True)


def _pills(
    name: str, labels: Mapping[str, str], chosen: Sequence[str], *, hidden: bool = False
) -> None:
    """Draw a choice of several; other labels are another widget, for the browser answers with
    one of them."""
    key = f"runs:{name}:{worded(labels)}"
    st.session_state[key] = list(chosen)
    st.pills(
        t(f"table.{name}"),
        list(labels),
        selection_mode="multi",
        format_func=labels.__getitem__,
        key=key,
        label_visibility="collapsed" if hidden else "visible",
        on_change=_picked,
        args=(name, key),
    )


@act
def _picked(name: str, key: str) -> None:
    change(**{name: list(st.session_state[key])})


def _days(shown: View) -> None:
    key = "runs:days"
    if len(st.session_state.get(key, ())) != 1:  # else the last day is still to be clicked
        st.session_state[key] = (shown.since, shown.until) if shown.since else ()
    st.date_input(
        t("runs.days"),
        key=key,
        min_value=date(2000, 1, 1),
        max_value=date(2100, 1, 1),
        format=_DATES[lang()],
        label_visibility="collapsed",
        width=240,
        on_change=_dated,
        args=(key,),
    )


@act
def _dated(key: str) -> None:
    found = tuple(st.session_state[key])
    if len(found) != 1:
        days = [day.isoformat() for day in found] or ["", ""]
        change(**dict(zip(("from", "to"), days, strict=True)))


def _more(shown: View) -> None:
    failed_first = shown.sort == "state" and not shown.down
    count = len(shown.kinds) + len(shown.triggers) + (shown.store is None) + failed_first
    with st.popover(t("runs.more") + (f" ({count})" if count else ""), icon=":material/tune:"):
        _toggle("all", shown.store is None, "runs.all_stores")
        _toggle("first", failed_first, "runs.failed_first")
        for name in ("kind", "trigger"):
            codes = LISTS[name]
            chosen = shown.kinds if name == "kind" else shown.triggers
            _pills(name, {code: t(f"{name}.{code}") for code in codes}, chosen)


def _toggle(name: str, on: bool, code: str) -> None:
    key = f"runs:{name}"
    st.session_state[key] = on
    st.toggle(t(code), key=key, on_change=_toggled, args=(name, key))


@act
def _toggled(name: str, key: str) -> None:
    on = bool(st.session_state[key])
    if name == "all":
        change(all="1" if on else "")
    else:
        change(sort="state" if on else "", order="up" if on else "")


@act
def _clear() -> None:
    nothing: dict[str, Any] = dict.fromkeys(("search", "state", "kind", "trigger", "from", "to"))
    change(**nothing)
