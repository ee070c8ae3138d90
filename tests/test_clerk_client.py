"""The Clerk.io client: what it sends, how it finds the bad record, when it waits and gives up."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.clerk import (
    ClerkClient,
    ClerkDown,
    ClerkRefused,
    ClerkRejected,
    Confirmed,
    Problem,
    Record,
    RecordFailed,
    Stopped,
    WriteResult,
    clerk_url,
)
from sync.errors import Message
from sync.sandbox import clerk
from sync.sandbox.faults import Fault
from sync.sandbox.state import State
from sync.vault import Secret

PUBLIC, PRIVATE = "clerk-public-key-of-nl", "clerk-private-key-of-nl"
LOOPBACK = "http://127.0.0.1:1"
ERROR = {
    "status": "error",
    "message": "products[0].price must be a number",
    "moreInfo": "http://my.clerk.io/error/e1",
    "type": "ParsingError",
    "id": "e1",
}


class Ticking:
    """A clock that moves only by sleeping."""

    def __init__(self) -> None:
        self.at = 1_750_000_000.0
        self.slept = 0.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds
        self.slept += seconds


@contextmanager
def client_of(
    handler: Callable[[httpx.Request], httpx.Response], api_url: str | None = LOOPBACK, **more: Any
) -> Iterator[tuple[ClerkClient, Ticking]]:
    clock = Ticking()
    with ClerkClient(
        api_url=api_url,
        public=Secret(PUBLIC),
        private=Secret(PRIVATE),
        clock=clock,
        transport=httpx.MockTransport(handler),
        **more,
    ) as client:
        yield client, clock


def ok(**more: Any) -> httpx.Response:
    return httpx.Response(200, json={"status": "ok"} | more)


def soft(status: int = 200, **changes: Any) -> httpx.Response:
    return httpx.Response(status, json=ERROR | changes)


def page(status: int, **headers: str) -> httpx.Response:
    return httpx.Response(status, html="<html><body>Gateway</body></html>", headers=headers)


def records(*keys: Any) -> list[Record]:
    return [Record(n, key, orjson.dumps({"id": key})) for n, key in enumerate(keys)]


def keys_of(request: httpx.Request) -> list[Any]:
    return [value["id"] for value in orjson.loads(request.content)["products"]]


def answers(*responses: httpx.Response | Exception) -> Callable[[httpx.Request], httpx.Response]:
    """A handler that gives these in turn, the last one for ever."""
    waiting = list(responses)

    def handler(request: httpx.Request) -> httpx.Response:
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    return handler


@dataclass
class Shelf:
    """A Clerk.io that refuses bad records and, if told so, batches above a size."""

    bad: set[int] = field(default_factory=set)
    most_objects: int | None = None
    most_bytes: int | None = None
    late_above: int | None = None
    kind: str = "ParsingError"
    stored: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        keys = keys_of(request)
        self.sizes.append(len(keys))
        if self.most_bytes is not None and len(request.content) > self.most_bytes:
            return page(413)
        if self.late_above is not None and len(keys) > self.late_above:
            raise httpx.ReadTimeout("late", request=request)
        if self.most_objects is not None and len(keys) > self.most_objects:
            return soft(message="too many objects", type="LogicalError")
        if self.bad.intersection(keys):
            return soft(message=f"{min(self.bad.intersection(keys))} is bad", type=self.kind)
        self.stored += keys
        return ok()


def confirmed_keys(outcomes: list[WriteResult]) -> list[Any]:
    return [r.key for made in outcomes if isinstance(made, Confirmed) for r in made.records]


def failed_keys(outcomes: list[WriteResult]) -> list[Any]:
    return [made.record.key for made in outcomes if isinstance(made, RecordFailed)]


# -- what is sent


@pytest.mark.parametrize(("call", "method"), [("upsert", "POST"), ("patch", "PATCH")])
def test_a_write_carries_keys_and_payloads_in_its_body(call, method):
    seen = []

    def handler(request):
        seen.append(request)
        return ok()

    payloads = [b'{"id":1,"name":"\xc3\xbc"}', b'{"id":2}']
    batch = [Record(n, n + 1, payload) for n, payload in enumerate(payloads)]
    with client_of(handler) as (client, _):
        assert list(getattr(client, call)("products", batch)) == [Confirmed(tuple(batch))]
    (request,) = seen
    assert (request.method, request.url.path, request.url.query) == (method, "/v2/products", b"")
    assert request.headers["content-type"] == "application/json"
    assert orjson.loads(request.content) == {
        "key": PUBLIC,
        "private_key": PRIVATE,
        "products": [{"id": 1, "name": "ü"}, {"id": 2}],
    }


def test_a_delete_carries_encoded_ids_in_its_query_fifty_at_a_time():
    seen = []

    def handler(request):
        seen.append(request.url.params)
        return ok()

    with client_of(handler) as (client, _):
        outcomes = list(client.delete("pages", records(*(f"textpage-{n}" for n in range(120)))))
    assert [len(made.records) for made in outcomes] == [50, 50, 20]
    assert (seen[0]["key"], seen[0]["private_key"]) == (PUBLIC, PRIVATE)
    assert orjson.loads(seen[2]["pages"]) == [f"textpage-{n}" for n in range(100, 120)]


def test_a_read_gives_objects_under_the_keys_asked_for():
    def handler(request):
        asked = orjson.loads(request.url.params["products"])
        assert request.method == "GET"
        assert len(asked) <= 50
        return ok(products=[{"id": str(key), "name": "x"} for key in asked if key % 2])

    with client_of(handler) as (client, _):
        found = client.read("products", range(1, 121))
    assert list(found) == list(range(1, 121, 2))
    assert found[1] == {"id": "1", "name": "x"}


def test_customers_are_read_by_address():
    address = "jan@example.com"

    def handler(request):
        assert orjson.loads(request.url.params["customers"]) == [address]
        return ok(customers=[{"customerid": 5, "email": address}])

    with client_of(handler) as (client, _):
        assert client.read("customers", [address])[address]["customerid"] == 5


def test_a_read_in_too_long_a_url_goes_in_parts():
    def handler(request):
        asked = orjson.loads(request.url.params["pages"])
        return page(414) if len(asked) > 10 else ok(pages=[{"id": key} for key in asked])

    with client_of(handler) as (client, _):
        assert len(client.read("pages", [f"p{n}" for n in range(45)])) == 45


def test_nothing_to_send_sends_nothing():
    def handler(request):
        raise AssertionError("a request")

    with client_of(handler) as (client, _):
        assert list(client.upsert("products", [])) == []
        assert list(client.delete("products", [])) == []
        assert client.read("products", []) == {}
        assert not client.calls


@pytest.mark.parametrize(
    ("api_url", "base"),
    [
        (None, "https://api.clerk.io/v2"),
        ("http://127.0.0.1:8700", "http://127.0.0.1:8700/v2"),
        ("http://127.0.0.1:8700/elsewhere/", "http://127.0.0.1:8700/v2"),
        ("https://proxy.example", "https://proxy.example/v2"),
    ],
)
def test_api_url_replaces_scheme_and_host(api_url, base):
    assert clerk_url(api_url) == base


@pytest.mark.parametrize("api_url", ["http://api.example", "api.example", "https://u:p@x.example"])
def test_an_address_that_would_show_the_keys_is_refused(api_url):
    with pytest.raises(ValueError, match=r"address|https"), client_of(answers(ok()), api_url):
        pass


def test_calls_are_counted_by_first_path_segment_if_they_may_have_arrived():
    lost = [httpx.ConnectError("refused"), httpx.ReadError("cut"), httpx.ReadTimeout("late")]
    with client_of(answers(*lost, page(502), ok())) as (client, _):
        list(client.upsert("products", records(1)))
        list(client.delete("orders", records(1)))
        client.check()
    assert client.calls == {"products": 4, "orders": 1, "client": 1}


# -- batches


def test_batches_hold_two_hundred_or_a_megabyte():
    shelf = Shelf()
    with client_of(shelf) as (client, _):
        list(client.upsert("products", records(*range(450))))
    assert shelf.sizes == [200, 200, 50]
    heavy = [Record(n, n, b'{"id":%d,"t":"%b"}' % (n, b"x" * 300_000)) for n in range(8)]
    shelf = Shelf(most_bytes=1_001_000)
    with client_of(shelf) as (client, _):
        assert confirmed_keys(list(client.upsert("products", heavy))) == list(range(8))
    assert shelf.sizes == [3, 3, 2]


def test_a_request_goes_out_only_when_its_outcome_is_asked_for():
    shelf = Shelf()
    with (
        client_of(shelf) as (client, _),
        closing(client.upsert("products", records(*range(450)))) as g,
    ):
        assert shelf.sizes == []
        assert [r.key for r in next(g).records] == list(range(200))
        assert shelf.sizes == [200]
    assert shelf.sizes == [200]


@pytest.mark.parametrize("spoilt", [0, 1, 57, 99, 100, 127, 128, 198, 199])
def test_one_bad_record_of_two_hundred_costs_few_requests_and_fails_alone(spoilt):
    shelf = Shelf(bad={spoilt})
    with client_of(shelf) as (client, _):
        outcomes = list(client.upsert("products", records(*range(1000))))
    assert confirmed_keys(outcomes) == [n for n in range(1000) if n != spoilt]
    (failed,) = [made for made in outcomes if isinstance(made, RecordFailed)]
    assert failed == RecordFailed(
        records(*range(1000))[spoilt],
        Problem(
            Message("clerk.typed", type="ParsingError", said=f"{spoilt} is bad"),
            "http://my.clerk.io/error/e1",
            "e1",
            "ParsingError",
        ),
    )
    assert len(shelf.sizes) <= 5 + 10
    assert shelf.sizes[-2] == 200


def test_where_every_record_is_bad_each_costs_about_one_request():
    shelf = Shelf(bad=set(range(400)))
    with client_of(shelf) as (client, _):
        outcomes = list(client.upsert("products", records(*range(400))))
    assert failed_keys(outcomes) == list(range(400))
    assert len(shelf.sizes) <= 460


def test_after_a_bad_stretch_batches_grow_again():
    shelf = Shelf(bad=set(range(300)))
    with client_of(shelf) as (client, _):
        list(client.upsert("products", records(*range(9000))))
    assert max(shelf.sizes[-5:]) == 200


@pytest.mark.parametrize("refusal", [{"most_objects": 60}, {"most_bytes": 900}, {"late_above": 60}])
def test_a_size_that_is_refused_is_learnt(refusal):
    shelf = Shelf(**refusal)
    with client_of(shelf) as (client, _):
        outcomes = list(client.upsert("products", records(*range(2000))))
        wasted = len(shelf.sizes) - sum(isinstance(made, Confirmed) for made in outcomes)
    assert confirmed_keys(outcomes) == list(range(2000))
    assert wasted <= 12


@pytest.mark.parametrize("status", [413, 414])
def test_a_record_that_is_too_large_alone_fails_alone(status):
    def handler(request):
        return page(status) if 3 in keys_of(request) else ok()

    with client_of(handler) as (client, _):
        outcomes = list(client.upsert("products", records(*range(8))))
    assert confirmed_keys(outcomes) == [0, 1, 2, 4, 5, 6, 7]
    (failed,) = [made for made in outcomes if isinstance(made, RecordFailed)]
    assert failed.record.key == 3
    assert str(failed.problem.message) == f"Clerk.io refuses this as too large (status {status})"


@settings(max_examples=150, deadline=None)
@given(
    total=st.integers(0, 120),
    bad=st.sets(st.integers(0, 119)),
    most_objects=st.none() | st.integers(1, 40),
    most_bytes=st.none() | st.integers(90, 400),
    late_above=st.none() | st.integers(4, 40),
    heavy=st.sets(st.integers(0, 119), max_size=3),
)
def test_the_good_are_confirmed_once_and_the_bad_fail_alone(
    total, bad, most_objects, most_bytes, late_above, heavy
):
    head = len(orjson.dumps({"key": PUBLIC, "private_key": PRIVATE, "products": []}))
    limit = None if most_bytes is None else head + most_bytes
    batch = [
        Record(n, n, orjson.dumps({"id": n, "t": "x" * (400 if n in heavy else 3)}))
        for n in range(total)
    ]
    shelf = Shelf(bad, most_objects, limit, late_above)
    with client_of(shelf) as (client, _):
        outcomes = list(client.upsert("products", batch))
    refused = bad | (heavy if most_bytes is not None else set())
    assert confirmed_keys(outcomes) == [n for n in range(total) if n not in refused]
    assert failed_keys(outcomes) == [n for n in range(total) if n in refused]
    assert shelf.stored == confirmed_keys(outcomes)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(0, 999), max_size=12))
def test_each_bad_record_costs_a_logarithm(bad):
    shelf = Shelf(bad)
    with client_of(shelf) as (client, _):
        list(client.upsert("products", records(*range(1000))))
    assert len(shelf.sizes) <= 5 + 16 * len(bad)


def test_an_internal_error_is_first_sent_again_as_it_is():
    handler = answers(soft(type="InternalError"), ok())
    with client_of(handler) as (client, clock):
        outcomes = list(client.upsert("products", records(*range(200))))
        assert [len(made.records) for made in outcomes] == [200]
        assert client.calls == {"products": 2}
        assert clock.slept == 1


def test_a_record_that_ails_clerk_itself_fails_alone():
    shelf = Shelf(bad={7}, kind="InternalError")
    with client_of(shelf) as (client, _):
        outcomes = list(client.upsert("products", records(*range(200))))
    assert failed_keys(outcomes) == [7]
    assert len(confirmed_keys(outcomes)) == 199


def test_internal_errors_for_everything_are_an_outage():
    shelf = Shelf(bad=set(range(1000)), kind="InternalError")
    outcomes = []
    with client_of(shelf) as (client, _), pytest.raises(ClerkDown, match="is bad"):
        outcomes.extend(iter(client.upsert("products", records(*range(1000)))))
    assert len(shelf.sizes) < 120


# -- waiting and giving up

PASSING = [
    page(500),
    page(502),
    page(404),
    page(403),
    page(200),
    page(302),
    httpx.Response(200),
    httpx.Response(200, content=b'{"status": "o'),
    httpx.Response(200, json=[1]),
    httpx.Response(200, json={"products": []}),
    soft(500, type="InternalError"),
    httpx.Response(429),
    soft(429),
    httpx.ConnectError("refused"),
    httpx.ReadError("cut"),
    httpx.ReadTimeout("late"),
]


@pytest.mark.parametrize("trouble", PASSING, ids=str)
def test_what_may_pass_is_tried_again(trouble):
    with client_of(answers(trouble, trouble, ok())) as (client, clock):
        assert confirmed_keys(list(client.upsert("products", records(1)))) == [1]
        assert clock.slept == 1 + 2


@pytest.mark.parametrize("trouble", PASSING, ids=str)
@pytest.mark.parametrize("count", [1, 200])
def test_what_does_not_pass_ends_after_five_retries_with_nothing_marked(trouble, count):
    outcomes = []
    with client_of(answers(trouble)) as (client, clock):
        with pytest.raises(ClerkDown, match="given up after 6 attempts") as caught:
            outcomes.extend(client.upsert("products", records(*range(count))))
        assert clock.slept == 1 + 2 + 4 + 8 + 16
    assert outcomes == []
    assert str(caught.value).startswith("Clerk.io")
    assert caught.value.retry_after is None


def test_the_client_works_again_after_an_outage():
    with client_of(answers(*[page(502)] * 7, ok())) as (client, _):
        with pytest.raises(ClerkDown):
            list(client.upsert("products", records(1)))
        assert confirmed_keys(list(client.upsert("products", records(1)))) == [1]


@pytest.mark.parametrize(
    ("asked", "slept"),
    [("7", 7), ("0", 1), ("Sun, 15 Jun 2025 15:06:50 GMT", 10), ("soon", 1), ("60", 60)],
)
def test_retry_after_is_obeyed(asked, slept):
    with client_of(answers(page(429, **{"Retry-After": asked}), ok())) as (client, clock):
        list(client.upsert("products", records(1)))
        assert clock.slept == slept


def test_a_wait_beyond_a_minute_is_left_to_the_caller():
    with client_of(answers(page(429, **{"Retry-After": "900"}))) as (client, clock):
        with pytest.raises(ClerkDown) as caught:
            list(client.upsert("products", records(1)))
        assert clock.slept == 0
    assert caught.value.retry_after == 900


def test_a_late_answer_halves_the_batch():
    shelf = Shelf(late_above=100)
    with client_of(shelf) as (client, clock):
        assert len(confirmed_keys(list(client.upsert("products", records(*range(200)))))) == 200
        assert shelf.sizes == [200, 100, 100]
        assert clock.slept == 1


@pytest.mark.parametrize(
    "refusal",
    [soft(401, type="AuthenticationError"), soft(type="AuthenticationError"), page(401)],
)
def test_wrong_keys_end_everything_at_once(refusal):
    with client_of(answers(refusal)) as (client, clock):
        for attempt in (
            lambda: list(client.upsert("products", records(1, 2))),
            lambda: list(client.delete("products", records(1))),
            lambda: client.read("products", [1]),
            client.check,
        ):
            with pytest.raises(ClerkRefused):
                attempt()
        assert sum(client.calls.values()) == 4
        assert clock.slept == 0


def test_what_was_confirmed_before_wrong_keys_stays_confirmed():
    outcomes = []
    handler = answers(ok(), soft(401, type="AuthenticationError", message="key revoked"))
    with client_of(handler) as (client, _), pytest.raises(ClerkRefused) as caught:
        outcomes.extend(iter(client.upsert("products", records(*range(400)))))
    assert str(caught.value) == "Clerk.io: AuthenticationError: key revoked"
    assert caught.value.problem.link == "http://my.clerk.io/error/e1"


def test_stop_ends_a_long_wait_within_a_second():
    asked = threading.Event()
    with client_of(answers(page(502)), stop=asked.is_set) as (client, clock):
        clock_sleep = clock.sleep

        def sleep(seconds: float) -> None:
            clock_sleep(seconds)
            if clock.slept >= 4:
                asked.set()

        clock.sleep = sleep
        with pytest.raises(Stopped):
            list(client.upsert("products", records(1)))
        assert clock.slept == 4


def test_stop_before_a_request_sends_none():
    with client_of(answers(ok()), stop=lambda: True) as (client, _):
        with pytest.raises(Stopped):
            list(client.upsert("products", records(1)))
        assert not client.calls


@pytest.mark.parametrize(
    ("api_url", "per_second", "slept"),
    [(None, 2, 4.5), (None, 4, 2.25), (None, None, 0), (LOOPBACK, 2, 0)],
)
def test_the_real_api_gets_two_requests_a_second(api_url, per_second, slept):
    with client_of(answers(ok()), api_url, per_second=per_second) as (client, clock):
        list(client.upsert("products", records(*range(2000))))
        assert client.calls == {"products": 10}
        assert clock.slept == slept


def test_one_request_is_in_flight_at_most():
    flying, most = 0, 0
    lock = threading.Lock()

    def handler(request):
        nonlocal flying, most
        with lock:
            flying += 1
            most = max(most, flying)
        threading.Event().wait(0.002)
        with lock:
            flying -= 1
        return ok()

    with client_of(handler) as (client, _):
        threads = [
            threading.Thread(target=lambda: list(client.upsert("products", records(*range(900)))))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert client.calls == {"products": 20}
    assert most == 1


# -- check and read


def test_check_asks_for_the_account():
    seen = []

    def handler(request):
        seen.append((request.method, request.url.path, dict(request.url.params)))
        return ok()

    with client_of(handler) as (client, _):
        client.check()
    keys = {"key": PUBLIC, "private_key": PRIVATE}
    assert seen == [("GET", "/v2/client/account/info", keys)]


@pytest.mark.parametrize("missing", [page(404), soft(404, type="LogicalError"), page(500)])
def test_check_falls_back_to_the_public_key(missing):
    def handler(request):
        if request.url.path == "/v2/client/account/info":
            return httpx.Response(missing.status_code, content=missing.content)
        assert dict(request.url.params) == {"key": PUBLIC, "limit": "1"}
        return ok(result=[])

    with client_of(handler) as (client, _):
        client.check()
        assert client.calls["recommendations"] == 1


def test_check_tells_what_clerk_said():
    with client_of(answers(soft())) as (client, _), pytest.raises(ClerkRejected, match="a number"):
        client.check()
    with client_of(answers(page(502))) as (client, _), pytest.raises(ClerkDown, match="status 502"):
        client.check()


def test_a_read_that_is_refused_tells_what_clerk_said():
    with client_of(answers(soft())) as (client, _), pytest.raises(ClerkRejected) as caught:
        client.read("products", [1])
    assert caught.value.problem.error_id == "e1"


@pytest.mark.parametrize("rows", [None, {}, "x", [1, None, {"name": "no id"}]])
def test_a_read_takes_odd_answers_for_nothing_found(rows):
    with client_of(answers(ok(products=rows))) as (client, _):
        assert client.read("products", [1]) == {}


# -- what Clerk.io says


@pytest.mark.parametrize(
    ("changes", "message", "link", "error_id", "kind"),
    [
        ({"message": "two\nlines"}, "two lines", ERROR["moreInfo"], "e1", "ParsingError"),
        ({"message": None, "id": 5}, "Clerk.io gave no reason (status 200)", ..., "5", ...),
        ({"message": ["x"], "type": {}}, "Clerk.io gave no reason (status 200)", ..., ..., None),
        ({"moreInfo": "javascript:alert(1)"}, ..., None, ..., ...),
        ({"moreInfo": None, "id": None, "type": None}, ..., None, None, None),
    ],
)
def test_odd_error_bodies_are_told_as_well_as_they_can_be(changes, message, link, error_id, kind):
    with client_of(answers(soft(**changes))) as (client, _):
        (failed,) = client.upsert("products", records(1))
    usual = (ERROR["message"], ERROR["moreInfo"], "e1", "ParsingError")
    expected = [
        one if given is ... else given
        for given, one in zip((message, link, error_id, kind), usual, strict=True)
    ]
    found = failed.problem
    words = found.message.text().removeprefix(f"{found.type}: ")
    assert [words, found.link, found.error_id, found.type] == expected
    assert words == found.message.text() or found.type


def test_a_message_is_cut_only_after_it_was_cleaned():
    told = "x" * 490 + f" {PRIVATE} jan@example.com " + "y" * 9000
    with client_of(answers(soft(message=told))) as (client, _):
        (failed,) = client.upsert("products", records(1))
    said = str(failed.problem.message.values["said"])
    assert said == "x" * 490 + " ••• •••@…"[:10]
    assert len(said) <= 500


# -- against the stand-in


class Front:
    """One HTTP server for all tests; each test puts its own app behind it."""

    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="module")
def front() -> Iterator[tuple[Front, str]]:
    holder = Front()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # the client is quicker than a server that has yet to start
        config = uvicorn.Config(
            holder, lifespan="off", log_level="critical", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield holder, f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@dataclass
class Desk:
    client: ClerkClient
    clock: Ticking
    state: State

    def stored(self, entity: str) -> dict[Any, Any]:
        return clerk.objects(self.state, PUBLIC, entity)


@pytest.fixture
def patience() -> float:
    """Seconds an answer may take: a computer that has much to do is no time-out."""
    return 20


@pytest.fixture
def desk(front: tuple[Front, str], tmp_path: Path, patience: float) -> Iterator[Desk]:
    holder, url = front
    clock = Ticking()
    with (
        closing(State(tmp_path / "sandbox.db")) as state,
        ClerkClient(
            api_url=url,
            public=Secret(PUBLIC),
            private=Secret(PRIVATE),
            clock=clock,
            timeout=patience,
        ) as client,
    ):
        clerk.add_store(state, PUBLIC, PRIVATE, "Nederlands")
        holder.app = clerk.clerk_app(state)
        yield Desk(client, clock, state)


def product(key: int, **changes: Any) -> Record:
    value = {
        "id": key,
        "name": "Fietstas",
        "description": "",
        "price": 49.95,
        "url": "https://shop.example/fietstas.html",
        "categories": [10, 11],
        "created_at": 1_700_000_000,
    } | changes
    return Record(key, key, orjson.dumps(value))


def test_the_stand_in_takes_what_the_client_sends(desk):
    desk.client.check()
    outcomes = list(desk.client.upsert("products", [product(n) for n in range(1, 451)]))
    assert [len(made.records) for made in outcomes] == [200, 200, 50]
    assert len(desk.stored("products")) == 450
    hidden = [Record(n, n, orjson.dumps({"id": n, "index": False})) for n in (1, 2)]
    assert confirmed_keys(list(desk.client.patch("products", hidden))) == [1, 2]
    assert clerk.deindexed(desk.state, PUBLIC) == {1, 2}
    found = desk.client.read("products", [1, 3, 999_999])
    assert (found[1]["index"], found[3]["price"], len(found)) == (False, 49.95, 2)
    gone = records(*range(1, 101), 999_999)
    assert confirmed_keys(list(desk.client.delete("products", gone))) == [r.key for r in gone]
    assert len(desk.stored("products")) == 350


@pytest.mark.parametrize("refusals", ["200", "400"])
def test_the_stand_in_s_refusals_reach_their_record(desk, refusals):
    clerk.set_switches(desk.state, refusals=refusals, max_objects=70)
    batch = [product(n, **({"price": "free"} if n in (7, 180) else {})) for n in range(1, 301)]
    outcomes = list(desk.client.upsert("products", batch))
    assert failed_keys(outcomes) == [7, 180]
    assert all(
        "price must be a number" in f.problem.message.text()
        for f in outcomes
        if isinstance(f, RecordFailed)
    )
    assert len(desk.stored("products")) == 298


def test_a_patch_of_what_clerk_does_not_have_fails_alone(desk):
    list(desk.client.upsert("products", [product(1), product(2)]))
    changes = [Record(n, n, orjson.dumps({"id": n, "index": False})) for n in (1, 2, 3)]
    outcomes = list(desk.client.patch("products", changes))
    assert (confirmed_keys(outcomes), failed_keys(outcomes)) == ([1, 2], [3])


@pytest.mark.parametrize("auth_errors", ["mixed", "401", "200"])
def test_a_revoked_key_is_refused_however_it_is_told(desk, auth_errors):
    clerk.set_switches(desk.state, auth_errors=auth_errors)
    clerk.revoke(desk.state, PRIVATE)
    with pytest.raises(ClerkRefused, match="Wrong private_key"):
        desk.client.check()
    with pytest.raises(ClerkRefused):
        list(desk.client.upsert("products", [product(1)]))


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "html"},
        {"kind": "empty"},
        {"kind": "truncate"},
        {"kind": "reset"},
        {"kind": "too_many", "retry_after": "seconds", "seconds": 3},
        {"kind": "soft_error", "type": "InternalError"},
        {"kind": "soft_error", "type": "LogicalError"},
        {"kind": "status", "code": 503},
    ],
    ids=lambda fault: "_".join(map(str, fault.values())),
)
def test_a_fault_that_passes_leaves_no_trace_in_the_result(desk, fault):
    desk.state.faults.add(Fault("clerk", times=1, **fault))
    outcomes = list(desk.client.upsert("products", [product(n) for n in range(1, 251)]))
    assert confirmed_keys(outcomes) == list(range(1, 251))
    assert len(desk.stored("products")) == 250


@pytest.mark.parametrize("patience", [1])
@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after"])
def test_a_time_out_that_passes_leaves_no_trace_in_the_result(desk, kind):
    test_a_fault_that_passes_leaves_no_trace_in_the_result(desk, {"kind": kind})


def test_limits_of_the_stand_in_are_found(desk):
    clerk.set_switches(desk.state, max_bytes=20_000, max_query=500)
    batch = [product(n) for n in range(1, 401)]
    assert confirmed_keys(list(desk.client.upsert("products", batch))) == list(range(1, 401))
    keys = [record.key for record in batch]
    assert len(desk.client.read("products", keys)) == 400
    assert confirmed_keys(list(desk.client.delete("products", batch))) == keys
    assert desk.stored("products") == {}


def test_the_log_names_no_key(desk, caplog):
    caplog.set_level(logging.DEBUG)
    desk.client.check()
    desk.client.read("customers", ["jan@example.com"])
    text = "\n".join(record.getMessage() for record in caplog.records if "sync" in record.name)
    assert "/v2/client/account/info?key=•••&private_key=•••" in text
    assert not any(secret in text for secret in (PUBLIC, PRIVATE, "jan", "example.com"))


@pytest.mark.parametrize(
    ("response", "speaks"),
    [
        (ok(), True),
        (soft(), True),
        (soft(type="AuthenticationError"), True),
        (page(403), False),
        (page(502), False),
        (httpx.Response(503, json=ERROR), False),
        (httpx.ConnectError("refused"), False),
        (httpx.ReadTimeout("late"), False),
    ],
)
def test_only_the_api_itself_counts_as_an_answer(response, speaks):
    with client_of(answers(response)) as (client, clock):
        assert client.answers() is speaks
        assert clock.slept == 0
        assert client.calls.total() <= 1
