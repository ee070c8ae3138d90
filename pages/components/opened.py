"""The row whose record is open in the panel beside a table: marked there, and where the keyboard
is when the panel opens and closes."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, TypeVar

import streamlit as st

T = TypeVar("T")
_STAMP: Final = "~"
_LAST: Final = "opened"  # the panel that was opened or closed last, which of both, how often so far


def stamp(rows: Sequence[object]) -> str:
    """Return what to put behind the names of a table's columns where its rows are exchanged in the
    reader's sight: a click says which rows it was meant for, and the table stays the same element,
    which a browser draws in half the time of another one."""
    return f"{_STAMP}{blake2b(repr(rows).encode(), digest_size=4).hexdigest()}"


def mark(table: str, rows: Sequence[T], shown: T | None, column: str, *, panel: str = "") -> None:
    """Mark the row that is `shown` beside its table, before the table is drawn: a link may have
    opened it, or the row has moved. None of the rows leaves the mark where it is among the same
    ones. A `panel` that shows the row is closed by `close`."""
    row = rows.index(shown) if shown is not None and shown in rows else None
    known = st.session_state.get(table)
    cells = known["selection"].get("cells") if known else None
    stays = cells and cells[0][0] == row and _stamp_of(cells[0][1]) == _stamp_of(column)
    if row is not None and not stays:
        choose(table, row, column)
    elif row is None and cells and _stamp_of(cells[0][1]) != _stamp_of(column):
        _select(table, [])
    if panel:
        st.session_state[_place(panel)] = (table, row)


def choose(table: str, row: int, column: str) -> None:
    """Mark a cell. It is a tuple as Streamlit makes of what the browser says back, or that would
    be a click."""
    _select(table, [(row, column)])


def close(panel: str, column: str) -> None:
    """Note from a callback that a panel was closed. Its row stays marked, in a column that is
    seldom clicked: the keyboard goes on from there, and the other cells open the same record
    again."""
    table, row = st.session_state.get(_place(panel), ("", None))
    if row is not None:
        choose(table, row, column)
    note(panel, is_open=False)


def _place(panel: str) -> str:
    """Where the table of a panel is kept, and the row of it that is open."""
    return f"{panel}.row"


def _select(table: str, cells: list[tuple[int, str]]) -> None:
    st.session_state[table] = {"selection": {"rows": [], "columns": [], "cells": cells}}


def chosen(table: str, rows: Sequence[T], stamp: str = "") -> T | None:
    """Return the one of a table's rows in which a cell was clicked, from a callback; None for no
    cell, and for a row that was there when the browser drew the table and is no more, or may be
    another one now by the `stamp` behind the columns."""
    cells = st.session_state[table]["selection"]["cells"]
    row = cells[0][0] if cells and _stamp_of(cells[0][1]) == stamp else len(rows)
    return rows[row] if row < len(rows) else None


def _stamp_of(column: str) -> str:
    return "".join(column.partition(_STAMP)[1:])


def note(name: str, *, is_open: bool) -> None:
    """Note from a callback that the panel `name` was opened or closed; the number makes each time
    another one."""
    times = st.session_state.get(_LAST, ("", False, 0))[2]
    st.session_state[_LAST] = (name, is_open, times + 1)


# Where the panel lies over the table, the keyboard goes into it; when it closes, back to the cell,
# after the table was drawn, which takes the focus away.
_mover = st.components.v2.component(
    "sync_desk_focus",
    js="""
let moved = 0
export default function ({ data }) {
  if (data.times === moved) return
  moved = data.times
  const panel = document.querySelector(`.st-key-panel-${data.name}`)
  if (data.opened && panel && getComputedStyle(panel).position === 'fixed') {
    panel.querySelector(`.st-key-${data.name}-close button`).focus()
  } else if (!data.opened) {
    setTimeout(() => {
      const place = document.querySelector(`.st-key-beside-${data.name}`)
      const grid = place && place.querySelector('[data-testid=stDataFrame]')
      if (grid && !grid.contains(document.activeElement)) {
        grid.querySelector('canvas').focus({ preventScroll: true })
      }
    }, 100)
  }
}
""",
)


def focus(name: str) -> None:
    """Put the keyboard where the reader looks after the panel `name` was opened or closed, once;
    its button to close it has the key `name`, a mark and "close"."""
    last, is_open, times = st.session_state.get(_LAST, ("", False, 0))
    if last == name:
        st.session_state[_LAST] = ("", False, times)
        _mover(key="focus", data={"name": name, "opened": is_open, "times": times})
