import logging
import math
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from sync.budget import Budget, MemoryBook, Spent
from sync.http import Http
from sync.lightspeed import (
    Key,
    KeyRefused,
    LightspeedClient,
    LightspeedDown,
    LightspeedError,
    NoPermission,
    NoSuchLanguage,
    NotFound,
    Rejected,
    Stopped,
    Unreadable,
)
from sync.lightspeed.ahead import LARGE, Shelf
from sync.sandbox.faults import Fault
from sync.sandbox.fill import fill
from sync.sandbox.generate import generate
from sync.sandbox.serve import Sandbox
from sync.sandbox.state import AREAS, State
from sync.sandbox.windows import Limits
from sync.vault import Secret

NOON = 1_773_144_000.0
FULL = {
    "x-ratelimit-limit": "300/3000/12000",
    "x-ratelimit-remaining": "290/2900/11900",
    "x-ratelimit-reset": "290/2900/40000",
}
Handler = Callable[[httpx.Request], httpx.Response]


class FakeClock:
    def __init__(self) -> None:
        self.at = NOON
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.at += seconds
            self.slept.append(seconds)

    def monotonic(self) -> float:
        return self.at


def answer(value: object, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, content=orjson.dumps(value), headers=FULL | headers)


def refusal(status: int, message: str, **headers: str) -> httpx.Response:
    error = {"code": status, "method": "GET", "request": "/nl/x.json", "message": message}
    return answer({"error": error}, status, **headers)


class Shop:
    """A client against a handler; `seen` lists the paths that were asked for."""

    def __init__(self, handler: Handler, *, keys: int = 1, **options: Any) -> None:
        self.seen: list[str] = []
        self.clock = FakeClock()
        self.lock = threading.Lock()
        pairs = [
            Key(n, Secret(f"{n}" * 28 + "1a2b"), Secret(f"secret-of-key-{n}"))
            for n in range(1, keys + 1)
        ]
        self.budget = Budget(MemoryBook(), [key.id for key in pairs], reserve=0.1, clock=self.clock)

        def heard(request: httpx.Request) -> httpx.Response:
            with self.lock:
                self.seen.append(request.url.raw_path.decode())
            return handler(request)

        given: dict[str, Any] = {"cluster": "eu1", "api_url": None, "language": "nl"}
        self.client = LightspeedClient(
            **(given | options),
            keys=pairs,
            budget=self.budget,
            clock=self.clock,
            http_for=partial(Http, transport=httpx.MockTransport(heard)),
        )

    def learn(self) -> None:
        """Let the budget know the windows."""
        self.budget.record_result(self.budget.book(person=True), FULL, 200)
        self.clock.at += 2

    def in_flight(self) -> int:
        return sum(row["in_flight"] for row in self.budget.windows() if row["window"] == "day")


@pytest.fixture
def shop() -> Iterator[Callable[..., Shop]]:
    made: list[Shop] = []

    def make(handler: Handler, **options: Any) -> Shop:
        made.append(Shop(handler, **options))
        return made[-1]

    yield make
    for each in made:
        each.client.close()
        assert each.in_flight() == 0


def in_turn(*responses: httpx.Response | Exception) -> Handler:
    """Gives one after the other; the last for ever."""
    left = list(responses)
    lock = threading.Lock()

    def handler(_: httpx.Request) -> httpx.Response:
        with lock:
            given = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(given, Exception):
            raise given
        return given

    return handler


# -- one call ---------------------------------------------------------------------------------


def test_a_get_returns_what_the_envelope_holds(shop: Any) -> None:
    client = shop(lambda r: answer({"productFiltervalue": [{"id": 1}]})).client
    assert client.get("products/5/filtervalues", fields="id", since_id=None) == [{"id": 1}]


def test_language_key_and_parameters_travel_as_lightspeed_wants_them(shop: Any) -> None:
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answer({"products": []})

    here = timezone(timedelta(hours=2))
    made = shop(handler)
    made.client.get("products", updated_at_min=datetime(2026, 6, 2, 10, 24, 43, tzinfo=here))
    assert str(asked[0].url).startswith("https://api.webshopapp.com/nl/products.json?")
    assert asked[0].url.params["updated_at_min"] == "2026-06-02 08:24:43"
    assert asked[0].headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize(("value", "number"), [(12, 12), ("12", 12), (0, 0)])
