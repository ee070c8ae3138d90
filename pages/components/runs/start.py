"""Starting a run: all of it, a full read, or chosen records."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components import context, frame, states
from pages.components.acts import act
from pages.components.texts import lang, plain, t
from sync import run
from sync.entities import ENTITIES
from sync.store import RunActive, StoreRow, UsageError

NOTICE = "runs:notice"


def show(store: StoreRow) -> None:
    """The buttons, and what the last click led to."""
    notice()
    with st.container(horizontal=True, vertical_alignment="center"):
        _button("sync", "runs.start", ":material/play_arrow:", store, type="primary")
        _button("refresh", "runs.refresh", ":material/refresh:", store)
        with st.popover(t("runs.more"), icon=":material/more_horiz:"):
            _full(store)
            _compare(store)
            _subset(store)
            _resend(store)


def _button(kind: str, code: str, icon: str, store: StoreRow, **more: Any) -> None:
    st.button(
        t(code),
        icon=icon,
        key=f"runs:{kind}",
        help=t(f"{code}_help"),
        on_click=ask,
        args=(store, kind),
        **more,
    )


def _full(store: StoreRow) -> None:
    st.markdown(t("runs.full_text"), width=420)
    st.button(
        t("runs.full"),
        key="runs:full",
        icon=":material/cached:",
        on_click=ask,
        args=(store, "sync"),
        kwargs={"full": True},
    )


def _subset(store: StoreRow) -> None:
    st.markdown(t("runs.subset_text"), width=420)
    names = {name: t(f"entity.{name}") for name in ENTITIES}
    entity = st.selectbox(
        t("runs.subset_entity"),
        ENTITIES,
        format_func=names.__getitem__,
        key=f"runs:subset:entity:{lang()}",
    )
    ids = st.text_input(t("runs.subset_ids"), key="runs:subset:ids", placeholder="141000108, …")
    st.button(
        t("runs.subset"),
        key="runs:subset",
        icon=":material/filter_alt:",
        on_click=ask,
        args=(store, "sync"),
        kwargs={"only": [f"{entity}:{ids}"]},
    )


def _resend(store: StoreRow) -> None:
    st.markdown(t("runs.resend_text"), width=420)
    names = {"all": t("runs.resend_all"), **{name: t(f"entity.{name}") for name in ENTITIES}}
    entity = st.selectbox(
        t("runs.resend_what"),
        tuple(names),
        format_func=names.__getitem__,
        key=f"runs:resend:entity:{lang()}",
    )
    st.button(
        t("runs.resend"),
        key="runs:resend",
        icon=":material/send:",
        on_click=ask,
        args=(store, "sync"),
        kwargs={"resend": entity},
    )


def _compare(store: StoreRow) -> None:
    st.markdown(t("runs.compare_text"), width=420)
    for code, mend in (("compare", False), ("mend", True)):
        st.button(
            t(f"runs.{code}"),
            key=f"runs:{code}",
            icon=":material/compare_arrows:",
            on_click=ask,
            args=(store, "compare"),
            kwargs={"mend": mend},
        )


@act
def ask(store: StoreRow, kind: str, **options: Any) -> None:
    """Queue a run from a callback; what came of it is told at the page's head."""
    try:
        row = run.request(context.desk(), store, kind, who=context.who(), **options)
        st.session_state[NOTICE] = ("queued", row.id, "")
    except RunActive as error:
        st.session_state[NOTICE] = ("active", error.run, "")
    except UsageError as error:
        st.session_state[NOTICE] = ("error", 0, states.refusal(error))


def notice() -> None:
    """What the last click led to."""
    kind, number, message = st.session_state.pop(NOTICE, ("", 0, ""))
    if kind == "error":
        st.error(plain(message), icon=":material/error:")
    elif kind == "active":
        st.info(t("frame.run_active", run=number), icon=":material/info:")
        frame.link("run", label=t("runs.open", run=number), run=number)
    elif kind == "queued":
        st.success(t("overview.started", run=number), icon=":material/check_circle:")
