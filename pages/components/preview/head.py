"""The top of the Preview page: the answer in one sentence, what it costs, how old it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import streamlit as st

from pages.components import context, flash, format, layout
from pages.components.preview import actions
from pages.components.preview.plan import Shown
from pages.components.texts import plain, t
from sync.preview import outlook
from sync.run.live import SIDES

_EXACT: Final = 3600.0  # seconds after which the time of day is said too
_COLORS: Final = {"create": "green", "update": "orange", "remove": "red"}


def show(plan: Shown) -> None:
    """Sentence, coverage, actions, and the holds that a run would meet."""
    with layout.answer(sentence(plan), " · ".join(_grey(plan))):
        actions.refresh_button(plan.store, plan.newest)
        actions.run_button(plan.store, plan.preview.fingerprint, bool(plan.draft))
    flash.show()
    for note in _notes(plan):
        st.markdown(note)
    actions.follow(plan.store, plan.newest)


def sentence(plan: Shown) -> str:
    """What a sync would do now, in Markdown: figures in the colours of what is done."""
    sums = outlook.totals(plan.preview)
    numbers = {name: format.number(n) for name, n in sums.items()}
    does = [
        t(f"preview.does.{action}", n=f":{color}[**{numbers[action]}**]")
        for action, color in _COLORS.items()
        if sums[action]
    ]
    follow = t("preview.follow", follow=numbers["follow"]) if sums["follow"] else ""
    draft = "_draft" if plan.draft else ""
    if does:
        would = t(f"preview.would{draft}", does=format.listed(does), known=numbers["known"])
        return f"{would}; :blue[**{follow}**]." if follow else f"{would}."
    if follow:
        return t(f"preview.only_follow{draft}", follow=f":blue[**{follow}**]")
    known = "nothing_known" if plan.preview.unread_calls() else "nothing"
    said = t(f"preview.{known}{draft}", **numbers)
    kept = outlook.kept(context.desk(), plan.store, plan.preview)
    return f"{said} {t('preview.kept', n=format.number(kept))}" if kept else said


def _grey(plan: Shown) -> Iterator[str]:
    known = plan.coverage
    read = {"ago": format.ago(known.as_of), "when": format.clock(known.as_of)}
    yield t("preview.read_at" if format.age(known.as_of) > _EXACT else "preview.read", **read)
    missing = ", ".join(t(f"entity.{entity}") for entity in known.incomplete)
    yield t("preview.incomplete", entities=missing) if missing else t("preview.complete")
    yield _cost(plan)
    if not plan.draft:
        exactly = vars(plan.preview.exactly)
        sides = {side: format.number(exactly[side]) for side in SIDES}
        yield t("preview.cost_exactly", **sides)
    if first := plan.preview.unread_calls():
        yield t("preview.read_first", n=format.number(first))
    if known.orders_from:
        yield t("preview.orders_from", day=format.day(known.orders_from))


def _unread(entity: str, partly: bool) -> str:
    name = t(f"entity.{entity}")
    return t("preview.in_part", what=name) if partly else name


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


def _notes(plan: Shown) -> Iterator[str]:
    """One line for what *Run exactly this* leaves out, one for all holds, one for what Clerk.io
    held before the first sync."""
    if (unread := plan.preview.unread()) and not plan.draft:
        names = [_unread(entity, partly) for entity, partly in unread.items()]
        said = t("preview.exactly_without", what=format.listed(names))
        yield f":material/cloud_off: {said}"
    holds = [
        f"{t(f'entity.{hold.entity}')}: {plain(t(f'hold.{hold.reason}.why', **vars(hold)))}"
        for hold in plan.preview.holds
    ]
    if holds:
        would = t("preview.would_hold")
        yield f":orange[:material/front_hand: **{would}**] {' '.join(holds)}"
    before = [
        t(
            "held_before",
            what=t(f"entity.{entity}"),
            count=format.number(counts.held_before.count),
            remove=format.number(counts.held_before.remove),
        )
        for entity, counts in plan.preview.planned().items()
        if counts.held_before
    ]
    if before:
        yield f":material/inventory_2: {' '.join(before)}"
