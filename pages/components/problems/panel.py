"""One problem: what it means, who can mend it and how, and the stores that have it."""

from __future__ import annotations

from typing import Final

import streamlit as st

from pages.components import asked, context, format, layout, links, names, opened
from pages.components.acts import act
from pages.components.problems import differing, muted
from pages.components.texts import lang, plain, t
from sync.answers import Problem
from sync.causes import KEYS
from sync.texts import labels, text

PANEL: Final = "problems"
TABLE: Final = "problems:table"
_DIFFERS: Final = {
    **dict.fromkeys(("patrol.missing", "drift.vanished"), "missing"),
    **dict.fromkeys(("patrol.different", "drift.otherwise"), "different"),
}
_MOST: Final = 25  # stores that are listed


def name(problem: Problem) -> str:
    """What the URL calls a problem."""
    return f"{problem.code}:{problem.cause}"


def title(problem: Problem) -> str:
    """What a reader calls it; of what was read back also how it differs."""
    called = text(f"cause.{problem.cause}.name", lang())
    kind = _DIFFERS.get(problem.code)
    return f"{called} ({labels('verdict', lang())[kind].lower()})" if kind else called


def show(problem: Problem, *, is_muted: bool) -> None:
    """Draw it."""
    with layout.head(PANEL):
        st.subheader(plain(title(problem)), anchor=False, width="stretch")
        st.button(
            "",
            icon=":material/close:",
            type="tertiary",
            key="problems:close",
            help=t("problems.close"),
            on_click=_close,
        )
    state = labels("problem", lang())[problem.state]
    st.caption(
        t(
            "problems.since",
            state=state,
            first=format.when(problem.first),
            last=format.when(problem.last),
        )
    )
    st.markdown(plain(text(f"cause.{problem.cause}.means", lang())))
    st.markdown(f"**{plain(problem.who)}:** {plain(problem.next)}")
    _stores(problem)
    if differing.is_of(problem):
        differing.show(problem)
    st.caption(t("problems.code", said=problem.code))
    if problem.state != "solved":
        st.button(
            t("problems.unmute" if is_muted else "problems.mute"),
            icon=":material/notifications:" if is_muted else ":material/notifications_off:",
            help=None if is_muted else t("problems.mute_help"),
            key="problems:mute",
            on_click=_turn,
            args=(problem,),
        )


def _stores(problem: Problem) -> None:
    """Ways to the runs of each store, or to its keys where other keys would mend it."""
    known = names.stores(context.desk())
    st.markdown(f"**{t('problems.stores', count=format.number(len(problem.stores)))}**")
    of_shop = {shop.id: shop.slug for shop in context.desk().shops()}
    shops = {store.slug: of_shop[store.shop_id] for store in context.desk().stores()}
    for slug in problem.stores[:_MOST]:
        if problem.cause in KEYS:
            links.to("shops", label=plain(known[slug]), icon=":material/key:", shop=shops[slug])
        else:
            links.to("runs", label=plain(known[slug]), icon=":material/history:", store=slug)
    if len(problem.stores) > _MOST:
        st.caption(t("problems.more", count=format.number(len(problem.stores) - _MOST)))


@act
def _close() -> None:
    asked.say("problem", None)
    opened.close(PANEL, "stores")


@act
def _turn(problem: Problem) -> None:
    muted.turn(name(problem), problem)
