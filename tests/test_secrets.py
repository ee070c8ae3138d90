"""Canaries: keys and addresses go through everything below the store and must show up nowhere."""

import logging
import pprint
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, quote_plus

import httpx
import orjson
import pytest
from cryptography.fernet import Fernet

from sync.clerk import ClerkClient, ClerkError, Record
from sync.clock import SystemClock
from sync.http import Answer, BadAnswer, Http, HttpError, Refused
from sync.vault import Secret, Vault, VaultError

PUBLIC = "canary+public/5e1f=a0b1"
PRIVATE = 'canary"private\\7c2d&e3f4'
API_KEY = "canaryapikey00112233445566778899"
API_SECRET = "canaryapisecret99887766554433221"
ADDRESS = "canary.person@mail.example.com"
CANARIES = (PUBLIC, PRIVATE, API_KEY, API_SECRET, ADDRESS)


def spellings(canary: str) -> set[str]:
    escaped = orjson.dumps(canary).decode()[1:-1]
    return {canary, quote(canary), quote(canary, safe=""), quote_plus(canary), escaped}


FORBIDDEN = set().union(*map(spellings, CANARIES)) | {
    b64encode(f"{API_KEY}:{API_SECRET}".encode()).decode(),
    "canary",
}


def assert_clean(*texts: object) -> None:
    for text in texts:
        for form in (str(text), repr(text), pprint.pformat(text)):
            assert not [canary for canary in FORBIDDEN if canary in form]