def test_a_count_is_a_number(shop: Any, value: object, number: int) -> None:
    made = shop(lambda r: answer({"count": value}))
    assert made.client.count("catalog", brand=3) == number
    assert made.seen == ["/nl/catalog/count.json?brand=3"]


@pytest.mark.parametrize("value", [None, True, -1, [3], "many"])
def test_a_count_that_is_no_number_is_unreadable(shop: Any, value: object) -> None:
    with pytest.raises(Unreadable):
        shop(lambda r: answer({"count": value})).client.count("catalog")


@pytest.mark.parametrize(
    ("response", "error", "text"),
    [
        (refusal(404, "Not found"), NotFound, "no products/1"),
        (refusal(404, "Unknown or inactive language."), NoSuchLanguage, "language 'nl'"),
        (refusal(400, "Invalid\ndata input."), Rejected, "status 400: Invalid data input."),
        (refusal(400, ""), Rejected, "status 400: no reason given"),
        (refusal(422, "x"), Rejected, "422"),
        (answer({"error": {"code": 404, "message": "gone"}}), NotFound, "products/1"),
    ],
)
def test_a_refusal_is_told_at_once(
    shop: Any, response: httpx.Response, error: type[LightspeedError], text: str
) -> None:
    made = shop(lambda r: response)
    with pytest.raises(error, match=text) as caught:
        made.client.get("products/1")
    assert len(made.seen) == 1
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "path", "error"),
    [
        (403, "products/1", NoPermission),
        (403, "catalog", NoPermission),
        (404, "catalog", NotFound),
        (405, "catalog", Rejected),
        (405, "catalog/7", Rejected),
    ],
)
def test_a_refusal_that_may_be_somebody_elses_is_believed_when_it_is_repeated(
    shop: Any, status: int, path: str, error: type[LightspeedError]
) -> None:
    never = shop(lambda r: refusal(status, "no"))
    with pytest.raises(error):
        never.client.get(path)
    assert (len(never.seen), sum(never.clock.slept)) == (2, 5)
    once = shop(in_turn(refusal(status, "no"), answer({"products": [1]})))
    assert once.client.get(path) == [1]


BLOCKS = [
    httpx.Response(403, html="<!DOCTYPE html><title>Attention Required!</title>"),
    httpx.Response(404, html="<html>Not Found</html>"),
    httpx.Response(405, content=b"Method Not Allowed"),
    httpx.Response(401, html="<html>Sign in</html>"),
    httpx.Response(403, content=b""),
    answer("odd", 405),
    answer({"message": "Forbidden"}, 403),
    answer([{"error": "no"}], 404),
]


@pytest.mark.parametrize("path", ["catalog", "products/1", "orders/5/products", "customers"])
@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_in_front_of_the_api_is_no_word_of_it(
    shop: Any, block: httpx.Response, path: str
) -> None:
    passing = shop(in_turn(block, block, answer({"rows": [1]})))
    assert passing.client.get(path) == [1]
    assert sum(passing.clock.slept) == 3
    lasting = shop(in_turn(block))
    with pytest.raises(Unreadable):
        lasting.client.get(path)
    assert len(lasting.seen) == 6


@pytest.mark.parametrize(
    ("path", "area"),
    [
        ("orders/5/products", "orders"),
        ("customers", "customers"),
        ("subscriptions", "customers"),
        ("blogs/articles", "content"),
        ("shop", "settings"),
        ("catalog", "products"),
        ("reviews", "products"),
    ],
)
def test_a_missing_permission_names_its_area(shop: Any, path: str, area: str) -> None:
    with pytest.raises(NoPermission) as caught:
        shop(lambda r: refusal(403, "")).client.get(path)
    assert caught.value.area == area


