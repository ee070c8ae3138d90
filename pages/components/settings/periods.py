"""What each choice of *Include orders* costs: orders, calls, when it is done, when to begin."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from pages.components import cells, format, layout
from pages.components import settings_words as words
from pages.components.settings import figures
from pages.components.settings.form import Form
from pages.components.texts import plain, t
from sync.preview import OrderCost

_KEY: Final = "include_orders"
_ROW: Final = 29  # pixels
_WIDTHS: Final = {
    "period": 96,
    "orders": 92,
    "calls": 68,
    "finish_one": 130,
    "finish_two": 130,
    "fits": 84,
    "best_start": 92,
}


def show(form: Form) -> None:
    """Draw a row for each choice whose orders were counted, the drafted one marked, while somebody
    looks at them; and in a sentence when a long one had best begin."""
    if not form.read or not form.drafted.import_orders:
        return
    costs = figures.order_costs(form)
    if not costs:
        return
    drafted = form.drafted.include_orders
    opened = layout.popover(
        t("settings.periods.title"), icon=":material/history:", key=f"periods:{form.store.slug}"
    )
    if opened.open:
        with opened, st.container(width=sum(_WIDTHS.values()) + 2):
            _table([_cells(cost, drafted) for cost in costs.values()])
            if any(cost.estimated for cost in costs.values()):
                st.caption(t("settings.periods.about"))
    cost = costs.get(drafted)
    if cost is not None and cost.best_start:
        numbers = {"start": cost.best_start, "finish": cost.best_finish}
        numbers |= {"now": cost.finish, "two": cost.finish_two}
        told = {name: format.clock(at) for name, at in numbers.items()}
        st.caption(f":material/nights_stay: {plain(t('settings.periods.best', **told))}")


def _cells(cost: OrderCost, drafted: str) -> dict[str, Any]:
    mark = "→ " if cost.option == drafted else ""
    about = "≈ " if cost.estimated else ""
    best = format.clock(cost.best_start) if cost.best_start else None
    return {
        "period": mark + words.value(_KEY, cost.option),
        "orders": about + format.number(cost.orders or 0),
        "calls": about + format.number(cost.calls or 0),
        "finish_one": format.clock(cost.finish_one),
        "finish_two": format.clock(cost.finish_two),
        "fits": bool(cost.fits),
        "best_start": best,
    }


def _table(rows: list[dict[str, Any]]) -> None:
    column = st.column_config
    shown = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    texts = {name: t(f"settings.periods.{name}") for name in shown}
    config: dict[str, Any] = {
        name: column.TextColumn(
            label, alignment="right" if name in ("orders", "calls") else None, width=_WIDTHS[name]
        )
        for name, label in texts.items()
    }
    config["fits"] = column.CheckboxColumn(texts["fits"], width=_WIDTHS["fits"])
    st.dataframe(
        cells.arrow({name: [row[name] for row in rows] for name in texts}),
        column_config=config,
        hide_index=True,
        row_height=_ROW,
        height="content",
        placeholder="–",
        alt=t("settings.periods.title"),
    )
