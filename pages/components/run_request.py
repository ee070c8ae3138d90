"""Asking for a run."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from pages.components import context, flash, format, links, states
from pages.components.acts import act
from pages.components.texts import t
from sync import run
from sync.store import ACTIVE, RunActive, RunRow, State, StoreRow

FOLLOWED: Final = "run followed last"


@act
def ask(
    store: StoreRow, kind: str, *, follow: bool = False, tell: bool = True, **options: Any
) -> None:
    """Queue a run from a callback; the page says what came of it, unless it shows the run anyway,
    or with `follow` the run's page opens. The options are those of `run.request`."""
    try:
        queued = run.request(context.desk(), store, kind, **options)
    except RunActive as error:
        flash.tell("info", states.refusal(error), run=error.run)
    except run.StalePlan:
        flash.tell("warning", t("preview.stale"))
    else:
        st.session_state[FOLLOWED] = queued.id
        if follow:
            links.go_next("run", run=queued.id)
        elif tell:
            flash.tell("done", t("overview.started", run=queued.id), run=queued.id)


def newest(store: StoreRow) -> RunRow | None:
    """The store's newest run, also one that is on. A page looks once, before it reads anything that
    a run changes: what it then says of the run is of one moment, and no older than the rest."""
    rows = context.desk().runs(store, limit=1)
    return rows[0] if rows else None


def followed(row: RunRow) -> bool:
    """Whether this run was followed last and has ended."""
    ended = row.state not in (*ACTIVE, State.HELD)
    return ended and row.id == st.session_state.get(FOLLOWED)


def outcome(row: RunRow) -> None:
    """Draw in one line how a run ended, with the way to it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        states.run_badge(row.state)
        links.to("run", label=t("runs.number", run=row.id), run=row.id)
        st.caption(t("run.took", took=format.duration(run.took(row))), width="content")
        exactly = row.plan is not None and row.state is State.SUCCEEDED
        said = t("run.plan_done" if exactly else f"meaning.{row.state}")
        st.markdown(said, width="content")
