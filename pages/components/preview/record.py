"""One record of the plan beside the table: what happens to it, on what evidence, what would be
sent, and its sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from pages.components import (
    asked,
    context,
    cure,
    forgetting,
    format,
    links,
    opened,
    reveal,
    states,
    unmoved,
    variants,
)
from pages.components.preview import actions, columns, payload
from pages.components.preview.plan import Shown
from pages.components.texts import lang, plain, t, why
from sync import preview
from sync.entities import PLURALS, id_in
from sync.explain import evidence_lines, rightly_left_out
from sync.store import UsageError

PANEL: Final = "preview"
GRID: Final = "preview-grid"


# -- opening and closing ---------------------------------------------------------------------


def open_row(source: int | str | None) -> None:
    """Open a record of the table, if it is still there."""
    if source is not None:
        asked.say("id", str(source))
        opened.note(PANEL, is_open=True)


def mark(table: str, ids: Sequence[int | str]) -> None:
    """Mark the row of the record that is open, where a link opened it."""
    named = asked.one("id")
    shown = next((each for each in ids if str(each) == named), None)
    opened.mark(table, ids, shown, "title", panel=PANEL)


def close() -> None:
    """Close the record; its row stays marked where a click opens nothing."""
    asked.say("id", None)
    opened.close(PANEL, columns.PLACE)


# -- the panel -------------------------------------------------------------------------------


def show(plan: Shown, entity: str) -> None:
    """The record that the URL names."""
    source = id_in(entity, asked.one("id"))
    seen = reveal.asked_for(plan.store, entity, source)
    try:
        record = preview.record(
            context.desk(), plan.store, entity, source, plan.draft, revealed=seen
        )
    except UsageError as error:
        with st.container(horizontal=True, horizontal_alignment="right"):
            _close_button()
        st.warning(plain(states.refusal(error)), icon=":material/search_off:")
        return
    _head(record)
    _verdict(plan, record)
    _evidence(record)
    states.record_notes(record)
    _cure(plan, record)
    reveal.offer(plan.store, record)
    forgetting.offer(plan.store, record)
    payload.show(record, plan.coverage.currency)
    _links(record)


def _close_button() -> None:
    """Close by Escape too, unless that closes a list first."""
    st.button(
        "",
        icon=":material/close:",
        type="tertiary",
        key="preview.close",
        help=t("preview.close"),
        shortcut=None if actions.list_open() else "Escape",
        on_click=close,
    )


def _head(record: preview.Record) -> None:
    """Picture, title, id and SKU; the ways to the shop's page and out."""
    shown = record.payload or record.if_sent or record.confirmed or {}
    name = shown.get("name") or shown.get("title") or (record.source or {}).get("number")
    picture, url = columns.picture(shown.get("image")), str(shown.get("url") or "")
    told = [str(record.id), *(str(shown[key]) for key in ("sku",) if shown.get(key))]
    with st.container(horizontal=True, vertical_alignment="top", gap="small", wrap=False):
        if picture:
            st.image(picture, width=56, alt="")
        with st.container(gap=None, width="stretch"):
            st.header(plain(name or record.key), anchor=False)
            st.markdown(f":small[{plain(' · '.join(told))}]")
        if columns.picture(url):
            st.link_button(
                "",
                url,
                icon=":material/open_in_new:",
                type="tertiary",
                help=t("preview.to_shop"),
            )
        _close_button()


def _verdict(plan: Shown, record: preview.Record) -> None:
    told = t(f"preview.record.{record.action}")
    clerk = record.clerk
    if clerk is None:
        since = t("preview.never_sent")
    else:
        code = "preview.confirmed_hidden" if clerk.hidden else "preview.confirmed"
        since = t(code, when=format.when(clerk.confirmed_at))
    color = states.action_color(record.action)
    if plan.draft:
        told = t("preview.with_draft", told=told)
    st.markdown(f":{color}-badge[{t(f'action.{record.action}')}] **{told}** {since}")


def _evidence(record: preview.Record) -> None:
    """Each reason with what stands behind it, and what would change it."""
    if not record.reasons:
        return
    st.subheader(t("preview.evidence"), anchor=False)
    for code in record.reasons:
        st.markdown(f"**{why(code)}** – {why(code, 'why')}")
        if code == "out_of_stock" and record.evidence.variants:
            variants.show(record.evidence.variants)
        else:
            lines = evidence_lines(code, record.evidence, lang(), format.when)
            st.markdown("\n".join(f"- {plain(line)}" for line in lines))
        rightly = rightly_left_out(code, record.evidence)
        st.caption(t("evidence.rightly") if rightly else why(code, "change"))


def _cure(plan: Shown, record: preview.Record) -> None:
    """What would bring it back; how many more that brings is known beside the saved settings."""
    change = record.would_include
    if not change:
        return
    more = 0 if plan.draft else unmoved.brings(plan.store, _singular(), change)
    st.subheader(t("lookup.back"), anchor=False)
    cure.offer(plan.store, change, more, st.rerun)  # with another draft all of it is another


def _singular() -> str:
    return asked.one_of("entity", PLURALS) or "product"


def _links(record: preview.Record) -> None:
    with st.container(horizontal=True):
        links.to(
            "lookup",
            label=t("preview.to_lookup"),
            icon=":material/search:",
            entity=_singular(),
            id=record.id,
        )
        if record.clerk and record.clerk.run:
            run = record.clerk.run
            links.to("run", label=t("preview.sent_in", run=run), run=run)