def told(error: BaseException) -> str:
    """All that a log or a page could make of an exception, its causes and attributes included."""
    whole = "".join(traceback.format_exception(error))
    related = (error.__cause__, error.__context__, error.args, vars(error))
    return f"{error} {error!r} {whole} {related!r}"


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[str]]:
    """Everything that anybody logs, without a redacting filter in between."""
    lines: list[str] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record) + repr(vars(record)))

    handler, root = Lines(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    root.setLevel(before)


def echo(request: httpx.Request) -> str:
    """What a careless server sends back: everything it was sent, and how the client is named."""
    body = request.content.decode()
    return f"{request.method} {request.url} {dict(request.headers)} {body} {ADDRESS} {PRIVATE}"


def envelope(request: httpx.Request, kind: str) -> dict[str, str]:
    text = echo(request)
    link = f"https://my.clerk.io/error/1?private_key={quote_plus(PRIVATE)}&email={ADDRESS}"
    return {"status": "error", "message": text, "moreInfo": link, "type": kind, "id": text}


def soft(status: int, kind: str) -> Callable[[httpx.Request], httpx.Response]:
    return lambda request: httpx.Response(status, json=envelope(request, kind))


def page(status: int) -> Callable[[httpx.Request], httpx.Response]:
    return lambda request: httpx.Response(status, html=f"<html>{echo(request)}</html>")


def raising(kind: type[httpx.RequestError]) -> Callable[[httpx.Request], httpx.Response]:
    def handler(request: httpx.Request) -> httpx.Response:
        raise kind(f"failed: {echo(request)}", request=request)

    return handler


ANSWERS = {
    "ok": lambda request: httpx.Response(200, json={"status": "ok", "echo": echo(request)}),
    "soft error": soft(200, "ParsingError"),
    "refused": soft(400, "LogicalError"),
    "wrong key": soft(401, "AuthenticationError"),
    "internal": soft(200, "InternalError"),
    "down": soft(503, "InternalError"),
    "web page": page(502),
    "too large": page(413),
    "cut off": lambda request: httpx.Response(200, text='{"status": "ok", ' + echo(request)),
    "connect": raising(httpx.ConnectError),
    "late": raising(httpx.ReadTimeout),
    "interrupted": raising(httpx.RemoteProtocolError),
    "bad encoding": raising(httpx.DecodingError),
}


class Impatient(SystemClock):
    def sleep(self, seconds: float) -> None:
        pass


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("api_url", [None, "http://localhost:1"])
def test_the_clerk_client_shows_none_of_it(answer, api_url, logged):
    payload = orjson.dumps({"customerid": 1, "email": ADDRESS})
    batch = [Record(1, 1, payload), Record(2, 2, payload)]
    with ClerkClient(
        api_url=api_url,
        public=Secret(PUBLIC),
        private=Secret(PRIVATE),
        clock=Impatient(),
        per_second=None,
        transport=httpx.MockTransport(answer),
    ) as client:
        for attempt in (
            lambda: list(client.upsert("customers", batch)),
            lambda: list(client.patch("customers", batch)),
            lambda: list(client.delete("customers", batch)),
            lambda: client.read("customers", [ADDRESS]) and None,
            lambda: client.check() and None,
        ):
            try:
                outcomes = attempt() or []
            except ClerkError as error:
                assert_clean(told(error), error.problem)
            else:
                assert_clean(*outcomes)
        assert_clean(client, client.calls)
    assert any("sync.http" in line for line in logged)
    assert_clean("\n".join(logged))


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_http_with_basic_auth_shows_none_of_it(answer, logged):
    with Http(
        "https://api.example/nl",
        auth=(API_KEY, API_SECRET),
        transport=httpx.MockTransport(answer),
    ) as http:
        assert_clean(http)
        try:
            reply = http.send("GET", "orders.json", params={"email": ADDRESS, "key": API_KEY})
            assert_clean(reply)
            reply.json()
        except HttpError as error:
            assert_clean(told(error))
    assert_clean("\n".join(logged))


def test_a_real_connection_shows_none_of_it(logged):
    with (
        Http("http://127.0.0.1:9", auth=(API_KEY, API_SECRET)) as http,
        pytest.raises(HttpError) as caught,
    ):
        http.send("GET", f"customers/{quote(ADDRESS)}.json", params={"private_key": API_SECRET})
    assert_clean(told(caught.value), "\n".join(logged))


def test_errors_built_from_answers_show_none_of_it():
    for text in (API_KEY, ADDRESS, f"Basic {b64encode(f'{API_KEY}:x'.encode()).decode()}"):
        Secret(API_KEY)
        assert_clean(told(Refused(403, f"no right: {text}", headers={})), Refused(403, text).said)
        assert_clean(
            told(BadAnswer("http.large", mb=1, path=text, status=200)),
            Answer(200, {"x": text}, text.encode(), 1.0),
        )


def test_an_address_with_keys_in_it_is_refused_without_showing_them():
    with pytest.raises(ValueError, match="and nothing else") as caught:
        Http(f"https://{API_KEY}:{API_SECRET}@api.example")
    assert_clean(told(caught.value))


def test_the_vault_shows_none_of_it(tmp_path: Path, logged):
    vault = Vault(tmp_path, {})
    sealed = {canary: vault.seal(canary) for canary in CANARIES}
    opened = [vault.open(token) for token in sealed.values()]
    assert [secret.reveal() for secret in opened] == list(CANARIES)
    assert_clean(opened, {"key": opened[0]}, vault, *sealed.values())
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not [canary for canary in FORBIDDEN if canary.encode() in stored]
    other = Vault(tmp_path, {"SYNC_KEY": Fernet.generate_key().decode()})
    for token in sealed.values():
        with pytest.raises(VaultError) as caught:
            other.open(token)
        assert_clean(told(caught.value))
    assert_clean("\n".join(logged))


def test_the_canaries_can_be_seen_where_nothing_hides_them():
    """The assertion above is able to fail."""
    for shown in (PRIVATE, quote_plus(PUBLIC), f"x{ADDRESS}", {"key": API_KEY}):
        with pytest.raises(AssertionError):
            assert_clean(shown)
    with closing(httpx.Client()) as plain:
        request = plain.build_request("GET", "https://api.example", params={"key": API_KEY})
    with pytest.raises(AssertionError):
        assert_clean(request.url)
