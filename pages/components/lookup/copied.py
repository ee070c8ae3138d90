"""The answer for the merchant, to be copied into a ticket."""

from __future__ import annotations

from streamlit.delta_generator import DeltaGenerator

from pages.components import context, format, ticket
from sync import answers, explain
from sync.store import StoreRow


def offer(place: DeltaGenerator, store: StoreRow, story: explain.Story) -> None:
    """Draw the button with the answer about a record."""
    source = story.id
    if source is None:
        return

    def told(lang: str) -> str:
        desk = context.desk()
        made = answers.merchant_answer(desk, store, story.entity, source, lang, format.day)
        return made.text

    ticket.offer(place, f"lookup:answer:{story.entity}:{source}", told)
