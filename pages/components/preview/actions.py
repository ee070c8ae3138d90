"""What can be done on the Preview page: read the shop again, run exactly this plan."""

from __future__ import annotations

from typing import Final, Literal

import streamlit as st

from pages.components import context, drawing, format, links, rights, run_request
from pages.components.texts import t
from sync.store import ACTIVE, RunRow, State, StoreRow

_EVERY: Final = 1.0  # seconds between two looks at a run that is on
_LISTS: Final = ("preview.try", "icon.preview.columns", "icon.preview.export", "preview.contrast")


def run_button(store: StoreRow, fingerprint: str, draft: bool) -> None:
    """Queue a sync that sends exactly this plan; a draft must be saved first."""
    st.button(
        t("preview.run_exactly"),
        type="primary",
        icon=":material/send:",
        key="preview.run",
        **rights.look(
            "run sync",
            store,
            disabled=draft,
            help=t("preview.run_draft" if draft else "preview.run_help"),
        ),
        on_click=run_request.ask,
        args=(store, "sync"),
        kwargs={"plan": fingerprint, "follow": True},
    )


def refresh_button(
    store: StoreRow, newest: RunRow | None, kind: Literal["primary", "secondary"] = "secondary"
) -> None:
    """Ask for the shop to be read again, unless its newest run is on; as the page's one way on,
    for the first time."""
    st.button(
        t("preview.first_read" if kind == "primary" else "preview.refresh"),
        type=kind,
        icon=":material/refresh:",
        key="preview.refresh",
        **rights.look(
            "run refresh",
            store,
            disabled=newest is not None and newest.state in ACTIVE,
            help=t("preview.refresh_help"),
        ),
        on_click=run_request.ask,
        args=(store, "refresh"),
    )


def follow(store: StoreRow, newest: RunRow | None) -> None:
    """One line on the store's newest run while it is on; the page is drawn anew when it has ended,
    and the line says how. While a list is open nothing ticks: it would jump."""
    if newest is None:
        return
    if newest.state in ACTIVE:
        st.session_state[run_request.FOLLOWED] = newest.id
        st.fragment(_line, run_every=None if list_open() else _EVERY)(store)
    elif run_request.followed(newest):
        run_request.outcome(newest)


def list_open() -> bool:
    """Whether one of the page's lists is open."""
    return any(st.session_state.get(name) for name in _LISTS)


@drawing.part()
def _line(store: StoreRow) -> None:
    active = context.desk().active_run(store)
    if active is None:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":material/sync: {_doing(active)}", width="content")
        links.to("run", label=t("runs.open", run=active.id), run=active.id)


def _doing(active: RunRow) -> str:
    kind = t(f"kind.{active.kind}")
    if active.state is State.WAITING and active.side:
        until, side = format.clock(active.until), t(f"side.{active.side}")
        return f"{kind}: {t('waiting.side', until=until, side=side)}"
    if active.state is State.WAITING and active.window:
        window = t(f"window.{active.window}")
        wait = t("waiting.until", until=format.clock(active.until), window=window)
        return f"{kind}: {wait}"
    if active.state is not State.RUNNING or not active.phase:
        return f"{kind}: {t(f'state.{active.state}')}"
    calls = active.calls.get("lightspeed", {}).get("total", 0)
    return t("preview.doing", kind=kind, phase=t(f"phase.{active.phase}"), n=format.number(calls))