BROKEN: list[httpx.Response | Exception] = [
    httpx.Response(502, html="<html>Bad gateway</html>"),
    httpx.Response(200, html="<html>Maintenance</html>"),
    httpx.Response(200, content=b'{"products": [{"id"'),
    httpx.Response(200, content=b""),
    httpx.Response(301, headers={"location": "https://elsewhere.example"}),
    answer([]),
    answer({}),
    answer({"error": "odd"}),
    refusal(500, "Internal error"),
    httpx.ConnectError("refused"),
    httpx.ReadTimeout("slow"),
    httpx.ReadError("reset"),
]


@pytest.mark.parametrize("broken", BROKEN)
def test_what_may_pass_is_tried_again(shop: Any, broken: httpx.Response | Exception) -> None:
    made = shop(in_turn(broken, broken, answer({"products": [1]})))
    assert made.client.get("products") == [1]
    assert sum(made.clock.slept) == 3


@pytest.mark.parametrize("broken", BROKEN)
def test_after_five_retries_lightspeed_is_down(
    shop: Any, broken: httpx.Response | Exception
) -> None:
    made = shop(in_turn(broken))
    with pytest.raises(LightspeedDown) as caught:
        made.client.get("products")
    assert len(made.seen) == 6
    assert sum(made.clock.slept) == 31
    assert isinstance(caught.value, Unreadable) == isinstance(broken, httpx.Response)
    assert "\n" not in str(caught.value)


def test_fewer_retries_can_be_asked_for(shop: Any) -> None:
    made = shop(in_turn(httpx.ConnectError("refused")), retries=1)
    with pytest.raises(LightspeedDown):
        made.client.get("account")
    assert len(made.seen) == 2


def test_only_calls_that_may_have_arrived_are_counted(shop: Any) -> None:
    unsent = shop(in_turn(httpx.ConnectError("refused"), answer({"products": []})))
    unsent.client.get("products")
    assert unsent.client.calls == {"products": 1}
    lost = shop(in_turn(httpx.ReadTimeout("slow"), answer({"products": []})))
    lost.client.get("products")
    assert lost.client.calls == {"products": 2}


def test_calls_are_counted_by_what_they_read(shop: Any) -> None:
    client = shop(lambda r: answer({"x": 1})).client
    for path in ("orders", "orders/count", "orders/5", "orders/5/products", "catalog/3", "catalog"):
        client.get(path)
    assert client.calls == {"orders": 2, "order_lines": 2, "catalog": 2}


def test_a_fresh_order_that_is_not_there_yet_is_tried_twice_more(shop: Any) -> None:
    late = shop(in_turn(refusal(404, ""), refusal(404, ""), answer({"orderProducts": []})))
    assert late.client.get("orders/5/products") == []
    never = shop(lambda r: refusal(404, "not found"))
    with pytest.raises(NotFound):
        never.client.get("orders/5/products")
    assert (len(never.seen), sum(never.clock.slept)) == (3, 3)


def test_logs_hold_no_secret(shop: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    made = shop(in_turn(refusal(500, f"key={'1' * 28}1a2b"), answer({"shop": {}})))
    made.client.get("shop")
    assert "retry 1 of 5" in caplog.text
    assert "1" * 28 not in caplog.text
    assert "secret-of-key" not in caplog.text


# -- keys -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("elsewhere", "text"),
    [
        (refusal(401, "Access denied."), "(cluster eu1; us1 refuses it too)"),
        (answer({"account": {}}), "(cluster eu1; us1 accepts it: change the cluster)"),
        (refusal(503, ""), "(cluster eu1; us1 answers with status 503)"),
        (httpx.ConnectError("no"), "(cluster eu1; us1 could not be asked)"),
    ],
)
def test_a_refused_key_is_tried_on_the_other_cluster(
    shop: Any, elsewhere: httpx.Response | Exception, text: str
) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "api.webshopapp.com":
            return refusal(401, "Access denied.")
        return in_turn(elsewhere)(request)

    made = shop(handler)
    with pytest.raises(KeyRefused) as caught:
        made.client.get("catalog")
    assert str(caught.value) == f"Lightspeed refused the key •••1a2b {text}"
    with pytest.raises(KeyRefused):
        made.client.get("catalog")
    assert made.seen.count("/nl/account.json") == 1


