"""One target: what it gets, whether that arrives, and what can be done with it."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st

from pages.components import context, flash, format
from pages.components.acts import act
from pages.components.alerts import times
from pages.components.texts import lang, plain, t
from sync import alerts
from sync.alerts import TargetTold

_STATES: Final = {"error": "red", "muted": "gray", "well": "green", "new": "blue"}


def show(told: TargetTold) -> None:
    """Draw it as a row of its own."""
    desk = context.desk()
    of = desk.alert_scope(desk.alert_target(told.name))
    with st.container(
        border=True, horizontal=True, vertical_alignment="center", key=f"target:{told.name}"
    ):
        lines = (f"**{plain(told.name)}**", f":small[{plain(_what(told))}]", _state(told))
        st.markdown("  \n".join(lines), width="stretch")
        if desk.may("alert test", of):
            st.button(
                t("alerts.test"),
                key=f"alerts:test:{told.name}",
                icon=":material/send:",
                on_click=_test,
                args=(told.name,),
            )
        if desk.may("alert mute", of):
            _mute(told)
        if desk.may("alert remove", of):
            _remove(told)


def _what(told: TargetTold) -> str:
    about = told.about or t("cli.alerts.all")
    words = (
        alerts.service_name(told.service, lang()),
        about,
        t(f"alert.digest_name.{told.digest}"),
    )
    return " · ".join((*words, told.lang.upper()))


def _state(told: TargetTold) -> str:
    """Whether messages arrive there."""
    if told.muted_until:
        said, kind = t("cli.alerts.muted_until", until=format.clock(told.muted_until)), "muted"
    elif told.error:
        said, kind = t("alerts.not_arriving", why=told.error), "error"
    elif told.last_sent:
        said, kind = t("alerts.arrived", when=format.clock(told.last_sent)), "well"
    else:
        said, kind = t("alerts.untried"), "new"
    return f":small[:{_STATES[kind]}[{plain(said)}]]"


def _mute(told: TargetTold) -> None:
    if told.muted_until:
        st.button(
            t("alerts.unmute"),
            key=f"alerts:unmute:{told.name}",
            icon=":material/notifications:",
            on_click=_muted,
            args=(told.name, None),
        )
        return
    with st.popover(t("alerts.mute"), icon=":material/notifications_off:"):
        st.caption(t("alerts.mute_help"))
        times.choose(f"alerts:mute:{told.name}", partial(_muted, told.name))


def _remove(told: TargetTold) -> None:
    name, key = t("alerts.remove"), f"icon.alerts.remove.{told.name}"
    with st.popover(name, icon=":material/delete:", help=name, key=key):
        st.markdown(t("alerts.remove_text", name=plain(told.name)))
        st.button(
            t("alerts.remove"),
            key=f"alerts:remove:{told.name}",
            icon=":material/delete_forever:",
            type="primary",
            on_click=_removed,
            args=(told.name,),
        )


@act
def _test(name: str) -> None:
    error = alerts.test(context.desk(), name)
    if error is None:
        flash.tell("done", t("alerts.test_arrived", name=plain(name)))
    else:
        why = plain(error.text(lang()))
        flash.tell("error", t("alerts.test_failed", name=plain(name), why=why))


@act
def _muted(name: str, hours: float | None) -> None:
    desk = context.desk()
    until = None if hours is None else desk.clock.now() + hours * times.HOUR
    desk.mute_alert_target(desk.alert_target(name), until)


@act
def _removed(name: str) -> None:
    desk = context.desk()
    desk.remove_alert_target(desk.alert_target(name))
    flash.tell("done", t("alerts.removed", name=plain(name)))
