"""A run's errors in groups: known cause, who can fix it, next step."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components import format
from pages.components.texts import lang, plain, t
from sync import causes
from sync.errors import Message
from sync.store import RunRow, State


def show(row: RunRow) -> None:
    """The reason why the run stopped, then each group, most frequent first."""
    if row.state is State.FAILED and row.said:
        _group(row.said, {"count": 1, "sample": None, "link": None})
    if row.errors:
        st.subheader(t("run.errors"), anchor=False)
    for group in row.errors:
        _group(Message.of(group.get("detail"), group["message"]), group)


def _group(message: Message, group: dict[str, Any]) -> None:
    advice = causes.advice(message, lang())
    times = f" (×{format.number(group['count'])})" if group["count"] > 1 else ""
    with st.container(border=True, gap="xsmall"):
        st.markdown(f":material/error: **{advice['name']}**{times}")
        st.text(message.text(lang()))
        st.markdown(advice["means"])
        st.markdown(t("run.fix", who=advice["who"], next=advice["next"]))
        if group["sample"]:
            st.caption(t("run.sample", sample=plain(group["sample"])))
        link = causes.report_link(group["link"])
        if link is not None:
            st.link_button(t("run.report"), link, icon=":material/open_in_new:")
