"""One attempt at one HTTP request, told in our own words: the only file that imports httpx.

HttpError                 its values are one line each, redacted, fit to be shown
├─ NetworkError           nothing came back
│  ├─ NoAddress           the host's name is unknown
│  ├─ Closed              the host's name leads to addresses that may not be called
│  ├─ NoConnection        the host does not accept connections
│  ├─ TlsFailure          no trusted encryption
│  ├─ TimedOut            no answer, or not the whole of it, in time
│  ├─ Interrupted         the connection broke off
│  └─ Abandoned           not waited for any longer, because the caller stops
├─ BadAnswer              HTML where JSON was due, truncated JSON, an empty body, one too large
└─ Refused                an HTTP status of 400 and above
"""

from __future__ import annotations

import logging
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any, Final, cast
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore
import orjson

from sync import lenient
from sync.addresses import checked_address, is_loopback
from sync.errors import CodedError, Message
from sync.patience import Patience, default_timeout
from sync.patience import backoff as backoff
from sync.patience import retry_after as retry_after
from sync.personal.masking import HIDDEN
from sync.shapes.plain import without_marks
from sync.unpack import ACCEPTED, LARGEST, TooLarge, Unpackable, unpacked
from sync.vault import redact, register
from sync.wire import Backend, Barred, waited_for

# Where httpx cannot import its own command line, which takes longer than all the rest of it, it
# does without.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
import httpx  # noqa: E402

_PRIVATE_PARAMS: Final = frozenset({"key", "private_key", "api_key", "secret", "email", "token"})
_CORE_ERRORS: Final = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)
_LATE: Final = (
    httpx.ReadTimeout,
    httpx.WriteTimeout,
    httpcore.ReadTimeout,
    httpcore.WriteTimeout,
)
_UNCONNECTED: Final = (
    httpx.ConnectError,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpcore.ConnectError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)
_log = logging.getLogger(__name__)

# httpx and httpcore write whole URLs, and so keys, into their own logs. A filter outlives what
# logging.config.dictConfig, which uvicorn calls, does to levels and `disabled`.
_CHATTERERS: Final = (
    "httpx",
    "httpcore",
    *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
)
for _name in _CHATTERERS:
    _foreign = logging.getLogger(_name)
    _foreign.addHandler(logging.NullHandler())
    _foreign.setLevel(logging.CRITICAL + 1)
    _foreign.propagate = False
    _foreign.disabled = True
    _foreign.addFilter(lambda _record: False)


class HttpError(CodedError):
    """Whatever keeps a request from giving a usable answer."""

    def __init__(self, code: str, /, **values: object) -> None:
        super().__init__(Message(code, **values).cleaned(_line))


class NetworkError(HttpError):
    """Nothing came back. `applied_unknown`: the request may have reached the server."""

    def __init__(self, code: str, /, *, applied_unknown: bool = False, **values: object) -> None:
        super().__init__(code, **values)
        self.applied_unknown = applied_unknown


class NoAddress(NetworkError):
    """The host's name could not be resolved."""


class Closed(NetworkError):
    """The host's name leads to addresses that may not be called."""


class NoConnection(NetworkError):
    """The host does not accept connections."""


class TlsFailure(NetworkError):
    """The encrypted connection could not be set up or its certificate is not trusted."""


class TimedOut(NetworkError):
    """No answer in time."""


class Interrupted(NetworkError):
    """The connection broke off after the request was begun."""


class Abandoned(NetworkError):
    """Whoever waited for the answer was asked to stop."""


class BadAnswer(HttpError):
    """An answer came, but not what it should be. `status` is its HTTP status."""

    def __init__(self, code: str, /, *, status: int, **values: object) -> None:
        super().__init__(code, status=status, **values)
        self.status = status


