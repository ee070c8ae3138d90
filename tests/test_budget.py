"""The budget against a strict server of its own: fixed calendar windows, 20 calls in any second."""

import heapq
import math
import random
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.budget import (
    WINDOWS,
    Booking,
    Budget,
    KeyState,
    MemoryBook,
    Reading,
    Spent,
    read_headers,
)

T = TypeVar("T")
DAY = 86400
MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC).timestamp()
LENGTHS = (300, 3600, 86400)
LIMITS = (300, 3000, 12000)


class FakeClock:
    def __init__(self, at: float) -> None:
        self.at = at

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += max(0.0, seconds)

    def monotonic(self) -> float:
        return self.at


def headers(remaining: str, reset: str, limit: str = "300/3000/12000") -> dict[str, str]:
    return {
        "x-ratelimit-limit": limit,
        "x-ratelimit-remaining": remaining,
        "x-ratelimit-reset": reset,
    }


# -- a day in the life of a key ---------------------------------------------------------------


@dataclass
class Server:
    """Counts as Lightspeed does, per key; a call too many in any window is noted."""

    limits: tuple[int, ...] = LIMITS
    used: Counter[tuple[int, int]] = field(default_factory=Counter)
    second: deque[float] = field(default_factory=deque)
    overruns: list[tuple[float, str]] = field(default_factory=list)
    served: list[float] = field(default_factory=list)

    def take(self, at: float, dice: random.Random) -> tuple[int, dict[str, str]]:
        while self.second and self.second[0] <= at - 1:
            self.second.popleft()
        spans = [(length, int(at // length)) for length in LENGTHS]
        full = [
            name
            for name, span, limit in zip(WINDOWS[1:], spans, self.limits, strict=True)
            if self.used[span] >= limit
        ] + (["second"] if len(self.second) >= 20 else [])
        if full:
            self.overruns += [(at, name) for name in full]
            return 429, self._headers(at, spans, dice)
        self.used.update(spans)
        self.second.append(at)
        self.served.append(at)
        return 200, self._headers(at, spans, dice)

    def _headers(
        self, at: float, spans: list[tuple[int, int]], dice: random.Random
    ) -> dict[str, str]:
        whole = dice.choice((math.floor, math.ceil, round))
        left = [limit - self.used[span] for limit, span in zip(self.limits, spans, strict=True)]
        resets = [whole((number + 1) * length - at) for length, number in spans]
        return headers(*("/".join(map(str, part)) for part in (left, resets, self.limits)))


class Simulation:
    """Runs workers, each with one call at a time, against servers, one for each key."""

    def __init__(self, start: float, seed: int = 1) -> None:
        self.clock = FakeClock(start)
        self.dice = random.Random(seed)
        self.servers: dict[int, Server] = {}
        self.answers: list[int] = []
        self.left = math.inf
        self.finished = start
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._number = 0

    def at(self, moment: float, what: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._events, (moment, self._number, what))

    def run(self, until: float) -> None:
        while self._events and self._events[0][0] < until:
            self.clock.at, _, what = heapq.heappop(self._events)
            what()

    def worker(self, budget: Budget, *, person: bool = False, lost: float = 0) -> None:
        def begin() -> None:
            if self.left <= 0:
                return
            try:
                booking = budget.book(person=person)
            except Spent as spent:
                self.at(max(spent.until, self.clock.at + 0.001), begin)
                return
            self.left -= 1
            there = self.dice.uniform(0.02, 1)
            self.at(self.clock.at + there, lambda: arrive(booking))

        def arrive(booking: Booking) -> None:
            status, told = self.servers[booking.key_id].take(self.clock.at, self.dice)
            back = self.dice.uniform(0.03, 1)
            gone = self.dice.random() < lost
            self.at(self.clock.at + back, lambda: end(booking, status, None if gone else told))

        def end(booking: Booking, status: int, told: Mapping[str, str] | None) -> None:
            self.answers.append(status)
            self.finished = self.clock.at
            budget.record_result(booking, told, None if told is None else status)
            begin()

        self.at(self.clock.at + self.dice.random(), begin)

    def other_tool(self, key_id: int, every: float) -> None:
        def call() -> None:
            self.servers[key_id].take(self.clock.at, self.dice)
            self.at(self.clock.at + self.dice.uniform(0, 2 * every), call)

        self.at(self.clock.at, call)


def allowed(start: float, end: float, reserve: float) -> int:
    """The calls that the windows less the reserve leave for one key between two moments."""
    kept = [limit - math.ceil(limit * reserve - 1e-9) for limit in LIMITS]
    total = 0
    for day in range(int(start // DAY), math.ceil(end / DAY)):
        day_used = 0
        for hour in range(24):
            hour_used = 0
            for part in range(12):
                begin = day * DAY + hour * 3600 + part * 300
                if begin + 300 > start and begin < end:
                    hour_used += kept[0]
            day_used += min(hour_used, kept[1])
        total += min(day_used, kept[2])
    return total


@pytest.mark.parametrize(
    ("hour", "days", "reserve", "seed"),
    [(8, 3, 0.10, 1), (0, 0.3, 0.10, 2), (20.51, 0.1, 0, 3), (23.92, 0.1, 0, 4)],
)
def test_days_of_work_use_the_windows_and_never_overrun_one(
    hour: float, days: float, reserve: float, seed: int
) -> None:
    start = MIDNIGHT + hour * 3600
    sim = Simulation(start, seed)
    sim.servers[1] = Server()
    budget = Budget(MemoryBook(), [1], reserve=reserve, clock=sim.clock)
    for _ in range(4):
        sim.worker(budget)
    sim.run(start + days * DAY)
    assert sim.servers[1].overruns == []
    assert set(sim.answers) == {200}
    assert len(sim.answers) >= 0.98 * allowed(start, start + days * DAY, reserve)


def test_two_processes_share_one_book() -> None:
    sim = Simulation(MIDNIGHT + 9 * 3600)
    sim.servers[1] = Server()
    book = MemoryBook()
    for _ in range(2):
        budget = Budget(book, [1], reserve=0.10, clock=sim.clock)
        for _ in range(4):
            sim.worker(budget)
    sim.run(MIDNIGHT + 11 * 3600)
    assert sim.servers[1].overruns == []
    assert len(sim.answers) >= 0.98 * allowed(MIDNIGHT + 9 * 3600, MIDNIGHT + 11 * 3600, 0.10)


def test_a_person_uses_the_reserve_and_the_background_leaves_it() -> None:
    sim = Simulation(MIDNIGHT)
    sim.servers[1] = Server()
    budget = Budget(MemoryBook(), [1], reserve=0.10, clock=sim.clock)
    for _ in range(4):
        sim.worker(budget)
    sim.run(MIDNIGHT + 200)
    assert len(sim.answers) == 270
    sim.worker(budget, person=True)
    sim.run(MIDNIGHT + 299)
    assert len(sim.answers) == 300
    assert sim.servers[1].overruns == []


def test_two_keys_double_the_calls() -> None:
    sim = Simulation(MIDNIGHT + 9 * 3600)
    sim.servers = {1: Server(), 2: Server()}
    budget = Budget(MemoryBook(), [1, 2], reserve=0.10, clock=sim.clock)
    for _ in range(8):
        sim.worker(budget)
    sim.run(MIDNIGHT + 11 * 3600)
    for server in sim.servers.values():
        assert server.overruns == []
        assert len(server.served) >= 0.98 * allowed(MIDNIGHT + 9 * 3600, MIDNIGHT + 11 * 3600, 0.10)


def test_another_tool_on_the_key_is_made_room_for() -> None:
    sim = Simulation(MIDNIGHT + 9 * 3600, seed=5)
    sim.servers[1] = Server()
    budget = Budget(MemoryBook(), [1], reserve=0.10, clock=sim.clock)
    for _ in range(4):
        sim.worker(budget)
    sim.other_tool(1, every=12)
    sim.run(MIDNIGHT + 13 * 3600)
    assert set(sim.answers) == {200}
    assert sim.servers[1].overruns == []


def test_calls_of_unknown_fate_overrun_nothing() -> None:
    sim = Simulation(MIDNIGHT + 9 * 3600, seed=6)
    sim.servers[1] = Server()
    budget = Budget(MemoryBook(), [1], reserve=0, clock=sim.clock)
    for _ in range(4):
        sim.worker(budget, lost=0.05)
    sim.run(MIDNIGHT + 12 * 3600)
    assert sim.servers[1].overruns == []
    assert len(sim.answers) > 0.9 * allowed(MIDNIGHT + 9 * 3600, MIDNIGHT + 12 * 3600, 0)


def test_fast_answers_never_fill_a_second() -> None:
    sim = Simulation(MIDNIGHT)
    sim.servers[1] = Server(limits=(100_000, 1_000_000, 10_000_000))
    budget = Budget(MemoryBook(), [1], reserve=0.10, clock=sim.clock)
    for _ in range(40):
        sim.worker(budget)
    sim.run(MIDNIGHT + 60)
    assert sim.servers[1].overruns == []
    assert len(sim.answers) > 400


# -- one window -------------------------------------------------------------------------------


class Desk:
    """A budget of one key on a clock that the test moves."""

    def __init__(
        self,
        *,
        keys: int = 1,
        reserve: float = 0.10,
        at: float = MIDNIGHT,
        book: MemoryBook | None = None,
        holder: str = "",
    ) -> None:
        self.clock = FakeClock(at)
        self.budget = Budget(
            book or MemoryBook(),
            list(range(1, keys + 1)),
            reserve=reserve,
            clock=self.clock,
            holder=holder,
        )

    def book(self, *, person: bool = False) -> Booking:
        return self.budget.book(person=person)

    def answer(self, booking: Booking, told: Mapping[str, str] | None, status: int = 200) -> None:
        self.clock.at += 0.1
        self.budget.record_result(booking, told, None if told is None else status)

    def call(self, remaining: str, reset: str, status: int = 200) -> None:
        self.answer(self.book(), headers(remaining, reset), status)

    def left(self, window: str = "5min") -> int | None:
        return next(r["remaining"] for r in self.budget.windows() if r["window"] == window)

    def spent(self, *, person: bool = False) -> Spent:
        with pytest.raises(Spent) as caught:
            self.book(person=person)
        return caught.value


def test_before_a_header_is_known_one_call_is_in_flight() -> None:
    desk = Desk()
    first = desk.book()
    assert desk.spent().until - desk.clock.at <= 1
    desk.answer(first, headers("299/2999/11999", "200/2000/20000"))
    assert [desk.book() for _ in range(4)]


def test_a_server_without_windows_is_held_to_the_second_alone() -> None:
    desk = Desk()
    desk.answer(desk.book(), {}, 200)
    assert len([desk.book() for _ in range(17)]) == 17
    assert desk.spent().window == "second"


@pytest.mark.parametrize("status", [401, 429, 502])
def test_an_error_without_headers_does_not_mean_that_there_are_no_windows(status: int) -> None:
    desk = Desk()
    desk.answer(desk.book(), {}, status)
    desk.clock.at += 3
    desk.book()
    desk.spent()


def test_what_is_in_flight_is_taken_off_what_remains() -> None:
    desk = Desk(reserve=0)
    desk.call("3/2999/11999", "200/2000/20000")
    three = [desk.book() for _ in range(3)]
    soon = desk.spent()
    assert (soon.window, soon.until < desk.clock.at + 2) == ("5min", True)
    for number, booking in enumerate(three):
        desk.answer(booking, headers(f"{2 - number}/2996/11996", "200/2000/20000"))
    assert desk.spent().until == pytest.approx(MIDNIGHT + 201, abs=1)


def test_answers_out_of_order_keep_the_lowest_remaining() -> None:
    desk = Desk()
    desk.call("100/2999/11999", "200/2000/20000")
    one, two = desk.book(), desk.book()
    desk.answer(two, headers("98/2997/11997", "200/2000/20000"))
    desk.answer(one, headers("99/2998/11998", "200/2000/20000"))
    assert desk.left() == 98


def test_a_window_is_new_one_second_after_its_reset() -> None:
    desk = Desk()
    desk.call("0/2999/11999", "200/2000/20000")
    until = desk.spent(person=True).until
    assert until == pytest.approx(desk.clock.at + 201)
    desk.clock.at = until - 0.01
    desk.spent(person=True)
    desk.clock.at = until
    desk.book()
    assert desk.left() == 300


def test_an_answer_of_the_old_window_leaves_the_new_one_alone() -> None:
    desk = Desk()
    desk.call("7/2999/11999", "4/2000/20000")
    late = desk.book(person=True)
    desk.clock.at += 6
    desk.answer(late, headers("6/2998/11998", "1/1994/19994"))
    assert desk.left() == 300
    desk.call("299/2997/11997", "297/1993/19993")
    assert desk.left() == 299


def test_an_old_answer_after_the_first_of_the_new_window_is_ignored() -> None:
    desk = Desk()
    desk.call("90/2999/11999", "2/2000/20000")
    late, early = desk.book(), desk.book()
    desk.clock.at += 2
    desk.answer(early, headers("299/2997/11997", "300/1998/19998"))
    desk.answer(late, headers("88/2998/11998", "1/1999/19999"))
    assert desk.left() == 299


def test_a_slow_answer_does_not_open_a_window() -> None:
    desk = Desk()
    desk.call("100/2999/11999", "250/2000/20000")
    slow = desk.book()
    for number in range(5):
        desk.call(f"{98 - number}/2990/11990", "250/2000/20000")
    desk.clock.at += 30
    desk.answer(slow, headers("99/2998/11998", "250/2000/20000"))
    assert desk.left() == 94


def test_a_raised_limit_counts_at_once() -> None:
    desk = Desk()
    desk.call("5/2999/11999", "200/2000/20000")
    desk.clock.at += 1
    raised = headers("700/2998/11998", "199/1999/19999", limit="1000/3000/12000")
    desk.answer(desk.book(person=True), raised)
    assert desk.left() == 700


def test_a_clock_set_back_does_not_keep_a_window_shut() -> None:
    desk = Desk()
    desk.call("0/2999/11999", "250/2000/20000")
    desk.clock.at = desk.spent().until
    desk.call("299/2998/11998", "299/1750/19750")
    desk.clock.at -= 3600
    desk.call("200/2900/11900", "200/1650/19650")
    assert desk.left() == 200


@pytest.mark.parametrize("back", [30, 3600, 400 * 86400])
def test_a_spent_window_ends_when_it_would_have_though_the_clock_was_set_back(back: int) -> None:
    desk = Desk()
    desk.call("0/2999/11999", "250/2000/20000")
    ends = desk.spent().until
    desk.clock.at -= back
    assert desk.spent().until == pytest.approx(ends - back, abs=0.01)
    desk.clock.at = ends - back
    assert desk.left() == 300


def test_a_refusal_is_obeyed_as_long_as_it_asked_though_the_clock_was_set_back() -> None:
    desk = Desk()
    desk.answer(desk.book(), {"retry-after": "40"}, status=429)
    until = desk.spent().until
    desk.clock.at -= 3600
    assert desk.spent().until == pytest.approx(until - 3600, abs=0.01)


def test_a_call_of_unknown_fate_counts_until_its_windows_end() -> None:
    desk = Desk()
    desk.call("100/2999/11999", "20/2000/20000")
    desk.answer(desk.book(), None)
    desk.call("99/2998/11998", "20/2000/20000")
    assert (desk.left(), desk.left("hour")) == (98, 2997)
    desk.clock.at += 30
    assert (desk.left(), desk.left("hour")) == (300, 2997)


def test_a_call_that_never_left_is_not_counted() -> None:
    desk = Desk()
    desk.call("100/2999/11999", "200/2000/20000")
    desk.budget.record_result(desk.book(), {}, None)
    assert desk.left() == 100


def test_an_answer_without_headers_is_counted_until_the_next_header() -> None:
    desk = Desk()
    desk.call("100/2999/11999", "200/2000/20000")
    desk.answer(desk.book(), {}, 502)
    assert desk.left() == 99
    desk.call("99/2998/11998", "200/2000/20000")
    assert desk.left() == 99


def test_bookings_of_a_killed_process_expire() -> None:
    desk = Desk(reserve=0)
    desk.call("2999/2/11999", "200/2000/20000")
    desk.book()
    desk.book()
    desk.spent()
    desk.clock.at += 301
    assert desk.spent().window == "hour"
    assert {row["in_flight"] for row in desk.budget.windows()} == {0}
    desk.clock.at += 1800
    desk.book()


def test_a_holder_ends_the_calls_of_a_dead_one_at_once() -> None:
    desk = Desk(reserve=0, holder="run")
    desk.call("2999/2/11999", "200/2000/20000")
    desk.book()
    desk.book()
    desk.spent()
    desk.budget.release_dead()
    assert {row["in_flight"] for row in desk.budget.windows()} == {0}
    assert desk.spent().window == "hour"


def test_a_new_key_whose_first_call_died_is_asked_again_at_once() -> None:
    desk = Desk(holder="run")
    desk.book()
    desk.spent()
    desk.budget.release_dead()
    desk.book()


def test_a_holder_leaves_the_calls_of_others_alone() -> None:
    book = MemoryBook()
    others, mine = Desk(book=book), Desk(book=book, holder="run")
    others.book()
    mine.budget.release_dead()
    assert {row["in_flight"] for row in mine.budget.windows()} == {1}


def test_the_key_with_most_left_is_taken() -> None:
    desk = Desk(keys=2)
    first = desk.book()
    second = desk.book()
    assert {first.key_id, second.key_id} == {1, 2}
    desk.answer(first, headers("50/2999/11999", "200/2000/20000"))
    desk.answer(second, headers("80/2999/11999", "200/2000/20000"))
    assert desk.book().key_id == second.key_id


def test_the_first_key_to_open_again_is_waited_for() -> None:
    desk = Desk(keys=2)
    first, second = desk.book(), desk.book()
    desk.answer(first, headers("0/2999/11999", "200/2000/20000"))
    desk.answer(second, headers("299/2999/0", "200/2000/20000"))
    spent = desk.spent()
    assert (spent.window, spent.until) == ("5min", pytest.approx(desk.clock.at + 200, abs=2))


def test_one_call_of_a_tiny_window_is_left_for_the_background() -> None:
    desk = Desk()
    limit = headers("1/5/5", "200/2000/20000", limit="2/6/6")
    desk.answer(desk.book(), limit)
    assert desk.spent().window == "5min"
    desk.clock.at += 202
    assert desk.book()


# -- 429 --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "wait"),
    [
        ({"retry-after": "7"}, 8),
        ({"retry-after": "Tue, 10 Mar 2026 00:00:30 GMT"}, 31),
        (headers("-1/2000/9000", "100/2000/20000"), 101),
        (headers("0/-1/9000", "100/2000/20000"), 2001),
        (headers("-1/-1/-1", "100/2000/20000") | {"retry-after": "5"}, 20001),
        (headers("200/2000/9000", "100/2000/20000"), 2),
        ({}, 2),
    ],
)
def test_a_429_is_obeyed(told: dict[str, str], wait: float) -> None:
    desk = Desk()
    desk.answer(desk.book(), told, 429)
    assert desk.spent(person=True).until == pytest.approx(MIDNIGHT + wait, abs=0.3)


def test_the_wait_after_429s_without_a_reason_doubles_to_a_minute() -> None:
    desk = Desk()
    waits = []
    for _ in range(7):
        desk.answer(desk.book(), headers("200/2000/9000", "100/2000/20000"), 429)
        until = desk.spent().until
        waits.append(round(until - desk.clock.at))
        desk.clock.at = until
    assert waits == [2, 4, 8, 16, 32, 60, 60]
    desk.call("199/1999/8999", "100/2000/20000")
    desk.clock.at += 1
    desk.call("198/1998/8998", "99/1999/19999", status=429)
    assert desk.spent().until - desk.clock.at == pytest.approx(2)


def test_a_burst_of_429s_is_one_strike() -> None:
    desk = Desk()
    desk.call("200/2000/9000", "100/2000/20000")
    burst = [desk.book() for _ in range(4)]
    for booking in burst:
        desk.answer(booking, headers("196/1996/8996", "100/2000/20000"), 429)
    assert desk.spent().until - desk.clock.at <= 2


# -- headers and state ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "known"),
    [
        (headers("299/2999/11999", "200/2000/20000"), {"5min", "hour", "day"}),
        (headers("299/2999", "200/2000/20000"), {"5min", "hour"}),
        (headers("299/x/11999", "200/2000/20000"), {"5min", "day"}),
        (headers("299/2999/11999", "200/-4/99999999"), {"5min"}),
        (headers("1/1/1", "2/2/2", limit="0/3000/"), {"hour"}),
        (headers("", ""), set()),
        ({}, set()),
    ],
)
def test_headers_are_read_as_far_as_they_make_sense(told: dict[str, str], known: set[str]) -> None:
    assert set(read_headers(told)) == known


def test_minus_one_is_a_spent_window() -> None:
    told = read_headers(headers(" -1 / 10/20", "200/2000/20000"))
    assert told["5min"] == Reading(300, -1, 200)


part = st.one_of(st.text(max_size=20), st.from_regex(r"-?[0-9]{0,12}(/-?[0-9]{0,12}){0,4}"))


@given(limit=part, remaining=part, reset=part, status=st.sampled_from([200, 404, 429, 502]))
def test_no_header_breaks_the_budget(limit: str, remaining: str, reset: str, status: int) -> None:
    desk = Desk()
    desk.answer(desk.book(), headers(remaining, reset, limit=limit), status)
    for row in desk.budget.windows():
        assert row["remaining"] is None or 0 <= row["remaining"] <= row["limit"]


answers = st.lists(
    st.tuples(
        st.sampled_from(["header", "lost", "unsent", "bare"]),
        st.floats(0, 400),
        st.integers(0, 5),
    ),
    max_size=30,
)


@settings(max_examples=60)
@given(answers)
def test_a_budget_never_gives_more_than_the_last_header_left(
    history: list[tuple[str, float, int]],
) -> None:
    """Whatever happens to the calls, a server that counts them all is never overrun."""
    desk = Desk(reserve=0)
    server = Server(limits=(12, 40, 90))
    dice = random.Random(1)
    for kind, pause, more in history:
        desk.clock.at += pause
        for each in ["header", *[kind] * more]:
            try:
                booking = desk.book()
            except Spent:
                break
            if each == "unsent":
                desk.budget.record_result(booking, {}, None)
                continue
            status, told = server.take(desk.clock.at, dice)
            assert status == 200
            desk.answer(booking, {"header": told, "lost": None, "bare": {}}[each])


def test_a_state_survives_its_text() -> None:
    class TextBook:
        text = KeyState().to_json()

        def edit(self, key_id: int, change: Callable[[KeyState], T]) -> T:
            state = KeyState.from_json(self.text)
            result = change(state)
            self.text = state.to_json()
            return result

    clock = FakeClock(MIDNIGHT)
    budget = Budget(TextBook(), [1], reserve=0.1, clock=clock)
    budget.record_result(budget.book(person=False), headers("9/99/999", "10/100/1000"), 200)
    budget.book(person=True)
    rows = {row["window"]: row for row in budget.windows()}
    assert rows["hour"]["remaining"] == 99
    assert rows["hour"]["reserve"] == 300
    assert rows["second"]["remaining"] == 18
    assert rows["day"]["in_flight"] == 1
    assert len(TextBook.text) < 1000


def test_a_budget_needs_a_key() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        Budget(MemoryBook(), [], reserve=0.1, clock=FakeClock(0))
