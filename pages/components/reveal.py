"""A record's name and address: hidden until a person asks for them, record by record."""

from __future__ import annotations

from typing import Final

import streamlit as st

from pages.components import context
from pages.components.acts import act
from pages.components.texts import t
from sync import preview
from sync.entities import Id
from sync.store import StoreRow

_SHOWN: Final = "records whose persons are shown"


def asked_for(store: StoreRow, entity: str, source: Id) -> bool:
    """Whether the person asked in this session to see who that record (`entity` is the plural) is
    about, and still may."""
    shown = st.session_state.get(_SHOWN, frozenset())
    return _named(store, entity, source) in shown and context.desk().may("reveal", store)


def offer(store: StoreRow, record: preview.Record) -> None:
    """Draw the button that shows name and address of a record, for whom may see them; once it was
    pressed, what that means."""
    if not record.personal:
        return
    if record.revealed:
        st.caption(f":material/visibility: {t(f'reveal.shown.{record.entity}')}")
    elif context.desk().may("reveal", store):
        st.button(
            t(f"reveal.{record.entity}"),
            icon=":material/visibility:",
            type="tertiary",
            key=f"reveal:{record.entity}:{record.id}",
            help=t("reveal.help"),
            on_click=_reveal,
            args=(store, record.entity, record.id),
        )


@act
def _reveal(store: StoreRow, entity: str, source: Id) -> None:
    preview.reveal(context.desk(), store, entity, source)
    shown = st.session_state.get(_SHOWN, frozenset())
    st.session_state[_SHOWN] = shown | {_named(store, entity, source)}


def _named(store: StoreRow, entity: str, source: Id) -> tuple[str, int, str, str]:
    return context.desk().person.name, store.id, entity, str(source)