def test_at_an_address_of_its_own_there_is_no_other_cluster(shop: Any) -> None:
    made = shop(lambda r: refusal(401, ""), api_url="http://127.0.0.1:9")
    with pytest.raises(KeyRefused, match=r"\(cluster eu1\)$"):
        made.client.get("catalog")


def test_each_key_calls_with_its_own_pair(shop: Any) -> None:
    used: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        used.append(request.headers["authorization"])
        return answer({"x": []})

    client = shop(handler, keys=2).client
    client.get("products")
    client.get("products")
    assert len(set(used)) == 2


def test_a_check_tells_all_about_a_key(shop: Any) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/nl/")
        if path in ("shop.json", "languages.json"):
            return refusal(403, "")
        return answer({"x": {"at": path}})

    assert shop(handler).client.check() == {
        "cluster": "eu1",
        "language": "nl",
        "account": {"at": "account.json"},
        "permissions": {"at": "account/permissions.json"},
        "shop": None,
        "languages": None,
    }


def test_a_check_finds_a_language_of_the_shop(shop: Any) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if not request.url.path.startswith("/de/"):
            return refusal(404, "Unknown or inactive language.")
        found = {"at": request.url.path}
        return answer({"x": [found] if "languages" in request.url.path else found})

    found = shop(handler, language="xx").client.check()
    assert (found["language"], found["languages"]) == ("de", [{"at": "/de/languages.json"}])


@pytest.mark.parametrize("value", ["text", 5, True, [1], None])
def test_a_check_refuses_an_account_that_is_no_object(shop: Any, value: object) -> None:
    with pytest.raises(Unreadable, match="no object"):
        shop(lambda _: answer({"x": value})).client.check()


def test_a_check_gives_up_on_languages(shop: Any) -> None:
    made = shop(lambda r: refusal(404, "Unknown or inactive language."), language="xx")
    with pytest.raises(NoSuchLanguage, match="'xx'"):
        made.client.check()


def test_an_unknown_cluster_is_refused() -> None:
    with pytest.raises(ValueError, match="eu1, us1"):
        Shop(lambda r: answer({}), cluster="eu2")


# -- windows ----------------------------------------------------------------------------------


def test_a_short_wait_after_a_429_is_slept(shop: Any) -> None:
    made = shop(in_turn(refusal(429, "Too many", **{"retry-after": "1"}), answer({"x": 1})))
    assert made.client.get("shop") == 1
    assert sum(made.clock.slept) == pytest.approx(2, abs=0.1)
    assert made.client.calls == {"shop": 2}


def test_a_long_wait_after_a_429_is_raised(shop: Any) -> None:
    spent = {"x-ratelimit-remaining": "-1/2900/11900"}
    made = shop(lambda r: refusal(429, "Too many requests", **spent))
    with pytest.raises(Spent) as caught:
        made.client.get("shop")
    assert (caught.value.window, caught.value.until) == ("5min", pytest.approx(NOON + 291))
    assert made.clock.slept == []


def test_429s_without_end_are_waited_for_elsewhere(shop: Any) -> None:
    made = shop(lambda r: refusal(429, "Too many", **{"retry-after": "0"}))
    with pytest.raises(Spent) as caught:
        made.client.get("shop")
    assert caught.value.until >= made.clock.at + 59
    assert len(made.seen) == 11


def test_the_reserve_is_for_people(shop: Any) -> None:
    low = {"x-ratelimit-remaining": "30/2900/11900"}
    made = shop(lambda r: answer({"x": 1}, **low))
    made.client.get("shop")
    with pytest.raises(Spent):
        made.client.get("shop")
    assert made.client.get("shop", person=True) == 1


# -- many calls -------------------------------------------------------------------------------


class Rows:
    """A list of `total` rows, `asked` page by page, with the most calls that were open at once."""

    def __init__(self, total: int, headers: Mapping[str, str] | None = None) -> None:
        self.total = total
        self.headers = headers or {}
        self.asked: list[int] = []
        self.open = 0
        self.most = 0
        self.lock = threading.Lock()
        self.together = threading.Event()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        limit = int(request.url.params["limit"])
        with self.lock:
            self.asked.append(page)
            self.open += 1
            self.most = max(self.most, self.open)
            if self.open == 4:
                self.together.set()
        rows = list(range(self.total))[(page - 1) * limit : page * limit]
        if page > 1:
            self.together.wait(0.05)
        with self.lock:
            self.open -= 1
        return answer({"rows": rows}, **self.headers)


