"""One record's story: the answer in one sentence, what stands behind it, what would change it,
what happened to it, and what goes to Clerk.io."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import streamlit as st

from pages.components import (
    context,
    drawing,
    forgetting,
    format,
    layout,
    outside,
    raw,
    reveal,
    rights,
    run_request,
    states,
)
from pages.components.lookup import back, copied, evidence, history
from pages.components.texts import lang, plain, t
from sync import answers, explain, preview
from sync.addresses import for_a_browser, is_loopback
from sync.entities import PLURALS, id_in
from sync.preview.outlook import coverage
from sync.store import StoreRow

CLERK: Final = "https://my.clerk.io"


def show(store: StoreRow, entity: str, named: str) -> None:
    """Draw everything about the record with that Lightspeed id."""
    plural = explain.kind_named(entity)
    story = explain.explain(context.desk(), store, entity, id_in(plural, named))
    whole = None
    if story.found and story.id is not None and not story.unreadable:
        seen = reveal.asked_for(store, plural, story.id)
        whole = preview.record(context.desk(), store, plural, story.id, revealed=seen)
    sent = (whole.if_sent or whole.payload) if whole else None
    _head(store, story, named, sent or {})
    for line in explain.drifted(story.drift, lang()):
        st.warning(plain(line), icon=":material/warning:")
    if story.found:
        _why(store, story)
    states.record_notes(story)
    if story.entity == "product" and story.found and not story.unreadable:
        _lacks(store, story)
    if story.id is not None:
        history.show(store, entity, story.id)
    if whole is not None:
        reveal.offer(store, whole)
        forgetting.offer(store, whole)
        _payload(story, sent, whole)


def _head(store: StoreRow, story: explain.Story, named: str, sent: Mapping[str, Any]) -> None:
    picture = for_a_browser(sent.get("image"))
    verdict = plain(explain.verdict(story, lang(), format.when))
    grey = " · ".join(_facts(store, story, named, sent))
    if picture is None:
        acts = layout.answer(verdict, grey)
    else:
        seen, words = st.columns([1, 9], vertical_alignment="center")
        seen.image(picture, width=72, alt="")
        with words:
            acts = layout.answer(verdict, grey)
    copied.offer(acts, store, story)
    if story.goes and story.clerk is not None:
        acts.button(
            t("lookup.send_again"),
            icon=":material/send:",
            key="lookup:again",
            on_click=run_request.ask,
            args=(store, "sync"),
            kwargs={"resend": "all", "only": [f"{PLURALS[story.entity]}:{story.id}"]},
            **rights.look("run sync", store),
        )


def _facts(
    store: StoreRow, story: explain.Story, named: str, sent: Mapping[str, Any]
) -> Iterator[str]:
    """Kind and id, what else it is known by, and where else it can be looked at."""
    yield f"{t(f'kind_of.{story.entity}')} {plain(named)}"
    for name in ("sku", "brand"):
        if sent.get(name):
            yield plain(sent[name])
    if story.entity == "product" and isinstance(sent.get("price"), int | float):
        currency = coverage(context.desk(), store).currency
        yield plain(format.money(sent["price"], currency))
    if story.clerk is not None and story.clerk.key != story.id:
        yield t("lookup.as", key=plain(story.clerk.key))
    yield from filter(None, [outside.link(t("lookup.shop_page"), sent.get("url"))])
    if not is_loopback(urlsplit(store.api_url or CLERK).hostname or ""):
        yield outside.link("my.clerk.io", CLERK)


def _why(store: StoreRow, story: explain.Story) -> None:
    """What stands behind the decision, and beside it what would change it."""
    if story.goes:
        evidence.show(story)
        return
    behind, cured = st.columns(2)
    with behind:
        evidence.show(story)
    with cured:
        back.show(store, story)


def _lacks(store: StoreRow, story: explain.Story) -> None:
    """Attributes that the settings name and the product has no value for."""
    if story.id is None:
        return
    for each in answers.lacking(context.desk(), store, story.id):
        looked = ", ".join(t(f"settings.kind.{kind}") for kind in each.looked_in)
        said = t("lookup.lacking", typed=plain(each.typed), looked=looked)
        for names, code in ((each.here, "here"), (each.elsewhere, "elsewhere")):
            if names:
                said += f" {t(f'lookup.lacking_{code}', names=plain(', '.join(names)))}"
        st.caption(f":material/label_off: {said}")


@drawing.fragment
def _payload(story: explain.Story, sent: Any, whole: preview.Record) -> None:
    """What goes to Clerk.io, or would go of a record that is left out, open where a name in it was
    asked for; and the raw record."""
    code = "lookup.payload" if story.goes else "lookup.if_sent"
    with _folded(code, expanded=whole.revealed) as is_open:
        if is_open and sent is None:
            st.caption(t("lookup.no_payload"))
        elif is_open:
            raw.show(sent, expanded=2)
    with _folded("lookup.source") as is_open:
        if is_open:
            raw.show(whole.source, expanded=1)


@contextmanager
def _folded(code: str, *, expanded: bool = False) -> Iterator[bool]:
    """What is drawn only while it is open, which it yields."""
    key = f"lookup:{code}:{expanded}"
    with st.expander(t(code), expanded=expanded, on_change="rerun", key=key) as place:
        yield bool(place.open)
