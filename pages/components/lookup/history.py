"""What happened to a record in the store's runs."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.components import context, format, paged, states
from pages.components.texts import t
from sync import explain
from sync.entities import Id
from sync.store import StoreRow

_COLUMNS = ("at", "event", "run", "version")
_ROWS = 5  # that are shown without scrolling


def show(store: StoreRow, entity: str, source: Id) -> None:
    """Draw its events, the newest first; the first one is what holds now."""
    events = explain.timeline(context.desk(), store, entity, source)
    st.markdown(f"## :small[{t('lookup.timeline')}]")
    paged.table(
        [_event(event) for event in events],
        _COLUMNS,
        config={
            "at": format.datetime_column(t("table.at"), width=130),
            "version": st.column_config.TextColumn(t("lookup.column.version"), width=95),
            "run": st.column_config.TextColumn(t("table.run"), width=50),
            "event": st.column_config.TextColumn(t("table.event"), width="large"),
        },
        row_height=28,
        height=min(len(events), _ROWS) * 28 + 40,
        alt=t("lookup.timeline"),
    )


def _event(event: dict[str, Any]) -> dict[str, Any]:
    family = "event" if event["run"] is None else "outcome"
    told = [t(f"{family}.{event['outcome']}")]
    behind = [*states.reasons(event["reasons"]), states.message(event)]
    return {
        "at": pd.Timestamp(event["at"]),
        "event": ": ".join([*told, *filter(None, [", ".join(filter(None, behind))])]),
        "run": "" if event["run"] is None else str(event["run"]),
        "version": f"v{event['settings_version']}",
    }
