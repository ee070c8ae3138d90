"""The answer, the targets, what can be muted, and what was told lately."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from pages.components import context, flash, format, layout, states
from pages.components.acts import act
from pages.components.alerts import add, causes, targets
from pages.components.texts import lang, t
from sync import alerts
from sync.alerts import AlertsTold

_LATELY: Final = 100
_WIDTHS: Final = {"at": 130, "kind": 100, "title": 460, "outcome": 420}


def show() -> None:
    """Draw the page."""
    told = alerts.told(context.desk(), lang(), most=_LATELY)
    with layout.answer(_sentence(told), t("alerts.grey")):
        if _may_add():
            st.button(t("alerts.add"), icon=":material/add_alert:", type="primary", on_click=_add)
    flash.show()
    add.show()
    if not told.targets:
        states.empty("alerts.none", icon=":material/notifications:")
    for target in told.targets:
        targets.show(target)
    if told.causes:
        causes.show(told.causes)
    if told.lately:
        _lately(told)


def _may_add() -> bool:
    desk, store = context.desk(), context.store()
    return desk.may("alert add") or (store is not None and desk.may("alert add", store))


@act
def _add() -> None:
    add.open_()


def _sentence(told: AlertsTold) -> str:
    """How many targets there are, and whether all get what is sent."""
    if not told.targets:
        return t("alerts.answer_none")
    counted = t("alerts.answer", count=format.number(len(told.targets)))
    failing = sum(each.error is not None for each in told.targets)
    muted = sum(each.muted_until is not None for each in told.targets)
    parts = [counted]
    if failing:
        parts.append(f":red[{t('alerts.answer_failing', count=format.number(failing))}]")
    if muted:
        parts.append(t("alerts.answer_muted", count=format.number(muted)))
    return "; ".join(parts) + "."


def _lately(told: AlertsTold) -> None:
    st.markdown(f"## {t('alerts.lately')}")
    column = st.column_config
    cells: dict[str, list[Any]] = {
        "at": [format.moment(each.at) for each in told.lately],
        "kind": [t(f"alert.kind.{each.kind}") for each in told.lately],
        "title": [each.title for each in told.lately],
        "outcome": [
            "; ".join(f"{d['target']}: {_outcome(d)}" for d in each.deliveries)
            for each in told.lately
        ],
    }
    st.dataframe(
        cells,
        column_config={
            "at": format.datetime_column(t("alerts.column.at"), width=_WIDTHS["at"]),
            **{
                name: column.TextColumn(t(f"alerts.column.{name}"), width=_WIDTHS[name])
                for name in ("kind", "title", "outcome")
            },
        },
        hide_index=True,
        row_height=32,
        height=min(32 * len(told.lately) + 38, 520),
        placeholder="",
        alt=t("alerts.lately"),
    )


def _outcome(delivery: dict[str, Any]) -> str:
    return alerts.delivery_said(delivery, lang(), lambda at: format.clock(at) if at else "")
