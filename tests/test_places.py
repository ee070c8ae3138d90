"""How many shops a worker advances at once, as it follows from what was seen of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync.engine.places import A_SHOP, LEAST, MEMORY, MOST, Load, Places

CALM = Load(in_hand=LEAST, wanting=500, busy=0.1, late=0.0, memory=100 * 2**20)
SHORT = {
    "a core's work": replace(CALM, busy=0.97),
    "time": replace(CALM, late=0.6),
    "memory": replace(CALM, memory=MEMORY),
}


def after(places: Places, *loads: Load) -> int:
    """The places after these loads, each with all places in hand."""
    for load in loads:
        places.follow(replace(load, in_hand=places.count))
    return places.count


def test_they_grow_while_runs_wait_and_the_core_waits_too():
    places, seen = Places(), [LEAST]
    for _ in range(20):
        seen.append(after(places, CALM))
    assert seen == sorted(seen)
    assert seen[1] > LEAST
    assert seen[-1] == MOST


def test_they_grow_by_no_more_than_wait():
    assert after(Places(), replace(CALM, wanting=1)) == LEAST + 1
    assert after(Places(), replace(CALM, wanting=0)) == LEAST


def test_they_do_not_grow_while_there_is_a_place():
    places = Places()
    places.follow(replace(CALM, in_hand=LEAST - 1))
    assert places.count == LEAST


@pytest.mark.parametrize("busy", [0.8, 0.9])
def test_a_core_that_has_enough_to_do_keeps_them_as_they_are(busy: float):
    places = Places()
    before = after(places, CALM, CALM, CALM)
    assert after(places, replace(CALM, busy=busy)) == before


@pytest.mark.parametrize("load", SHORT.values(), ids=SHORT)
def test_they_shrink_once_something_runs_short(load: Load):
    places = Places()
    before = after(places, *[CALM] * 20)
    assert after(places, load) < before
    assert after(places, *[load] * 20) == LEAST


def test_memory_bounds_what_is_added():
    memory = MEMORY - 3 * A_SHOP
    assert after(Places(memory=MEMORY), replace(CALM, memory=memory), CALM) <= LEAST + 3 + 2
    assert after(Places(), *[replace(CALM, memory=MEMORY - A_SHOP + 1)] * 9) == LEAST


def test_they_shrink_to_the_work_at_hand_when_nothing_waits():
    places = Places()
    after(places, *[CALM] * 20)
    places.follow(replace(CALM, in_hand=10, wanting=0))
    assert places.count == 10
    places.follow(replace(CALM, in_hand=0, wanting=0))
    assert places.count == LEAST
