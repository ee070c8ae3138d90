"""Asking for a run."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from pages.components import context, flash, links, states
from pages.components.acts import act
from pages.components.texts import t
from sync import run
from sync.store import RunActive, StoreRow

FOLLOWED: Final = "run followed last"


@act
def ask(store: StoreRow, kind: str, *, follow: bool = False, **options: Any) -> None:
    """Queue a run from a callback; the page says what came of it, or with `follow` the run's page
    opens. The options are those of `run.request`."""
    try:
        queued = run.request(context.desk(), store, kind, who=context.who(), **options)
    except RunActive as error:
        flash.tell("info", states.refusal(error), run=error.run)
    except run.StalePlan:
        flash.tell("warning", t("preview.stale"))
    else:
        st.session_state[FOLLOWED] = queued.id
        if follow:
            links.go_next("run", run=queued.id)
        else:
            flash.tell("done", t("overview.started", run=queued.id), run=queued.id)
