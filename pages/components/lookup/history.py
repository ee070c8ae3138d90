"""What happened to a record in the store's runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

import streamlit as st

from pages.components import context, format, links, opened, paged, states
from pages.components.acts import act
from pages.components.texts import lang, t
from sync import answers
from sync.entities import Id
from sync.store import StoreRow
from sync.texts import field_name

_COLUMNS: Final = ("at", "event", "run", "version")
_TABLE: Final = "lookup:history"
_ROWS: Final = 5  # that are shown without scrolling


def show(store: StoreRow, entity: str, source: Id) -> None:
    """Draw its events, the newest first; the first one is what holds now. A row opens its run."""
    events = answers.lifeline(context.desk(), store, entity, source)
    st.markdown(f"## :small[{t('lookup.timeline')}]")
    column, runs = st.column_config, [event["run"] for event in events]
    drawn = opened.stamp([entity, source, *runs])
    opened.mark(_TABLE, runs, None, drawn)
    paged.table(
        [_event(event) for event in events],
        _COLUMNS,
        config={
            "at": format.datetime_column(t("table.at"), width=130),
            "event": column.TextColumn(t("table.event"), width=320),
            "run": column.TextColumn(t("table.run"), width=50),
            "version": column.TextColumn(t("lookup.column.version"), width=110),
        },
        row_height=28,
        height=min(len(events), _ROWS) * 28 + 40,
        alt=t("lookup.timeline"),
        stamp=drawn,
        key=_TABLE,
        on_select=partial(_open, runs, drawn),
        selection_mode="single-cell",
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if any(event["run"] is not None for event in events):
            st.caption(t("lookup.open_run"), width="content")
        icon = ":material/visibility:"
        links.to("preview", label=t("lookup.in_preview"), icon=icon, entity=entity, id=source)
        links.to("past", label=t("past.link"), icon=":material/calendar_month:")


@act
def _open(runs: Sequence[int | None], drawn: str) -> None:
    run = opened.chosen(_TABLE, runs, drawn)
    if run is not None:
        links.go_next("run", run=run)


def _event(event: dict[str, Any]) -> dict[str, Any]:
    family = "event" if event["run"] is None else "outcome"
    told = [t(f"{family}.{event['outcome']}")]
    fields = [field_name(name, lang()) for name in event["fields"]]
    behind = [*states.reasons(event["reasons"]), *fields, states.message(event)]
    return {
        "at": datetime.fromisoformat(event["at"]),
        "event": ": ".join([*told, *filter(None, [", ".join(filter(None, behind))])]),
        "run": "" if event["run"] is None else str(event["run"]),
        "version": f"v{event['settings_version']}",
    }
