"""The list of runs: sorted and paged by SQL, any cell opens its run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, Literal

import streamlit as st

from pages.components import (
    asked,
    cells,
    context,
    drawing,
    format,
    layout,
    links,
    names,
    opened,
    paged,
    states,
)
from pages.components.acts import act
from pages.components.options import worded
from pages.components.runs.view import PAGE, View, change, keep, sorts, view
from pages.components.texts import lang, t
from sync import run
from sync.store import ACTIVE, State, StoreRow, Wanted

PER_PAGE: Final = 100
_SIGNS: Final = {"created": "+", "updated": "~", "removed": "−"}
# In pixels: together they fit a window of 1,280 pixels, in a wider one all grow.
_WIDTHS: Final = {
    "state": 134,
    "run": 56,
    "started": 134,
    "took": 84,
    "kind": 84,
    "by": 84,
    "changed": 104,
    "failed": 62,
    "calls": 62,
    "what": 225,
}
_OF_ALL_STORES: Final = {**_WIDTHS, "store": 110, "kind": 70, "what": 130}
_ORDER: Final = ("state", "run", "store", *list(_WIDTHS)[2:])
_ASCENDING: Final = ("store", "kind", "by", "state")  # which begin with A, or with the worst
_TIMES: Final = "runs:times"


@drawing.fragment
def show(store: StoreRow, wanted: Wanted, above: int) -> None:
    """Draw the page of the wanted runs that is asked for; `above` pixels of the window are not its.
    Turning pages and sorting draw nothing else."""
    shown = view(store)
    keep(shown)
    read = partial(
        run.list_runs, context.desk(), wanted, lang=lang(), sort=shown.sort, down=shown.down
    )
    page = paged.page(PAGE, PER_PAGE, read)
    if not page.rows:
        st.info(t("table.none_match"), icon=":material/search_off:")
        return
    turner = 48 if page.pages > 1 else 0
    place, height = layout.room("runs", len(page.rows), above=above + turner)
    with place:
        _table(shown, page, height)
    page.turner()


def _table(
    shown: View, page: paged.Page[run.Listed], height: Literal["stretch", "content"]
) -> None:
    """Other rows are another table: one that gets new rows takes no notice of the next click."""
    rows = page.rows
    stores = {} if shown.store else _store_names({row.store for row in rows})
    key = f"runs:table:{st.session_state.get(_TIMES, 0)}:{page.number}:{worded(shown.query())}"
    widths = _OF_ALL_STORES if stores else _WIDTHS
    order = [name for name in _ORDER if name in widths]
    listed = [_cells(row, stores) for row in rows]
    st.dataframe(
        cells.arrow({name: [each[name] for each in listed] for name in order}),
        column_config={name: _column(name, shown, widths[name]) for name in order},
        hide_index=True,
        row_height=32,
        height=height,
        placeholder="",
        key=key,
        on_select=partial(_clicked, key, rows),
        selection_mode=["single-cell", "single-column"],
        alt=t("runs.table"),
    )
    st.html(_NO_BROWSER_SORT)


def _store_names(wanted: Iterable[int]) -> dict[int, str]:
    rows = [context.desk().store_by_id(number) for number in sorted(wanted)]
    known = names.stores(context.desk(), rows)
    return {row.id: known[row.slug] for row in rows}


# The grid's own sort and statistics know the rows of one page alone.
_NO_BROWSER_SORT: Final = (
    "<style>[data-testid=stDataFrameColumnMenu] [role=menu]"
    " > :nth-child(n+2):nth-child(-n+5) { display: none; }</style>"
)


def _cells(row: run.Listed, stores: Mapping[int, str]) -> dict[str, Any]:
    """The numbers of a run that is on stand on its card, which goes on counting."""
    counts = row.state in ACTIVE
    return {
        "state": [t(f"state.{row.state}")],
        "run": row.run,
        "store": stores.get(row.store, ""),
        "started": format.weekday(row.at),
        "took": "" if row.took_s is None else format.duration(row.took_s),
        "kind": t(f"kind.{row.kind}"),
        "by": by(row.trigger, row.who),
        "changed": "  ".join(
            f"{sign}{format.number(row.booked[each])}"
            for each, sign in _SIGNS.items()
            if row.booked[each] and not counts
        ),
        "failed": None if counts else row.booked["failed"],
        "calls": None if counts else row.calls,
        "what": row.what,
    }


def by(trigger: str, who: str) -> str:
    """What started a run: the schedule, or who; a retry says so."""
    if trigger == "manual":
        return who
    return t(f"trigger.{trigger}") + (f", {who}" if trigger != "schedule" else "")


def _column(name: str, shown: View, width: int) -> Any:
    config, label = st.column_config, t(f"runs.column.{name}")
    if name == shown.sort:
        label += " ↓" if shown.down else " ↑"
    if name == "state":
        return config.MultiselectColumn(
            label,
            options=[t(f"state.{state}") for state in State],
            color=[states.run_color(state) for state in State],
            width=width,
        )
    if name in ("failed", "calls"):
        return config.NumberColumn(label, format="localized", width=width)
    if name == "run":
        return config.NumberColumn(label, format="%d", width=width)
    told = t("runs.column.changed_help") if name == "changed" else None
    return config.TextColumn(label, width=width, help=told)


@act
def _clicked(key: str, rows: Sequence[run.Listed]) -> None:
    chosen = st.session_state[key].selection
    st.session_state[_TIMES] = st.session_state.get(_TIMES, 0) + 1
    if chosen.columns:
        if chosen.columns[0] in sorts():
            sort_by(chosen.columns[0])
    elif row := opened.chosen(key, rows):
        links.go_next("run", run=row.run, store=context.desk().store_by_id(row.store).slug)


def sort_by(column: str) -> None:
    """Sort by a column, the other way round if the list is by now."""
    down = column not in _ASCENDING
    if column == (asked.one("sort") or "run"):
        down = asked.one("order") == "up"
    change(sort=column, order="" if down else "up")
