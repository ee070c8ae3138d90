"""The plan that the Preview page shows: that of the saved settings, or of the draft."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from pages.components import context, draft, flash, layout, run_request
from pages.components.preview import actions
from pages.components.texts import t
from sync import preview
from sync.preview import Blamed
from sync.preview.outlook import Coverage, coverage
from sync.run import Preview
from sync.settings import Settings
from sync.store import Desk, RunRow, StoreRow


@dataclass(frozen=True)
class Shown:
    """A store's plan as the page shows it, under these `settings`. `draft` is empty for the saved
    ones; beside a draft stands the plan under these, `saved`. `newest` is the store's newest run as
    it was before the plan was made."""

    store: StoreRow
    newest: RunRow | None
    settings: Settings
    draft: Mapping[str, str]
    prepared: preview.Prepared
    saved: preview.Prepared | None
    coverage: Coverage

    @property
    def preview(self) -> Preview:
        return self.prepared.preview

    @property
    def key(self) -> str:
        return self.prepared.key


def plan_of(store: StoreRow) -> Shown:
    """The plan, made if it is not there; the page ends here where the shop was never read."""
    newest = run_request.newest(store)
    known = coverage(context.desk(), store)
    if known.as_of is None:
        _never_read(store, newest)
        st.stop()
    drafted = draft.changes(store)
    with st.spinner(t("preview.loading")):
        prepared = preview.prepared(context.desk(), store, drafted or None)
        saved = preview.prepared(context.desk(), store) if drafted else None
    return Shown(store, newest, draft.settings(store), drafted, prepared, saved, known)


@contextmanager
def kept() -> Iterator[None]:
    """While a part of the page is drawn: if the plan's rows were thrown away meanwhile, the page is
    drawn anew, with a plan made anew."""
    try:
        yield
    except preview.PlanGone:
        st.rerun()


def blamed(plan: Shown) -> Blamed | None:
    """Which of the draft's settings moves which record; None without a draft."""
    if plan.saved is None:
        return None
    keys = f"{plan.store.id} {plan.key} {plan.saved.key}"
    return _blamed(keys, context.desk(), plan.store, dict(plan.draft))


@st.cache_resource(show_spinner=False, max_entries=8)
def _blamed(keys: str, _desk: Desk, _store: StoreRow, _draft: dict[str, str]) -> Blamed:
    return preview.blamed(_desk, _store, _draft)


def _never_read(store: StoreRow, newest: RunRow | None) -> None:
    with layout.answer(t("preview.never_read.title"), t("preview.never_read.text")):
        actions.refresh_button(store, newest, kind="primary")
    flash.show()
    actions.follow(store, newest)
