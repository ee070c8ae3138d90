"""One record of the plan in a drawer: what happens to it, why, field by field, and its sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from pages.components import asked, context, draft, format, links, states
from pages.components import settings_words as words
from pages.components.preview.plan import Shown
from pages.components.texts import plain, t
from sync import preview
from sync.entities import PLURALS, id_in
from sync.store import UsageError

TIMES: Final = "preview.opened"  # how many records were opened: names the next table anew


def open_row(ids: Sequence[int | str], row: int) -> None:
    """Open the record of a row of a table of `ids`."""
    if row < len(ids):
        asked.say("id", str(ids[row]))


def close() -> None:
    """Forget the record after its drawer was closed: in the table and in the URL."""
    st.session_state[TIMES] = st.session_state.get(TIMES, 0) + 1
    asked.say("id", None)


def show(plan: Shown, entity: str) -> None:
    """The drawer of the record that the URL names."""
    named = asked.one("id")
    if not named:
        return
    try:
        record = preview.record(
            context.desk(), plan.store, entity, id_in(entity, named), plan.draft
        )
    except UsageError as error:
        st.warning(plain(states.refusal(error)), icon=":material/search_off:")
        return
    name = _title(record)
    title = f"{t(f'record.{entity}')} {plain(name)}"
    st.dialog(title, width=880, position="right", on_dismiss=close)(_body)(plan, record)


def _title(record: preview.Record) -> str:
    payload = record.payload or record.confirmed or record.source or {}
    name = payload.get("name") or payload.get("title") or payload.get("number")
    return str(name or record.key)


def _body(plan: Shown, record: preview.Record) -> None:
    states.action_badge(record.action)
    st.markdown(f"**{_sentence(record)}**")
    states.reason_cards(record)
    states.record_notes(record)
    _cure(plan, record)
    fields, payload, source = st.tabs(
        [t("preview.tab.fields"), t("preview.tab.payload"), t("preview.tab.source")]
    )
    with fields:
        _fields(record)
    with payload:
        if record.if_sent is not None:
            st.caption(t("preview.if_sent"))
            st.json(record.if_sent, expanded=2)
        else:
            yet = record.action == "follow"
            _json(record.payload, "preview.no_payload_yet" if yet else "preview.no_payload")
    with source:
        _json(record.source, "preview.no_source")
    _links(record)


def _sentence(record: preview.Record) -> str:
    told = t(f"preview.record.{record.action}")
    clerk = record.clerk
    if clerk is None:
        return f"{told} {t('preview.never_sent')}"
    code = "preview.confirmed_hidden" if clerk.hidden else "preview.confirmed"
    return f"{told} {t(code, when=format.when(clerk.confirmed_at))}"


def _cure(plan: Shown, record: preview.Record) -> None:
    cure = record.would_include
    if not cure:
        return
    changes = plain(words.wanted(cure))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(t("preview.would_include", changes=changes), width="stretch")
        st.button(
            t("preview.try_it"),
            icon=":material/science:",
            key="preview.cure",
            on_click=draft.propose,
            args=(plan.store, cure),
        )


def _fields(record: preview.Record) -> None:
    """Draw old and new values field by field; only new ones if Clerk.io never had the record."""
    fields, known = record.fields, record.confirmed is not None
    if not fields:
        yet = record.action == "follow"
        st.caption(t("preview.no_fields_yet" if yet else "preview.no_fields"))
        return
    if known and st.toggle(t("preview.only_changed"), key="preview.only_changed"):
        fields = [field for field in fields if field.changed]
    columns = ("name", "old", "new", "changed", "source", "setting")
    text = st.column_config.TextColumn
    st.dataframe(
        {name: [_shown(name, getattr(field, name)) for field in fields] for name in columns},
        column_config={
            "name": text(t("preview.field.name"), pinned=True),
            "old": text(t("preview.field.old"), width="medium"),
            "new": text(t("preview.field.new"), width="medium"),
            "changed": st.column_config.CheckboxColumn(t("preview.field.changed")),
            "source": text(t("preview.field.source")),
            "setting": text(t("preview.field.setting")),
        },
        column_order=columns if known else ("name", "new", "source", "setting"),
        hide_index=True,
        placeholder="",
        height="content",
        alt=t("preview.tab.fields"),
    )


def _shown(column: str, value: Any) -> Any:
    if column == "changed":
        return value
    if column == "setting":
        return words.label(value) if value else None
    return _value(value)


def _value(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return t("option.yes" if value else "option.no")
    if isinstance(value, list):
        return ", ".join(str(_value(each)) for each in value)
    return str(value)


def _json(value: Any, missing: str) -> None:
    if value is None:
        st.caption(t(missing))
    else:
        st.json(value, expanded=2)


def _links(record: preview.Record) -> None:
    with st.container(horizontal=True):
        links.to(
            "lookup",
            label=t("preview.to_lookup"),
            icon=":material/search:",
            entity=asked.one_of("entity", PLURALS) or "product",
            id=record.id,
        )
        if record.clerk and record.clerk.run:
            run = record.clerk.run
            links.to("run", label=t("preview.sent_in", run=run), run=run)
