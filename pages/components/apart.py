"""What sets some records apart from all others: the sentence and the bars, drawn anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from pages.components import context, layout
from pages.components.texts import lang, plain, t
from sync import answers
from sync.answers import Contrast, Pattern
from sync.answers.dimensions import DIMENSIONS
from sync.answers.patterns import FEWEST
from sync.store import StoreRow

_MOST: Final = 8  # patterns that are drawn
_ROW: Final = 32  # pixels


def popover(store: StoreRow, entity: str, chosen: answers.Chosen, *, key: str, count: int) -> None:
    """A popover with the comparison of a set, made only while it is open; nothing for kinds that
    have no dimensions, and for sets that are too small for a pattern."""
    if entity not in DIMENSIONS or count < FEWEST:
        return
    label = t("apart.button", entity=t(f"entity.{entity}"))
    place = layout.popover(label, icon=":material/compare_arrows:", key=key)
    if not place.open:
        return
    with place:
        st.markdown(f"**{t('preview.contrast.title')}**")
        with st.spinner(t("preview.contrast.doing")):
            found = answers.contrast(context.desk(), store, entity, chosen)
        show(found)


def show(found: Contrast) -> list[Pattern]:
    """The answer in a sentence, then the strongest patterns, which are returned."""
    if found.set and not found.rest:
        st.markdown(t("preview.contrast.all"))
    elif found.set < FEWEST:
        st.markdown(t("preview.contrast.few", fewest=FEWEST))
    else:
        st.markdown(plain(answers.what_is_different(found, lang())))
    patterns = found.patterns[:_MOST]
    if patterns:
        _bars(found, patterns)
    return patterns


def _bars(found: Contrast, patterns: Sequence[Pattern]) -> None:
    """How much of the set and of the rest has each value."""
    bar = st.column_config.ProgressColumn
    st.dataframe(
        {
            "what": [_what(each) for each in patterns],
            "set": [round(100 * each.in_set / found.set) for each in patterns],
            "rest": [round(100 * each.in_rest / found.rest) for each in patterns],
        },
        placeholder="–",
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
