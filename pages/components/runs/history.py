"""Earlier runs of a store: filters, a small chart, and a table whose rows open."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import context, format, links, paged, states
from pages.components.texts import lang, t
from sync import run
from sync.store import TRIGGERS, State, StoreRow

PER_PAGE = 25
TREND = 30
KINDS = ("sync", "refresh", "compare")
SERIES = ("created", "updated", "removed", "failed")
COLORS = ("#2a9590", "#8fb8b5", "#d19a3f", "#c0504a")  # readable in both themes
FILTERS = {"state": tuple(state.value for state in State), "trigger": TRIGGERS, "kind": KINDS}


def show(store: StoreRow) -> None:
    """Chart and table, or what to do where nothing ever ran."""
    st.subheader(t("runs.history"), anchor=False)
    if not context.desk().runs(store, limit=1):
        states.empty("runs.none", icon=":material/history:")
        return
    _chart(store)
    _table(store, _filters())


def _chart(store: StoreRow) -> None:
    points = run.trend(context.desk(), store, TREND)
    if len(points) < 2:
        return
    table = pd.DataFrame(points)
    table["run"] = table["run"].astype(str)
    names = {name: t(f"outcome.{name}") for name in SERIES}
    left, right = st.columns(2)
    with left:
        st.caption(t("runs.chart_books"))
        st.bar_chart(
            table.rename(columns=names),
            x="run",
            y=list(names.values()),
            color=list(COLORS),
            x_label=t("table.run"),
            y_label="",
            height=180,
        )
    with right:
        st.caption(t("runs.chart_took"))
        st.bar_chart(
            table,
            x="run",
            y="took_s",
            x_label=t("table.run"),
            y_label=t("table.seconds"),
            height=180,
        )


def _filters() -> dict[str, list[str]]:
    chosen = {}
    with st.container(horizontal=True):
        for name, options in FILTERS.items():
            chosen[name] = st.multiselect(
                t(f"table.{name}"),
                options,
                format_func={code: t(f"{name}.{code}") for code in options}.__getitem__,
                key=f"runs:filter:{name}:{lang()}",
                placeholder=t("table.all"),
                width=260,
            )
    return chosen


def _table(store: StoreRow, chosen: dict[str, list[str]]) -> None:
    read = partial(
        run.list_runs,
        context.desk(),
        store=store,
        states=chosen["state"],
        triggers=chosen["trigger"],
        kinds=chosen["kind"],
    )
    page = paged.page("runs:page", PER_PAGE, read)
    if not page.rows:
        st.info(t("table.none_match"))
        return
    event: Any = st.dataframe(
        pd.DataFrame([_row(row) for row in page.rows]),
        hide_index=True,
        key=f"runs:table:{page.number}:{page.rows[0].run}",
        on_select="rerun",
        selection_mode="single-row",
        column_config=_columns(),
        alt=t("runs.history"),
    )
    st.caption(t("runs.table_hint", total=format.number(page.total)))
    page.turner()
    for position in event.selection.rows:
        links.go("run", run=page.rows[position].run)


def _row(row: run.Report) -> dict[str, Any]:
    books = row.books.values()
    sums = {name: sum(book[name] for book in books) for name in SERIES}
    return {
        "run": row.run,
        "state": t(f"state.{row.state}"),
        "kind": t(f"kind.{row.kind}"),
        "trigger": t(f"trigger.{row.trigger}"),
        "who": row.who,
        "started": pd.Timestamp(row.started) if row.started else pd.NaT,
        "took": format.duration(row.took_s),
        **sums,
        "calls": row.calls["lightspeed"]["total"],
        "waited": format.duration(row.waited_s) if row.waited_s else "",
    }


def _columns() -> dict[str, Any]:
    numbers = {name: t(f"outcome.{name}") for name in SERIES} | {"calls": t("table.calls")}
    words = {
        name: t(f"table.{name}")
        for name in ("run", "state", "kind", "trigger", "who", "took", "waited")
    }
    config = st.column_config
    return {
        **words,
        **{name: config.NumberColumn(label, format="localized") for name, label in numbers.items()},
        "run": config.NumberColumn(t("table.run"), pinned=True, format="%d", width="small"),
        "started": format.datetime_column(t("table.started")),
    }
