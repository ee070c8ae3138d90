"""What stores have now, each cause with a way to hear no more of it for a while."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from pages.components import context, format, names
from pages.components.acts import act
from pages.components.alerts import times
from pages.components.texts import plain, t
from sync import alerts
from sync.alerts import CauseTold

_NAMED = 3


def show(told: Sequence[CauseTold]) -> None:
    """Draw them, a row each."""
    st.markdown(f"## {t('alerts.now')}")
    desk = context.desk()
    known, may_mute = names.stores(desk), desk.may("alert mute")
    for each in told:
        _row(each, known, may_mute=may_mute)


def _row(told: CauseTold, known: Mapping[str, str], *, may_mute: bool) -> None:
    kind, code = alerts.key(told)
    with st.container(
        border=True, horizontal=True, vertical_alignment="center", key=f"cause:{told.cause}"
    ):
        head = f"{t(f'alert.kind.{kind}')}: {told.name}"
        st.markdown(f"**{plain(head)}**  \n:small[{plain(_whose(told, known))}]", width="stretch")
        if alerts.is_muted(told):
            st.markdown(f":gray[{plain(_until(told))}]", width="content")
        if not may_mute:
            return
        if alerts.is_muted(told):
            st.button(
                t("alerts.unmute"),
                key=f"alerts:unmute:{told.cause}",
                icon=":material/notifications:",
                on_click=_mute,
                args=((kind, code), None, False),
            )
            return
        with st.popover(t("alerts.mute"), icon=":material/notifications_off:"):
            times.choose(f"alerts:mute:{told.cause}", partial(_mute, (kind, code)))
            st.button(
                t("alerts.until_grows"),
                key=f"alerts:grows:{told.cause}",
                on_click=_mute,
                args=((kind, code), None, True),
            )


def _whose(told: CauseTold, known: Mapping[str, str]) -> str:
    if not told.stores:
        return t("alerts.no_store")
    count = t("overview.stores", count=format.number(len(told.stores)))
    some = ", ".join(known.get(slug, slug) for slug in told.stores[:_NAMED])
    some += " …" if len(told.stores) > _NAMED else ""
    return f"{count}: {some} · {t('alerts.since', when=format.clock(told.since))}"


def _until(told: CauseTold) -> str:
    if told.muted_until:
        return t("cli.alerts.muted_until", until=format.clock(told.muted_until))
    return t("cli.alerts.muted_until_grows")


@act
def _mute(key: tuple[str, str], hours: float | None, grows: bool = False) -> None:
    desk = context.desk()
    until = None if hours is None else desk.clock.now() + hours * times.HOUR
    alerts.mute_cause(desk, key, until=until, grows=grows)
