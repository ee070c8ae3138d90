from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.schedule import hour_in_zone, next_due, pause_after, start_second

HOUR = 3600
DAY = 86400
MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC).timestamp()


def due(sync_time: str, **changes: Any) -> float | None:
    case: dict[str, Any] = {
        "store": "demo",
        "last_start": None,
        "last_end": None,
        "last_duration": None,
        "now": MIDNIGHT + 12 * HOUR,
        "paused": False,
    }
    return next_due(sync_time, **(case | changes))


@pytest.mark.parametrize(
    ("minutes", "hours"),
    [(0, 1), (10, 1), (35, 12.5), (60, 24), (600, 24)],
)
def test_when_needed_waits_the_longer_the_last_run_took(minutes: float, hours: float) -> None:
    end = MIDNIGHT + 5 * HOUR
    start = end - 20 * HOUR
    found = due("when_needed", last_start=start, last_end=end, last_duration=minutes * 60)
    assert found == pytest.approx(end + hours * HOUR)


def test_when_needed_is_due_at_once_for_a_store_that_never_ran() -> None:
    assert due("when_needed") == MIDNIGHT + 12 * HOUR


def test_when_needed_takes_the_time_from_start_to_end_if_no_duration_is_known() -> None:
    found = due("when_needed", last_start=MIDNIGHT, last_end=MIDNIGHT + 2 * HOUR)
    assert found == MIDNIGHT + 26 * HOUR


@pytest.mark.parametrize("sync_time", ["when_needed", "3"])
def test_off_and_paused_are_never_due(sync_time: str) -> None:
    assert due(sync_time, paused=True, last_start=MIDNIGHT - 9 * DAY) is None
    assert due("off", last_start=MIDNIGHT - 9 * DAY) is None


def test_a_chosen_hour_starts_inside_that_hour_each_day() -> None:
    slot = MIDNIGHT + 3 * HOUR + start_second("demo")
    assert due("3", now=MIDNIGHT, last_start=slot - DAY) == slot
    assert due("3", now=slot, last_start=slot - DAY) == slot
    assert due("3", now=slot + 1, last_start=slot) == slot + DAY


def test_a_missed_hour_is_made_up_once() -> None:
    slot = MIDNIGHT + 3 * HOUR + start_second("demo")
    now = MIDNIGHT + 12 * HOUR
    assert due("3", now=now, last_start=slot - 5 * DAY) == slot
    assert due("3", now=now + 60, last_start=now) == slot + DAY


def test_an_hour_that_passed_before_it_was_chosen_is_not_missed() -> None:
    slot = MIDNIGHT + 3 * HOUR + start_second("demo")
    noon = MIDNIGHT + 12 * HOUR
    assert due("3", now=noon, last_start=slot - HOUR, since=noon - 60) == slot + DAY
    assert due("3", now=noon, last_start=None, since=slot - HOUR) == slot


def test_a_store_that_never_ran_waits_for_its_chosen_hour() -> None:
    found = due("3")
    assert found is not None
    assert found == MIDNIGHT + DAY + 3 * HOUR + start_second("demo")


@pytest.mark.parametrize("wrong", ["24", "-1", "3.5", "", "daily", "٣"])
def test_an_unknown_sync_time_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="sync time"):
        due(wrong)