class Refused(HttpError):
    """An HTTP status of 400 and above, for those who judge an Answer; `send` never raises it.

    `said`: what the server said, redacted, or a message of ours on what came instead.
    """

    def __init__(
        self,
        status: int,
        said: str | Message = "",
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.said = redact(said) if isinstance(said, str) else said
        code = "http.refused_because" if said else "http.refused"
        super().__init__(code, status=status, said=said)
        self.status = status
        self.headers = headers or {}


@dataclass(frozen=True)
class Answer:
    """A whole HTTP answer: `headers` with lower-case names, `took` in seconds."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    took: float

    def json(self) -> Any:
        """The body's value; BadAnswer if it is empty, a web page, not whole or nested too deep. In
        the place of a record that is no sound JSON stands a `lenient.Damaged`."""
        try:
            value = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return self._leniently()
        return self._leniently() if self._is_deep(value) else value

    def _is_deep(self, value: object) -> bool:
        return len(self.body) > 2 * lenient.DEEPEST and lenient.too_deep(value)

    def _leniently(self) -> Any:
        fault = self._fault()
        try:
            if self.body.strip() and not self.is_html():
                return lenient.parse(self.body)
        except lenient.TooDeep:
            raise BadAnswer("http.deep", levels=lenient.DEEPEST, status=self.status) from None
        except ValueError:
            pass
        raise BadAnswer(fault, status=self.status)

    def is_html(self) -> bool:
        """Whether the body is a web page, whatever its headers claim."""
        start = self.body[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        return start.startswith((b"<!doctype", b"<html", b"<head", b"<body"))

    def _fault(self) -> str:
        if not self.body.strip():
            return "http.empty"
        return "http.html" if self.is_html() else "http.broken"


@dataclass(frozen=True)
class Exchange:
    """One attempt as it went over the wire: `url` as a log may show it, everything else as it is,
    for whoever hides secrets and persons in it. `status` is None where no whole answer came, and
    `error` then the code of why; `took` in seconds."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    took: float
    status: int | None
    error: str | None
    answer_headers: Mapping[str, str] = field(repr=False)
    answer: bytes = field(repr=False)


class Http:
    """Requests below `base_url`, over connections that are kept; safe for several threads.

    `base_url` is as `addresses.checked_address` wants it, else BadAddress; loopback is for a
    `stand_in`. What its host's name leads to is looked at with each connection. `timeout` is in
    seconds for each step of a request; the whole of it may take four times as long. None takes
    SYNC_HTTP_TIMEOUT, else 60. Once `stop` says so an answer that is awaited gets another five
    seconds. `record` is told of each attempt. `transport` is an httpx transport, for tests.
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        stop: Callable[[], bool] = lambda: False,
        stand_in: bool = False,
        record: Callable[[Exchange], None] | None = None,
        transport: object | None = None,
    ) -> None:
        self.loopback = checked_address(base_url, stand_in=stand_in)
        self.timeout = default_timeout() if timeout is None else timeout
        self._base = base_url.rstrip("/")
        self._host = urlsplit(base_url).netloc
        self._stop = stop
        self._record = record
        for part in auth or ():
            register(part)
        self._client = httpx.Client(
            auth=auth,
            timeout=self.timeout,
            transport=cast(httpx.BaseTransport | None, transport)
            or _Transport(base_url, stand_in and self.loopback),
            headers={
                "Accept": "application/json",
                "Accept-Encoding": ACCEPTED,
                "User-Agent": "sync-desk",
            },
            follow_redirects=False,
        )

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        whole: bool = True,
    ) -> Answer:
        """The answer to one attempt, whatever its status; redirects are not followed.

        `json` is a body already serialised. Unless `whole` nothing of the answer's body is read.
        Raises NetworkError, or BadAnswer if the answer cannot be decompressed or is too large.
        """
        url = f"{self._base}/{path.lstrip('/')}"
        started = time.monotonic()
        # With its query in it httpx reads the address once, else thrice.
        address = f"{url}?{urlencode(params)}" if params else url
        options = {"content": json, "headers": _headers(json, headers)}
        outcome = self._outcome(method, address, options, whole)
        took = time.monotonic() - started
        if _log.isEnabledFor(logging.DEBUG):
            told = outcome.status if isinstance(outcome, Answer) else type(outcome).__name__
            _log.debug("%s %s %s %.2fs", method, _shown(url, params), told, took)
        if self._record is not None:
            self._record(self._exchanged(method, _shown(url, params), options, outcome, took))
        if isinstance(outcome, HttpError):
            # Raised here, not where it was caught: httpx's error would travel along with its URL.
            raise outcome
        return outcome

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Http:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _exchanged(
        self,
        method: str,
        url: str,
        options: Mapping[str, Any],
        outcome: Answer | HttpError,
        took: float,
    ) -> Exchange:
        sent = {**self._client.headers, **options["headers"]}
        if self._client.auth is not None:
            sent["Authorization"] = HIDDEN
        told = (method, url, sent, options["content"], took)
        if isinstance(outcome, Answer):
            return Exchange(*told, outcome.status, None, outcome.headers, outcome.body)
        status = outcome.status if isinstance(outcome, BadAnswer) else None
        return Exchange(*told, status, outcome.message.code, {}, b"")

    def _outcome(
        self, method: str, url: str, options: dict[str, Any], whole: bool
    ) -> Answer | HttpError:
        try:
            request = self._client.build_request(method, url, **options)
            return self._exchange(request, Patience(4 * self.timeout, self._stop), whole)
        except (httpx.InvalidURL, UnicodeError):  # no name that a host could have
            return NoAddress("http.no_address", host=self._host)

    def _exchange(
        self, request: httpx.Request, patience: Patience, whole: bool
    ) -> Answer | HttpError:
        try:
            with (
                waited_for(patience),
                closing(self._client.send(request, stream=True)) as response,
            ):
                body = self._body(response, patience) if whole else b""
                if isinstance(body, HttpError):
                    return body
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, headers, body, patience.passed())
        except (httpx.RequestError, *_CORE_ERRORS) as error:
            return self._explained(error, patience)

    def _body(self, response: httpx.Response, patience: Patience) -> bytes | HttpError:
        """The whole body, as far as patience lasts."""
        status, path = response.status_code, redact(response.request.url.path)
        body = BytesIO()  # a list of chunks takes many times their bytes if each holds two
        try:
            encoding = response.headers.get("content-encoding", "")
            for chunk in unpacked(cast(httpx.SyncByteStream, response.stream), encoding):
                body.write(chunk)
                if patience.left() <= 0:
                    return self._given_up(patience)
        except Unpackable:
            return BadAnswer("http.packed", status=status)
        except TooLarge:
            return BadAnswer("http.large", mb=LARGEST // 1_000_000, path=path, status=status)
        return body.getvalue()

    def _given_up(self, patience: Patience) -> NetworkError:
        if patience.stopped:
            return Abandoned("http.abandoned", host=self._host, applied_unknown=True)
        return TimedOut("http.unfinished", host=self._host, applied_unknown=True)

    def _explained(self, error: Exception, patience: Patience) -> NetworkError:
        host = self._host
        if isinstance(error, httpx.TimeoutException | httpcore.TimeoutException):
            if patience.left() <= 0:
                return self._given_up(patience)
            sent = isinstance(error, _LATE)
            seconds = f"{self.timeout:g}"
            return TimedOut("http.late", host=host, seconds=seconds, applied_unknown=sent)
        if isinstance(error, Barred):
            return Closed("http.closed", host=host, address=error.address)
        causes = tuple(_causes(error))
        if any(isinstance(cause, socket.gaierror) for cause in causes):
            return NoAddress("http.no_address", host=host)
        if any(isinstance(cause, ssl.SSLError) for cause in causes):
            return TlsFailure("http.no_tls", host=host, said=_tls_reason(causes))
        if isinstance(error, _UNCONNECTED):
            return NoConnection("http.no_connection", host=host)
        return Interrupted("http.broke_off", host=host, applied_unknown=True)


class _Transport(httpx.BaseTransport):
    """Connections to the one host of `base_url`, whose reads end when patience does; through a
    proxy of the environment it is the proxy who looks where the host's name leads to."""

    def __init__(self, base_url: str, stand_in: bool) -> None:
        proxy = _proxy(base_url)
        self._pool = httpcore.ConnectionPool(
            ssl_context=None if base_url.startswith("http:") and proxy is None else tls(),
            proxy=proxy,
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            network_backend=Backend(stand_in=stand_in, trusted=proxy is not None),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        target = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        answer = self._pool.handle_request(
            httpcore.Request(
                request.method,
                target,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@cache
def tls() -> ssl.SSLContext:
    """What a secure connection needs; loading the certificates takes longer than many a call."""
    return httpx.create_ssl_context()


def _proxy(base_url: str) -> httpcore.Proxy | None:
    """The environment's proxy, which is for the world outside and not for this computer."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if is_loopback(host) or proxy_bypass(host):
        return None
    known = getproxies()
    url = known.get(parts.scheme) or known.get("all")
    if not url:
        return None
    proxy = httpx.Proxy(url if "://" in url else f"http://{url}")
    address = httpcore.URL(
        scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target="/"
    )
    return httpcore.Proxy(address, auth=proxy.raw_auth)


def _headers(json: bytes | None, headers: Mapping[str, str] | None) -> dict[str, str]:
    return ({"Content-Type": "application/json"} if json is not None else {}) | dict(headers or {})


def _shown(url: str, params: Mapping[str, str] | None) -> str:
    """The URL as a log may hold it."""
    pairs = (
        f"{name}={HIDDEN if name in _PRIVATE_PARAMS else redact(value)[:80]}"
        for name, value in (params or {}).items()
    )
    return redact(url) + ("?" + "&".join(pairs) if params else "")


def _line(text: str) -> str:
    return redact(without_marks(text))


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def _tls_reason(causes: tuple[BaseException, ...]) -> str | Message:
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
    return Message("http.handshake")
