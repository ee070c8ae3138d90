"""The columns of the records: what stands in them, in which order, under which header."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from pages.components import context, format, person, states
from pages.components.acts import act
from pages.components.preview import filters
from pages.components.preview.filters import View, name_of
from pages.components.texts import lang, t, why
from sync.addresses import is_openable
from sync.shapes.plain import shortened
from sync.texts import labels

_DATES: Final = ("updated", "created", "id")
KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "products": (
        *("image", "title", "move", "action", "why", "sold", "price", "stock", "variants", "sku"),
        "brand",
        *("reasons", *_DATES),
    ),
    "categories": ("title", "move", "action", "why", "reasons", "created", "id"),
    "orders": ("title", "move", "action", "why", "status", "price", "reasons", *_DATES),
    "customers": ("title", "move", "action", "why", "reasons", *_DATES),
    "pages": ("title", "move", "action", "why", "reasons", "created", "id"),
}
_RARE: Final = ("reasons", "id")  # not shown unless a person chooses them
_RIGHT: Final = ("price", "stock", "variants", "sold")
_MOVES: Final = {"enter": "green", "follow": "blue", "leave": "red", "change": "orange"}
_WIDTHS: Final = {
    "image": 62,
    "title": 180,
    "why": 240,
    "sold": 130,
    "price": 84,
    "stock": 64,
    "variants": 74,
    "sku": 100,
    "brand": 100,
    "status": 150,
    "id": 90,
    "updated": 120,
    "created": 120,
}

# Where the keyboard enters a table, the browser chooses its first cell. That one opens nothing:
# up and down lead to a row, a step to the right opens it.
PLACE: Final = "place"


def shown(entity: str, view: View) -> list[str]:
    """The columns that the person chose, else the usual ones, in their order; what was sold stands
    beside what does not go, and where the records are sorted by it."""
    chosen = st.session_state.get(_chosen(entity)) or _kept(entity)
    special = {
        "move": "move" in chosen and bool(view.saved),
        "sold": view.left_out or view.sort == "sold",
    }
    return [name for name in KNOWN[entity] if special.get(name, name in chosen)]


def _chosen(entity: str) -> str:
    return f"preview.columns:{entity}"


def _kept(entity: str) -> list[str]:
    kept = context.desk().choice(person.person(), f"columns.{entity}")
    known = [name for name in (kept or "").split(",") if name in KNOWN[entity]]
    rare = {*_RARE, "sold"} | ({"created"} if "updated" in KNOWN[entity] else set())
    if entity == "customers":
        rare.discard("id")  # initials tell nobody apart
    return known or [name for name in KNOWN[entity] if name not in rare]


def chooser(entity: str, draft: bool) -> None:
    """The popover in which columns and their order are chosen."""
    key = _chosen(entity)
    popover = st.popover(
        t("preview.columns"),
        icon=":material/view_column:",
        key="icon.preview.columns",
        help=t("preview.columns"),
        on_change="rerun",
    )
    if not popover.open:
        return
    st.session_state.setdefault(key, _kept(entity))
    with popover:
        st.pills(
            t("preview.columns"),
            [name for name in KNOWN[entity] if name != "sold" and (name != "move" or draft)],
            selection_mode="multi",
            format_func=partial(header, entity),
            key=key,
            on_change=_keep,
            args=(entity,),
        )
        sorts = [name for name in filters.SORTS if name in KNOWN[entity]]
        st.selectbox(
            t("preview.sort"),
            sorts,
            format_func=partial(header, entity),
            key=name_of(entity, "sort"),
            on_change=filters.first_page,
            args=(entity,),
        )
        st.toggle(
            t("preview.descending"),
            key=name_of(entity, "descending"),
            on_change=filters.first_page,
            args=(entity,),
        )


@act
def _keep(entity: str) -> None:
    chosen = ",".join(st.session_state[_chosen(entity)])
    context.desk().choose(person.person(), f"columns.{entity}", chosen)


def header(entity: str, column: str) -> str:
    """What a column is called."""
    orders = column == "title" and entity == "orders"
    return t("preview.column.number" if orders else f"preview.column.{column}")


def cells(rows: Sequence[Mapping[str, Any]], column: str, currency: str) -> list[Any]:
    """What stands in a column, from top to bottom."""
    written = _written(column, currency)
    return [None if row[column] is None else written(row[column]) for row in rows]


def _written(column: str, currency: str) -> Callable[[Any], Any]:
    """How a value of a column is written."""
    if column in ("action", "move"):
        names = labels("action", lang()) if column == "action" else moves()
        return lambda code: [names[code]]
    if column == "sold":
        return partial(states.sold, currency=currency)
    if column == "price":
        return partial(format.money, currency=currency)
    return _WRITTEN.get(column, _cut)


def _cut(value: object) -> str:
    return shortened(str(value), format.CELL)


def picture(url: str | None) -> str | None:
    """A picture that the reader's browser may load from the shop: over https alone, or from this
    computer's stand-in."""
    return url if url and is_openable(url) else None


_WRITTEN: Final[Mapping[str, Callable[[Any], Any]]] = {
    "reasons": lambda codes: [why(code) for code in codes],
    "stock": format.number,
    "variants": format.number,
    "created": format.moment,
    "updated": format.moment,
    "image": picture,
}


def config(
    entity: str, columns: Sequence[str], view: View, rows: Iterable[Mapping[str, Any]]
) -> dict[str, ColumnConfig]:
    """How each column is drawn."""
    known = sorted({why(code) for row in rows for code in row["reasons"]})
    actions = labels("action", lang())
    colors = {code: states.action_color(code) for code in actions}
    column, head = st.column_config, partial(_head, entity, view)
    moment = partial(
        column.DatetimeColumn, format=t("preview.date_format"), timezone=str(format.zone())
    )
    special: dict[str, ColumnConfig] = {
        PLACE: column.NumberColumn("#", width=44, format="localized"),
        "image": column.ImageColumn(header(entity, "image"), width=_WIDTHS["image"]),
        "action": _badges(head("action"), actions, colors, 104),
        "move": _badges(t("preview.column.move"), moves(), _MOVES, 104),
        "reasons": column.MultiselectColumn(
            head("reasons"), options=known, color="orange", width=150
        ),
        "created": moment(head("created"), width=_WIDTHS["created"]),
        "updated": moment(head("updated"), width=_WIDTHS["updated"]),
    }
    texts = {
        name: column.TextColumn(
            head(name), width=_WIDTHS[name], alignment="right" if name in _RIGHT else None
        )
        for name in columns
        if name not in special
    }
    return {**special, **texts}


def moves() -> dict[str, str]:
    """What a draft does with a record, in words."""
    return {move: t(f"preview.move.{move}") for move in _MOVES}


def _badges(
    label: str, names: Mapping[str, str], colors: Mapping[str, str], width: int
) -> ColumnConfig:
    return st.column_config.MultiselectColumn(
        label,
        options=[names[code] for code in colors],
        color=list(colors.values()),
        width=width,
    )


def _head(entity: str, view: View, column: str) -> str:
    """A column's header; an arrow says that the records are sorted by it, and which way."""
    told = header(entity, column)
    return f"{told} {'↓' if view.descending else '↑'}" if column == view.sort else told
