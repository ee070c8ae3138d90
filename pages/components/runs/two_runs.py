"""Two runs of a store: settings and books that differ, and the records that moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import streamlit as st

from pages.components import (
    asked,
    context,
    flash,
    format,
    layout,
    links,
    paged,
    settings_words,
    states,
    unmoved,
)
from pages.components.acts import act
from pages.components.runs.wrong import open_record
from pages.components.texts import lang, t, why
from sync import answers
from sync.answers import MovedRecord, Sold, TwoRuns
from sync.entities import number_in
from sync.preview.outlook import coverage
from sync.store import TERMINAL, Refused, RunRow, StoreRow
from sync.texts import catalogue

MOST: Final = 200  # records that are listed
_SIDES: Final = ("first", "second")


def link(row: RunRow) -> None:
    """The way here from the page of a run that has ended, if the store had a run before it."""
    if row.state not in TERMINAL:
        return
    store = context.desk().store_by_id(row.store_id)
    before = context.desk().run_before(store, row.id, row.kind)
    if before is not None:
        links.to(
            "compare",
            label=t("compare.link"),
            icon=":material/difference:",
            help=t("compare.link_help"),
            runs=[before, row.id],
        )


def show(store: StoreRow) -> None:
    """The runs that the address names, else the store's last two that have ended."""
    runs = context.desk().runs(store)
    chosen = [n for n in map(number_in, asked.several("runs")) if n is not None][:2]
    if len(chosen) < 2 or chosen[0] == chosen[1]:
        chosen = [each.id for each in runs if each.state in TERMINAL][:2][::-1]
    if len(chosen) < 2:
        layout.answer(t("page.compare"))
        states.empty("compare.few", icon=":material/difference:")
        return
    pair: list[RunRow] = []
    try:
        pair += [context.desk().run(number) for number in chosen]
        owner = context.desk().store_by_id(pair[0].store_id)
        found = unmoved.compare(owner, pair[0].id, pair[1].id)
    except Refused as error:
        layout.answer(t("compare.answer.refused"))
        states.refused(error)
        if pair and pair[0].store_id == pair[1].store_id:
            _pickers(pair, runs)  # others can be chosen
        return
    _show(pair, runs, found)


def _show(pair: Sequence[RunRow], runs: Sequence[RunRow], found: TwoRuns) -> None:
    with layout.answer(_sentence(found)):
        links.to("run", label=t("compare.run", run=pair[1].id), run=pair[1].id)
    flash.show()
    _pickers(pair, runs)
    left, right = st.columns(2)
    with left:
        _settings(found)
    if not found.bookless:
        with right:
            _books(found)
    if found.moved:
        _moved(found)


def _sentence(found: TwoRuns) -> str:
    first, second = found.runs
    if len(found.bookless) > 1:
        return t("compare.bookless_both", first=first, second=second)
    if found.bookless:
        return t("compare.bookless", run=found.bookless[0])
    n = sum(map(len, found.moved.values()))
    code = "compare.answer.moved" if n else "compare.answer.same"
    return t(code, first=first, second=second, n=format.number(n))


def _pickers(pair: Sequence[RunRow], runs: Sequence[RunRow]) -> None:
    known = {each.id: each for each in [*pair, *runs] if each.store_id == pair[0].store_id}
    options = {number: _option(known[number]) for number in sorted(known, reverse=True)}
    with st.container(horizontal=True, gap="small"):
        for side, row in zip(_SIDES, pair, strict=True):
            key = f"compare:{side}"
            st.session_state[key] = row.id
            st.selectbox(
                t(f"compare.{side}"),
                list(options),
                format_func=options.__getitem__,
                key=key,
                width=340,
                on_change=_chosen,
                args=(side, [each.id for each in pair]),
            )


def _option(row: RunRow) -> str:
    when = format.weekday(row.started or row.queued)
    return t("compare.option", run=row.id, kind=t(f"kind.{row.kind}"), when=when)


