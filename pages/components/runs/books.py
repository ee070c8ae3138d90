"""The books of a run, whose numbers open their records; and what a comparison found."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import pandas as pd
import streamlit as st

from pages.components import asked, cells, context, format, opened
from pages.components.acts import act
from pages.components.runs import predicted
from pages.components.texts import lang, t, why
from sync import run
from sync.entities import ENTITIES
from sync.ledger import OUTCOMES, balanced, told_apart
from sync.rules import LINES_PENDING
from sync.run.records import RECORDED
from sync.store import RunRow
from sync.texts import labels

COUNTED: Final = ("read", "created", "updated", "follow", *OUTCOMES[2:], "removed", "not_sent")
_TIMES: Final = "run:books opened"
SELDOM: Final = ("follow", "not_sent")  # columns that stand there only with something in them


def show(row: RunRow) -> None:
    """The books by entity, whether they balance, and why records were skipped."""
    if row.kind == "compare":
        _compared(row)
    if not row.books:
        ended = row.finished is not None
        st.info(t("run.no_books" if ended else "run.no_books_yet"))
        return
    left, right = st.columns([1, 1.4])
    with left:
        st.markdown(f"**{t('run.tab.books')}**")
        table(row)
    with right:
        _reasons(row)
    predicted.show(row)


def table(row: RunRow) -> None:
    """The numbers, an entity a column; those of records that are kept open them."""
    books = {entity: told_apart(book) for entity, book in row.books.items()}
    shown = {entity: book for entity, book in books.items() if any(map(book.get, COUNTED))}
    some = [name for name in SELDOM if any(book.get(name) for book in shown.values())]
    counted = [name for name in COUNTED if name not in SELDOM or name in some]
    key = f"run:books:{st.session_state.get(_TIMES, 0)}"
    numbers = {entity: [book.get(name, 0) for name in counted] for entity, book in shown.items()}
    st.dataframe(
        cells.arrow({"outcome": [t(f"book.{name}") for name in counted], **numbers}),
        placeholder="–",
        hide_index=True,
        row_height=30,
        height="content",
        column_config={
            "outcome": st.column_config.TextColumn(t("table.outcome"), width=116),
            **{
                entity: st.column_config.NumberColumn(t(f"entity.{entity}"), format="localized")
                for entity in shown
            },
        },
        alt=t("run.tab.books"),
        key=key,
        on_select=partial(_opened, key, counted),
        selection_mode=["single-cell"],
    )
    right = balanced(row.books)
    icon = ":material/balance:" if right else ":material/error:"
    balance = "run.balanced_follow" if "follow" in some else "run.balanced"
    st.caption(f"{icon} {t(balance if right else 'run.unbalanced')} {t('run.numbers_open')}")
    if proved := run.proof(row.scan, lang()):
        st.caption(f":material/alternate_email: {' '.join(proved)}")
    if "follow" in some:
        follow = sum(book["follow"] for book in shown.values())
        st.caption(t("runs.books.follow", count=format.number(follow)))


@act
def _opened(key: str, outcomes: Sequence[str]) -> None:
    """Show the records behind the number that was clicked."""
    outcome = opened.chosen(key, outcomes)
    if outcome in RECORDED:
        entity = st.session_state[key].selection.cells[0][1]
        if entity in ENTITIES:
            open_records(entity, outcome)


def open_records(entity: str, outcome: str) -> None:
    """Show the records of one entity with one outcome."""
    st.session_state[_TIMES] = st.session_state.get(_TIMES, 0) + 1
    for name, value in {"tab": "records", "entity": entity, "outcome": outcome}.items():
        asked.set_later(name, value)


def _reasons(row: RunRow) -> None:
    found = [
        (entity, code, n)
        for entity, book in row.books.items()
        for code, n in sorted(book["reasons"].items(), key=lambda pair: -pair[1])
        if code != LINES_PENDING
    ]
    if not found:
        return
    st.markdown(f"**{t('run.reasons')}**")
    st.dataframe(
        [
            {"entity": t(f"entity.{entity}"), "reason": why(code), "n": n, "why": why(code, "why")}
            for entity, code, n in found
        ],
        placeholder="–",
        hide_index=True,
        row_height=30,
        height="content",
        column_config={
            "entity": st.column_config.TextColumn(t("table.entity"), width=90),
            "reason": st.column_config.TextColumn(t("table.reasons"), width=190),
            "n": st.column_config.NumberColumn(t("table.count"), format="localized", width=70),
            "why": st.column_config.TextColumn(t("table.why"), width=230),
        },
        alt=t("run.reasons"),
    )


# -- a comparison ---------------------------------------------------------------------------


def _compared(row: RunRow) -> None:
    """What a comparison found so far, with the ids as Clerk.io has them."""
    entities = run.report(context.desk(), row).entities
    if not entities:
        return
    names = labels("compared", lang())
    table = pd.DataFrame(
        [
            {"entity": t(f"entity.{entity}"), **{name: _size(found[name]) for name in names}}
            for entity, found in entities.items()
        ]
    )
    number = st.column_config.NumberColumn
    numbers = {name: number(label, format="localized") for name, label in names.items()}
    config: dict[str, Any] = {"entity": t("table.entity"), **numbers}
    st.dataframe(
        table, placeholder="–", hide_index=True, column_config=config, alt=t(f"kind.{row.kind}")
    )
    if any(found["unreadable"] for found in entities.values()):
        st.caption(t("run.not_comparable"))
    for entity, found in entities.items():
        _differing(entity, found)


def _size(found: int | list[Any]) -> int:
    return found if isinstance(found, int) else len(found)


def _differing(entity: str, found: dict[str, Any]) -> None:
    for verdict, name in labels("verdict", lang()).items():
        if found[verdict]:
            said = f"{t(f'entity.{entity}')}: {name} ({format.number(len(found[verdict]))})"
            with st.expander(said):
                ids = pd.DataFrame({"id": [str(key) for key in found[verdict]]})
                names = {"id": t("table.key")}
                st.dataframe(ids, placeholder="–", hide_index=True, column_config=names, alt=said)
