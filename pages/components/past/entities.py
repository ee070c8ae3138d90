"""The answer for the chosen days: a row an entity, and the ids of what came, left or changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Final

import streamlit as st

from pages.components import (
    apart,
    asked,
    context,
    flash,
    format,
    layout,
    links,
    opened,
    signin,
    states,
    unmoved,
)
from pages.components.acts import act
from pages.components.options import worded
from pages.components.past import days
from pages.components.past.days import Days
from pages.components.texts import plain, t
from sync import answers
from sync.answers import HeldEntity
from sync.entities import SINGULARS, Id
from sync.preview.outlook import coverage
from sync.store import Refused, StoreRow

MOST: Final = 500  # ids that are listed
_MOVES: Final = ("entered", "left", "changed")
_ROWS: Final = 12  # that a table shows before it scrolls
_Held = Mapping[str, HeldEntity]


def show(store: StoreRow, chosen: Days, since: float) -> None:
    """The answer, the days to choose, and what was held then; or since when (unix seconds) anything
    is known, for days before that."""
    then = None if chosen.last is None else days.end(chosen.last)
    try:
        held: _Held | None = unmoved.held(store, days.end(chosen.first), then).entities
    except Refused:
        held = None
    with layout.answer(_sentence(chosen, held), t("past.zone", zone=format.zone().key)):
        links.to("runs", label=t("page.runs"), icon=":material/arrow_back:")
    flash.show()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        days.pickers(chosen)
        if held is not None:
            _export(store, chosen.on)
    if held is None:
        known = t("refusal.before_history", store=plain(store.name), since=format.when(since))
        st.info(known, icon=":material/history:")
        return
    _table(chosen, held)
    if chosen.last is None:
        st.caption(t("past.no_second"))
    else:
        _moved(store, held)
        _gone(store, days.end(chosen.first), held)


def _gone(store: StoreRow, since: float, held: _Held) -> None:
    """What sets apart what was taken out since the earlier day and is not back."""
    gone = answers.gone_since(since)
    for entity, each in held.items():
        apart.popover(store, entity, gone, key=f"past:apart:{entity}", count=len(each.left or ()))


def _sentence(chosen: Days, held: _Held | None) -> str:
    day = format.day(chosen.on)
    if held is None:
        return t("past.answer.unknown", day=format.day(chosen.first))
    counts = {entity: _count(each, chosen) for entity, each in held.items()}
    told = [t(f"run.records.{entity}", n=format.number(n)) for entity, n in counts.items() if n]
    if not told:
        return t("past.answer.nothing", day=day)
    return t("past.answer.held", day=day, what=format.listed(told))


def _count(held: HeldEntity, chosen: Days) -> int:
    """What was held on the chosen day, the earlier or the later one."""
    return held.count if chosen.on == chosen.first else _later(held)


def _later(held: HeldEntity) -> int:
    return held.count + len(held.entered or ()) - len(held.left or ())


def _table(chosen: Days, held: _Held) -> None:
    shown = {entity: each for entity, each in held.items() if each.count or each.entered}
    if not shown:
        return
    columns = {format.day(chosen.first): [each.count for each in shown.values()]}
    if chosen.last is not None:
        for move in _MOVES:
            columns[t(f"past.{move}")] = [len(_ids(each, move)) for each in shown.values()]
        columns[format.day(chosen.last)] = [_later(each) for each in shown.values()]
    number = st.column_config.NumberColumn
    st.dataframe(
        {"entity": [t(f"entity.{entity}") for entity in shown], **columns},
        placeholder="–",
        hide_index=True,
        row_height=30,
        height="content",
        column_config={
            "entity": st.column_config.TextColumn(t("table.entity"), width=120),
            **{name: number(name, format="localized") for name in columns},
        },
        alt=t("page.past"),
    )


def _ids(held: HeldEntity, move: str) -> list[Id]:
    return {"entered": held.entered, "left": held.left, "changed": held.changed}[move] or []


def _moved(store: StoreRow, held: _Held) -> None:
    """The ids of what moved, of one entity and in one way."""
    entities = [entity for entity, each in held.items() if any(_ids(each, m) for m in _MOVES)]
    if not entities:
        st.caption(t("past.nothing_moved"))
        return
    st.markdown(f"## :small[{t('past.moved')}]")
    with st.container(horizontal=True, gap="small"):
        entity = _pick("entity", {each: t(f"entity.{each}") for each in entities})
        found = {move: _ids(held[entity], move) for move in _MOVES}
        labels = {
            m: f"{t(f'past.{m}')} {format.number(len(ids))}" for m, ids in found.items() if ids
        }
        move = _pick("move", labels)
    sold = answers.sales(context.desk(), store) if entity == "products" else {}
    ids = sorted(found[move], key=lambda each: -sold[each].revenue if each in sold else 0)
    key = f"past:ids:{entity}:{move}:{len(ids)}"
    columns: dict[str, list[str | None]] = {"id": [str(each) for each in ids[:MOST]]}
    if any(each in sold for each in ids[:MOST]):
        money = coverage(context.desk(), store).currency
        columns["sold"] = [
            states.sold(sold[each], money) if each in sold else None for each in ids[:MOST]
        ]
    st.dataframe(
        columns,
        placeholder="–",
        hide_index=True,
        row_height=28,
        height=min(len(ids), _ROWS) * 28 + 40,
        width=360,
        column_config={"id": t("table.key"), "sold": t("table.sold")},
        alt=labels[move],
        key=key,
        on_select=partial(_open, key, store, entity, ids[:MOST]),
        selection_mode=["single-cell"],
    )
    first = t("past.first", most=format.number(MOST)) if len(ids) > MOST else ""
    st.caption(f"{first} {t('past.click')}".strip())


def _pick(name: str, labels: Mapping[str, str]) -> str:
    """One of these, as the address says, else the first."""
    now = asked.one_of(name, labels) or next(iter(labels))
    key = f"past:{name}:{worded(labels)}"
    st.session_state[key] = now
    st.pills(
        t(f"past.which_{name}"),
        list(labels),
        format_func=labels.__getitem__,
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=_picked,
        args=(name, key),
    )
    return now


@act
def _picked(name: str, key: str) -> None:
    asked.say(name, st.session_state[key])


@act
def _open(table: str, store: StoreRow, entity: str, ids: Sequence[Id]) -> None:
    """Look up the record whose id was clicked."""
    key = opened.chosen(table, ids)
    if key is not None:
        source = answers.source_named(context.desk(), store, entity, key)
        links.go_next("lookup", entity=SINGULARS[entity], id=key if source is None else source)


def _export(store: StoreRow, day: date) -> None:
    st.download_button(
        t("past.export"),
        data=signin.later(partial(_exported, store, days.end(day))),
        file_name=f"{store.slug}-{day.isoformat()}.ndjson",
        mime="application/x-ndjson",
        icon=":material/download:",
        type="tertiary",
        help=t("past.export_help"),
        on_click="ignore",
        key="past:export",
    )


def _exported(store: StoreRow, on: float) -> bytes:
    return b"".join(answers.export_held(context.desk(), store, on))
