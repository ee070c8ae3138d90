"""One HTTP attempt: what comes back, what goes wrong and how it is told."""

import gzip
import logging
import logging.config
import socket
import ssl
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.http import (
    Answer,
    BadAnswer,
    Http,
    HttpError,
    Interrupted,
    NetworkError,
    NoAddress,
    NoConnection,
    Refused,
    TimedOut,
    TlsFailure,
    tls,
)
from sync.patience import backoff, retry_after

NOW = 1_750_000_000.0


@contextmanager
def answering(handler, base="https://api.example/v2", **options) -> Iterator[Http]:
    with Http(base, transport=httpx.MockTransport(handler), **options) as http:
        yield http


@contextmanager
def listening(answer: bytes | None, then_wait: bool = False) -> Iterator[str]:
    """A server that takes one request, writes `answer` as it stands and hangs up (or waits)."""
    released = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            if answer is not None:
                connection.sendall(answer)
            if then_wait:
                released.wait(10)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            released.set()
            thread.join()


def failure(base: str, **options) -> NetworkError:
    with Http(base, **options) as http, pytest.raises(NetworkError) as caught:
        http.send("POST", "products", json=b"{}")
    assert caught.value.__context__ is None
    assert "\n" not in str(caught.value)
    return caught.value


def test_an_answer_is_handed_over_as_it_came():
    def handler(request):
        return httpx.Response(200, headers={"X-RateLimit-Reset": "1/2/3"}, json={"a": [1]})

    with answering(handler) as http:
        answer = http.send("GET", "catalog")
    assert (answer.status, answer.headers["x-ratelimit-reset"]) == (200, "1/2/3")
    assert answer.json() == {"a": [1]}
    assert answer.took >= 0


@pytest.mark.parametrize("path", ["shop.json", "/shop.json"])
@pytest.mark.parametrize("base", ["https://api.example/nl", "https://api.example/nl/"])
def test_what_is_sent_is_what_was_asked_for(base, path):
    seen = []

    def handler(request):
        seen.append(request)
        return httpx.Response(200, json={})

    with answering(handler, base, auth=("the-api-key", "the-api-secret")) as http:
        http.send("GET", path, params={"page": "2", "ids": "[1,2]"}, headers={"X-A": "b"})
        http.send("POST", path, json=b'{"a":1}')
    assert str(seen[0].url) == "https://api.example/nl/shop.json?page=2&ids=%5B1%2C2%5D"
    assert seen[0].headers["x-a"] == "b"
    assert seen[0].headers["authorization"].startswith("Basic ")
    assert "content-type" not in seen[0].headers
    assert seen[1].headers["content-type"] == "application/json"
    assert seen[1].content == b'{"a":1}'


def test_no_cookie_goes_back_and_no_netrc_is_read(tmp_path, monkeypatch):
    """What a call says is what it was made of, not what an answer or the computer left behind."""
    (tmp_path / ".netrc").write_text("machine api.example login somebody password else\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    sent = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers)
        return httpx.Response(200, headers={"set-cookie": "session=one; Path=/"}, json={})

    for auth in (None, ("key", "secret")):
        with answering(answer, auth=auth) as http:
            for _ in range(2):
                http.send("GET", "/products")
    assert not any("cookie" in headers for headers in sent)
    assert ["authorization" in headers for headers in sent] == [False, False, True, True]


@pytest.mark.parametrize("status", [200, 204, 301, 400, 401, 404, 429, 500, 502])
def test_no_status_is_an_exception_and_no_redirect_is_followed(status):
    seen = []

    def handler(request):
        seen.append(request)
        return httpx.Response(status, headers={"Location": "https://elsewhere.example/"})

    with answering(handler) as http:
        assert http.send("GET", "x").status == status
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", "empty answer"),
        (b" \n", "empty answer"),
        (b'{"products": [{"id": 1}', "broken or cut off"),
        (b"<html><body>502 Bad Gateway</body></html>", "a web page"),
        (b"\xef\xbb\xbf\n <!DOCTYPE html><html>", "a web page"),
        (b"\xff\xfe", "broken or cut off"),
    ],
)
def test_a_body_that_is_no_json_is_named(body, fault):
    with pytest.raises(BadAnswer, match=rf"{fault}.*status 502") as caught:
        Answer(502, {}, body, 0.1).json()
    assert caught.value.status == 502


def test_an_answer_that_cannot_be_unpacked_is_a_bad_answer():
    body = gzip.compress(b'{"a": 1}')[:-9] + b"rubbish.."

    def handler(request):
        stream = httpx.ByteStream(body)
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=stream)

    with answering(handler) as http, pytest.raises(BadAnswer) as caught:
        http.send("GET", "x")
    assert caught.value.status == 200


