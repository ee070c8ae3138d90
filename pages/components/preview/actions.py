"""What can be done on the Preview page: read the shop again, run exactly this plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import streamlit as st

from pages.components import context, format, frame, states
from pages.components.acts import act
from pages.components.texts import lang, plain, t
from sync import run
from sync.database import kept
from sync.store import RunActive, RunRow, StoreRow, UsageError

_NOTICE = "preview.notice"
_STARTED = "preview.started"
_EVERY = 1.0  # seconds between two looks at a run that is on


def notice() -> None:
    """What came of the last click: on to the run it started, or why it started none."""
    started = st.session_state.pop(_STARTED, None)
    if started is not None:
        store = context.store()
        query = {"lang": lang(), "run": str(started)} | ({"store": store.slug} if store else {})
        st.switch_page(frame.path("run"), query_params=query)
    told = st.session_state.pop(_NOTICE, None)
    if isinstance(told, int):
        st.warning(t("preview.run_active"), icon=":material/sync:")
        frame.link("run", label=t("preview.open_run", run=told), run=told)
    elif told is not None:
        st.warning(told, icon=":material/info:")


def run_button(store: StoreRow, fingerprint: str, draft: bool) -> None:
    """Queue a sync that sends exactly this plan; a draft must be saved first."""
    st.button(
        t("preview.run_exactly"),
        type="primary",
        icon=":material/send:",
        key="preview.run",
        disabled=draft,
        help=t("preview.run_draft" if draft else "preview.run_help"),
        on_click=_run_exactly,
        args=(store, fingerprint),
    )


@act
def _run_exactly(store: StoreRow, fingerprint: str) -> None:
    def request() -> None:
        asked = run.request(context.desk(), store, "sync", who=context.who(), plan=fingerprint)
        st.session_state[_STARTED] = asked.id

    _asked(request)


def refresh_button(store: StoreRow, kind: Literal["primary", "secondary"] = "secondary") -> None:
    """Ask for the shop to be read again; as the page's one way on, for the first time."""
    st.button(
        t("preview.first_read" if kind == "primary" else "preview.refresh"),
        type=kind,
        icon=":material/refresh:",
        key="preview.refresh",
        disabled=context.desk().active_run(store) is not None,
        help=t("preview.refresh_help"),
        on_click=_refresh,
        args=(store,),
    )


@act
def _refresh(store: StoreRow) -> None:
    _asked(lambda: run.request(context.desk(), store, "refresh", who=context.who()))


def _asked(request: Callable[[], object]) -> None:
    try:
        request()
    except RunActive as error:
        st.session_state[_NOTICE] = error.run
    except run.StalePlan:
        st.session_state[_NOTICE] = t("preview.stale")
    except UsageError as error:
        st.session_state[_NOTICE] = plain(states.refusal(error))


def follow(store: StoreRow) -> None:
    """One line on the store's run that is on; the page is drawn anew when it has ended."""
    active = context.desk().active_run(store)
    if active is not None:
        st.fragment(_line, run_every=_EVERY)(store)


@kept()
def _line(store: StoreRow) -> None:
    active = context.desk().active_run(store)
    if active is None:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":material/sync: {_doing(active)}", width="content")
        frame.link("run", label=t("preview.open_run", run=active.id), run=active.id)


def _doing(active: RunRow) -> str:
    kind = t(f"kind.{active.kind}")
    if active.state == "waiting" and active.side:
        until, side = format.clock(active.until), t(f"side.{active.side}")
        return f"{kind}: {t('waiting.side', until=until, side=side)}"
    if active.state == "waiting" and active.window:
        window = t(f"window.{active.window}")
        wait = t("waiting.until", until=format.clock(active.until), window=window)
        return f"{kind}: {wait}"
    if active.state != "running" or not active.phase:
        return f"{kind}: {t(f'state.{active.state}')}"
    calls = active.calls.get("lightspeed", {}).get("total", 0)
    return t("preview.doing", kind=kind, phase=t(f"phase.{active.phase}"), n=format.number(calls))
