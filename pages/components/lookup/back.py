"""What would bring a record back: in the shop, or here."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages.components import context, cure, links, unmoved
from pages.components import settings_words as words
from pages.components.texts import lang, plain, t, why
from sync import explain
from sync.store import StoreRow


def show(store: StoreRow, story: explain.Story) -> None:
    """Draw every way, each alone enough; where none is known, what can be said of the reasons."""
    found = []
    if story.id is not None:
        found = explain.smallest(context.desk(), store, story.entity, story.id)
    if not found and not story.reasons:
        return
    several = f" :small[:gray[{t('lookup.each_alone')}]]" if len(found) > 1 else ""
    st.markdown(f"## :small[{t('lookup.back')}]{several}")
    tried = False
    for way in found:
        if way.shop:
            _in_the_shop(way)
        elif way.settings and story.id is not None:
            open_ = partial(links.go_next, "preview", entity=story.entity, id=story.id)
            more = unmoved.brings(store, story.entity, way.settings)
            cure.offer(store, way.settings, more, None if tried else open_)
            tried = True
    if not found:
        _reasons(story)


def _in_the_shop(way: explain.Way) -> None:
    """Steps in Lightspeed; a change of settings beside them where both are needed."""
    steps = [plain(each.text(lang())) for each in way.shop or ()]
    if way.settings:
        steps.append(t("cure.settings", changes=plain(words.wanted(way.settings))))
    st.markdown(f":material/storefront: {t('lookup.in_the_shop')} {' '.join(steps)}")


def _reasons(story: explain.Story) -> None:
    for code in story.reasons:
        rightly = explain.rightly_left_out(code, story.evidence)
        said = t("evidence.rightly") if rightly else why(code, "change")
        st.markdown(f":material/info: {said}")