@pytest.mark.parametrize(
    "head",
    [
        b"X-Long: " + b"a" * 200_000,
        b"X-A: b\r\n" * 20_000 + b"X: y",
        b"Content-Length: 2\r\nContent-Length: 3",
        b"Content-Length: -1",
        b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffffff\r\n{}",
        b"Transfer-Encoding: chunked\r\n\r\n2;" + b"x" * 200_000,
        b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n" + b"X-Last: b\r\n" * 20_000,
        b"X-Nul: a\x00b",
        b" folded: yes",
    ],
    ids=range(9),
)
def test_an_answer_whose_frame_is_none_is_interrupted(head):
    with listening(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n{}") as url:
        assert isinstance(failure(url), Interrupted)


def test_a_body_in_very_small_chunks_takes_no_more_than_its_bytes():
    """A list of them would take forty times as much."""
    body = b"Transfer-Encoding: chunked\r\n\r\n" + b"2\r\n{}\r\n" * 50_000 + b"0\r\n\r\n"
    tracemalloc.start()
    with listening(b"HTTP/1.1 200 OK\r\n" + body) as url, Http(url) as http:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        got = http.send("GET", "x")
        _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(got.body) == 100_000
    assert peak - before < 1_500_000


@pytest.mark.parametrize("layers", [5, 5000])
def test_an_answer_packed_in_many_layers_is_not_unpacked(layers):
    names = ",".join(["gzip"] * layers)

    def handler(request):
        stream = httpx.ByteStream(b"x")
        return httpx.Response(200, headers={"Content-Encoding": names}, stream=stream)

    with answering(handler) as http, pytest.raises(BadAnswer, match="unpacked"):
        http.send("GET", "x")


@pytest.mark.parametrize("head", [b"Content-Length: 9999999999", b"Content-Encoding: br"])
def test_where_a_status_is_all_that_is_asked_nothing_else_is_read(head):
    answer = b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n{"
    with listening(answer, then_wait=True) as url, Http(url) as http:
        got = http.send("GET", "x", whole=False)
    assert (got.status, got.body) == (200, b"")


def test_nobody_listening_is_no_connection():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = failure(f"http://127.0.0.1:{port}")
    assert isinstance(error, NoConnection)
    assert not error.applied_unknown
    assert f"127.0.0.1:{port}" in str(error)


@pytest.mark.parametrize(
    "host",
    ["no-such-host.invalid", "größe.invalid", "xn--.example"],
)
def test_an_unknown_name_is_no_address(host):
    error = failure(f"https://{host}")
    assert isinstance(error, NoAddress)
    assert not error.applied_unknown


def test_no_tls_on_the_other_side_is_a_tls_failure():
    with listening(b"HTTP/1.1 400 Bad Request\r\n\r\n") as url:
        error = failure(url.replace("http://", "https://"))
    assert isinstance(error, TlsFailure)
    assert not error.applied_unknown


def test_a_certificate_that_is_not_trusted_is_told():
    def handler(request):
        reason = ssl.SSLCertVerificationError("x")
        reason.verify_message = "self-signed certificate"
        raise httpx.ConnectError("[SSL: …]", request=request) from reason

    with answering(handler) as http, pytest.raises(TlsFailure, match="self-signed certificate"):
        http.send("GET", "x")


def test_no_answer_in_time_is_timed_out_and_maybe_applied():
    with listening(None, then_wait=True) as url:
        error = failure(url, timeout=0.05)
    assert isinstance(error, TimedOut)
    assert error.applied_unknown


def test_an_answer_that_stops_midway_is_timed_out():
    with listening(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", then_wait=True) as url:
        assert isinstance(failure(url, timeout=0.05), TimedOut)


def test_an_answer_that_only_drips_is_given_up():
    class Dripping(httpx.SyncByteStream):
        def __iter__(self):
            while True:
                yield b" "

    with (
        answering(lambda _: httpx.Response(200, stream=Dripping()), timeout=0.01) as http,
        pytest.raises(TimedOut) as caught,
    ):
        http.send("GET", "x")
    assert caught.value.applied_unknown


@pytest.mark.parametrize(
    "answer",
    [None, b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", b"no http at all\r\n\r\n"],
)
def test_a_connection_that_breaks_off_is_interrupted_and_maybe_applied(answer):
    with listening(answer) as url:
        error = failure(url)
    assert isinstance(error, Interrupted)
    assert error.applied_unknown


@pytest.mark.parametrize(
    ("raised", "kind", "unknown"),
    [
        (httpx.ConnectTimeout, TimedOut, False),
        (httpx.PoolTimeout, TimedOut, False),
        (httpx.WriteTimeout, TimedOut, True),
        (httpx.ReadTimeout, TimedOut, True),
        (httpx.ProxyError, NoConnection, False),
        (httpx.ReadError, Interrupted, True),
        (httpx.WriteError, Interrupted, True),
        (httpx.RemoteProtocolError, Interrupted, True),
    ],
)
def test_every_way_to_fail_has_its_kind(raised, kind, unknown):
    def handler(request):
        raise raised("at https://api.example/?key=abc", request=request)

    with answering(handler) as http, pytest.raises(kind) as caught:
        http.send("GET", "x")
    assert caught.value.applied_unknown is unknown
    assert "key=" not in str(caught.value)


def test_the_timeout_comes_from_the_environment_if_it_is_set(monkeypatch):
    monkeypatch.delenv("SYNC_HTTP_TIMEOUT", raising=False)
    for text, timeout in ((None, 60), ("", 60), ("2.5", 2.5), ("120", 120)):
        if text is not None:
            monkeypatch.setenv("SYNC_HTTP_TIMEOUT", text)
        with Http("https://api.example") as http:
            assert http.timeout == timeout
    with Http("https://api.example", timeout=7) as http:
        assert http.timeout == 7


@pytest.mark.parametrize(
    "text", ["0", "-1", "soon", "1e3", "nan", "0.0", "inf", "1e9", "1000000000", "3601", "３", "5s"]
)
def test_a_timeout_that_is_none_is_refused(monkeypatch, text):
    monkeypatch.setenv("SYNC_HTTP_TIMEOUT", text)
    with pytest.raises(ValueError, match="SYNC_HTTP_TIMEOUT"):
        Http("https://api.example")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0),
        ("7", 7),
        (" 1.5 ", 1.5),
        ("Sun, 15 Jun 2025 15:06:50 GMT", 10),
        ("Sun, 15 Jun 2025 17:06:50 +0200", 10),
        ("Sun, 15 Jun 2025 15:06:50 -0000", 10),
        ("Sun, 15 Jun 2025 15:06:30 GMT", 0),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("nan", None),
        ("99999999999999999999", None),
        ("Sun, 99 Jun 2025 15:06:50 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value, seconds):
    headers = {} if value is None else {"retry-after": value}
    assert retry_after(headers, NOW) == seconds


@given(st.text(max_size=40))
def test_retry_after_never_fails_nor_asks_for_the_past(text):
    seconds = retry_after({"retry-after": text}, NOW)
    assert seconds is None or seconds >= 0


def test_backoff_doubles_up_to_a_minute():
    assert [backoff(n) for n in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert backoff(10_000) == 60


def test_one_connection_serves_several_requests_and_threads():
    answers = []

    def handler(request):
        return httpx.Response(200, json={"path": request.url.path})

    with answering(handler) as http:

        def work(number: int) -> None:
            for turn in range(20):
                path = f"{number}/{turn}"
                answers.append(http.send("GET", path).json()["path"] == f"/v2/{path}")

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [True] * 80


def test_an_attempt_is_logged_in_one_line(caplog):
    caplog.set_level(logging.DEBUG)
    with answering(lambda _: httpx.Response(200, json={})) as http:
        http.send("GET", "products", params={"key": "public", "limit": "250"})
    (record,) = caplog.records
    assert record.name == "sync.http"
    assert record.levelno == logging.DEBUG
    assert record.getMessage().startswith(
        "GET https://api.example/v2/products?key=•••&limit=250 200 0.0"
    )


def test_a_failed_attempt_is_logged_too(caplog):
    caplog.set_level(logging.DEBUG)
    with listening(None) as url, Http(url) as http, pytest.raises(Interrupted):
        http.send("GET", "shop.json")
    assert [r.getMessage().split()[2] for r in caplog.records] == ["Interrupted"]


def test_nothing_of_httpx_is_logged_even_if_all_is_on(caplog):
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection"):
        caplog.set_level(logging.DEBUG, name)
    with listening(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}") as url, Http(url) as http:
        http.send("GET", "shop.json")
    assert {record.name for record in caplog.records} == {"sync.http"}


def test_errors_are_one_line_and_clean():
    error = HttpError("clerk.said", said="first\nsecond of jan@example.com ?key=abc")
    assert str(error) == "first second of •••@… ?key=•••"
    refused = Refused(403, "no\nright for jan@example.com")
    assert (refused.status, refused.headers) == (403, {})
    assert str(refused) == "refused with status 403: no right for •••@…"
    assert "example.com" not in refused.said


def test_an_answer_shows_neither_body_nor_headers():
    shown = repr(Answer(200, {"set-cookie": "the-cookie"}, b"the-body", 0.25))
    assert shown == "Answer(status=200, took=0.25)"


def test_one_tls_context_serves_the_process_and_loopback_needs_none():
    tls.cache_clear()
    with Http("http://127.0.0.1:1"):
        assert tls.cache_info().misses == 0
    with Http("https://api.example"), Http("https://other.example"):
        assert (tls.cache_info().misses, tls.cache_info().hits) == (1, 1)


def test_the_environments_proxy_is_for_the_world_outside(monkeypatch):
    with listening(None) as url:
        monkeypatch.setenv("https_proxy", url)
        monkeypatch.setenv("no_proxy", "excepted.invalid")
        assert isinstance(failure("https://api.invalid"), NetworkError)
        assert isinstance(failure("https://excepted.invalid"), NoAddress)
