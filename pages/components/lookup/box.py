"""The box, and what was found for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from pages.components import asked, layout, unmoved
from pages.components.acts import act
from pages.components.texts import plain, t
from sync.entities import PLURALS
from sync.store import StoreRow

BOX: Final = "lookup:box"
MOST: Final = 20


@dataclass(frozen=True)
class Search:
    """What was typed and what it may mean. `alone`: a link opened a record that the text does not
    name."""

    text: str
    hits: Sequence[dict[str, Any]]
    alone: bool


def show(store: StoreRow) -> Search:
    """Draw one box for everything, and beside it what came of it. What was typed is in the URL as
    ?q=, but for what may name a person."""
    asked.follow("q", BOX, lambda found: (found or [""])[-1])
    typed, told = st.columns([1, 2.1], vertical_alignment="center")
    typed.text_input(
        t("lookup.box"),
        key=BOX,
        icon=":material/search:",
        placeholder=t("lookup.placeholder"),
        on_change=_ask,
        args=(store,),
        max_chars=asked.LONGEST,
        label_visibility="collapsed",
    )
    text = str(st.session_state.get(BOX) or "").strip()
    hits = unmoved.lookup(store, text, MOST) if text else []
    search = Search(text, hits, alone=_is_elsewhere(hits))
    if hits and not search.alone:
        told.caption(" · ".join([_count(hits), *_found_by(hits)]))
    return search


@act
def _ask(store: StoreRow) -> None:
    for name in ("entity", "id"):
        asked.say(name, None)
    text = st.session_state[BOX].strip()
    found = bool(text and unmoved.lookup(store, text, MOST))
    asked.say("q", text if asked.may_be_said(text, found=found) else None)


def _is_elsewhere(hits: Sequence[dict[str, Any]]) -> bool:
    opened = (asked.one_of("entity", PLURALS), asked.one("id"))
    known = {(hit["entity"], str(hit["id"])) for hit in hits}
    return all(opened) and opened not in known


def _count(hits: Sequence[dict[str, Any]]) -> str:
    """`2 products, 1 order`; whether there may be more."""
    counted = Counter(hit["entity"] for hit in hits)
    said = ", ".join(t(f"lookup.found.{kind}", count=n) for kind, n in counted.items())
    return t("lookup.first", found=said) if len(hits) == MOST else said


def _found_by(hits: Sequence[dict[str, Any]]) -> list[str]:
    """What the text was taken for, where it is the same for all; and how it was read."""
    meant, matched = {hit["read_as"] for hit in hits}, {hit["matched"] for hit in hits}
    if matched == {"typo"}:
        one = len(meant) == 1
        return [t("lookup.read_as", text=plain(meant.pop())) if one else t("lookup.near")]
    return [t("lookup.found_by", what=t(f"matched.{matched.pop()}"))] if len(matched) == 1 else []


def empty() -> None:
    """Say what the box is for."""
    layout.answer(t("lookup.empty.title"), t("lookup.empty.text"))