@pytest.mark.parametrize(
    ("total", "expect", "pages"),
    [
        (0, None, 1),
        (9, None, 1),
        (0, 0, 0),
        (10, 10, 1),
        (95, 95, 10),
        (100, 100, 10),
        (11, 100, 2),
    ],
)
def test_pages_come_in_order(shop: Any, total: int, expect: int | None, pages: int) -> None:
    made = shop(Rows(total))
    made.learn()
    got = list(made.client.pages("catalog", limit=10, expect=expect))
    assert [number for number, _ in got] == list(range(1, pages + 1))
    assert [row for _, rows in got for row in rows] == list(range(total))


def test_no_page_is_fetched_needlessly_if_the_rows_are_known(shop: Any) -> None:
    rows = Rows(100)
    made = shop(rows)
    made.learn()
    assert len(list(made.client.pages("catalog", limit=10, expect=100))) == 10
    assert sorted(rows.asked) == list(range(1, 11))


def test_nothing_is_read_ahead_of_a_first_page_that_may_be_the_last(shop: Any) -> None:
    rows = Rows(9)
    made = shop(rows)
    made.learn()
    assert len(list(made.client.pages("catalog", limit=10))) == 1
    assert rows.asked == [1]


def test_four_pages_are_fetched_at_once(shop: Any) -> None:
    rows = Rows(200)
    made = shop(rows)
    made.learn()
    assert len(list(made.client.pages("catalog", limit=10, expect=200))) == 20
    assert rows.most == 4


def test_pages_of_a_known_number_are_fetched_while_one_is_worked_on(
    shop: Any, wait_for: Callable[[Callable[[], bool]], None]
) -> None:
    rows = Rows(200)
    made = shop(rows)
    made.learn()
    with closing(made.client.pages("catalog", limit=10, expect=200)) as pages:
        for number in (1, 2):
            assert next(pages)[0] == number
            wait_for(lambda number=number: len(rows.asked) >= number + 4)
        assert len(rows.asked) <= 2 + 6


def test_no_more_is_fetched_ahead_than_there_is_memory_for(shop: Any) -> None:
    rows, shelf = Rows(200), Shelf(most=1)
    made = shop(rows, shelf=shelf)
    made.learn()
    with closing(made.client.pages("catalog", limit=10, expect=200)) as pages:
        for number in (1, 2, 3):
            assert next(pages)[0] == number
            assert rows.asked == list(range(1, number + 1))
    assert shelf.has_room(1)
    made = shop(rows, shelf=shelf)
    made.learn()
    assert len(list(made.client.pages("catalog", limit=10, expect=200))) == 20
    assert shelf.has_room(1)


def test_few_large_pages_are_worked_on_at_a_time() -> None:
    shelf = Shelf(turns=1, patience=0)
    with shelf.turn(LARGE) as first, shelf.turn(LARGE) as second, shelf.turn(LARGE - 1) as small:
        assert (first, second, small) == (True, False, True)
    with shelf.turn(LARGE) as again:
        assert again


