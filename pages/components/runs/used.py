"""The settings that a run used."""

from __future__ import annotations

import streamlit as st

from pages.components import context, paged, settings_words
from pages.components.texts import t
from sync import run
from sync.store import RunRow


def show(row: RunRow) -> None:
    """The settings it ran under, and what is different now."""
    found = run.compare_settings(context.desk(), row.id)
    st.markdown(t("run.settings_used", used=found["used"], now=found["now"]))
    changed = {each["setting"]: each["now"] for each in found["differences"]}
    values = row.settings.values()
    rows = [_setting(key, value, changed.get(key)) for key, value in values.items()]
    paged.table(rows, ("setting", "used", "now"), alt=t("run.tab.settings"), height="content")


def _setting(key: str, used: str, now: str | None) -> dict[str, str]:
    return {
        "setting": settings_words.label(key),
        "used": settings_words.value(key, used),
        "now": "" if now is None else settings_words.value(key, now),
    }
