"""What of the stores is shown and in which order: in the address, so that a link opens the same.
The columns are as the person chose them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import streamlit as st

from pages.components import asked, context, format, person
from pages.components.acts import act
from pages.components.overview import words
from pages.components.texts import plain, t
from sync.entities import ENTITIES
from sync.overview import SORTS, STATES, Group, Overview, Wanted

_CHOICE: Final = "columns.overview"
MANY: Final = 6  # from so many stores on there is something to filter
_SEARCH, _STATES, _CAUSE, _MORE = (
    f"overview:{name}" for name in ("search", "states", "cause", "columns")
)
COLUMNS: Final = (
    *("state", "store", "cause", "since", "strip", *ENTITIES, "success", "fresh", "due", "used"),
)
_RARE: Final = ("categories", "customers", "pages", "fresh")
_DOWN_FIRST: Final = frozenset((*ENTITIES, "success", "used"))


class View(NamedTuple):
    """What the table shows; `sort` is "" for the worst first."""

    wanted: Wanted
    sort: str
    down: bool
    columns: Sequence[str]

    @property
    def narrowed(self) -> bool:
        """Whether anything is filtered out."""
        return any(self.wanted)


def whole() -> View:
    """Everything, for so few stores that there is nothing to filter."""
    return View(Wanted(), *_order(), _columns(()))


def row(seen: Overview, groups: Sequence[Group]) -> View:
    """Draw the filters in one row and return what they say."""
    _follow()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        search = st.text_input(
            t("overview.search"),
            key=_SEARCH,
            placeholder=t("overview.search"),
            label_visibility="collapsed",
            icon=":material/search:",
            max_chars=asked.LONGEST,
            width=260,
        )
        states = _states(seen)
        cause = _cause(groups)
        more = _more()
    _say(search, states, cause)
    return View(Wanted(search.strip(), states, cause), *_order(), _columns(more))


def _follow() -> None:
    asked.follow("q", _SEARCH, lambda found: (found or [""])[-1])
    asked.follow("state", _STATES, lambda found: [each for each in found if each in STATES])
    asked.follow("cause", _CAUSE, lambda found: found[-1] if found else "")


def _say(search: str, states: Sequence[str], cause: str) -> None:
    asked.say("q", search.strip())
    asked.say("state", states)
    asked.say("cause", cause)


def _states(seen: Overview) -> list[str]:
    counts = seen.counts()
    named = {each: f"{words.state(each)} {format.number(counts[each])}" for each in STATES}
    return st.pills(
        t("overview.states"),
        STATES,
        selection_mode="multi",
        format_func=named.__getitem__,
        key=_STATES,
        label_visibility="collapsed",
    )


def _cause(groups: Sequence[Group]) -> str:
    """The cause that is looked for. One that no store has any more stays on offer as long as it is
    chosen, so that a list that has emptied says why."""
    found: dict[str, int] = {}
    for group in groups:
        found[group.cause] = found.get(group.cause, 0) + len(group.lines)
    chosen = st.session_state[_CAUSE]
    if chosen and not words.is_cause(chosen):
        chosen = st.session_state[_CAUSE] = ""
    options = ["", *found, *([chosen] if chosen and chosen not in found else [])]
    named = {
        code: f"{plain(words.cause(code))} ({format.number(found.get(code, 0))})"
        for code in options
        if code
    } | {"": t("overview.all_causes")}
    label = t("overview.cause_is", name=words.cause(chosen)) if chosen else t("overview.cause_all")
    with st.popover(label):
        picked: str = st.radio(
            t("overview.causes"),
            options,
            format_func=named.__getitem__,
            key=_CAUSE,
        )
    return picked


def _more() -> list[str]:
    named = {
        name: t(f"entity.{name}" if name in ENTITIES else f"overview.column.{name}")
        for name in _RARE
    }
    if _MORE not in st.session_state:
        kept = context.desk().choice(person.person(), _CHOICE) or ""
        st.session_state[_MORE] = [each for each in _RARE if each in kept.split(",")]
    name = t("overview.columns")
    with st.popover(name, icon=":material/view_column:", help=name, key="icon.overview.columns"):
        return st.pills(
            t("overview.columns"),
            _RARE,
            selection_mode="multi",
            format_func=named.__getitem__,
            key=_MORE,
            on_change=_keep,
        )


@act
def _keep() -> None:
    context.desk().choose(person.person(), _CHOICE, ",".join(st.session_state[_MORE]))


def _columns(more: Sequence[str]) -> list[str]:
    return [name for name in COLUMNS if name not in _RARE or name in more]


def _order() -> tuple[str, bool]:
    sort = asked.one_of("sort", SORTS) or ""
    return sort, asked.one("order") == "desc"


def sort_by(column: str) -> None:
    """Sort by a column; by the one that is sorted by already the other way round, then not at all:
    the worst first."""
    sort, down = _order()
    first = column in _DOWN_FIRST
    if sort != column:
        _sorted(column, first)
    elif down == first:
        _sorted(column, not first)
    else:
        _sorted(None, False)


def _sorted(column: str | None, down: bool) -> None:
    asked.say("sort", column)
    asked.say("order", "desc" if column and down else None)


@act
def only_cause(code: str) -> None:
    """Show the stores of one cause, from a callback."""
    clear()
    asked.set_later("cause", code)


@act
def clear() -> None:
    """Show all stores again, from a callback."""
    for name in ("q", "state", "cause"):
        asked.say(name, None)
    for key, value in ((_SEARCH, ""), (_STATES, []), (_CAUSE, "")):
        st.session_state[key] = value
