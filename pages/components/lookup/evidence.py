"""What a decision rests on, and what would change it."""

from __future__ import annotations

import streamlit as st

from pages.components import format, states, variants
from pages.components.texts import lang, plain, t, why
from sync import explain


def show(story: explain.Story) -> None:
    """Draw every reason with what stands behind it; of a product its variants as a table."""
    rows = story.evidence.variants
    if not story.reasons and not rows:
        return
    st.markdown(f"## :small[{t('lookup.evidence')}]")
    for code in story.reasons:
        st.markdown(f"**{plain(why(code))}** – {why(code, 'why')}")
        if code == "out_of_stock" and rows:
            continue
        if code == "unreadable":
            st.markdown(f"- {plain(states.title(story.title, story.unreadable))}")
        for line in explain.evidence_lines(code, story.evidence, lang(), format.when):
            st.markdown(f"- {plain(line)}")
    if rows:
        variants.show(rows)
        st.caption(t("lookup.sells_while"))
