"""The shops as a table: searched, filtered and sorted before they are sent, a click opens one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from pages.components import asked, cells, format, layout, names, opened
from pages.components.options import labels, worded
from pages.components.shops import words
from pages.components.texts import lang, t
from sync.database import folded
from sync.setup import STANDINGS, ShopStanding

PANEL: Final = "shops"
ALL: Final = "all"
PAUSED: Final = "paused"
_SEARCH: Final = "shops:search"
_TIMES: Final = "shops:clicks"  # names the table anew, so that no header stays chosen
_ABOVE: Final = 165  # pixels
_TROUBLES: Final = [code for code, color in STANDINGS.items() if color in ("red", "orange")]
_SORTED: Final[Mapping[str, Callable[[ShopStanding], Any]]] = {
    "name": lambda each: folded(each.shop.name),
    "domain": lambda each: each.shop.domain,
    "cluster": lambda each: each.shop.cluster,
    "keys": lambda each: len(each.keys),
    "languages": words.languages,
    "stores": lambda each: len(each.stores),
    "schedule": lambda each: words.schedules(each, lang()),
    "checked": lambda each: each.check.at if each.check else 0,
}


def counted(standings: Sequence[ShopStanding]) -> dict[str, int]:
    """How many shops have each trouble that there is, the worst first."""
    found = Counter(code for each in standings for code in each.codes)
    return {code: found[code] for code in _TROUBLES if found[code]}


def show(standings: list[ShopStanding]) -> None:
    """Search, filter and table."""
    shown = _ordered(_filtered(standings) if len(standings) > 1 else standings)
    if not shown:
        st.info(t("shops.none_match"), icon=":material/search_off:")
        return
    slugs = [each.shop.slug for each in shown]
    name = f"shops:table:{st.session_state.get(_TIMES, 0)}:{_order()}"
    opened.mark(name, slugs, asked.one("shop"), "name", panel=PANEL)
    place, height = layout.room("shops", len(shown), above=_ABOVE)
    with place:
        st.dataframe(
            cells.arrow(_cells(shown)),
            column_config=_columns(),
            placeholder="–",
            hide_index=True,
            row_height=32,
            height=height,
            key=name,
            on_select=partial(_clicked, name, slugs),
            selection_mode=["single-cell", "single-column"],
            alt=t("shops.table"),
        )


# -- search and filter ----------------------------------------------------------------------


def _filtered(standings: list[ShopStanding]) -> list[ShopStanding]:
    asked.follow("search", _SEARCH, lambda _: asked.one("search"))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        search = st.text_input(
            t("shops.search"),
            key=_SEARCH,
            placeholder=t("shops.search_in"),
            icon=":material/search:",
            label_visibility="collapsed",
            persist_state="page",
            on_change=asked.settle,
            width=240,
        )
        state = _state_filter(standings)
    asked.say("search", search)
    asked.say("state", state, default=ALL)
    needle, states = folded(search), _states()
    return [
        each
        for each in standings
        if _is(each, state) and (not needle or needle in _told(each, states))
    ]


def _state_filter(standings: list[ShopStanding]) -> str:
    counts = counted(standings)
    counts |= {PAUSED: n} if (n := sum(each.paused > 0 for each in standings)) else {}
    counts[ALL] = len(standings)
    known = {code: f"{words.state(code)} {format.number(n)}" for code, n in counts.items()}
    key = f"shops:state:{worded(known)}"
    asked.follow("state", key, lambda _: asked.one_of("state", known) or ALL)
    chosen = st.pills(
        t("shops.filter"),
        list(known),
        format_func=labels(known),
        key=key,
        label_visibility="collapsed",
        persist_state="page",
        on_change=asked.settle,
        required=True,
    )
    return str(chosen or ALL)


def _is(standing: ShopStanding, state: str) -> bool:
    if state == PAUSED:
        return standing.paused > 0
    return state == ALL or state in standing.codes


def _told(standing: ShopStanding, states: Mapping[str, str]) -> str:
    """What a shop is found by."""
    shop, stores = standing.shop, [each.store for each in standing.stores]
    own = [
        shop.name,
        shop.slug,
        shop.domain,
        shop.cluster,
        *(states[code] for code in standing.codes),
    ]
    return folded(" ".join([*own, *(f"{each.name} {each.slug}" for each in stores)]))


# -- order ----------------------------------------------------------------------------------


def _order() -> str:
    """The column that the URL sorts by, with a minus for the other way round; "" for none."""
    return asked.one_of("sort", [*_SORTED, *(f"-{name}" for name in _SORTED)]) or ""


def _ordered(standings: list[ShopStanding]) -> list[ShopStanding]:
    order = _order()
    if not order:
        return standings
    key = _SORTED[order.removeprefix("-")]
    return sorted(standings, key=key, reverse=order.startswith("-"))


def _clicked(table: str, slugs: Sequence[str]) -> None:
    """A cell opens its shop; a header sorts by it, again the other way round, then not at all."""
    chosen = st.session_state[table].selection
    if chosen.columns:  # the cell of the shop that is open stays chosen beside it
        st.session_state[_TIMES] = st.session_state.get(_TIMES, 0) + 1
        column = chosen.columns[0]
        following = {"": column, column: f"-{column}"}
        now = _order() if _order().removeprefix("-") == column else ""
        asked.say("sort", following.get(now) if column in _SORTED else None)
    elif slug := opened.chosen(table, slugs):
        asked.say("shop", slug)
        opened.note(PANEL, is_open=True)


def close() -> None:
    """Close the panel (a callback)."""
    asked.say("shop", None)
    opened.close(PANEL, "keys")


# -- cells ----------------------------------------------------------------------------------


def _cells(standings: Sequence[ShopStanding]) -> dict[str, list[Any]]:
    states, language = _states(), lang()
    named = names.distinct({each.shop.slug: names.of_shop(each.shop) for each in standings})
    return {
        "state": [[states[code] for code in each.codes] for each in standings],
        "name": [named[each.shop.slug] for each in standings],
        "domain": [each.shop.domain for each in standings],
        "keys": [len(each.keys) for each in standings],
        "languages": [words.languages(each) for each in standings],
        "stores": [len(each.stores) for each in standings],
        "schedule": [words.schedules(each, language) for each in standings],
        "checked": [
            datetime.fromtimestamp(each.check.at, UTC) if each.check else None for each in standings
        ],
    }


def _states() -> dict[str, str]:
    return {code: words.state(code) for code in STANDINGS}


def _columns() -> dict[str, ColumnConfig]:
    column, states = st.column_config, _states()
    return {
        "state": column.MultiselectColumn(
            t("shops.column.state"),
            options=list(states.values()),
            color=list(STANDINGS.values()),
            width=120,
        ),
        "name": column.TextColumn(_head("name"), width=120),
        "domain": column.TextColumn(_head("domain"), width=145),
        "cluster": column.TextColumn(_head("cluster"), width=64),
        "keys": column.NumberColumn(_head("keys"), width=66),
        "languages": column.TextColumn(_head("languages"), width=80),
        "stores": column.NumberColumn(_head("stores"), width=56),
        "schedule": column.TextColumn(_head("schedule"), width=100),
        "checked": format.datetime_column(_head("checked"), width=125),
    }


def _head(column: str) -> str:
    """A column's header; an arrow says that the shops are sorted by it, and which way."""
    told, order = t(f"shops.column.{column}"), _order()
    if order.removeprefix("-") != column:
        return told
    return f"{told} {'↓' if order.startswith('-') else '↑'}"
