"""Drafts of settings: kept for a person and a store, and forgotten in time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from sync.access import Person
from sync.clock import SystemClock
from sync.database import opened
from sync.store import Desk, Gone, StoreRow
from sync.store.retention import KINDS
from tests.conftest import connect

DAY = 86400.0


class LaterClock(SystemClock):
    """The present, moved on by hand."""

    later = 0.0

    def now(self) -> float:
        return super().now() + self.later


@pytest.fixture
def clock() -> LaterClock:
    return LaterClock()


@pytest.fixture
def desk(tmp_path: Path, clock: LaterClock) -> Desk:
    return Desk(tmp_path / "data", clock=clock)


@pytest.fixture
def store(desk: Desk) -> StoreRow:
    return connect(desk, "http://127.0.0.1:9")


def wish(desk: Desk, store: StoreRow, person: str, **changes: str) -> None:
    pairs = {key: ("250", text) for key, text in changes.items()}
    mine = desk.on_behalf(Person.local("somebody"))
    mine.change_draft(store, person, lambda kept: replace(kept, changes=pairs))


def test_each_person_has_a_draft_of_a_store(desk: Desk, store: StoreRow):
    wish(desk, store, "a", page_size="100")
    wish(desk, store, "b", page_size="50")
    wish(desk, store, "a", page_size="99")
    mine = desk.draft(store, "a")
    assert mine is not None
    assert (mine.changes, mine.state) == ({"page_size": ("250", "99")}, 2)
    assert desk.shared_draft(store, mine.id) == mine
    assert {each.person for each in desk.drafts(store)} == {"a", "b"}


def test_a_draft_without_changes_is_forgotten(desk: Desk, store: StoreRow):
    wish(desk, store, "a", page_size="100")
    wish(desk, store, "a")
    assert desk.drafts(store) == []


def test_an_old_draft_is_forgotten(desk: Desk, store: StoreRow, clock: LaterClock):
    wish(desk, store, "a", page_size="100")
    clock.later = KINDS["drafts"].days * DAY - 60
    wish(desk, store, "b", page_size="100")
    clock.later += 120
    assert [each.person for each in desk.drafts(store)] == ["b"]
    assert (desk.forget_drafts(), desk.forget_drafts()) == (1, 0)


def test_what_this_version_does_not_know_is_left_out(desk: Desk, store: StoreRow):
    """A draft begun under another version must not lock its person out of the form."""
    wish(desk, store, "a", page_size="100")
    changes = {"page_size": ["250", "100"], "gone": ["1", "2"], "price_tax": ["shop", "both"]}
    with opened(desk.path) as db:
        db.execute("UPDATE draft SET changes = ?", [orjson.dumps(changes).decode()])
    kept = desk.draft(store, "a")
    assert kept is not None
    assert kept.changes == {"page_size": ("250", "100")}


def test_a_draft_goes_with_its_store(desk: Desk, store: StoreRow):
    wish(desk, store, "a", page_size="100")
    desk.remove_store(store)
    assert desk.drafts(store) == []
    with pytest.raises(Gone):
        wish(desk, store, "a", page_size="100")
