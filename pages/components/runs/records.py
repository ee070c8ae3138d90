"""What became of single records in a run, with search and export."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import streamlit as st

from pages.components import asked, context, drawing, format, layout, paged, signin, states, unmoved
from pages.components.acts import act
from pages.components.options import worded
from pages.components.runs.wrong import open_record
from pages.components.texts import t
from sync import run
from sync.entities import ENTITIES
from sync.preview.outlook import coverage
from sync.run.records import RECORDED
from sync.store import RunRow

PER_PAGE: Final = 100
_PAGE: Final = "run:records:page"
_KNOWN: Final = {"entity": ENTITIES, "outcome": RECORDED}
_ABOVE: Final = 350  # pixels of the window that are not the table's


@drawing.fragment
def show(row: RunRow) -> None:
    """Filters, the page of records, exports; a click looks the record up."""
    counts = unmoved.outcome_counts(context.desk().store_by_id(row.store_id), row.id)
    if not counts:
        st.info(t("run.no_records"))
        return
    chosen = _filters(row, counts)
    failed = chosen["outcome"] == "failed"
    total = None if chosen["search"] else _of(counts, chosen["entity"], chosen["outcome"])
    read = partial(run.outcomes, context.desk(), row.id, **chosen, by_sales=failed, total=total)
    page = paged.page(_PAGE, PER_PAGE, read)
    if not page.rows:
        st.info(t("table.none_match"), icon=":material/search_off:")
        return
    with layout.fill("records", above=_ABOVE):
        _table(row, page, worded({name: str(value) for name, value in chosen.items()}))
    st.caption(t("run.records_hint", total=format.number(page.total)))
    page.turner()


def _filters(row: RunRow, counts: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    chosen: dict[str, Any] = {name: asked.one_of(name, known) for name, known in _KNOWN.items()} | {
        "search": asked.one("search")
    }
    entities = {name: sum(counts[name].values()) for name in ENTITIES if name in counts}
    outcomes = {name: _of(counts, chosen["entity"], name) for name in RECORDED}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _search(chosen["search"])
        _pick("entity", entities, chosen["entity"])
        _pick("outcome", {name: n for name, n in outcomes.items() if n}, chosen["outcome"])
        _exports(row, chosen)
    return chosen


def _of(counts: Mapping[str, Mapping[str, int]], entity: str | None, outcome: str | None) -> int:
    """How many records have the entity and the outcome; None stands for any."""
    return sum(
        n
        for of, outcomes in counts.items()
        for name, n in outcomes.items()
        if entity in (None, of) and outcome in (None, name)
    )


def _search(now: str) -> None:
    key = "run:records:search"
    st.session_state[key] = now
    st.text_input(
        t("table.search"),
        key=key,
        placeholder=t("run.records_search"),
        label_visibility="collapsed",
        icon=":material/search:",
        width=190,
        on_change=_changed,
        args=("search", key),
    )


def _pick(name: str, counts: Mapping[str, int], now: str | None) -> None:
    labels = {code: f"{t(f'{name}.{code}')} {format.number(n)}" for code, n in counts.items()}
    if now is not None and now not in labels:
        labels[now] = f"{t(f'{name}.{now}')} 0"
    key = f"run:records:{name}:{worded(labels)}"
    st.session_state[key] = now
    st.pills(
        t(f"table.{name}"),
        list(labels),
        format_func=labels.__getitem__,
        key=key,
        label_visibility="collapsed",
        on_change=_changed,
        args=(name, key),
    )


@act
def _changed(name: str, key: str) -> None:
    asked.say(name, str(st.session_state[key] or "").strip())
    paged.first(_PAGE)


def _table(run_: RunRow, page: paged.Page[Any], filters: str) -> None:
    """Other rows are another table: one that gets new rows takes no notice of the next click."""
    names = ["entity", "key", "title", "outcome", "reasons", "message"]
    currency = ""
    if any(row.get("sold") for row in page.rows):
        names.insert(3, "sold")
        currency = coverage(context.desk(), context.desk().store_by_id(run_.store_id)).currency
    key = f"run:records:table:{page.number}:{filters}"
    widths = {"entity": 90, "key": 110, "title": 260, "outcome": 100, "reasons": 170}
    widths["sold"] = 150
    paged.table(
        [_shown(row, currency) for row in page.rows],
        names,
        alt=t("run.tab.records"),
        config={
            name: st.column_config.TextColumn(t(f"table.{name}"), width=width)
            for name, width in widths.items()
        },
        height="stretch",
        row_height=32,
        key=key,
        on_select=partial(open_record, key, [(row["entity"], row["id"]) for row in page.rows]),
        selection_mode=["single-cell"],
    )


def _shown(row: Mapping[str, Any], currency: str) -> dict[str, Any]:
    sold = row.get("sold")
    return {
        "sold": sold and states.sold(sold, currency),
        "entity": t(f"record.{row['entity']}"),
        "key": str(row["key"]),
        "title": states.title(row["title"], row["detail"]),
        "outcome": t(f"outcome.{row['outcome']}"),
        "reasons": ", ".join(states.reasons(row["reasons"])),
        "message": states.message(row),
    }


def _exports(row: RunRow, chosen: Mapping[str, Any]) -> None:
    for kind in ("csv", "json"):
        st.download_button(
            t(f"run.export_{kind}"),
            data=signin.later(
                partial(_exported, row, kind, {**chosen, "as_in": format.spreadsheet()})
            ),
            file_name=f"run-{row.id}-records.{kind}",
            mime="text/csv" if kind == "csv" else "application/json",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
            key=f"run:export:{kind}",
        )


def _exported(row: RunRow, kind: str, chosen: Mapping[str, Any]) -> bytes:
    return b"".join(run.export_outcomes(context.desk(), row.id, kind, **chosen))
