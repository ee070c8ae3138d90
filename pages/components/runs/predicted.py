"""What a run's plan foretold against what was sent, each difference explained."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

import streamlit as st

from pages.components import asked, context, format
from pages.components.acts import act
from pages.components.texts import plain, t
from sync import run
from sync.run import Predicted
from sync.store import RunRow

_TO_SEND: Final = ("create", "update", "remove")
_FAILED: Final = ("refused", "unusable")
_IDS: Final = 20


def show(row: RunRow) -> None:
    """Draw it for a run that has ended; nothing where no plan was made."""
    if row.finished is None:
        return
    found = run.predicted(context.desk(), row)
    if not found:
        return
    st.markdown(f"**{t('run.predicted')}**")
    _table(found)
    if not any(each.differences for each in found.values()):
        st.caption(f":material/check: {t('run.predicted_as_planned')}")
        return
    for entity, each in found.items():
        for gap in each.differences:
            _gap(entity, gap)


def _table(found: Mapping[str, Predicted]) -> None:
    shown = {
        entity: each
        for entity, each in found.items()
        if any(each.planned.values()) or any(each.sent.values())
    }
    if not shown:
        return
    number = partial(st.column_config.NumberColumn, format="localized")
    st.dataframe(
        {
            "entity": [t(f"entity.{entity}") for entity in shown],
            "planned": [sum(map(each.planned.__getitem__, _TO_SEND)) for each in shown.values()],
            "sent": [sum(each.sent.values()) for each in shown.values()],
        },
        placeholder="–",
        hide_index=True,
        row_height=30,
        height="content",
        column_config={
            "entity": st.column_config.TextColumn(t("table.entity"), width=116),
            "planned": number(t("run.predicted_planned")),
            "sent": number(t("run.predicted_sent")),
        },
        width=420,
        alt=t("run.predicted"),
    )
    orders = shown.get("orders")
    if orders is not None and orders.planned["lines"]:
        n = format.number(orders.planned["lines"])
        st.caption(t("run.predicted_lines", count=n))


def _gap(entity: str, gap: run.Gap) -> None:
    """One difference with its records, where they are known; what failed opens with its reason."""
    said = f"{t(f'entity.{entity}')}: {t(f'gap.{gap.what}', n=format.number(gap.count))}"
    if not gap.ids:
        st.markdown(f"- {plain(said)}")
        return
    with st.expander(plain(said)):
        if gap.what in _FAILED:
            st.button(
                t("run.predicted_open"),
                key=f"run:gap:{entity}:{gap.what}",
                type="tertiary",
                icon=":material/list:",
                on_click=_open,
                args=(entity,),
            )
        more = len(gap.ids) - _IDS
        listed = ", ".join(map(str, gap.ids[:_IDS]))
        st.caption(plain(listed) + (f" {t('run.predicted_more', count=more)}" if more > 0 else ""))


@act
def _open(entity: str) -> None:
    """Show the records that failed."""
    for name, value in {"tab": "records", "entity": entity, "outcome": "failed"}.items():
        asked.set_later(name, value)
