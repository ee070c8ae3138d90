"""The top of the Preview page: the answer in one sentence, what it costs, how old it is."""

from __future__ import annotations

import streamlit as st

from pages.components import format
from pages.components.preview import actions
from pages.components.preview.plan import Shown
from pages.components.texts import t
from sync.preview import outlook


def show(plan: Shown) -> None:
    """Sentence, coverage, actions, and the holds that a run would meet."""
    st.subheader(sentence(plan), anchor=False)
    if first := plan.preview.unread_calls():
        st.markdown(f":material/cloud_off: {t('preview.read_first', n=format.number(first))}")
    st.markdown(_cost(plan))
    st.caption(_reach(plan))
    with st.container(horizontal=True, vertical_alignment="center"):
        actions.run_button(plan.store, plan.preview.fingerprint, bool(plan.draft))
        actions.refresh_button(plan.store)
    actions.follow(plan.store)
    for entity, counts in plan.preview.planned().items():
        if counts.held_before:
            numbers = {name: format.number(n) for name, n in vars(counts.held_before).items()}
            told = t("held_before", what=t(f"entity.{entity}"), **numbers)
            st.info(told, icon=":material/inventory_2:")
    for hold in plan.preview.holds:
        what = t(f"entity.{hold.entity}")
        why = t(f"hold.{hold.reason}.why", **vars(hold))
        st.warning(f"**{t('preview.would_hold')}** {what}: {why}", icon=":material/front_hand:")


def sentence(plan: Shown) -> str:
    """What a sync would do now."""
    sums = outlook.totals(plan.preview)
    numbers = {name: format.number(n) for name, n in sums.items()}
    if sums["create"] + sums["update"] + sums["remove"] + sums["follow"] == 0:
        known = "preview.nothing_known" if plan.preview.unread_calls() else "preview.nothing"
        return t(known, **numbers)
    told = t("preview.would", **numbers)
    return f"{told} {t('preview.follow', **numbers)}" if sums["follow"] else told


def _cost(plan: Shown) -> str:
    calls, finish = plan.preview.calls, plan.preview.finish
    sides = {"lightspeed": calls.lightspeed, "clerk": calls.clerk}
    numbers = {side: format.number(n) for side, n in sides.items()}
    about = map(format.number, calls.about or ())
    span = dict(zip(("low", "high"), about, strict=False))
    if calls.uncounted:
        return t("preview.cost_at_least", **span)
    if finish is None:
        return t("preview.cost_endless", **numbers)
    if span:
        return t("preview.cost_about", **numbers, **span, finish=format.clock(finish))
    return t("preview.cost", **numbers, finish=format.clock(finish))


def _reach(plan: Shown) -> str:
    known = plan.coverage
    parts = [t("preview.read", ago=format.ago(known.as_of), when=format.when(known.as_of))]
    missing = ", ".join(t(f"entity.{entity}") for entity in known.incomplete)
    parts.append(t("preview.incomplete", entities=missing) if missing else t("preview.complete"))
    if known.orders_from:
        parts.append(t("preview.orders_from", day=format.day(known.orders_from)))
    if known.older:
        parts.append(t("preview.older", n=format.number(known.older)))
    return " · ".join(parts)
