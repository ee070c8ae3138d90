"""What would be sent of a record: field by field, as data, and what Lightspeed has of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import streamlit as st

from pages.components import asked, cells, drawing, format, raw
from pages.components import settings_words as words
from pages.components.texts import lang, t
from sync.preview import Field, Record
from sync.shapes.plain import shortened
from sync.texts import field_name

TAB: Final = "preview.record.tab"
_FIRST: Final = ("name", "title", "price", "list_price", "on_sale", "stock", "categories", "brand")
_DATES: Final = ("created_at", "updated_at", "time")
_MONEY: Final = ("price", "list_price", "variant_prices", "variant_list_prices")
_ROW: Final = 28  # pixels
_MOST: Final = 320  # pixels of the table


@drawing.fragment
def show(record: Record, currency: str) -> None:
    """Fields, payload and source, each behind its tab; only what is open is drawn."""
    st.subheader(t("preview.sent_title"), anchor=False)
    draws: dict[str, Callable[[Record], None]] = {
        "fields": partial(_fields, currency=currency),
        "payload": _payload,
        "source": _source,
    }
    labels = {name: t(f"preview.tab.{name}") for name in draws}
    tabs = st.tabs(list(labels.values()), on_change="rerun", key=f"{TAB}:{lang()}")
    for tab, draw in zip(tabs, draws.values(), strict=True):
        if tab.open:
            with tab:
                draw(record)


def _payload(record: Record) -> None:
    if record.if_sent is not None:
        st.caption(t("preview.if_sent"))
        raw.show(record.if_sent, expanded=2)
    else:
        yet = record.action == "follow"
        _json(record.payload, "preview.no_payload_yet" if yet else "preview.no_payload")


def _source(record: Record) -> None:
    _json(record.source, "preview.no_source")


def _fields(record: Record, currency: str) -> None:
    """Old and new values; of a record that Clerk.io never had only new ones."""
    fields, known = record.fields, record.confirmed is not None
    if not fields:
        fields = [
            Field(name, None, value, changed=True, source=None, setting=None)
            for name, value in (record.if_sent or {}).items()
        ]
        if not fields:
            yet = record.action == "follow"
            st.caption(t("preview.no_fields_yet" if yet else "preview.no_fields"))
            return
        st.caption(t("preview.if_sent"))
    known = known and any(field.changed for field in fields)
    if known:
        only = st.toggle(
            t("preview.only_changed"),
            key="preview.only_changed",
            value=True,
            on_change=asked.settle,
        )
        fields = [field for field in fields if field.changed] if only else fields
    _table(sorted(fields, key=_place), known, partial(_value, record, currency))


def _place(field: Field) -> int:
    return _FIRST.index(field.name) if field.name in _FIRST else len(_FIRST)


def _table(fields: Sequence[Field], known: bool, shown: Any) -> None:
    text = st.column_config.TextColumn
    st.dataframe(
        cells.arrow(
            {
                "name": [field_name(field.name, lang()) for field in fields],
                "old": [shown(field.name, field.old) for field in fields],
                "new": [shown(field.name, field.new) for field in fields],
                "source": [field.source for field in fields],
                "setting": [words.label(each.setting) if each.setting else None for each in fields],
            }
        ),
        column_config={
            "name": text(t("preview.field.name"), pinned=True, width=90),
            "old": text(t("preview.field.old"), width=120),
            "new": text(t("preview.field.new"), width=200),
            "source": text(t("preview.field.source")),
            "setting": text(t("preview.field.setting")),
        },
        column_order=("name", *(["old"] if known else []), "new", "source", "setting"),
        hide_index=True,
        placeholder="–",
        row_height=_ROW,
        height=min(_ROW * len(fields) + 40, _MOST),
        alt=t("preview.tab.fields"),
    )


def _value(record: Record, currency: str, name: str, value: Any) -> str | None:
    """A value as a reader writes it: dates as dates, money as money, categories by name."""
    if value is None or isinstance(value, str):
        return value and shortened(value, format.CELL)
    if isinstance(value, bool):
        return t("option.yes" if value else "option.no")
    if isinstance(value, list):
        return ", ".join(str(_value(record, currency, name, each)) for each in value)
    if isinstance(value, dict):
        parts = (f"{key} {_value(record, currency, key, each)}" for key, each in value.items())
        return " ".join(parts)
    if name in ("categories", "subcategories"):
        return record.names.get(value, str(value))
    if name in _DATES:
        return format.when(value)
    if name in _MONEY:
        return format.money(value, currency)
    return str(value) if name.endswith(("id", "ids")) else format.number(value)


def _json(value: Any, missing: str) -> None:
    if value is None:
        st.caption(t(missing))
    else:
        raw.show(value, expanded=2)