def test_stores_of_one_hour_start_spread_over_its_first_fifty_minutes() -> None:
    seconds = [start_second(f"store-{n}") for n in range(500)]
    assert {second // 60 for second in seconds} == set(range(50))
    assert max(Counter(seconds).values()) <= 4


def simulated(sync_time: str, begin: str, days: int, off: Callable[[datetime], bool]) -> list[str]:
    """The starts of a store that runs five minutes whenever it is due and the machine is on."""
    now, starts = datetime.fromisoformat(begin).timestamp(), list[float]()
    since, ends = now, now + days * DAY
    while now < ends:
        last = starts[-1] if starts else None
        wanted = due(sync_time, last_start=last, last_end=last and last + 300, since=since, now=now)
        if wanted is not None and wanted <= now and not off(datetime.fromtimestamp(now, UTC)):
            starts.append(now)
        now += 600
    return [f"{datetime.fromtimestamp(at, UTC):%m-%d %H}" for at in starts]


NEVER_OFF: Callable[[datetime], bool] = lambda moment: False  # noqa: E731


@pytest.mark.parametrize(
    ("begin", "expected"),
    [
        ("2026-03-28T00:00+00:00", ["03-28 01", "03-29 01", "03-30 01"]),
        ("2026-10-24T00:00+00:00", ["10-24 01", "10-25 01", "10-26 01"]),
        ("2028-02-28T00:00+00:00", ["02-28 01", "02-29 01", "03-01 01"]),
        ("2027-02-28T00:00+00:00", ["02-28 01", "03-01 01", "03-02 01"]),
        ("2026-12-31T00:00+00:00", ["12-31 01", "01-01 01", "01-02 01"]),
    ],
    ids=["summer time begins", "summer time ends", "leap year", "common year", "new year"],
)
def test_a_chosen_hour_comes_once_each_utc_day(begin: str, expected: list[str]) -> None:
    assert simulated("1", begin, 3, NEVER_OFF) == expected


def test_a_machine_that_was_off_makes_up_one_run_and_returns_to_the_hour() -> None:
    def off(moment: datetime) -> bool:
        return (10, 23) <= (moment.day, moment.hour) < (13, 9)

    starts = simulated("1", "2026-03-10T00:00+00:00", 5, off)
    assert starts == ["03-10 01", "03-13 09", "03-14 01"]


@pytest.mark.parametrize("sync_time", ["when_needed", "1"])
@pytest.mark.parametrize("jump", [-400 * DAY, -30 * DAY, -2 * HOUR, 30 * DAY, 400 * DAY])
def test_a_clock_that_jumps_stops_no_store(sync_time: str, jump: float) -> None:
    """The last run was told by the clock before the jump; within a day there is another one, and
    from then on all is as ever."""
    now, last, starts = MIDNIGHT + 12 * HOUR + jump, MIDNIGHT + 11 * HOUR, []
    for _ in range(3 * 144):
        wanted = due(sync_time, last_start=last, last_end=last + 300, since=MIDNIGHT, now=now)
        if wanted is not None and wanted <= now:
            starts.append(now)
            last = now
        now += 600
    first_allowed, expected = (1, 61) if sync_time == "when_needed" else (24, 3)
    assert starts[0] <= MIDNIGHT + 12 * HOUR + jump + first_allowed * HOUR + 600
    assert abs(len(starts) - expected) <= 1


@given(
    hour=st.integers(0, 23),
    now=st.floats(0, 4e9),
    ago=st.floats(0, 40 * DAY),
    store=st.text(max_size=12),
)
def test_the_next_chosen_hour_is_never_more_than_a_day_away(
    hour: int, now: float, ago: float, store: str
) -> None:
    found = due(str(hour), now=now, last_start=now - ago, store=store)
    assert found is not None
    assert now - DAY < found <= now + DAY
    assert found % DAY // HOUR == hour
    assert found % HOUR < 50 * 60


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_longer_runs_never_come_again_sooner(one: float, other: float) -> None:
    assert (pause_after(one) <= pause_after(other)) or one > other
    assert HOUR <= pause_after(one) <= DAY


@pytest.mark.parametrize(
    ("day", "hour", "begin", "end"),
    [
        (date(2026, 3, 28), 1, "2026-03-28T02:00:00+01:00", "2026-03-28T03:00:00+01:00"),
        (date(2026, 3, 29), 0, "2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00"),
        (date(2026, 3, 29), 1, "2026-03-29T03:00:00+02:00", "2026-03-29T04:00:00+02:00"),
        (date(2026, 10, 25), 0, "2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"),
        (date(2026, 10, 25), 1, "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"),
        (date(2026, 7, 1), 23, "2026-07-02T01:00:00+02:00", "2026-07-02T02:00:00+02:00"),
    ],
)
def test_an_hour_is_shown_as_the_clocks_of_a_zone_do(
    day: date, hour: int, begin: str, end: str
) -> None:
    found = hour_in_zone(hour, "Europe/Amsterdam", day)
    assert tuple(moment.isoformat() for moment in found) == (begin, end)
