"""All problems in one table, what is back or new first, and the chosen one beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from pages.components import asked, cells, context, flash, format, layout, opened, states
from pages.components.acts import act
from pages.components.options import labels, worded
from pages.components.problems import muted, panel
from pages.components.texts import lang, t
from sync import answers
from sync.answers import Problem
from sync.texts import labels as family

COLORS: Final = {"back": "red", "new": "red", "ongoing": "orange", "solved": "green"}
_OPEN: Final = "open"
_MUTED: Final = "muted"
_ABOVE: Final = 165  # pixels


def show() -> None:
    """The answer, the filter, the table, and the panel of the problem that the URL names."""
    found = answers.problems(context.desk(), lang=lang())
    quiet = muted.of(found)
    with layout.answer(_sentence(found, quiet), t("problems.grey", days=30)):
        pass
    flash.show()
    if not found:
        states.empty("problems.none", icon=":material/check_circle:")
        return
    shown = _filtered(found, quiet)
    named = asked.one("problem")
    chosen = next((each for each in found if panel.name(each) == named), None)
    place, side = layout.beside(chosen is not None, key=panel.PANEL, above=_ABOVE)
    with place:
        if shown:
            _table(shown)
        else:
            st.info(t("problems.none_match"), icon=":material/search_off:")
    if chosen is not None and side is not None:
        with side:
            panel.show(chosen, is_muted=panel.name(chosen) in quiet)
    opened.focus(panel.PANEL)


def _sentence(found: Sequence[Problem], quiet: Mapping[str, Any]) -> str:
    """How many there are, and how they stand; muted ones are not counted."""
    loud = [p for p in found if p.state != "solved" and panel.name(p) not in quiet]
    if not loud:
        return t("problems.answer_none")
    names, counted = family("problem", lang()), Counter[str](p.state for p in loud)
    told = [
        f":{COLORS[state]}[{format.number(counted[state])} {names[state].lower()}]"
        for state in COLORS
        if counted[state]
    ]
    stores = len({store for p in loud for store in p.stores})
    return t("problems.answer", states=format.listed(told), stores=format.number(stores))


def _filtered(found: Sequence[Problem], quiet: Mapping[str, Any]) -> list[Problem]:
    kinds = {id(p): _MUTED if panel.name(p) in quiet else p.state for p in found}
    counted = Counter(kinds.values())
    counted[_OPEN] = sum(counted[state] for state in ("back", "new", "ongoing"))
    names = {_OPEN: t("problems.open"), _MUTED: t("problems.muted"), **family("problem", lang())}
    known = {
        code: f"{name} {format.number(counted[code])}"
        for code, name in names.items()
        if counted[code] or code == _OPEN
    }
    key = f"problems:state:{worded(known)}"
    asked.follow("state", key, lambda _: asked.one_of("state", known) or _OPEN)
    chosen = st.pills(
        t("problems.filter"),
        list(known),
        format_func=labels(known),
        key=key,
        label_visibility="collapsed",
        persist_state="page",
        on_change=asked.settle,
        required=True,
    )
    asked.say("state", chosen, default=_OPEN)
    wanted = ("back", "new", "ongoing") if chosen in (_OPEN, None) else (chosen,)
    return [p for p in found if kinds[id(p)] in wanted]


def _table(shown: Sequence[Problem]) -> None:
    place, height = layout.room("problems", len(shown), above=_ABOVE)
    listed = [panel.name(p) for p in shown]
    opened.mark(panel.TABLE, listed, asked.one("problem"), "name", panel=panel.PANEL)
    with place:
        st.dataframe(
            cells.arrow(_cells(shown)),
            placeholder="–",
            column_config=_columns(),
            hide_index=True,
            row_height=32,
            height=height,
            key=panel.TABLE,
            on_select=partial(_clicked, listed),
            selection_mode=["single-cell"],
            alt=t("problems.table"),
        )


@act
def _clicked(names: Sequence[str]) -> None:
    """A cell opens its problem."""
    name = opened.chosen(panel.TABLE, names)
    if name is not None:
        asked.say("problem", name)
        opened.note(panel.PANEL, is_open=True)


def _cells(shown: Sequence[Problem]) -> dict[str, list[Any]]:
    names = family("problem", lang())
    return {
        "state": [[names[p.state]] for p in shown],
        "name": [panel.title(p) for p in shown],
        "stores": [len(p.stores) for p in shown],
        "records": [p.records or None for p in shown],
        "first": [format.moment(p.first) for p in shown],
        "last": [format.moment(p.last) for p in shown],
        "who": [p.who for p in shown],
    }


def _columns() -> dict[str, ColumnConfig]:
    column, names = st.column_config, family("problem", lang())
    return {
        "state": column.MultiselectColumn(
            t("problems.column.state"),
            options=[names[state] for state in COLORS],
            color=list(COLORS.values()),
            width=120,
        ),
        "name": column.TextColumn(t("problems.column.name"), width=300),
        "stores": column.NumberColumn(t("problems.column.stores"), width=70),
        "records": column.NumberColumn(t("problems.column.records"), width=80),
        "first": format.datetime_column(t("problems.column.first"), width=130),
        "last": format.datetime_column(t("problems.column.last"), width=130),
        "who": column.TextColumn(t("problems.column.who"), width=170),
    }
