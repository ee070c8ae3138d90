"""The reader's language and its texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

import streamlit as st

from sync.shapes.plain import shortened, without_marks
from sync.texts import LANGUAGES, reason, text

LONGEST = 1000
NAMES = {"de": "Deutsch", "en": "English"}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:^=&\"'@/])")

# What would become a link even when escaped: an invisible word joiner keeps it text.
# Icons and emoji are put in after that too.
_LINKED = re.compile(r"(www(?=\.)|:(?=//)|:(?=[\w+/-]+:)|@)", re.IGNORECASE)


_drawn: ContextVar[str | None] = ContextVar("language of what is drawn", default=None)


@contextmanager
def one_language() -> Iterator[None]:
    """While something is drawn: its language is asked for once, and not for each word."""
    with in_language(_lang()):
        yield


@contextmanager
def in_language(chosen: str) -> Iterator[None]:
    """While something is made in this language, wherever: also where no session is known."""
    before = _drawn.set(chosen)
    try:
        yield
    finally:
        _drawn.reset(before)


def lang() -> str:
    """The reader's language: chosen, else of ?lang=, else the browser's, else English."""
    return _drawn.get() or _lang()


def _lang() -> str:
    chosen = st.session_state.get("lang")
    if chosen not in LANGUAGES:
        asked = str(st.query_params.get("lang", ""))[:2].lower()
        browser = (st.context.locale or "")[:2].lower()
        known = [name for name in (asked, browser) if name in LANGUAGES]
        chosen = st.session_state["lang"] = known[0] if known else "en"
    return str(chosen)


def t(code: str, **values: object) -> str:
    """A text of the catalogues in the reader's language; values are put in as they are."""
    return text(code, lang(), **values)


def why(code: str, part: Literal["name", "why", "change"] = "name") -> str:
    """One part (`name`, `why`, `change`) of a reason code in the reader's language."""
    return reason(code, part, lang())


def plain(value: object) -> str:
    """Foreign text (of a shop, of an API) for a place that renders Markdown: shown letter by
    letter, on one line, as far as a reader goes and without marks that nobody sees."""
    line = _LINKED.sub("\\1\u2060", without_marks(shortened(str(value), LONGEST)))
    return _MARKDOWN.sub(r"\\\1", line)
