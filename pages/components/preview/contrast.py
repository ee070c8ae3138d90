"""What sets the records that the table shows apart from all others."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from pages.components import context
from pages.components.preview import filters
from pages.components.preview.filters import View, name_of
from pages.components.preview.plan import Shown
from pages.components.texts import lang, plain, t
from sync import answers
from sync.answers import Contrast, Pattern
from sync.answers.dimensions import DIMENSIONS
from sync.answers.patterns import FEWEST
from sync.store import Desk, StoreRow

_OPEN: Final = "preview.contrast"
_MOST: Final = 8  # patterns that are drawn
_ROW: Final = 32  # pixels


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
    if found.set and not found.rest:
        st.markdown(t("preview.contrast.all"))
    elif 0 < found.set < FEWEST:
        st.markdown(t("preview.contrast.few", fewest=FEWEST))
    else:
        st.markdown(plain(answers.what_is_different(found, lang())))
    patterns = found.patterns[:_MOST]
    if patterns:
        _bars(found, patterns)
    if not searched:
        _openers(entity, patterns)


def _bars(found: Contrast, patterns: list[Pattern]) -> None:
    """How much of the set and of the rest has each value."""
    bar = st.column_config.ProgressColumn
    st.dataframe(
        {
            "what": [_what(each) for each in patterns],
            "set": [round(100 * each.in_set / found.set) for each in patterns],
            "rest": [round(100 * each.in_rest / found.rest) for each in patterns],
        },
        column_config={
            "what": st.column_config.TextColumn(t("preview.contrast.what"), width=140),
            **{
                column: bar(
                    t(f"preview.contrast.{column}"),
                    format="%d %%",
                    min_value=0,
                    max_value=100,
                    width=88,
                )
                for column in ("set", "rest")
            },
        },
        hide_index=True,
        row_height=_ROW,
        alt=t("preview.contrast.title"),
    )


def _what(pattern: Pattern) -> str:
    return f"{t(f'dimension.{pattern.dimension}')}: {answers.shown_value(pattern, lang())}"


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
