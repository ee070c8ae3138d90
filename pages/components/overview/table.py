"""All stores in one table: a cell opens its store, a header sorts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import streamlit as st

from pages.components import asked, cells, context, format, layout, opened
from pages.components.acts import act
from pages.components.overview import filters, words
from pages.components.overview.filters import View
from pages.components.texts import t
from sync.entities import ENTITIES
from sync.overview import Line, breaks_first

PANEL: Final = "overview"
ROW: Final = 32  # pixels
_FEW: Final = 8  # rows that need no table as high as the window
# How high a run's bar is: the worse it ended, the lower.
_BARS: Final = {"succeeded": 10, "partial": 6, "cancelled": 3, "rejected": 3, "failed": 1}
_TOP: Final = 10
_WIDTHS: Final = {
    "state": 100,
    "store": 136,
    "cause": 252,
    "since": 78,
    "strip": 112,
    "success": 92,
    "fresh": 96,
    "due": 88,
    "used": 136,
}
_SORTS: Final = "overview:sorts"  # how often a header was clicked
# The grid's own sort knows texts alone; the statistics are those of what is shown.
_NO_BROWSER_SORT: Final = (
    "<style>[data-testid=stDataFrameColumnMenu] [role=menu]"
    " > :nth-child(n+2):nth-child(-n+5) { display: none; }</style>"
)


def draw(lines: Sequence[Line], names: dict[str, str], view: View, *, above: int) -> None:
    """Draw the stores; `above` are the pixels over the table."""
    if len(lines) <= _FEW:
        _table(lines, names, view, "content")
        return
    with layout.fill("overview", above=above):
        _table(lines, names, view, "stretch")


def _table(lines: Sequence[Line], names: dict[str, str], view: View, height: Any) -> None:
    # Another order makes another table, in which no header is chosen.
    key = f"overview:table:{st.session_state.get(_SORTS, 0)}"
    slugs = [line.store for line in lines]
    opened.mark(key, slugs, asked.one("row"), "store", panel=PANEL)
    st.dataframe(
        cells.arrow({name: _column(name, lines, names) for name in view.columns}),
        column_config={name: _config(name, view) for name in view.columns},
        hide_index=True,
        row_height=ROW,
        height=height,
        placeholder="",
        key=key,
        on_select=partial(_clicked, key, slugs),
        selection_mode=["single-cell", "single-column"],
        alt=t("overview.table"),
    )
    st.html(_NO_BROWSER_SORT)


def _column(name: str, lines: Sequence[Line], names: dict[str, str]) -> list[Any]:
    if name in ENTITIES:
        return [line.confirmed.get(name) for line in lines]
    if name == "state":
        said = {code: [words.state(code)] for code in words.COLORS}
        return [said[line.state] for line in lines]
    if name == "store":
        return [names.get(line.store, line.name) for line in lines]
    if name == "cause":
        return [words.line(line) for line in lines]
    if name == "strip":
        # As bytes: a number of eight bytes for each bar would be most of what the browser gets.
        return [np.array([_BARS[state] for state in line.strip], np.int8) for line in lines]
    if name == "fresh":
        return _fresh(lines)
    if name == "used":
        return [None if line.used is None else round(100 * line.used) for line in lines]
    return _times(name, lines)


def _times(name: str, lines: Sequence[Line]) -> list[str]:
    written = format.briefly()
    if name == "due":
        paused, by_hand = t("overview.paused"), t("overview.by_hand")
        return [
            paused if line.paused else by_hand if line.by_hand else written(line.due)
            for line in lines
        ]
    return [written(getattr(line, name)) for line in lines]


def _fresh(lines: Sequence[Line]) -> list[str]:
    """When the first promise of each store is broken, or was."""
    written, paused, by_hand = format.briefly(), t("overview.paused"), t("overview.by_hand")
    found = []
    for line in lines:
        states, at = {each.state for each in line.fresh.values()}, breaks_first(line)
        if at is None:
            said = paused if line.paused else by_hand if "by_hand" in states else written(None)
        else:
            told = written(at)
            said = t("overview.stale", when=told) if "broken" in states else told
        found.append(said)
    return found


def _label(name: str) -> str:
    if name == "store":
        return t("frame.store")
    return t(f"entity.{name}") if name in ENTITIES else t(f"overview.column.{name}")


def _config(name: str, view: View) -> Any:
    label = _label(name)
    if name == view.sort:
        label += " ↓" if view.down else " ↑"
    config = st.column_config
    if name in ENTITIES:
        return config.NumberColumn(label, format="localized", width=92 if name == "orders" else 78)
    width = _WIDTHS[name]
    if name == "state":
        colors = words.colors()
        return config.MultiselectColumn(
            label, options=list(colors), color=list(colors.values()), width=width
        )
    if name == "strip":
        return config.BarChartColumn(label, y_min=0, y_max=_TOP, width=width)
    if name == "fresh":
        return config.TextColumn(label, help=t("overview.column.fresh_help"), width=width)
    if name == "used":
        return config.ProgressColumn(label, format="%d %%", min_value=0, max_value=100, width=width)
    return config.TextColumn(label, width=width)


# -- clicks ---------------------------------------------------------------------------------


@act
def _clicked(table: str, slugs: Sequence[str]) -> None:
    """A header sorts, a cell opens its store."""
    chosen = st.session_state[table].selection
    if chosen.columns:
        st.session_state[_SORTS] = st.session_state.get(_SORTS, 0) + 1
        filters.sort_by(chosen.columns[0])
    elif slug := opened.chosen(table, slugs):
        open_store(slug)


@act
def close() -> None:
    """Close the panel, from a callback."""
    asked.say("row", None)
    opened.close(PANEL, "since")


def open_store(slug: str) -> None:
    """Open a store beside the table, and choose it for all pages."""
    asked.say("row", slug)
    opened.note(PANEL, is_open=True)
    context.open_store_later(slug)
    st.rerun()
