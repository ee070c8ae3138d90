"""The rate windows of the Lightspeed stand-in: enforced as Lightspeed enforces its own."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from sync.sandbox import lightspeed
from sync.sandbox.faults import Fault
from sync.sandbox.state import State
from sync.sandbox.windows import LENGTHS, InState, Limits, Windows
from tests.sandbox.conftest import EVENING, KEY, SECRET, Clock, Front, Shop

LIMIT, REMAINING, RESET = (f"x-ratelimit-{name}" for name in ("limit", "remaining", "reset"))
TOO_MANY = "Too many requests in this time period. Try again later."
SECOND_KEY = ("7c" * 16, "8d" * 16)


def triple(answer: httpx.Response, name: str) -> tuple[int, ...]:
    return tuple(map(int, answer.headers[name].split("/")))


def at(text: str) -> float:
    return datetime.fromisoformat(f"2026-06-02T{text}+00:00").timestamp()


def spend(shop: Shop, window: str, left: int) -> None:
    """Leave that many calls in the window that is open now."""
    used = Limits().of(window) - left
    with InState(shop.state).of(KEY) as counts:
        start = int(shop.clock.at) // LENGTHS[window] * LENGTHS[window]
        counts[window] = (start, used)


def test_headers_are_those_of_the_live_answer(limited: Shop):
    answer = limited.ask("shop")
    assert answer.headers[LIMIT] == "300/3000/12000"
    assert answer.headers[REMAINING] == "299/2999/11999"
    assert answer.headers[RESET] == "263/2063/23663"


@pytest.mark.parametrize(
    ("code", "path", "options"),
    [
        (200, "products", {}),
        (200, "products/count", {}),
        (401, "shop", {"auth": (KEY, "wrong")}),
        (403, "orders", {"auth": SECOND_KEY}),
        (404, "products/77", {}),
        (404, "shop", {"language": "fr"}),
        (405, "products", {"method": "POST"}),
        (400, "products", {"params": {"page": "0"}}),
    ],
)
def test_every_answer_carries_the_three_headers(limited: Shop, code, path, options):
    limited.state.add_key(*SECOND_KEY, permissions=("products",))
    answer = limited.ask(path, **options)
    assert answer.status_code == code
    assert triple(answer, LIMIT) == (300, 3_000, 12_000)
    assert triple(answer, RESET) == (263, 2_063, 23_663)
    assert triple(answer, REMAINING)[0] == (300 if code == 401 else 299)


def test_a_gateways_page_has_no_headers_and_an_own_error_has_them(limited: Shop):
    limited.state.faults.add(Fault("lightspeed", "html", times=1))
    assert LIMIT not in limited.ask("shop").headers
    limited.state.faults.add(Fault("lightspeed", "status", code=500, times=1))
    assert triple(limited.ask("shop"), REMAINING) == (298, 2_998, 11_998)


def test_twenty_calls_a_second_pass_and_no_more(limited: Shop):
    codes = [limited.ask("shop").status_code for _ in range(23)]
    assert codes == [200] * 20 + [429] * 3
    refused = limited.ask("shop")
    assert triple(refused, REMAINING) == (280, 2_980, 11_980)
    assert refused.json()["error"]["message"] == TOO_MANY
    limited.clock.at += 1
    assert limited.ask("shop").status_code == 200


def test_three_hundred_calls_in_five_minutes_pass_and_no_more(limited: Shop):
    codes = []
    for _ in range(302):
        codes.append(limited.ask("account").status_code)
        limited.clock.at += 0.1
    assert codes == [200] * 300 + [429] * 2
    refused = limited.ask("account")
    assert refused.json() == {
        "error": {"code": 429, "method": "GET", "request": "/nl/account.json", "message": TOO_MANY}
    }
    assert triple(refused, REMAINING) == (-1, 2_700, 11_700)
    limited.clock.at = at("17:29:59")
    assert limited.ask("account").status_code == 429
    limited.clock.at = at("17:30:00")
    assert triple(limited.ask("account"), REMAINING) == (299, 2_699, 11_699)
    assert [(e.window, e.limit, e.key) for e in limited.state.exceeded()] == [
        ("5min", 300, KEY[-4:])
    ] * 4


@pytest.mark.parametrize(
    ("window", "last", "next", "remaining"),
    [
        ("hour", "17:59:59", "18:00:00", (300, -1, 12_000)),
        ("day", "23:59:59", "00:00:00", (300, 3_000, -1)),
    ],
)
def test_hour_and_day_are_spent_until_their_end(limited: Shop, window, last, next, remaining):
    spend(limited, window, 1)
    assert limited.ask("shop").status_code == 200
    refused = limited.ask("shop")
    assert refused.status_code == 429
    assert triple(refused, REMAINING) == tuple(n - 1 if n > 0 else n for n in remaining)
    limited.clock.at = at(last)
    assert limited.ask("shop").status_code == 429
    limited.clock.at = at(next) + (86_400 if next == "00:00:00" else 0)
    assert limited.ask("shop").status_code == 200


@pytest.mark.parametrize(
    ("moment", "reset"),
    [
        ("17:29:59", (1, 1_801, 23_401)),
        ("17:30:00", (300, 1_800, 23_400)),
        ("17:34:59.900", (1, 1_501, 23_101)),
        ("23:59:59", (1, 1, 1)),
        ("00:00:00", (300, 3_600, 86_400)),
        ("12:00:00", (300, 3_600, 43_200)),
    ],
)
def test_windows_end_on_the_clock_in_utc(limited: Shop, moment, reset):
    limited.clock.at = at(moment)
    assert triple(limited.ask("shop"), RESET) == reset


def test_a_refused_call_counts_in_no_window(limited: Shop):
    spend(limited, "5min", 0)
    before = triple(limited.ask("shop"), REMAINING)
    assert [limited.ask("shop").status_code for _ in range(30)] == [429] * 30
    assert triple(limited.ask("shop"), REMAINING) == before == (-1, 3_000, 12_000)


def test_each_key_has_windows_of_its_own(limited: Shop):
    limited.state.add_key(*SECOND_KEY)
    spend(limited, "day", 0)
    assert limited.ask("shop").status_code == 429
    assert triple(limited.ask("shop", auth=SECOND_KEY), REMAINING) == (299, 2_999, 11_999)


def test_a_wrong_secret_spends_nothing_of_the_key(limited: Shop):
    for _ in range(25):
        assert limited.ask("shop", auth=(KEY, "wrong")).status_code == 401
    assert triple(limited.ask("shop"), REMAINING) == (299, 2_999, 11_999)


def test_windows_survive_a_restart(limited: Shop, front: Front):
    spend(limited, "5min", 1)
    limited.ask("shop")
    reopened = State(limited.state.path)
    front.app = lightspeed.lightspeed_app(reopened, now=limited.clock)
    assert limited.ask("shop").status_code == 429
    reopened.close()


def test_calls_made_at_once_are_each_counted(limited: Shop):
    codes: list[int] = []

    def ask() -> None:
        codes.extend(limited.ask("shop").status_code for _ in range(8))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(codes) == {200: 20, 429: 12}


@pytest.mark.parametrize("form", ["none", "seconds", "date"])
@pytest.mark.parametrize(("window", "wait"), [("5min", 263), ("hour", 2_063), ("day", 23_663)])
def test_retry_after_is_a_switch(limited: Shop, form: Any, window, wait):
    lightspeed.set_switches(limited.state, retry_after=form)
    assert "retry-after" not in limited.ask("shop").headers
    spend(limited, window, 0)
    after = limited.ask("shop").headers.get("retry-after")
    if form == "date":
        assert parsedate_to_datetime(str(after)).timestamp() == EVENING + wait
    else:
        assert after == (str(wait) if form == "seconds" else None)


def test_the_account_tells_what_the_headers_tell(limited: Shop):
    answer = limited.ask("account/ratelimit")
    told = answer.json()["accountRatelimit"]
    assert list(told) == ["limit5Min", "limitHour", "limitDay"]
    for name, header in (("limit", LIMIT), ("remaining", REMAINING), ("reset", RESET)):
        assert tuple(window[name] for window in told.values()) == triple(answer, header)
    for window in told.values():
        ends = datetime.fromisoformat(window["resetTime"]).timestamp()
        assert ends == EVENING + window["reset"]


def test_an_app_keys_limits_can_be_served(shop: Shop, front: Front):
    shop.serve(front, windows=Limits(five_minutes=1_000, hour=12_000, day=288_000))
    assert shop.ask("shop").headers[LIMIT] == "1000/12000/288000"


def test_without_windows_nothing_is_limited_or_told(shop: Shop):
    answers = [shop.ask("account") for _ in range(40)]
    assert {answer.status_code for answer in answers} == {200}
    assert LIMIT not in answers[-1].headers


def greedy(hours: int) -> Iterator[float]:
    """When calls are let through that are tried every 15 seconds until one is refused."""
    clock = Clock(datetime(2026, 6, 2, tzinfo=UTC).timestamp())
    windows = Windows(now=clock)
    for _ in range(hours * 240):
        while windows.take(KEY).exceeded is None:
            yield clock.at
        clock.at += 15


def test_a_greedy_client_gets_exactly_what_the_windows_allow():
    passed = list(greedy(48))
    most = {
        length: set(Counter(int(moment) // length for moment in passed).values())
        for length in LENGTHS.values()
    }
    assert most == {1: {20}, 300: {300}, 3_600: {3_000}, 86_400: {12_000}}
    assert len(passed) == 24_000


def test_the_call_log_holds_no_secret(limited: Shop):
    limited.ask("customers", params={"email": "anna@example.com"})
    limited.ask("shop", auth=(KEY, "wrong"))
    calls = limited.state.calls(side="lightspeed")
    assert [(c.path, c.status, c.key) for c in calls] == [
        ("/nl/customers.json", 200, KEY[-4:]),
        ("/nl/shop.json", 401, ""),
    ]
    for secret in (KEY, SECRET, "wrong", "anna@"):
        assert secret not in repr(calls)
