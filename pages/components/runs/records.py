"""What became of single records in a run, with search and export."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from pages.components import context, format, links, paged, states
from pages.components.texts import lang, t
from sync import run
from sync.entities import ENTITIES, SINGULARS
from sync.store import RunRow

PER_PAGE = 100
OUTCOMES = ("created", "updated", "removed", "failed")


def show(row: RunRow) -> None:
    """Filters, the page of records, exports; a chosen row opens in the look-up."""
    counts = run.outcome_counts(context.desk(), row.id)
    if not counts:
        st.info(t("run.no_records"))
        return
    chosen = _filters(counts)
    read = partial(run.outcomes, context.desk(), row.id, **chosen)
    page = paged.page("run:records:page", PER_PAGE, read)
    _table(page.rows)
    st.caption(t("run.records_hint", total=format.number(page.total)))
    page.turner()
    _exports(row, chosen)


def _filters(counts: dict[str, dict[str, int]]) -> dict[str, Any]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = st.text_input(
            t("table.search"), key="run:records:search", icon=":material/search:", width=280
        )
        entity = st.selectbox(
            t("table.entity"),
            [None, *(name for name in ENTITIES if name in counts)],
            format_func=_names("entity", ENTITIES).__getitem__,
            key=f"run:records:entity:{lang()}",
            width=200,
        )
        outcome = st.selectbox(
            t("table.outcome"),
            [None, *(name for name in OUTCOMES if any(name in c for c in counts.values()))],
            format_func=_names("outcome", OUTCOMES).__getitem__,
            key=f"run:records:outcome:{lang()}",
            width=200,
        )
    return {"search": search, "entity": entity, "outcome": outcome}


def _names(family: str, codes: Sequence[str]) -> dict[str | None, str]:
    return {None: t("table.all"), **{code: t(f"{family}.{code}") for code in codes}}


def _table(rows: Sequence[dict[str, Any]]) -> None:
    names = ("entity", "key", "title", "outcome", "reasons", "message")
    event = paged.table(
        [_shown(row) for row in rows],
        names,
        alt=t("run.tab.records"),
        on_select="rerun",
        selection_mode="single-row",
    )
    for position in event.selection.rows:
        row = rows[position]
        links.go("lookup", entity=SINGULARS[row["entity"]], id=row["id"])


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "entity": t(f"record.{row['entity']}"),
        "key": str(row["key"]),
        "title": states.title(row["title"], row["detail"]),
        "outcome": t(f"outcome.{row['outcome']}"),
        "reasons": ", ".join(states.reasons(row["reasons"])),
        "message": states.message(row),
    }


def _exports(row: RunRow, chosen: dict[str, Any]) -> None:
    with st.container(horizontal=True):
        for kind in ("csv", "json"):
            st.download_button(
                t(f"run.export_{kind}"),
                data=partial(_exported, row, kind, {**chosen, "as_in": format.spreadsheet()}),
                file_name=f"run-{row.id}-records.{kind}",
                mime="text/csv" if kind == "csv" else "application/json",
                icon=":material/download:",
                on_click="ignore",
                key=f"run:export:{kind}",
            )


def _exported(row: RunRow, kind: str, chosen: dict[str, Any]) -> bytes:
    return b"".join(run.export_outcomes(context.desk(), row.id, kind, **chosen))
