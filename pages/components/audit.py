"""The audit trail in one table, searched and paged by SQL."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import streamlit as st

from pages.components import (
    asked,
    audit_words,
    context,
    flash,
    format,
    layout,
    paged,
    signin,
    states,
)
from pages.components.acts import act
from pages.components.texts import t
from sync import tables
from sync.clock import iso
from sync.store import Entry

_PER_PAGE: Final = 100
_PAGE: Final = "audit:page"
_SEARCH: Final = "audit:search"
_ABOVE: Final = 170  # pixels
_WIDTHS: Final = {"id": 70, "at": 130, "who": 150, "action": 290, "subject": 130, "changes": 420}


def show() -> None:
    """The answer, the search, and the entries, the newest first."""
    desk = context.desk()
    count = desk.count_audited()
    told = t("audit.answer", count=format.number(count)) if count else t("audit.answer_none")
    with layout.answer(told, t("audit.grey")):
        if count:
            st.button(t("audit.verify"), icon=":material/fact_check:", on_click=_verify)
    flash.show()
    if not count:
        states.empty("audit.none", icon=":material/verified_user:")
        return
    _filters()
    page = paged.page(_PAGE, _PER_PAGE, partial(_read, _text()))
    if not page.rows:
        st.info(t("table.none_match"), icon=":material/search_off:")
        return
    _table(page)
    page.turner()


@act
def _verify() -> None:
    """Say whether the chain is whole."""
    chain = context.desk().verify_audit()
    entries = format.number(chain.entries)
    if chain.broken is None:
        flash.tell("done", t("audit.whole", entries=entries))
    else:
        flash.tell("error", t("audit.broken", entries=entries, broken=chain.broken))


def _filters() -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        asked.follow("q", _SEARCH, lambda _: asked.one("q"))
        sought = st.text_input(
            t("table.search"),
            key=_SEARCH,
            icon=":material/search:",
            placeholder=t("audit.search"),
            label_visibility="collapsed",
            width=300,
            on_change=paged.first,
            args=(_PAGE,),
        )
        asked.say("q", sought.strip())
        st.download_button(
            t("audit.export"),
            data=signin.later(partial(_export, sought.strip())),
            file_name="audit.csv",
            mime="text/csv",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )


def _text() -> str:
    return str(st.session_state.get(_SEARCH, "")).strip()


def _read(text: str, *, limit: int, offset: int) -> dict[str, Any]:
    desk, meant = context.desk(), audit_words.meant(text)
    rows = desk.audited(text=text, meant=meant, limit=limit, offset=offset)
    return {"rows": rows, "total": desk.count_audited(text=text, meant=meant)}


def _export(text: str) -> bytes:
    entries = context.desk().export_audit(text=text, meant=audit_words.meant(text))
    header = [*(t(f"audit.column.{name}") for name in _WIDTHS), t("audit.column.hash")]
    lines = ([*(_cell(entry, name, iso) for name in _WIDTHS), entry.hash] for entry in entries)
    return b"".join(tables.csv_bytes(header, lines, format.spreadsheet()))


def _table(page: paged.Page[Entry]) -> None:
    place, height = layout.room("audit", len(page.rows), above=_ABOVE + 48 * (page.pages > 1))
    column = st.column_config
    with place:
        st.dataframe(
            {name: [_cell(entry, name) for entry in page.rows] for name in _WIDTHS},
            column_config={
                name: column.NumberColumn(t("audit.column.id"), format="%d", width=width)
                if name == "id"
                else column.TextColumn(t(f"audit.column.{name}"), width=width)
                for name, width in _WIDTHS.items()
            },
            hide_index=True,
            row_height=32,
            height=height,
            placeholder="",
            alt=t("audit.table"),
        )


def _cell(
    entry: Entry, name: str, moment: Callable[[float], str | None] = format.when
) -> str | int | None:
    if name == "at":
        return moment(entry.at)
    if name == "action":
        return audit_words.action(entry.action)
    if name == "subject":
        return audit_words.subject(entry.subject)
    if name == "changes":
        return audit_words.changed(entry)
    return entry.id if name == "id" else entry.who
