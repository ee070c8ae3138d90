"""One record's story: the answer in one sentence, then reasons, cure, timeline, payload."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.components import context, draft, format, links, paged, run_request, states
from pages.components import settings_words as words
from pages.components.acts import act
from pages.components.texts import lang, plain, t
from sync import explain, preview
from sync.entities import PLURALS, Id, id_in
from sync.store import StoreRow

Row = dict[str, Any]


def show(store: StoreRow, entity: str, named: str) -> None:
    """Everything about the record with that Lightspeed id."""
    story = explain.explain(context.desk(), store, entity, id_in(explain.kind_named(entity), named))
    with st.container(border=True):
        _answer(story, entity, named)
        _facts(store, story, entity)
        _cure(store, story)
    states.reason_cards(story)
    states.record_notes(story)
    if story.id is not None:
        _timeline(store, entity, story.id)
    _payload(store, story)


def goes_badge(goes: bool, follows: bool = False) -> None:
    """Draw whether a record goes to Clerk.io, or follows once its lines are read."""
    if follows:
        st.badge(t("lookup.follows"), icon=":material/schedule_send:", color="violet")
        return
    st.badge(
        t("lookup.goes" if goes else "lookup.stays_out"),
        icon=":material/check:" if goes else ":material/block:",
        color="green" if goes else "gray",
    )


def sentence(story: explain.Story) -> str:
    """The answer in the reader's language and zone."""
    return plain(explain.sentence(story, lang(), format.when))


def _answer(story: explain.Story, entity: str, named: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if story.id is None:
            st.badge(t("lookup.not_found"), icon=":material/search_off:", color="gray")
        else:
            goes_badge(story.goes, story.follows)
        st.caption(f"{t(f'kind_of.{entity}')} · {plain(named)}")
    if story.title:
        st.subheader(plain(states.title(story.title, story.unreadable)), anchor=False)
    st.markdown(f"**{sentence(story)}**")


def _facts(store: StoreRow, story: explain.Story, entity: str) -> None:
    plural = PLURALS[entity]
    clerk = story.clerk
    if clerk is None:
        st.caption(t("lookup.not_in_clerk"))
        return
    code = "lookup.in_clerk_hidden" if clerk.hidden else "lookup.in_clerk"
    when = format.when(clerk.confirmed_at)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(t(code, key=plain(clerk.key), when=when))
        links.to("run", label=t("runs.number", run=clerk.run), run=clerk.run)
        links.to("preview", label=t("page.preview"), entity=entity, id=story.id)
    if story.goes:
        st.button(
            t("lookup.send_again"),
            icon=":material/send:",
            key="lookup:again",
            on_click=run_request.ask,
            args=(store, "sync"),
            kwargs={"resend": "all", "only": [f"{plural}:{story.id}"]},
        )


def _cure(store: StoreRow, story: explain.Story) -> None:
    cure = story.would_include
    if not cure:
        return
    changes = plain(words.wanted(cure))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(t("lookup.cure", changes=changes), width="stretch")
        st.button(
            t("lookup.try"),
            icon=":material/science:",
            key="lookup:cure",
            on_click=_propose,
            args=(store, cure, story.entity, story.id),
        )


@act
def _propose(store: StoreRow, cure: dict[str, str], entity: str, source: Id | None) -> None:
    """Try the change, and open the record where it shows."""
    draft.propose(store, cure)
    links.go_next("preview", entity=entity, id=source)


def _timeline(store: StoreRow, entity: str, source: int | str) -> None:
    events = explain.timeline(context.desk(), store, entity, source)
    st.subheader(t("lookup.timeline"), anchor=False)
    names = ("at", "event", "reasons", "message", "run", "version")
    config = {"at": format.datetime_column(t("table.at"))}
    rows = [_event(event) for event in events]
    paged.table(rows, names, config=config, alt=t("lookup.timeline"))


def _event(event: Row) -> Row:
    known = f"event.{event['outcome']}" if event["run"] is None else f"outcome.{event['outcome']}"
    return {
        "at": pd.Timestamp(event["at"]),
        "event": t(known),
        "reasons": ", ".join(states.reasons(event["reasons"])),
        "message": states.message(event),
        "run": "" if event["run"] is None else str(event["run"]),
        "version": str(event["settings_version"]),
    }


def _payload(store: StoreRow, story: explain.Story) -> None:
    """What goes to Clerk.io; of a record that is left out, what would go."""
    payload, code = story.payload, "lookup.payload"
    if story.found and not story.goes and story.id is not None:
        left_out = preview.record(context.desk(), store, PLURALS[story.entity], story.id)
        payload, code = left_out.if_sent, "preview.if_sent"
    if payload is not None:
        with st.expander(t(code), icon=":material/data_object:"):
            st.json(payload, expanded=2)
