"""The kinds of records on the Preview page: a tab for each with its number."""

from __future__ import annotations

import streamlit as st

from pages.components import asked, format
from pages.components.preview import filters
from pages.components.preview.plan import Shown
from pages.components.texts import lang, t
from sync.entities import ENTITIES, SINGULARS, plural_of, wants
from sync.run import NeverRead

_TAB = "preview.entity"


def tabs(plan: Shown) -> None:
    """A tab for each kind; the URL names the open one in the singular."""
    asked.follow("entity", _TAB, lambda _: _asked())
    st.segmented_control(
        t("preview.tabs"),
        ENTITIES,
        key=_TAB,
        required=True,
        format_func=lambda entity: _tab(plan, entity),
        on_change=_turned,
        label_visibility="collapsed",
    )


def _turned() -> None:
    filters.forget()
    st.rerun(filters.RECORDS)


def chosen() -> str:
    """The entity whose tab is open."""
    entity = str(st.session_state[_TAB])
    asked.say("entity", SINGULARS[entity], default=SINGULARS[ENTITIES[0]])
    return entity


def _asked() -> str:
    named = asked.one("entity")
    plural = plural_of(named)
    return plural if plural in ENTITIES else ENTITIES[0]


def _tab(plan: Shown, entity: str) -> str:
    told = t(f"entity.{entity}")
    if not wants(plan.settings, entity):
        return f"{told} {t('preview.tab.off')}"
    counts = plan.preview.entities[entity]
    if isinstance(counts, NeverRead):
        return f"{told} {t('preview.tab.unread')}"
    return f"{told} {format.number(counts.read)}"


def never_read(plan: Shown, entity: str) -> bool:
    """Say of records that were never read what reading them would cost."""
    counts = plan.preview.entities[entity]
    if not isinstance(counts, NeverRead):
        return False
    calls = format.number(counts.not_read.calls)
    code = "preview.not_read_draft" if plan.draft else "preview.not_read"
    st.info(t(code, n=calls), icon=":material/cloud_off:")
    return True


def remarks(plan: Shown, entity: str) -> str:
    """What the numbers of these records leave out, in one line; "" for nothing."""
    counts = plan.preview.entities[entity]
    if isinstance(counts, NeverRead):
        return ""
    told = counts.silent_about(lang())
    if counts.left_in_clerk:
        told.append(t("preview.left_in_clerk", n=format.number(counts.left_in_clerk)))
    return " ".join(told)
