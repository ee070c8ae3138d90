"""The change of settings that would include a record: offered, and tried in the preview."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.components import draft, format, links, unmoved
from pages.components import settings_words as words
from pages.components.acts import act
from pages.components.texts import plain, t
from sync.entities import Id
from sync.store import StoreRow


def offer(
    store: StoreRow, change: Mapping[str, str], entity: str, source: Id, *, button: bool = True
) -> None:
    """Draw the change with what else it brings, and the button that puts it into the draft and
    opens the record there."""
    more = unmoved.brings(store, entity, change)
    said = t("cure.settings", changes=plain(words.wanted(change)))
    others = f" – {t('cure.brings', count=format.number(more))}" if more else ""
    st.markdown(f":material/tune: {said}{others}")
    if not button:
        return
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
