"""Places booked in blocks: few looks at the book, and never more calls than the windows have."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.budget import Budget, KeyState, MemoryBook, Spent
from sync.database import sqlite3
from sync.lightspeed.places import BLOCK, KEPT, Places
from tests.test_budget import Server

T = TypeVar("T")
FULL = {
    "x-ratelimit-limit": "300/3000/12000",
    "x-ratelimit-remaining": "300/3000/12000",
    "x-ratelimit-reset": "300/3600/86400",
}


class HandClock:
    """A clock that a test sets."""

    at = 1_800_000_000.0

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += max(0.0, seconds)

    def monotonic(self) -> float:
        return self.at


class CountedBook(MemoryBook):
    """A book that counts how often it is opened, and may be locked."""

    edits = 0
    is_locked = False

    def edit(self, key_id: int, change: Callable[[KeyState], T]) -> T:
        self.edits += 1
        if self.is_locked:
            raise sqlite3.OperationalError("database is locked")
        return super().edit(key_id, change)


class Desk:
    """Places of one client, and the budget of another that has the same key."""

    def __init__(self, reserve: float = 0.1) -> None:
        self.clock = HandClock()
        self.book = CountedBook()
        self.budget = Budget(self.book, [1], reserve=reserve, clock=self.clock)
        self.places = Places(self.budget, self.clock)

    def know_windows(self) -> None:
        self.budget.record_result(self.budget.book(person=True), FULL, 200)
        self.clock.at += 2
        self.book.edits = 0

    def know_by_a_call(self) -> None:
        """From now on results are gathered."""
        self.places.record(self.places.take(False), FULL, 200)
        self.clock.at += 2

    def in_flight(self) -> int:
        return int(self.budget.windows()[0]["in_flight"])


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.know_windows()
    return made


def test_quick_calls_cost_few_looks_at_the_book(desk: Desk):
    for n in range(100):
        desk.clock.at += 0.1
        desk.places.record(desk.places.take(False, 100 - n), FULL, 200)
    desk.places.end()
    assert desk.book.edits <= 35  # of 200
    assert desk.in_flight() == 0


def test_a_call_by_itself_is_booked_and_recorded_at_once(desk: Desk):
    booking = desk.places.take(False)
    assert desk.in_flight() == 1
    desk.places.record(booking, FULL, 200)
    assert desk.in_flight() == 0


def test_what_is_spare_is_given_back_and_takes_no_place(desk: Desk):
    desk.places.record(desk.places.take(False, 50), FULL, 200)
    assert desk.in_flight() == BLOCK - 1
    desk.places.end()
    assert desk.in_flight() == 0
    assert len(desk.budget.book_some(50, person=True)) == 19


def test_a_place_that_was_kept_too_long_is_booked_anew(desk: Desk):
    first = desk.places.take(False, 50)
    desk.clock.at += KEPT
    second = desk.places.take(False, 50)
    assert second.at == desk.clock.at
    assert desk.in_flight() == BLOCK + 1
    desk.places.record(first, FULL, 200)
    desk.places.record(second, FULL, 200)
    desk.places.end()
    assert desk.in_flight() == 0


def test_spare_places_of_the_background_are_none_for_a_person(desk: Desk):
    desk.places.take(False, 50)
    desk.places.take(True, 50)
    assert desk.in_flight() == 1 + BLOCK


def test_a_key_that_nobody_asked_yet_is_asked_once():
    desk = Desk()
    booking = desk.places.take(False, 50)
    assert desk.in_flight() == 1
    assert desk.places.take_ahead(False, 49) is None
    desk.places.record(booking, FULL, 200)
    assert desk.places.take_ahead(False, 49) is not None


@pytest.mark.parametrize("left", [BLOCK, 0], ids=["places left", "none left"])
def test_what_has_ended_is_recorded_with_the_next_booking(desk: Desk, left: int):
    """Whether there is a place or not: one look at the book."""
    desk.know_by_a_call()
    booked = desk.places.take(False, 50)
    taken = desk.budget.book_some(8, person=False) if not left else []
    desk.places.record(booked, FULL, 200)
    desk.clock.at += KEPT / 2
    for _ in range(BLOCK - 1):
        desk.places.take(False, 50)
    desk.book.edits = 0
    if left:
        desk.places.take(False, 50)
    else:
        with pytest.raises(Spent):
            desk.places.take(False, 50)
    assert desk.book.edits == 1
    assert desk.in_flight() == BLOCK - 1 + (8 if left else len(taken))


def test_what_could_not_be_recorded_is_recorded_later(desk: Desk):
    """The file was locked for too long."""
    desk.know_by_a_call()
    desk.places.record(desk.places.take(False, 50), FULL, 200)
    for _ in range(BLOCK - 1):
        desk.places.take(False, 50)
    desk.book.is_locked = True
    with pytest.raises(sqlite3.OperationalError):
        desk.places.take(False, 50)
    desk.book.is_locked = False
    desk.places.end()
    assert desk.in_flight() == BLOCK - 1


@pytest.mark.parametrize(
    ("headers", "status"), [(None, None), ({}, None), (FULL | {"retry-after": "5"}, 429)]
)
def test_an_answer_that_is_none_is_recorded_at_once(
    desk: Desk, headers: dict[str, str] | None, status: int | None
):
    desk.places.record(desk.places.take(False, 50), headers, status)
    assert desk.in_flight() == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 3), st.integers(1, 30), st.booleans()), max_size=40))
def test_blocks_never_overrun_a_window(history: list[tuple[float, int, bool]]):
    """Two clients of one key, one with blocks and one without: the server refuses neither."""
    desk, dice = Desk(reserve=0), random.Random(1)
    server = Server(limits=(60, 150, 300))
    for pause, wanted, ends in history:
        desk.clock.at += pause
        for n in range(wanted):
            try:
                mine, other = desk.places.take(False, wanted - n), desk.budget.book(person=False)
            except Spent:
                break
            for booking in (mine, other):
                status, told = server.take(desk.clock.at, dice)
                assert status == 200
                if booking is mine:
                    desk.places.record(booking, told, status)
                else:
                    desk.budget.record_result(booking, told, status)
        if ends:
            desk.places.end()