def test_what_waited_to_be_read_keeps_its_place_while_another_page_is_not_whole(shop: Any) -> None:
    rows, broken = Rows(50), [3, 3, 4]
    whole = answer({"rows": []}).content[:-1]

    def handler(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        if page in broken:
            broken.remove(page)
            return httpx.Response(200, content=whole, headers=FULL)
        return rows(request)

    made = shop(handler)
    made.learn()
    got = list(made.client.pages("catalog", limit=10, expect=50))
    assert [row for _, page in got for row in page] == list(range(50))
    assert len(made.seen) == 5 + 3


def test_several_things_are_asked_side_by_side_and_told_in_order(shop: Any) -> None:
    made = shop(lambda request: answer({"value": request.url.path.split("/")[2]}))
    made.learn()
    asked = made.client.each([("shop.x", {}), ("languages.x", {})])
    assert list(asked) == [(0, "shop.x.json"), (1, "languages.x.json")]


def test_reading_goes_on_from_a_page(shop: Any) -> None:
    rows = Rows(100)
    made = shop(rows)
    made.learn()
    got = list(made.client.pages("catalog", start=9, limit=10, expect=100))
    assert [number for number, _ in got] == [9, 10]
    assert sorted(rows.asked) == [9, 10]
    assert list(made.client.pages("catalog", start=11, limit=10, expect=100)) == []


def test_pages_can_be_left_in_the_middle(shop: Any) -> None:
    made = shop(Rows(1000))
    made.learn()
    with closing(made.client.pages("catalog", limit=10)) as pages:
        assert next(pages)[0] == 1
        assert next(pages)[0] == 2
    made.client.close()
    assert made.in_flight() == 0


def test_pages_before_a_spent_window_are_not_lost(shop: Any) -> None:
    left = iter(range(33, 20, -1))

    def handler(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        remaining = {"x-ratelimit-remaining": f"{next(left)}/2900/11900"}
        return answer({"rows": [page] * 10}, **remaining)

    made = shop(handler)
    got: list[int] = []
    with pytest.raises(Spent) as caught:
        got.extend(number for number, _ in made.client.pages("catalog", limit=10))
    assert got == [1, 2, 3, 4]
    assert len(made.seen) == 4
    assert caught.value.window == "5min"


@pytest.mark.parametrize("value", [{"1": {}}, "text", 7])
def test_a_page_that_is_no_list_is_unreadable(shop: Any, value: object) -> None:
    made = shop(lambda r: answer({"rows": value}))
    with pytest.raises(Unreadable):
        list(made.client.pages("catalog"))


@pytest.mark.parametrize("value", [None, False, {}, []])
def test_an_empty_page_may_look_like_anything(shop: Any, value: object) -> None:
    made = shop(lambda r: answer({"rows": value}))
    assert list(made.client.pages("catalog")) == [(1, [])]


def orders(count: int) -> list[tuple[str, dict[str, object]]]:
    return [(f"orders/{number}/products", {"limit": 250}) for number in range(count)]


def test_many_gets_come_in_order_with_their_errors(shop: Any) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        number = int(request.url.path.split("/")[3])
        if number == 3:
            return refusal(404, "")
        if number == 5:
            return httpx.Response(500, html="<html>")
        return answer({"orderProducts": [number]})

    made = shop(handler)
    made.learn()
    got = list(made.client.each(orders(9)))
    assert [place for place, _ in got] == list(range(9))
    assert isinstance(got[3][1], NotFound)
    assert isinstance(got[5][1], Unreadable)
    assert [value for place, value in got if place not in (3, 5)] == [
        [number] for number in (0, 1, 2, 4, 6, 7, 8)
    ]


def test_many_unreadable_answers_in_a_row_are_raised(shop: Any) -> None:
    made = shop(lambda r: httpx.Response(502, html="<html>"))
    got = []
    with pytest.raises(LightspeedDown):
        got.extend(made.client.each(orders(100)))
    assert len(got) == 2


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (refusal(401, ""), KeyRefused),
        (refusal(403, ""), NoPermission),
        (httpx.ConnectError("down"), LightspeedDown),
    ],
)
def test_what_concerns_all_gets_is_raised(
    shop: Any, response: httpx.Response | Exception, error: type[LightspeedError]
) -> None:
    made = shop(in_turn(response))
    with pytest.raises(error):
        list(made.client.each(orders(10)))


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (lambda: refusal(401, ""), KeyRefused),
        (lambda: refusal(403, ""), NoPermission),
        (lambda: refusal(422, ""), Rejected),
        (lambda: httpx.ConnectError("down"), LightspeedDown),
    ],
)
def test_what_is_paid_for_is_handed_out_before_a_failure_is_raised(
    shop: Any, response: Callable[[], Any], error: type[LightspeedError]
) -> None:
    sent: set[int] = set()

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("account.json"):  # of the other cluster, or a cheap probe
            return refusal(401, "")
        number = int(request.url.path.split("/")[3])
        if number == 2:
            failing = response()
            if isinstance(failing, Exception):
                raise failing
            return failing
        sent.add(number)
        return answer({"orderProducts": [number]})

    made = shop(handler)
    made.learn()
    got: dict[int, Any] = {}
    with pytest.raises(error):
        got.update(made.client.each(orders(100)))
    assert set(got) == sent
    assert {0, 1} <= sent
    assert 2 not in got
    assert len(got) < 20


