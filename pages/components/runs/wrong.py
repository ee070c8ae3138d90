"""What went wrong in a run, a card for each cause: since when, who can mend it, which records."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import streamlit as st

from pages.components import apart, context, format, links, opened, paged, states
from pages.components.acts import act
from pages.components.texts import lang, plain, t
from sync import answers, causes, run
from sync.entities import SINGULARS
from sync.preview.outlook import coverage
from sync.store import RunRow

PER_PAGE: Final = 100
_ROWS: Final = 7  # that a table shows before it scrolls
_MESSAGES: Final = 3  # of a cause that are told where no table has them


def show(row: RunRow, found: Sequence[run.Wrong]) -> None:
    """The cards, what stopped the run first, then the most frequent cause; and what sets the
    records apart that failed."""
    for wrong in found:
        with st.container(border=True, gap="xsmall"):
            _card(row, wrong)
    store, failed = context.desk().store_by_id(row.store_id), answers.failed_in(row.id)
    for entity, book in row.books.items():
        apart.popover(store, entity, failed, key=f"run:apart:{entity}", count=book["failed"])


def _card(row: RunRow, wrong: run.Wrong) -> None:
    advice = wrong.advice(lang())
    st.markdown(f"{_badges(wrong)} **{advice['name']}**")
    fix = t("run.fix", who=advice["who"], next=advice["next"])
    st.markdown(f":small[{_since(wrong)} · {advice['means']}]  \n:small[{fix}]")
    read = partial(run.wrong_records, context.desk(), row.id, wrong)
    page = paged.page(f"run:wrong:{wrong.code}", PER_PAGE, read)
    if page.rows:
        _table(row, wrong, page)
        page.turner()
    if not page.rows or page.total < wrong.count:
        for message in wrong.messages[:_MESSAGES]:
            st.text(message.text(lang()))
    link = causes.report_link(wrong.link)
    if link is not None:
        st.link_button(t("run.report"), link, icon=":material/open_in_new:")


def _badges(wrong: run.Wrong) -> str:
    """How many records of each kind; how often where none is named."""
    named = {entity: n for entity, n in wrong.counts.items() if entity}
    if not named:
        return f":red-badge[{format.number(wrong.count)} ×]" if wrong.count > 1 else ""
    return " ".join(
        f":red-badge[{t(f'run.records.{entity}', n=format.number(n))}]"
        for entity, n in sorted(named.items(), key=lambda pair: -pair[1])
    )


def _since(wrong: run.Wrong) -> str:
    if wrong.since is None:
        return t("run.new")
    number, at = wrong.since
    return t("run.since", run=number, ago=format.ago(at))


def _table(row_: RunRow, wrong: run.Wrong, page: paged.Page[Any]) -> None:
    rows = page.rows
    currency = coverage(context.desk(), context.desk().store_by_id(row_.store_id)).currency
    cells = [
        {
            "entity": t(f"record.{row['entity']}"),
            "id": str(row["id"]),
            "title": states.title(row["title"], row["detail"]),
            "message": states.message(row),
            "sold": row["sold"] and states.sold(row["sold"], currency),
        }
        for row in rows
    ]
    key = f"run:wrong:table:{wrong.code}:{page.number}"
    several = len({row["entity"] for row in rows}) > 1
    names = ["entity", "id", "title", "message"][not several :]
    if any(row["sold"] for row in rows):
        names.insert(-1, "sold")
    widths = {"entity": 90, "id": 100, "title": 210, "sold": 150}
    paged.table(
        cells,
        names,
        alt=plain(wrong.advice(lang())["name"]),
        config={
            **{n: st.column_config.TextColumn(t(f"table.{n}"), width=w) for n, w in widths.items()},
            "message": st.column_config.TextColumn(t("table.said"), width="large"),
        },
        row_height=30,
        height=min(len(rows), _ROWS) * 30 + 38,
        key=key,
        on_select=partial(open_record, key, [(row["entity"], row["id"]) for row in rows]),
        selection_mode=["single-cell"],
    )


@act
def open_record(key: str, records: Sequence[tuple[str, int | str]]) -> None:
    """Look up the record whose cell was clicked."""
    record = opened.chosen(key, records)
    if record is not None:
        entity, source = record
        links.go_next("lookup", entity=SINGULARS[entity], id=source)
