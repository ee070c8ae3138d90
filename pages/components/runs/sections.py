"""The tabs of a run's page; the first one is what went wrong, if anything did."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import streamlit as st

from pages.components import asked, context, format, unmoved
from pages.components.options import worded
from pages.components.runs import books, calls, log, records, used, wrong
from pages.components.texts import t
from sync import run
from sync.store import RunRow

Draw = Callable[[RunRow], None]


def show(row: RunRow, found: Sequence[run.Wrong]) -> None:
    """Draw the tabs and what is in the open one. The address names it."""
    draws: dict[str, Draw] = {
        "books": books.show,
        "records": records.show,
        "log": log.show,
        "settings": used.show,
    }
    if row.options.get("record"):
        draws["calls"] = calls.show
    if found:
        draws = {"wrong": partial(_wrong, found=found), **draws}
    labels = _labels(row, found, draws)
    key = f"run:tab:{worded(labels)}"
    asked.follow("tab", key, lambda _: labels[asked.one_of("tab", labels) or next(iter(labels))])
    tabs = st.tabs(list(labels.values()), on_change=asked.settle, key=key)
    for tab, (name, draw) in zip(tabs, draws.items(), strict=True):
        if tab.open:
            asked.say("tab", name, default=next(iter(labels)))
            with tab:
                draw(row)


def _labels(row: RunRow, found: Sequence[run.Wrong], draws: Mapping[str, Draw]) -> dict[str, str]:
    """The names of the tabs; those of a run that has ended count what is behind them."""
    names = {name: t(f"run.tab.{name}") for name in draws}
    names["settings"] += f" v{row.settings_version}"
    if row.finished is None:
        return names
    store = context.desk().store_by_id(row.store_id)
    counts = unmoved.outcome_counts(store, row.id).values()
    numbers = {
        "wrong": sum(each.count for each in found),
        "records": sum(sum(each.values()) for each in counts),
        "log": len(context.desk().run_log(row.id)),
    }
    return {
        name: f"{label} {format.number(numbers[name])}" if numbers.get(name) else label
        for name, label in names.items()
    }


def _wrong(row: RunRow, found: Sequence[run.Wrong]) -> None:
    """What went wrong, beside it the books."""
    if not row.books:
        wrong.show(row, found)
        return
    left, right = st.columns([1.5, 1])
    with left:
        wrong.show(row, found)
    with right.container(border=True, gap="xsmall"):
        st.markdown(f"**{t('run.tab.books')}**")
        books.table(row)
