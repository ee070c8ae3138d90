"""All stores: the answer, what is behind those that are not in order, and the table."""

from __future__ import annotations

import streamlit as st

from pages.components import (
    asked,
    context,
    drawing,
    flash,
    format,
    layout,
    opened,
    states,
    worker,
)
from pages.components.overview import cards, filters, live, panel, table, welcome
from pages.components.overview.filters import View
from pages.components.overview.live import Seen
from pages.components.texts import lang, plain, t
from sync import status
from sync.overview import chosen, ordered

_HEAD, _FILTERS, _NOTICE = 112, 64, 72  # pixels


@st.fragment(key=live.FRAGMENT)
@drawing.part()
def show() -> None:
    """Draw the page as the stores are now."""
    seen = live.now()
    with live.drawing(seen):
        _page(seen)


def _page(seen: Seen) -> None:
    lines = seen.overview.lines
    with layout.answer(_answer(seen), _age(seen) if lines else None):
        welcome.connect()
    flash.show()
    if not lines:
        states.empty("overview.no_stores", icon=":material/storefront:")
        return
    above = _HEAD + _NOTICE * _notices(seen)
    groups = seen.overview.groups()
    if len(lines) < filters.MANY:
        view = filters.whole()
    else:
        above += cards.draw(groups, seen.names, context.desk()) + _FILTERS
        view = filters.row(seen.overview, groups)
    _stores(seen, view, above)


def _stores(seen: Seen, view: View, above: int) -> None:
    """The table, and the store that the address names beside it; a single one stands below."""
    lines = chosen(seen.overview.lines, view.wanted)
    if view.sort:
        lines = ordered(lines, view.sort, down=view.down)
    named = asked.one("row")
    open_ = next((line for line in seen.overview.lines if line.store == named), None)
    main, side = layout.beside(open_ is not None, key=table.PANEL)
    with main:
        if lines:
            table.draw(lines, seen.names, view, above=above)
        else:
            _none_match()
        if len(seen.overview.lines) == 1 and open_ is None:
            with st.container(border=True):
                panel.draw(lines[0], seen.names[lines[0].store], closable=False)
    if side is not None and open_ is not None:
        with side:
            panel.draw(open_, seen.names[open_.store])
    opened.focus(table.PANEL)


def _none_match() -> None:
    st.info(t("overview.none_match"), icon=":material/search_off:")
    st.button(
        t("overview.show_all"),
        key="overview:clear",
        icon=":material/filter_alt_off:",
        on_click=filters.clear,
    )


def _answer(seen: Seen) -> str:
    """How many stores are in order, in one sentence. One that runs is none of those that aren't."""
    lines, counts = seen.overview.lines, seen.overview.counts()
    if not lines:
        return t("overview.no_stores.title")
    if len(lines) == 1:
        name = plain(seen.names[lines[0].store])
        return t(f"overview.one.{lines[0].state}", name=name)
    well, total = counts["ok"] + counts["running"], len(lines)
    code = "all" if well == total else "some" if well else "none"
    answer = t(f"overview.answer.{code}", well=format.number(well), total=format.number(total))
    parts = [
        t(f"overview.answer.{state}", number=format.number(counts[state]))
        for state in ("broken", "waiting", "look", "running")
        if counts[state]
    ]
    return f"{answer} {', '.join(parts)}." if parts else answer


def _age(seen: Seen) -> str:
    return t("overview.live", when=f"{format.moment(seen.overview.at):%H:%M:%S}")


def _notices(seen: Seen) -> int:
    """Say what is wrong with the installation and that no worker drives the runs; returns how many
    lines that are."""
    rights = context.desk().rights.lasting()
    found = [*status.notices(lang()), *(message.text(lang()) for message in rights)]
    for line in found:
        st.warning(plain(line), icon=":material/warning:")
    if not live.is_driven(context.desk()):
        waits = any(line.state in ("running", "waiting") for line in seen.overview.lines)
        still = t("overview.no_worker_waiting" if waits else "overview.no_worker")
        mend = t("overview.own_worker" if worker.embedded() else "overview.start_worker")
        st.info(f"{still} {mend}", icon=":material/info:")
        return len(found) + 1
    return len(found)
