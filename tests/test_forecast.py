import math
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.budget import Budget, MemoryBook
from sync.forecast import WindowLeft, best_start, finish, fits, from_rows, with_keys
from tests.test_budget import FakeClock, Server, Simulation

HOUR = 3600
DAY = 86400
MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC).timestamp()
FRESH = {
    "5min": WindowLeft(300, 300),
    "hour": WindowLeft(3000, 3000),
    "day": WindowLeft(12000, 12000),
}


def hours(calls: int, start: float, *, keys: int = 1) -> float:
    """Hours after midnight at which `calls` that begin at hour `start` are done."""
    done = finish(calls, [FRESH] * keys, now=MIDNIGHT + start * HOUR, reserve=0.10)
    return (done.finish - MIDNIGHT) / HOUR


def test_20000_orders_from_the_evening_are_done_in_the_night() -> None:
    assert 7 < hours(20_000, 20) - 20 < 7.5


def test_20000_orders_from_the_morning_wait_for_midnight() -> None:
    assert hours(20_000, 8) == pytest.approx(24 + 3 + 22 / 60, abs=0.05)


def test_what_fits_into_the_first_window_is_done_at_the_pace_of_the_answers() -> None:
    assert finish(200, [FRESH], now=MIDNIGHT, reserve=0.1).finish == MIDNIGHT + 50
    paced = finish(200, [FRESH], now=MIDNIGHT, reserve=0.1, seconds_per_call=1)
    assert paced.finish == MIDNIGHT + 200


def test_nothing_to_do_is_done_now() -> None:
    assert finish(0, [FRESH], now=MIDNIGHT, reserve=0.1).finish == MIDNIGHT


def test_waits_name_their_windows() -> None:
    done = finish(12_000, [FRESH], now=MIDNIGHT + 8 * HOUR, reserve=0.10)
    assert done.waits[0].window == "5min"
    assert done.waits[0].until == MIDNIGHT + 8 * HOUR + 300
    day = next(wait for wait in done.waits if wait.window == "day")
    assert day.until == MIDNIGHT + DAY
    assert day.start == pytest.approx(MIDNIGHT + 12 * HOUR, abs=900)
    assert all(wait.start < wait.until for wait in done.waits)


def test_what_is_used_up_already_is_waited_for() -> None:
    told = {"5min": WindowLeft(300, 200), "day": WindowLeft(12000, 1000, MIDNIGHT + DAY + 1.4)}
    done = finish(10, [told], now=MIDNIGHT + 9 * HOUR, reserve=0.10)
    assert done.finish == pytest.approx(MIDNIGHT + DAY, abs=5)
    assert [wait.window for wait in done.waits] == ["day"]


def test_unknown_windows_have_the_usual_limits() -> None:
    known = finish(30_000, [FRESH], now=MIDNIGHT, reserve=0.10)
    assert finish(30_000, [{}], now=MIDNIGHT, reserve=0.10) == known


def test_keys_multiply_the_budget() -> None:
    assert hours(20_000, 8, keys=2) < 12.5
    assert hours(60_000, 0, keys=3) == pytest.approx(hours(20_000, 0), abs=0.2)


def test_a_key_whose_windows_are_off_the_clock_is_believed() -> None:
    odd = {"5min": WindowLeft(300, 0, MIDNIGHT + 100), "hour": WindowLeft(3000, 3000)}
    done = finish(1, [odd], now=MIDNIGHT, reserve=0.10)
    assert done.finish == pytest.approx(MIDNIGHT + 100, abs=1)


def test_no_key_means_never() -> None:
    assert finish(1, [], now=MIDNIGHT, reserve=0.1).finish == math.inf


@pytest.mark.parametrize("limits", [(300, 3000, 12000), (10, 100, 10_000), (1, 10, 10)])
def test_days_that_repeat_are_jumped_over(limits: tuple[int, int, int]) -> None:
    key = {
        name: WindowLeft(limit, limit)
        for name, limit in zip(("5min", "hour", "day"), limits, strict=True)
    }
    ten = finish(10 * limits[2], [key], now=MIDNIGHT, reserve=0)
    many = finish(1000 * limits[2], [key], now=MIDNIGHT, reserve=0)
    assert many.finish - ten.finish == pytest.approx(99 * (ten.finish - MIDNIGHT), rel=0.15)
    assert len(many.waits) < 12_000


def test_jumping_over_days_gives_what_stepping_through_them_gives() -> None:
    """Two halves, the second from where the first stopped, need no longer than the whole."""
    now = MIDNIGHT + 8.2 * HOUR
    whole = finish(100_000, [FRESH], now=now, reserve=0.10).finish
    daily = 10_800
    first = finish(daily, [FRESH], now=now, reserve=0.10)
    days, rest = divmod(100_000 - daily, daily)
    last = finish(rest, [FRESH], now=MIDNIGHT + (1 + days) * DAY, reserve=0.10).finish
    assert first.finish < MIDNIGHT + DAY
    assert whole == pytest.approx(last, abs=1)


def test_a_million_calls_are_forecast_at_once() -> None:
    begin = time.thread_time()  # not what others take meanwhile
    done = finish(1_000_000, [FRESH] * 3, now=MIDNIGHT + 1234.5, reserve=0.10)
    assert time.thread_time() - begin < 0.5
    assert (done.finish - MIDNIGHT) / DAY == pytest.approx(1_000_000 / 32_400, abs=1)


