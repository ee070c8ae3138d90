"""Answers about a store that hold until something of it is written: a click elsewhere on the page
does not work them out again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.components import context
from sync import answers, explain, preview, run
from sync.answers import HeldThen, TwoRuns
from sync.store import StoreRow

Moved = tuple[str | int, ...]


def lookup(store: StoreRow, text: str, limit: int) -> list[dict[str, Any]]:
    """What `explain.lookup` finds."""
    return _lookup(store, text, limit, _moved(store))


def brings(store: StoreRow, entity: str, changes: Mapping[str, str]) -> int:
    """What `explain.brings` counts."""
    return _brings(store, entity, dict(changes), _moved(store))


@st.cache_data(show_spinner=False, ttl=600, max_entries=200)
def _lookup(_store: StoreRow, text: str, limit: int, moved: Moved) -> list[dict[str, Any]]:
    return explain.lookup(context.desk(), _store, text, limit)


@st.cache_data(show_spinner=False, ttl=600, max_entries=200)
def _brings(_store: StoreRow, entity: str, changes: dict[str, str], moved: Moved) -> int:
    return explain.brings(context.desk(), _store, entity, changes)


def prepared(store: StoreRow) -> preview.Prepared:
    """What `preview.prepared` says of the saved settings; when a run would be done is said of a
    moment ago at most."""
    return _prepared(store, _moved(store))


@st.cache_data(show_spinner=False, ttl=10, max_entries=200)
def _prepared(_store: StoreRow, moved: Moved) -> preview.Prepared:
    return preview.prepared(context.desk(), _store)


def held(store: StoreRow, on: float, then: float | None) -> HeldThen:
    """What `answers.held` finds."""
    return _held(store, on, then, _moved(store))


def compare(store: StoreRow, first: int, second: int) -> TwoRuns:
    """What `answers.compare` finds of two runs, the first one of the store."""
    return _compare(first, second, _moved(store))


def outcome_counts(store: StoreRow, run_id: int) -> dict[str, dict[str, int]]:
    """What `run.outcome_counts` counts of a run of the store."""
    return _outcome_counts(run_id, _moved(store))


@st.cache_data(show_spinner=False, ttl=600, max_entries=200)
def _outcome_counts(run_id: int, moved: Moved) -> dict[str, dict[str, int]]:
    return run.outcome_counts(context.desk(), run_id)


@st.cache_data(show_spinner=False, ttl=600, max_entries=20)
def _held(_store: StoreRow, on: float, then: float | None, moved: Moved) -> HeldThen:
    return answers.held(context.desk(), _store, on, then)


@st.cache_data(show_spinner=False, ttl=600, max_entries=20)
def _compare(first: int, second: int, moved: Moved) -> TwoRuns:
    return answers.compare(context.desk(), first, second)


def _moved(store: StoreRow) -> Moved:
    """Another one after every write to the shop's file, after every change of settings, and for
    people who see other shops: two runs may be of two. A log that is empty was made by whoever
    opened the file."""
    desk = context.desk()
    file = desk.shop_file(desk.shop_by_id(store.shop_id))
    log = file.with_name(f"{file.name}-wal")
    stamps = [each.stat() for each in (file, log) if each.exists()]
    written = [part for stat in stamps if stat.st_size for part in (stat.st_mtime_ns, stat.st_size)]
    return (str(file), str(desk.scope), store.id, desk.settings(store).version, *written)
