"""A run's errors in groups: known cause, who can fix it, next step."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from pages.components import format
from pages.components.texts import lang, plain, t
from sync import causes
from sync.store import RunRow


def show(row: RunRow) -> None:
    """The reason why the run stopped, then each group, most frequent first."""
    if row.state == "failed" and row.message:
        _group({"message": row.message, "count": 1, "sample": None, "link": None})
    if row.errors:
        st.subheader(t("run.errors"), anchor=False)
    for group in row.errors:
        _group(group)


def _group(group: dict[str, Any]) -> None:
    advice = causes.advice(group["message"], lang())
    times = f" (×{format.number(group['count'])})" if group["count"] > 1 else ""
    with st.container(border=True, gap="xsmall"):
        st.markdown(f":material/error: **{advice['name']}**{times}")
        st.text(group["message"])
        st.markdown(advice["means"])
        st.markdown(t("run.fix", who=advice["who"], next=advice["next"]))
        if group["sample"]:
            st.caption(t("run.sample", sample=plain(group["sample"])))
        if _safe(group["link"]):
            st.link_button(t("run.report"), group["link"], icon=":material/open_in_new:")


def _safe(link: str | None) -> bool:
    """Clerk.io's own error page, and nothing else that an answer may name."""
    parts = urlsplit(link or "")
    host = parts.hostname or ""
    return parts.scheme in ("http", "https") and (host == "clerk.io" or host.endswith(".clerk.io"))
