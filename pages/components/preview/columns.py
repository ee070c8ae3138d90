"""The columns of the records: what stands in them, in which order, under which header."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from pages.components import format
from pages.components.texts import lang, t, why
from sync.texts import labels

SHOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "products": ("image", "title", "action", "reasons", "price", "stock", "sku", "id", "created"),
    "categories": ("title", "action", "reasons", "id", "created"),
    "orders": ("title", "action", "reasons", "status", "price", "id", "created"),
    "customers": ("title", "action", "reasons", "id", "created"),
    "pages": ("title", "action", "reasons", "id", "created"),
}
_COLORS: Final = ["green", "blue", "violet", "gray", "red", "gray"]

MOVES: Final = {"enter": "green", "follow": "violet", "leave": "red", "change": "blue"}

# Where the keyboard enters a table, the browser chooses its first cell. That one opens nothing:
# up and down lead to a row, a step to the right opens it.
PLACE: Final = "place"


@dataclass(frozen=True)
class View:
    """Which records the reader asked for, and in which order."""

    search: str
    actions: tuple[str, ...]
    reasons: tuple[str, ...]
    step: str | None
    moves: tuple[str, ...]
    saved: str | None
    sort: str
    descending: bool

    @property
    def filters(self) -> dict[str, Any]:
        return {
            "search": self.search,
            "actions": self.actions,
            "reasons": self.reasons,
            "step": self.step,
            "moves": self.moves,
            "saved": self.saved,
        }

    @property
    def order(self) -> dict[str, Any]:
        return {"sort": self.sort, "descending": self.descending}


def moves() -> dict[str, str]:
    return {move: t(f"preview.move.{move}") for move in MOVES}


def cell(row: Mapping[str, Any], column: str, currency: str) -> Any:
    value = row[column]
    if column == "move":
        return [t(f"preview.move.{value}")] if value else []
    if column == "action":
        return [t(f"action.{value}")]
    if column == "reasons":
        return [why(code) for code in value]
    if column == "price":
        return None if value is None else format.money(value, currency)
    if column == "stock":
        return None if value is None else format.number(value)
    if column == "created":
        return format.moment(value)
    if column == "image":
        return picture(value)
    return None if value is None else str(value)


_SAFE: Final = re.compile(r"https://|http://127\.0\.0\.1(:\d+)?/")


def picture(url: str | None) -> str | None:
    """A picture that the reader's browser may load from the shop: over https alone, or from this
    computer's stand-in."""
    return url if url and _SAFE.match(url) else None


def config(entity: str, view: View, rows: Iterable[Mapping[str, Any]]) -> dict[str, ColumnConfig]:
    actions = labels("action", lang())
    known = sorted({why(code) for row in rows for code in row["reasons"]})
    column, head = st.column_config, partial(_head, entity, view)
    special: dict[str, ColumnConfig] = {
        PLACE: column.NumberColumn("#", width=44, format="localized"),
        "image": column.ImageColumn(t("preview.column.image"), width=60),
        "title": column.TextColumn(head("title"), width=250),
        "action": column.MultiselectColumn(
            head("action"), options=list(actions.values()), color=_COLORS, width=115
        ),
        "move": column.MultiselectColumn(
            t("preview.column.move"),
            options=list(moves().values()),
            color=list(MOVES.values()),
            width=115,
        ),
        "reasons": column.MultiselectColumn(
            head("reasons"), options=known, color="orange", width=150
        ),
        "why": column.TextColumn(t("preview.column.why"), width=260),
        "created": column.DatetimeColumn(
            head("created"), format=t("preview.date_format"), timezone=str(format.zone())
        ),
    }
    texts = {
        name: column.TextColumn(
            head(name), alignment="right" if name in ("price", "stock") else None
        )
        for name in SHOWN[entity]
        if name not in special
    }
    return {**special, **texts}


def _head(entity: str, view: View, column: str) -> str:
    """A column's header; an arrow says that the records are sorted by it, and which way."""
    orders = column == "title" and entity == "orders"
    told = t("preview.column.number" if orders else f"preview.column.{column}")
    if column != view.sort:
        return told
    return f"{told} {'↓' if view.descending else '↑'}"
