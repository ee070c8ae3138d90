"""The records of a plan: paged and sorted by SQL, opened beside the table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import streamlit as st

from pages.components import asked, cells, context, drawing, format, layout, opened, paged
from pages.components.preview import columns, filters, record
from pages.components.preview.filters import View, name_of
from pages.components.preview.plan import Shown, kept
from pages.components.texts import lang, t
from sync import preview

PAGE: Final = 100
ROW: Final = 34  # pixels


@drawing.fragment
@kept()
def show(plan: Shown, entity: str, view: View) -> None:
    """One page of records, beside it the record that the URL names. Turning pages, sorting and
    opening draw nothing else."""
    view = filters.ordered(view, entity)
    main, panel = layout.beside(bool(asked.one("id")), key=record.PANEL)
    with main:
        _records(plan, entity, view)
    if panel is not None:
        with panel:
            record.show(plan, entity)
    opened.focus(record.PANEL)


def _records(plan: Shown, entity: str, view: View) -> None:
    page = paged.page(name_of(entity, "page"), PAGE, partial(_rows, plan, entity, view))
    if not page.rows:
        _nothing(entity, view)
        return
    with st.container(key=record.GRID, height="stretch"):
        _table(plan, entity, view, page)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        found = [t("preview.found", n=format.number(page.total))]
        if entity == "orders" and plan.coverage.older:
            found.append(t("preview.older", n=format.number(plan.coverage.older)))
        if not asked.one("id"):
            found.append(t("preview.open_hint"))
        st.caption(" · ".join(found), width="stretch")
        page.turner()


def _nothing(entity: str, view: View) -> None:
    """Say that there is nothing to show, and the way back to all records."""
    st.info(
        t("preview.no_rows" if view.narrowed else "preview.no_records"),
        icon=":material/search_off:",
    )
    if view.narrowed:
        st.button(
            t("preview.clear"),
            icon=":material/filter_alt_off:",
            key=name_of(entity, "clear"),
            on_click=filters.clear,
            args=(entity,),
        )


def _rows(plan: Shown, entity: str, view: View, limit: int, offset: int) -> dict[str, Any]:
    asked_for: dict[str, Any] = {**view.filters, **view.order, "limit": limit, "offset": offset}
    asked_for["sold"] = "sold" in columns.shown(entity, view)
    found = preview.rows(context.desk(), plan.store, plan.key, entity, **asked_for)
    return {"rows": found.rows, "total": found.total}


def _table(plan: Shown, entity: str, view: View, page: paged.Page[Any]) -> None:
    """Any cell opens its record, a header sorts the whole selection: the browser has one page."""
    ids = [row["id"] for row in page.rows]
    name = _table_name(entity, view)
    shown = columns.shown(entity, view)
    rows = [{**row, "why": None} for row in page.rows]
    if "why" in shown:
        for row, told in zip(rows, _whys(plan, entity, rows), strict=True):
            row["why"] = told
    currency = plan.coverage.currency
    listed: dict[str, list[Any]] = {
        columns.PLACE: [(page.number - 1) * PAGE + n for n in range(1, len(ids) + 1)],
        **{column: columns.cells(rows, column, currency) for column in shown},
    }
    record.mark(name, ids)
    st.dataframe(
        cells.arrow(listed),
        column_config=columns.config(entity, shown, view, rows),
        hide_index=True,
        row_height=ROW,
        height="stretch",
        placeholder="",
        key=name,
        on_select=partial(_clicked, entity, name, ids),
        selection_mode=["single-cell", "single-column"],
        alt=t("preview.table", entity=t(f"entity.{entity}")),
    )


def _table_name(entity: str, view: View) -> str:
    """Another order makes another table, in which no header is chosen."""
    sorts = st.session_state.get(_SORTED, 0)
    return f"{name_of(entity, 'table')}.{sorts}.{view.sort}.{view.descending}"


_SORTED: Final = "preview.sorted"  # how often a header was clicked that sorts nothing


def _clicked(entity: str, table: str, ids: Sequence[int | str]) -> None:
    chosen = st.session_state[table].selection
    # The cell of the record that is open stays chosen beside a header.
    if chosen.columns and chosen.columns[0] in filters.SORTS:
        filters.sort_by(entity, chosen.columns[0])
    elif chosen.columns:
        st.session_state[_SORTED] = st.session_state.get(_SORTED, 0) + 1
    elif not chosen.cells:  # Escape in the table
        record.close()
    elif chosen.cells[0][1] != columns.PLACE:
        record.open_row(opened.chosen(table, ids))


def _whys(plan: Shown, entity: str, rows: Sequence[dict[str, Any]]) -> list[str]:
    reader = preview.Reader(lang(), format.when)
    saved = plan.saved.key if plan.saved else None
    return preview.whys(context.desk(), plan.store, entity, rows, reader, plan.draft or None, saved)