# -- stopping ---------------------------------------------------------------------------------


def test_a_stop_ends_a_wait(shop: Any) -> None:
    stopping = threading.Event()

    def handler(_: httpx.Request) -> httpx.Response:
        stopping.set()
        return refusal(500, "")

    made = shop(handler, stop=stopping.is_set)
    with pytest.raises(Stopped):
        made.client.get("shop")
    assert len(made.seen) == 1
    with pytest.raises(Stopped):
        list(made.client.each(orders(3)))
    assert len(made.seen) == 1


def test_closing_ends_what_waits(shop: Any) -> None:
    made = shop(lambda r: refusal(500, ""))
    made.client.close()
    with pytest.raises(Stopped):
        made.client.get("shop")


# -- against the stand-in, over loopback ------------------------------------------------------


class StandIn:
    """The stand-in with a small shop, on the clock of those who call it."""

    def __init__(self, folder: Path, limits: Limits | None = Limits()) -> None:  # noqa: B008
        self.clock = FakeClock()
        self.state = State(folder / "sandbox.db", now=self.clock.now)
        fill(self.state, generate(products=60, orders=60, seed=3))
        self.pairs = []
        self.clients: list[LightspeedClient] = []
        self.add_key(AREAS)
        self.sandbox = Sandbox(self.state, now=self.clock.now, windows=limits)

    def add_key(self, areas: Iterable[str]) -> Key:
        number = len(self.pairs) + 1
        pair = Key(number, Secret(f"key{number}" * 8), Secret(f"secret{number}" * 5))
        self.state.add_key(pair.key.reveal(), pair.secret.reveal(), areas)
        self.pairs.append(pair)
        return pair

    def client(
        self, pairs: list[Key] | None = None, *, timeout: float = 20, **options: Any
    ) -> LightspeedClient:
        keys = pairs or self.pairs
        budget = Budget(MemoryBook(), [key.id for key in keys], reserve=0.1, clock=self.clock)
        given = {"cluster": "eu1", "api_url": self.sandbox.url, "language": "nl"}
        client = LightspeedClient(
            **{**given, **options},
            keys=keys,
            budget=budget,
            clock=self.clock,
            http_for=partial(Http, timeout=timeout),
        )
        self.clients.append(client)
        return client

    def seen(self) -> list[str]:
        return [call.path for call in self.state.calls(side="lightspeed")]


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[Callable[..., StandIn]]:
    with ExitStack() as stack:

        def make(*limits: Limits | None) -> StandIn:
            made = StandIn(tmp_path, *limits)
            stack.enter_context(made.sandbox)
            stack.callback(lambda: [client.close() for client in made.clients])
            return made

        yield make


def test_a_shop_is_read_whole(stand_in: Any) -> None:
    shop = stand_in()
    client = shop.client()
    rows = client.count("catalog")
    ids = [
        product["id"]
        for _, products in client.pages("catalog", limit=7, expect=rows)
        for product in products
    ]
    assert sorted(ids) == sorted(record["id"] for record in shop.state.all("product"))
    assert client.calls == {"catalog": 1 + math.ceil(rows / 7)}
    assert len(shop.seen()) == client.calls.total()


