"""One kind of record on the Preview page: its numbers, and step by step what is left of it."""

from __future__ import annotations

import streamlit as st

from pages.components import asked, context, format
from pages.components.preview import steps, table
from pages.components.preview.plan import Shown
from pages.components.texts import lang, t
from sync import preview
from sync.entities import ENTITIES, SINGULARS, plural_of
from sync.preview import Step
from sync.run import EntityPlan, NeverRead

_TAB = "preview.entity"
_NUMBERS = ("read", "create", "update", "unchanged", "remove", "skip")
_OF_ORDERS = ("read", "create", "update", "follow", "unchanged", "remove", "skip")


def chosen(plan: Shown) -> str:
    """The entity whose tab is open; the URL names it in the singular."""
    asked.follow("entity", _TAB, lambda _: _asked())
    st.segmented_control(
        t("preview.tabs"),
        ENTITIES,
        key=_TAB,
        required=True,
        format_func=lambda entity: _tab(plan, entity),
        on_change=table.forget,
        label_visibility="collapsed",
    )
    entity = str(st.session_state[_TAB])
    asked.say("entity", SINGULARS[entity], default=SINGULARS[ENTITIES[0]])
    return entity


def _asked() -> str:
    named = asked.one("entity")
    plural = plural_of(named)
    return plural if plural in ENTITIES else ENTITIES[0]


def _tab(plan: Shown, entity: str) -> str:
    counts = plan.preview.entities[entity]
    told = t(f"entity.{entity}")
    return told if isinstance(counts, NeverRead) else f"{told} {format.number(counts.read)}"


def show(plan: Shown, entity: str) -> None:
    """Numbers and steps; for what was never read, what reading it would cost."""
    counts = plan.preview.entities[entity]
    if isinstance(counts, NeverRead):
        calls = format.number(counts.not_read.calls)
        code = "preview.not_read_draft" if plan.draft else "preview.not_read"
        st.info(t(code, n=calls), icon=":material/cloud_off:")
        return
    _numbers(entity, counts)
    for said in counts.silent_about(lang()):
        st.info(said, icon=":material/cloud_off:")
    _remarks(counts)
    _steps(plan, entity, counts.follow)


def _numbers(entity: str, counts: EntityPlan) -> None:
    """Every record once: an order that follows is not skipped."""
    names = _OF_ORDERS if entity == "orders" else _NUMBERS
    with st.grid(len(names), min_column_width=100):
        for name in names:
            with st.container(gap="xxsmall"):
                count = counts.unsent if name == "skip" else getattr(counts, name)
                _number(entity, name, count)


def _number(entity: str, name: str, count: int) -> None:
    """A number, and below it the way to its records."""
    whole = name == "read"
    told = t("preview.step.read" if whole else f"action.{name}")
    st.metric(told, format.number(count), help=t(f"preview.number_help.{name}"))
    st.button(
        steps.counted(told, count),
        key=f"preview.number.{entity}.{name}",
        type="tertiary",
        disabled=not count,
        on_click=table.open_step if whole else table.open_action,
        args=(entity, "read" if whole else name),
    )


def _remarks(counts: EntityPlan) -> None:
    if counts.lines_missing:
        st.caption(t("preview.lines_missing", n=format.number(counts.lines_missing)))
    if counts.not_read and isinstance(counts.not_read, int):
        st.caption(t("preview.older", n=format.number(counts.not_read)))
    if counts.left_in_clerk:
        st.caption(t("preview.left_in_clerk", n=format.number(counts.left_in_clerk)))


def _steps(plan: Shown, entity: str, follow: int) -> None:
    found = preview.waterfall(context.desk(), plan.store, plan.key, entity)
    st.markdown(f"**{t('preview.steps')}**", help=t("preview.steps_help"))
    for step in found:
        _step(entity, step, found[0].left, follow)


def _step(entity: str, step: Step, read: int, follow: int) -> None:
    name = t(f"preview.step.{step.step}")
    if step.step == "sent" and follow:
        name = t("preview.sent_first", n=format.number(follow))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.progress(step.left / read if read else 0.0, text=f"{name}: {format.number(step.left)}")
        with st.container(width=190):
            _opener(entity, step)


def _opener(entity: str, step: Step) -> None:
    """Draw the button that lists the records of a step, unless it dropped none."""
    if not step.dropped and step.step not in ("read", "sent"):
        st.caption(t("preview.none_dropped"))
        return
    st.button(
        steps.name(step),
        key=f"preview.step.{entity}.{step.step}",
        type="tertiary",
        icon=":material/list:",
        on_click=table.open_step,
        args=(entity, step.step),
    )
