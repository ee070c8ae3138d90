"""Starting a run: all of it, a full read, or chosen records."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components import asked, links, rights, run_request
from pages.components.texts import lang, t
from sync.entities import ENTITIES
from sync.store import StoreRow


def show(store: StoreRow) -> None:
    """The buttons, the rarer ones in a popover."""
    with st.container(horizontal=True, horizontal_alignment="right", gap="xsmall"):
        _button("refresh", "runs.refresh", ":material/refresh:", store)
        _button("sync", "runs.start", ":material/play_arrow:", store, type="primary")
        more = st.popover(
            t("runs.more"),
            icon=":material/more_vert:",
            type="tertiary",
            help=t("runs.more"),
            key="icon.runs.more",
        )
    with more:
        _full(store)
        _record(store)
        _compare(store)
        _subset(store)
        _resend(store)
        links.to("past", label=t("past.link"), icon=":material/calendar_month:")


def _button(kind: str, code: str, icon: str, store: StoreRow, **more: Any) -> None:
    st.button(
        t(code),
        icon=icon,
        key=f"runs:{kind}",
        on_click=run_request.ask,
        args=(store, kind),
        kwargs={"tell": False},
        **rights.look(f"run {kind}", store, help=t(f"{code}_help")),
        **more,
    )


def _full(store: StoreRow) -> None:
    st.markdown(t("runs.full_text"), width=420)
    st.button(
        t("runs.full"),
        key="runs:full",
        icon=":material/cached:",
        on_click=run_request.ask,
        args=(store, "sync"),
        kwargs={"tell": False, "full": True},
        **rights.look("run sync", store),
    )


def _record(store: StoreRow) -> None:
    st.markdown(t("runs.record_text"), width=420)
    st.button(
        t("runs.record"),
        key="runs:record",
        icon=":material/radio_button_checked:",
        on_click=run_request.ask,
        args=(store, "sync"),
        kwargs={"tell": False, "record": True},
        **rights.look("run sync", store),
    )


def _subset(store: StoreRow) -> None:
    st.markdown(t("runs.subset_text"), width=420)
    names = {name: t(f"entity.{name}") for name in ENTITIES}
    entity = st.segmented_control(
        t("runs.subset_entity"),
        ENTITIES,
        default=ENTITIES[0],
        required=True,
        format_func=names.__getitem__,
        key=f"runs:subset:entity:{lang()}",
        on_change=asked.settle,
    )
    ids = st.text_input(
        t("runs.subset_ids"),
        key="runs:subset:ids",
        placeholder="141000108, …",
        on_change=asked.settle,
    )
    st.button(
        t("runs.subset"),
        key="runs:subset",
        icon=":material/filter_alt:",
        on_click=run_request.ask,
        args=(store, "sync"),
        kwargs={"tell": False, "only": [f"{entity}:{ids}"]},
        **rights.look("run sync", store),
    )


def _resend(store: StoreRow) -> None:
    st.markdown(t("runs.resend_text"), width=420)
    names = {"all": t("runs.resend_all"), **{name: t(f"entity.{name}") for name in ENTITIES}}
    entity = st.segmented_control(
        t("runs.resend_what"),
        tuple(names),
        default="all",
        required=True,
        format_func=names.__getitem__,
        key=f"runs:resend:entity:{lang()}",
        on_change=asked.settle,
    )
    st.button(
        t("runs.resend"),
        key="runs:resend",
        icon=":material/send:",
        on_click=run_request.ask,
        args=(store, "sync"),
        kwargs={"tell": False, "resend": entity},
        **rights.look("run sync", store),
    )


def _compare(store: StoreRow) -> None:
    st.markdown(t("runs.compare_text"), width=420)
    for code, mend in (("compare", False), ("mend", True)):
        st.button(
            t(f"runs.{code}"),
            key=f"runs:{code}",
            icon=":material/compare_arrows:",
            on_click=run_request.ask,
            args=(store, "compare"),
            kwargs={"tell": False, "mend": mend},
            **rights.look("run compare", store),
        )