@pytest.mark.parametrize(
    ("calls", "hour", "keys"), [(20_000, 20, 1), (13_000, 8, 1), (9000, 22.3, 2), (200, 5.26, 1)]
)
def test_the_forecast_agrees_with_the_simulation(calls: int, hour: float, keys: int) -> None:
    sim = Simulation(MIDNIGHT + hour * HOUR, seed=7)
    sim.left = calls
    sim.servers = {number: Server() for number in range(1, keys + 1)}
    budget = Budget(MemoryBook(), list(sim.servers), reserve=0.10, clock=sim.clock)
    start = sim.clock.at
    for _ in range(4):
        sim.worker(budget)
    sim.run(math.inf)
    done = finish(calls, [{}] * keys, now=start, reserve=0.10, seconds_per_call=1.05 / 4)
    assert len(sim.answers) == calls
    assert done.finish - start == pytest.approx(sim.finished - start, rel=0.02, abs=10)


def test_windows_of_a_budget_are_taken_as_they_are() -> None:
    clock = FakeClock(MIDNIGHT + 9 * HOUR)
    budget = Budget(MemoryBook(), [1, 2], reserve=0.10, clock=clock)
    told = {
        "x-ratelimit-limit": "300/3000/12000",
        "x-ratelimit-remaining": "100/2000/1200",
        "x-ratelimit-reset": "300/3600/54000",
    }
    budget.record_result(budget.book(person=True), told, 200)
    keys = from_rows(budget.windows())
    assert len(keys) == 2
    assert keys[0]["day"] == WindowLeft(12000, 1200, MIDNIGHT + DAY + 1)
    assert keys[1] == {}
    done = finish(100, keys[:1], now=clock.at, reserve=0.10)
    assert done.finish == pytest.approx(MIDNIGHT + DAY + 25, abs=1)


def test_whether_a_run_fits_into_its_hour() -> None:
    now = MIDNIGHT + 9 * HOUR
    short = fits(3, 2000, [FRESH], now=now, reserve=0.10, second=600)
    assert (short.fits, short.start) == (True, MIDNIGHT + DAY + 3 * HOUR + 600)
    assert short.finish < MIDNIGHT + DAY + 4 * HOUR
    long = fits(11, 3000, [FRESH], now=now, reserve=0.10)
    assert (long.fits, long.start) == (False, MIDNIGHT + 11 * HOUR)
    assert MIDNIGHT + 12 * HOUR < long.finish < MIDNIGHT + 12.2 * HOUR


def test_a_day_that_is_spent_now_is_still_spent_in_a_later_hour_of_it() -> None:
    spent = {"day": WindowLeft(12000, 1200, MIDNIGHT + DAY)}
    now = MIDNIGHT + 9 * HOUR
    assert not fits(11, 100, [spent], now=now, reserve=0.10).fits
    assert fits(3, 100, [spent], now=now, reserve=0.10).fits


window = st.builds(
    WindowLeft,
    st.integers(1, 2000),
    st.integers(-5, 2000),
    st.one_of(st.none(), st.floats(MIDNIGHT - DAY, MIDNIGHT + DAY)),
)
key = st.dictionaries(st.sampled_from(["5min", "hour", "day"]), window)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 5000), st.lists(key, min_size=1, max_size=3), st.floats(0, 0.9))
def test_more_calls_never_end_sooner(
    calls: int, keys: list[dict[str, WindowLeft]], reserve: float
) -> None:
    one = finish(calls, keys, now=MIDNIGHT, reserve=reserve)
    more = finish(calls + 100, keys, now=MIDNIGHT, reserve=reserve)
    assert MIDNIGHT <= one.finish <= more.finish + 1
    assert all(a.until <= b.start for a, b in zip(one.waits, one.waits[1:], strict=False))


def test_a_long_backfill_begins_best_just_before_a_day_ends() -> None:
    now = MIDNIGHT + 8 * HOUR
    best = best_start(20_000, [FRESH], now=now, reserve=0.10)
    assert best.start >= MIDNIGHT + 16 * HOUR
    assert best.finish - best.start < hours(20_000, 8) * HOUR - 8 * HOUR
    assert best.finish == finish(20_000, [FRESH], now=best.start, reserve=0.10).finish
    short = best_start(200, [FRESH], now=now, reserve=0.10)
    assert short.start == now


@settings(max_examples=20, deadline=None)
@given(st.integers(3000, 60_000), st.floats(0, 24), st.integers(1, 3))
def test_no_other_start_within_a_day_is_shorter(calls: int, hour: float, keys: int) -> None:
    now = MIDNIGHT + hour * HOUR
    best = best_start(calls, [FRESH] * keys, now=now, reserve=0.10)
    for minutes in range(0, 24 * 60, 47):
        start = now + minutes * 60
        other = finish(calls, [FRESH] * keys, now=start, reserve=0.10).finish - start
        assert best.finish - best.start <= other + HOUR / 2 + 300


def test_a_second_key_has_the_limits_of_the_first() -> None:
    used = {"hour": WindowLeft(5000, 10), "day": WindowLeft(20_000, 10)}
    one, two = with_keys([used], 1), with_keys([used], 2)
    assert one == [used]
    assert two[1] == {"hour": WindowLeft(5000, 5000), "day": WindowLeft(20_000, 20_000)}
    assert with_keys([used, FRESH], 1) == [used]
