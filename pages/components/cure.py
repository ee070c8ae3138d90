"""The change of settings that would include a record: offered, and tried in the preview."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.components import draft, format
from pages.components import settings_words as words
from pages.components.acts import act
from pages.components.texts import plain, t
from sync.store import StoreRow


def offer(
    store: StoreRow, change: Mapping[str, str], more: int, tried: Callable[[], object] | None
) -> None:
    """Draw the change with how many more records it brings, and the button that puts it into the
    draft; `tried` is what comes then, None for no button."""
    said = t("cure.settings", changes=plain(words.wanted(change)))
    others = f" – {t('cure.brings', count=format.number(more))}" if more else ""
    st.markdown(f":material/tune: {said}{others}")
    if tried is not None:
        button(store, change, tried, "cure:try")


def button(
    store: StoreRow, change: Mapping[str, str], tried: Callable[[], object], key: str
) -> None:
    """Draw the button alone."""
    st.button(
        t("cure.try"),
        icon=":material/science:",
        key=key,
        on_click=_propose,
        args=(store, change, tried),
    )


@act
def _propose(store: StoreRow, change: Mapping[str, str], tried: Callable[[], object]) -> None:
    draft.propose(store, change)
    tried()
