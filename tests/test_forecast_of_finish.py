"""When a preview says that a run will be done, held against when it is."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync import forecast, preview
from sync import run as runs
from sync.openshop import opened_shop
from sync.sandbox.windows import Limits
from tests.conftest import Left, Place, again

TIGHT = Limits(second=20, five_minutes=9, hour=30, day=70)  # so that few calls take days
ALL = {"accepted_order_statuses": "completed_shipped, new, completed", "include_orders": "all"}
SHORT: float = 90  # seconds: of the last calls only their pace counts, not what a loaded test takes
AHEAD = 4  # counts that a run asks for only while a window has calls left
WINDOW = 300  # seconds by which it ends sooner where it left them out


@pytest.fixture
def tight(filled: Path, tmp_path: Path, runs_left: Callable[..., Left]) -> Iterator[Place]:
    """A synced shop under windows of a few calls, at half past eight in the evening."""
    left = runs_left(filled, "sync", {"include_orders": "all", "accepted_order_statuses": ""})
    with again(left, tmp_path, TIGHT) as place:
        now = datetime.fromtimestamp(place.desk.clock.now(), UTC)
        evening = now.replace(hour=20, minute=30, second=0, microsecond=0)
        while evening - now < timedelta(hours=30):  # the day's whole read is due, and soon done
            evening += timedelta(days=1)
        place.desk.clock.sleep((evening - now).total_seconds())
        place.run("refresh")  # from its answers the desk knows the windows
        yield place


def unix(said: str | None) -> float:
    assert said is not None
    return datetime.fromisoformat(said).timestamp()


def told_in_the_run(place: Place, run: int) -> str | None:
    """The finish that a run tells when it waits for the first time after its plan."""
    while (row := place.drive(run, wait=False)).state == "waiting":
        if told := runs.progress(place.desk, run).finish:
            return told
        place.desk.clock.sleep((row.until or 0) - place.desk.clock.now() + 0.05)
    return None


def check(place: Place, draft: dict[str, str], *, hours: float) -> str | None:
    """The preview of a draft, and then the run under it, which takes at least so many hours; what
    the run itself says meanwhile is returned."""
    said, begun = place.preview(draft), place.desk.clock.now()
    with opened_shop(place.desk, place.store) as shop:
        windows, reserve = shop.windows(), shop.shop.reserve / 100
    place.set(**draft)
    asked = runs.request(place.desk, place.store, "sync").id
    live = told_in_the_run(place, asked)
    run = place.drive(asked)
    assert run.state == "succeeded"
    done, made = run.finished or 0, run.calls["lightspeed"]["total"]
    assert done - begun > hours * 3600
    room = max(0.02 * (done - begun), SHORT)
    if live is not None:
        assert abs(unix(live) - done) <= room
    low, high = said["calls"].get("about", [said["calls"]["lightspeed"]] * 2)
    if low == high:
        assert abs(low - made) <= max(0.02 * made, AHEAD)
        assert abs(unix(said["finish"]) - done) <= room + WINDOW * (made < low)
    else:
        ends = [
            forecast.finish(calls, windows, now=begun, reserve=reserve).finish
            for calls in (low, high)
        ]
        assert low <= made <= high
        assert ends[0] - room <= done <= ends[1] + room
    return live


def test_order_lines_are_fetched_past_midnight_and_done_when_it_was_said(tight: Place):
    option = {row.option: row for row in preview.order_costs(tight.desk, tight.store, ALL)}["all"]
    said = tight.preview(ALL)
    assert option.calls == said["calls"]["lightspeed"] > TIGHT.day
    assert abs(unix(option.finish) - unix(said["finish"])) <= SHORT
    assert check(tight, ALL, hours=4)


def test_half_of_the_orders_take_as_long_as_their_choice_says(tight: Place):
    check(tight, {**ALL, "include_orders": "6m"}, hours=0.3)


def test_a_second_key_shortens_it_as_said(tight: Place):
    tight.state.add_key("k" * 32, "s" * 32)
    tight.desk.add_key(tight.desk.shops()[0], "k" * 32, "s" * 32)
    tight.run("refresh")
    check(tight, ALL, hours=1)


def test_what_is_kept_for_people_is_kept_in_the_forecast(tight: Place):
    tight.desk.set_shop(tight.desk.shops()[0], {"reserve": "40"})
    check(tight, ALL, hours=20)


def test_lists_that_were_never_read_end_within_their_span(tight: Place):
    check(tight, {"include_customers": "yes", "include_pages": "yes", "page_size": "2"}, hours=1)
