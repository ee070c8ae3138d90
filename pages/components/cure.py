"""The change of settings that would include a record: offered, and tried in the preview."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.components import draft, links
from pages.components import settings_words as words
from pages.components.acts import act
from pages.components.texts import plain, t
from sync.entities import Id
from sync.store import StoreRow


def offer(store: StoreRow, change: Mapping[str, str], entity: str, source: Id) -> None:
    """Draw the change and the button that puts it into the draft and opens the record there."""
    st.markdown(f":material/tune: {t('cure.settings', changes=plain(words.wanted(change)))}")
    st.button(
        t("cure.try"),
        icon=":material/science:",
        key="cure:try",
        on_click=_propose,
        args=(store, change, entity, source),
    )


@act
def _propose(store: StoreRow, change: Mapping[str, str], entity: str, source: Id) -> None:
    draft.propose(store, change)
    links.go_next("preview", entity=entity, id=source)
