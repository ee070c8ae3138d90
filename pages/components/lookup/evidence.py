"""What a decision rests on, and what would change it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components import cells, format, states
from pages.components.texts import lang, plain, t, why
from sync import explain
from sync.texts import labels

_VARIANTS = 6  # rows that are shown without scrolling


def show(story: explain.Story) -> None:
    """Draw every reason with what stands behind it; of a product its variants as a table."""
    variants = story.evidence.variants
    if not story.reasons and not variants:
        return
    st.markdown(f"## :small[{t('lookup.evidence')}]")
    for code in story.reasons:
        st.markdown(f"**{plain(why(code))}** – {why(code, 'why')}")
        if code == "out_of_stock" and variants:
            continue
        if code == "unreadable":
            st.markdown(f"- {plain(states.title(story.title, story.unreadable))}")
        for line in explain.evidence_lines(code, story.evidence, lang(), format.when):
            st.markdown(f"- {plain(line)}")
    if variants:
        _variants(variants)


def _variants(rows: Sequence[explain.VariantEvidence]) -> None:
    known = labels("tracking", lang())
    st.dataframe(
        cells.arrow(
            {
                t("lookup.variant"): [each.title or str(each.id) for each in rows],
                t("lookup.sellable"): [
                    t("option.yes" if each.sellable else "option.no") for each in rows
                ],
                t("lookup.stock"): [each.stock for each in rows],
                t("lookup.minimum"): [each.minimum for each in rows],
                t("lookup.tracking"): [known.get(each.tracking, each.tracking) for each in rows],
            }
        ),
        placeholder="–",
        hide_index=True,
        row_height=28,
        height=min(len(rows), _VARIANTS) * 28 + 40,
        alt=t("lookup.variants"),
    )
    st.caption(t("lookup.sells_while"))
