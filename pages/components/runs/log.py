"""The log of a run in order, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

import streamlit as st

from pages.components import context, format, layout, paged, signin
from pages.components.texts import lang, t
from sync import run
from sync.store import RunRow

LEVELS: Final = ("info", "warning", "error")
PER_PAGE: Final = 200
_PAGE: Final = "run:log:page"
_ABOVE: Final = 330  # pixels of the window that are not the table's


def show(row: RunRow) -> None:
    """Search, level, the lines, and all of them to download."""
    with st.container(horizontal=True, vertical_alignment="center"):
        search = st.text_input(
            t("table.search"),
            key="run:log:search",
            icon=":material/search:",
            placeholder=t("table.search"),
            label_visibility="collapsed",
            on_change=paged.first,
            args=(_PAGE,),
            width=260,
        )
        level = st.segmented_control(
            t("run.level"),
            LEVELS,
            default=LEVELS[0],
            required=True,
            format_func=lambda name: t(f"run.level_{name}"),
            key="run:log:level",
            label_visibility="collapsed",
            on_change=paged.first,
            args=(_PAGE,),
        )
        _download(row)
    read = partial(
        run.log_lines, context.desk(), row.id, level=str(level), search=search, lang=lang()
    )
    page = paged.page(_PAGE, PER_PAGE, read)
    if not page.rows:
        st.info(t("table.none_match" if search or level != LEVELS[0] else "run.no_log"))
        return
    with layout.fill("log", above=_ABOVE):
        _table(page.rows)
    st.caption(t("table.total", total=format.number(page.total)))
    page.turner()


def _download(row: RunRow) -> None:
    st.download_button(
        t("run.log_export"),
        data=signin.later(lambda: _text(row)),
        file_name=f"run-{row.id}.log",
        mime="text/plain",
        icon=":material/download:",
        on_click="ignore",
    )


def _table(rows: Sequence[dict[str, Any]]) -> None:
    lines = [
        {
            "at": datetime.fromisoformat(line["at"]),
            "level": t(f"log_level.{line['level']}"),
            "phase": t(f"step.{line['phase']}") if line["phase"] else "",
            "message": line["message"],
        }
        for line in rows
    ]
    text = st.column_config.TextColumn
    config = {
        "at": format.datetime_column(t("table.at"), seconds=True, width=150),
        "level": text(t("table.level"), width=80),
        "phase": text(t("table.phase"), width=110),
        "message": text(t("table.message"), width=660),
    }
    names = ("at", "level", "message", "phase")  # a phone shows what comes first
    paged.table(lines, names, config=config, alt=t("run.tab.log"), height="stretch", row_height=30)


def _text(row: RunRow) -> bytes:
    lines = run.handed_out_log(context.desk(), row.id, lang())
    told = (f"{format.utc(x['at'])} {x['level']:7} {x['phase']:10} {x['message']}" for x in lines)
    return "\n".join(told).encode() + b"\n"
