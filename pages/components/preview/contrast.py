"""What sets the records that the table shows apart from all others."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import streamlit as st

from pages.components import apart, context, cure, format, settings_words, ticket
from pages.components.preview import filters
from pages.components.preview.filters import View, name_of
from pages.components.preview.plan import Shown
from pages.components.texts import plain, t
from sync import answers
from sync.answers import BroughtBack, Contrast, Pattern
from sync.answers.dimensions import DIMENSIONS
from sync.store import Desk, StoreRow

_OPEN: Final = "preview.contrast"


def chooser(plan: Shown, entity: str, view: View) -> None:
    """The popover with the comparison, made only while it is open."""
    if entity not in DIMENSIONS:
        return
    popover = st.popover(
        t("preview.contrast.button"),
        icon=":material/compare_arrows:",
        key=_OPEN,
        help=None if view.narrowed else t("preview.contrast.off"),
        disabled=not view.narrowed,
        on_change="rerun",
    )
    if not (popover.open and view.narrowed):
        return
    with popover:
        st.markdown(f"**{t('preview.contrast.title')}**")
        with st.spinner(t("preview.contrast.doing")):
            found = _found(plan, entity, view.filters)
        _show(found, entity, searched=bool(view.search))
        if view.left_out and not plan.draft:
            _cure(plan, entity, view.filters)
            with st.expander(t("lookup.copy"), icon=":material/content_copy:"):
                ticket.written(f"{_OPEN}:answer", partial(_answer, plan, entity, view.filters))


def _found(plan: Shown, entity: str, chosen: dict[str, Any]) -> Contrast:
    asked_for = f"{plan.store.id} {plan.key} {sorted(chosen.items())}"
    return _compared(asked_for, entity, context.desk(), plan.store, plan.key, chosen)


@st.cache_resource(show_spinner=False, max_entries=8)
def _compared(
    asked_for: str, entity: str, _desk: Desk, _store: StoreRow, _key: str, _chosen: dict[str, Any]
) -> Contrast:
    return answers.contrast(_desk, _store, entity, answers.shown(_key, _chosen))


def _show(found: Contrast, entity: str, searched: bool) -> None:
    """The answer in a sentence, then the strongest patterns."""
    patterns = apart.show(found)
    if not searched:
        _openers(entity, patterns)


def _answer(plan: Shown, entity: str, chosen: dict[str, Any], lang: str) -> str:
    asked_for = f"{plan.store.id} {plan.key} {sorted(chosen.items())}"
    return _answered(asked_for, lang, entity, context.desk(), plan.store, plan.key, chosen)


@st.cache_resource(show_spinner=False, max_entries=8)
def _answered(
    asked_for: str,
    lang: str,
    entity: str,
    _desk: Desk,
    _store: StoreRow,
    _key: str,
    _chosen: dict[str, Any],
) -> str:
    return answers.answer_for_set(_desk, _store, entity, answers.shown(_key, _chosen), lang)


def _cure(plan: Shown, entity: str, chosen: dict[str, Any]) -> None:
    """The change of settings that brings back most of what is shown and does not go."""
    asked_for = f"{plan.store.id} {plan.key} {sorted(chosen.items())}"
    found = _brought_back(asked_for, entity, context.desk(), plan.store, plan.key, chosen)
    if found is None:
        return
    numbers = {"records": found.records, "of": found.left_out, "others": found.others}
    told = {name: format.number(n) for name, n in numbers.items()}
    changes = plain(settings_words.wanted(found.settings))
    st.markdown(f":material/tune: {t('preview.contrast.cure', changes=changes, **told)}")
    cure.button(plan.store, found.settings, _close, f"{_OPEN}:cure")


@st.cache_resource(show_spinner=False, max_entries=8)
def _brought_back(
    asked_for: str, entity: str, _desk: Desk, _store: StoreRow, _key: str, _chosen: dict[str, Any]
) -> BroughtBack | None:
    return answers.brings_back(_desk, _store, entity, answers.shown(_key, _chosen))


def _close() -> None:
    st.session_state[_OPEN] = False


def _openers(entity: str, patterns: list[Pattern]) -> None:
    """Buttons that search for a brand: the search knows no other of these values."""
    brands = [each.value for each in patterns if each.dimension == "brand" and each.value]
    for brand in brands:
        st.button(
            t("preview.contrast.open", what=plain(brand)),
            icon=":material/search:",
            key=f"{_OPEN}:{brand}",
            type="tertiary",
            on_click=_search,
            args=(entity, brand),
        )


def _search(entity: str, word: str) -> None:
    """Search for a word among the records shown, and close the popover."""
    st.session_state[name_of(entity, "search")] = word
    st.session_state[_OPEN] = False
    filters.first_page(entity)