def test_order_lines_come_in_the_order_asked_for(stand_in: Any) -> None:
    shop = stand_in()
    client = shop.client()
    numbers = [order["id"] for _, rows in client.pages("orders") for order in rows]
    requests = [(f"orders/{number}/products", {"limit": 250}) for number in numbers]
    found = dict(client.each(requests))
    assert list(found) == list(range(len(numbers)))
    by_order = Counter(line["order"] for line in shop.state.all("order_product"))
    assert [len(lines) for lines in found.values()] == [by_order[n] for n in numbers]
    assert client.calls["order_lines"] == len(numbers)
    assert shop.state.exceeded() == []


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "html"},
        {"kind": "status", "code": 500},
        {"kind": "empty"},
        {"kind": "truncate"},
        {"kind": "reset"},
        {"kind": "timeout_before"},
        {"kind": "timeout_after"},
        {"kind": "not_found", "path": r"orders/\d+"},
        {"kind": "too_many", "retry_after": "seconds"},
        {"kind": "too_many", "retry_after": "date", "rate_headers": False},
    ],
    ids=lambda fault: fault["kind"],
)
def test_a_passing_fault_is_got_over(stand_in: Any, fault: dict[str, Any]) -> None:
    shop = stand_in()
    client = shop.client(timeout=1 if "timeout" in fault["kind"] else 20)
    newest = client.get("orders", limit=6)
    paths = [f"orders/{order['id']}/products" for order in newest]
    shop.state.faults.add(Fault(**{"side": "lightspeed", "times": 1, "after": 1, **fault}))
    found = dict(client.each([(path, {}) for path in paths]))
    assert [isinstance(value, list) for value in found.values()] == [True] * 6
    assert client.calls["order_lines"] == 7
    assert shop.state.exceeded() == []


def test_windows_are_kept_and_waited_for(stand_in: Any) -> None:
    shop = stand_in(Limits(second=20, five_minutes=20, hour=100, day=1000))
    client = shop.client()
    done, waits = 0, []
    while done < 60:
        try:
            for number, _ in client.pages("catalog", start=done + 1, limit=1, expect=60):
                done = number
        except Spent as spent:
            waits.append(spent.window)
            shop.clock.at = max(spent.until, shop.clock.at)
    assert shop.state.exceeded() == []
    assert len(shop.seen()) == client.calls.total() == 60
    assert set(waits) == {"5min"}


def test_without_windows_calls_still_go_at_four_at_once(stand_in: Any) -> None:
    shop = stand_in(None)
    client = shop.client()
    assert len(list(client.pages("catalog", limit=1, expect=60))) == 60


def test_what_a_key_may_not_read_is_said(stand_in: Any) -> None:
    shop = stand_in()
    client = shop.client([shop.add_key(["products"])])
    with pytest.raises(NoPermission, match="read orders"):
        client.get("orders")
    found = client.check()
    assert found["permissions"]["orders"]["read"] is False
    assert found["shop"] is None


def test_a_language_the_shop_lacks_is_said(stand_in: Any) -> None:
    shop = stand_in()
    with pytest.raises(NoSuchLanguage):
        shop.client(language="xx").get("catalog")
    found = shop.client(language="xx").check()
    assert {row["code"] for row in found["languages"]} >= {found["language"]}


def test_a_key_of_the_other_cluster_is_recognised(stand_in: Any, tmp_path: Path) -> None:
    shop = stand_in()
    again = State(tmp_path / "sandbox.db", now=shop.clock.now)
    with Sandbox(again, now=shop.clock.now, cluster="us1") as other:
        client = shop.client(cluster="us1", api_url=other.url, other_cluster_url=shop.sandbox.url)
        with pytest.raises(KeyRefused, match="eu1 accepts it: change the cluster"):
            client.get("catalog")


@pytest.mark.parametrize(
    ("response", "speaks"),
    [
        (answer({"account": {"id": 1}}), True),
        (refusal(401, "Access denied."), True),
        (refusal(404, "Unknown or inactive language."), True),
        (refusal(503, "Try later."), False),
        (httpx.Response(403, html="<html><body>Blocked</body></html>"), False),
        (httpx.Response(200, html="<html><body>Login</body></html>"), False),
        (httpx.ConnectError("refused"), False),
        (httpx.ReadTimeout("late"), False),
    ],
)
def test_only_the_api_itself_counts_as_an_answer(
    shop: Callable[..., Shop], response: httpx.Response | Exception, speaks: bool
) -> None:
    made = shop(in_turn(response))
    assert made.client.answers() is speaks
    assert len(made.seen) == 1
    assert made.clock.slept == []