@act
def _chosen(side: str, pair: Sequence[int]) -> None:
    """Show the pair with the chosen run; where that is the other one, the two change places."""
    place, run = _SIDES.index(side), st.session_state[f"compare:{side}"]
    other = pair[place] if run == pair[1 - place] else pair[1 - place]
    asked.say("runs", [str(each) for each in ((run, other) if place == 0 else (other, run))])


def _heads(found: TwoRuns) -> dict[str, str]:
    return {side: t("compare.run", run=run) for side, run in zip(_SIDES, found.runs, strict=True)}


def _settings(found: TwoRuns) -> None:
    st.markdown(f"## :small[{t('compare.settings')}]")
    rows = [
        {
            "setting": settings_words.label(key),
            "first": settings_words.value(key, was),
            "second": settings_words.value(key, now),
        }
        for key, (was, now) in found.settings.items()
    ]
    if not rows:
        st.caption(t("compare.no_settings"))
        return
    st.dataframe(
        rows,
        placeholder="–",
        hide_index=True,
        column_config={"setting": t("table.setting"), **_heads(found)},
        height="content",
        alt=t("compare.settings"),
    )


def _books(found: TwoRuns) -> None:
    st.markdown(f"## :small[{t('compare.books')}]")
    rows = [
        {"entity": t(f"entity.{entity}"), "what": _counted(name), "first": was, "second": now}
        for entity, book in found.books.items()
        for name, (was, now) in book.items()
        if was != now
    ]
    if not rows:
        st.caption(t("compare.no_books"))
        return
    numbers = {
        side: st.column_config.NumberColumn(head, format="localized")
        for side, head in _heads(found).items()
    }
    st.dataframe(
        rows,
        placeholder="–",
        hide_index=True,
        column_config={"entity": t("table.entity"), "what": t("compare.what"), **numbers},
        height="content",
        alt=t("compare.books"),
    )


def _counted(name: str) -> str:
    kind, _, reason = name.partition(":")
    return why(reason) if kind == "reason" else catalogue(lang()).get(f"book.{name}", name)


def _moved(found: TwoRuns) -> None:
    st.markdown(f"## :small[{t('compare.moved')}]")
    store = context.desk().store_by_id(context.desk().run(found.runs[0]).store_id)
    sales = answers.sales(context.desk(), store) if "products" in found.moved else {}
    every = [
        (entity, each, sales.get(each.id) if entity == "products" else None)
        for entity, records in found.moved.items()
        for each in records
    ]
    every.sort(key=lambda row: -row[2].revenue if row[2] else 0)
    shown = every[:MOST]
    currency = coverage(context.desk(), store).currency
    sold = ("sold",) if any(row[2] for row in shown) else ()
    first, second = found.runs
    key = f"compare:moved:{first}:{second}"
    paged.table(
        [_record(*row, currency) for row in shown],
        ("entity", "id", *sold, "was", "is", "reasons"),
        alt=t("compare.moved"),
        config=_widths(),
        row_height=30,
        key=key,
        on_select=partial(open_record, key, [(entity, each.id) for entity, each, _ in shown]),
        selection_mode=["single-cell"],
    )
    n, many = format.number(len(every)), format.number(len(shown))
    st.caption(t("compare.shown", shown=many, n=n))


def _widths() -> Mapping[str, Any]:
    widths = {"entity": 110, "id": 120, "sold": 150, "reasons": 320}
    column = st.column_config.TextColumn
    return {name: column(t(f"table.{name}"), width=width) for name, width in widths.items()}


def _record(
    entity: str, moved: MovedRecord, sold: Sold | None, currency: str
) -> dict[str, str | None]:
    return {
        "entity": t(f"record.{entity}"),
        "id": str(moved.id),
        "sold": None if sold is None else states.sold(sold, currency),
        "was": _outcome(moved.was),
        "is": _outcome(moved.is_),
        "reasons": ", ".join(states.reasons(moved.why)),
    }


def _outcome(code: str) -> str:
    return t("compare.absent" if code == "absent" else f"outcome.{code}")
