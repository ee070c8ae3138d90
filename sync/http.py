"""One attempt at one HTTP request, told in our own words: the only file that imports httpx.

HttpError                 str() is one line, redacted, fit to be shown
├─ NetworkError           nothing came back
│  ├─ NoAddress           the host's name is unknown
│  ├─ NoConnection        the host does not accept connections
│  ├─ TlsFailure          no trusted encryption
│  ├─ TimedOut            no answer, or not the whole of it, in time
│  └─ Interrupted         the connection broke off
├─ BadAnswer              HTML where JSON was due, truncated JSON, an empty body
└─ Refused                an HTTP status of 400 and above
"""

from __future__ import annotations

import ipaddress
import logging
import os
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Final, cast
from urllib.parse import urlsplit

import httpx
import orjson

from sync import lenient
from sync.vault import HIDDEN, redact, register

DEFAULT_TIMEOUT: Final = 60.0
LONGEST_BACKOFF: Final = 60.0
_PRIVATE_PARAMS: Final = frozenset({"key", "private_key", "api_key", "secret", "email", "token"})
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


class HttpError(Exception):
    """Whatever keeps a request from giving a usable answer."""

    def __init__(self, message: str) -> None:
        super().__init__(redact(" ".join(message.split())))


class NetworkError(HttpError):
    """Nothing came back. `applied_unknown`: the request may have reached the server."""

    def __init__(self, message: str, *, applied_unknown: bool = False) -> None:
        super().__init__(message)
        self.applied_unknown = applied_unknown


class NoAddress(NetworkError):
    """The host's name could not be resolved."""


class NoConnection(NetworkError):
    """The host does not accept connections."""


class TlsFailure(NetworkError):
    """The encrypted connection could not be set up or its certificate is not trusted."""


class TimedOut(NetworkError):
    """No answer in time."""


class Interrupted(NetworkError):
    """The connection broke off after the request was begun."""


class BadAnswer(HttpError):
    """An answer came, but not what it should be. `status` is its HTTP status."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class Refused(HttpError):
    """An HTTP status of 400 and above, for those who judge an Answer; `send` never raises it.

    `message`: what the server said, redacted. `retry_after`: seconds, or None if it named no time.
    """

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.message = redact(message)
        super().__init__(f"refused with status {status}" + (f": {message}" if message else ""))
        self.status = status
        self.headers = headers or {}
        self.retry_after = retry_after


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
        few = self.body.count(b"{") + self.body.count(b"[") <= lenient.DEEPEST
        return not few and lenient.too_deep(value)

    def _leniently(self) -> Any:
        fault = self._fault()
        try:
            if self.body.strip() and not self.is_html():
                return lenient.parse(self.body)
        except lenient.TooDeep:
            fault = f"JSON of more than {lenient.DEEPEST} levels"
        except ValueError:
            pass
        raise BadAnswer(f"{fault} (status {self.status})", status=self.status)

    def is_html(self) -> bool:
        """Whether the body is a web page, whatever its headers claim."""
        start = self.body[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        return start.startswith((b"<!doctype", b"<html", b"<head", b"<body"))

    def _fault(self) -> str:
        if not self.body.strip():
            return "empty answer"
        return "a web page instead of JSON" if self.is_html() else "JSON that is broken or cut off"


class Http:
    """Requests below `base_url`, over connections that are kept; safe for several threads.

    `base_url` must be https, or http to a loopback host, and carry no user or password: ValueError
    else. `timeout` is in seconds for each step of a request; the whole of it may take four times as
    long. None takes SYNC_HTTP_TIMEOUT, else 60. `transport` is an httpx transport, for tests.
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        transport: object | None = None,
    ) -> None:
        self.loopback = _checked(base_url)
        self.timeout = _timeout() if timeout is None else timeout
        self._base = base_url.rstrip("/")
        self._host = urlsplit(base_url).netloc
        for part in auth or ():
            register(part)
        self._client = httpx.Client(
            auth=auth,
            timeout=self.timeout,
            transport=cast(httpx.BaseTransport | None, transport),
            headers={"Accept": "application/json", "User-Agent": "sync-desk"},
            follow_redirects=False,
            # The environment's proxy is for the world outside, not for this computer.
            trust_env=not self.loopback,
        )

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to one attempt, whatever its status; redirects are not followed.

        `json` is a body already serialised. Raises NetworkError, or BadAnswer if the answer cannot
        be decompressed.
        """
        url = f"{self._base}/{path.lstrip('/')}"
        started = time.monotonic()
        request = self._client.build_request(
            method, url, params=params, content=json, headers=_headers(json, headers)
        )
        outcome = self._exchange(request, started)
        took = time.monotonic() - started
        if _log.isEnabledFor(logging.DEBUG):
            told = outcome.status if isinstance(outcome, Answer) else type(outcome).__name__
            _log.debug("%s %s %s %.2fs", method, _shown(url, params), told, took)
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

    def _exchange(self, request: httpx.Request, started: float) -> Answer | HttpError:
        try:
            with closing(self._client.send(request, stream=True)) as response:
                return self._read(response, started)
        except httpx.RequestError as error:
            return self._explained(error)

    def _read(self, response: httpx.Response, started: float) -> Answer | HttpError:
        """The whole answer; TimedOut if it only drips."""
        chunks = []
        try:
            for chunk in response.iter_bytes():
                chunks.append(chunk)
                if time.monotonic() - started > 4 * self.timeout:
                    return TimedOut(f"{self._host} did not finish its answer", applied_unknown=True)
        except httpx.DecodingError:
            return BadAnswer("an answer that cannot be unpacked", status=response.status_code)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, b"".join(chunks), time.monotonic() - started)

    def _explained(self, error: httpx.RequestError) -> NetworkError:
        host = self._host
        if isinstance(error, httpx.TimeoutException):
            sent = isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout)
            late = f"{host} did not answer within {self.timeout:g} s"
            return TimedOut(late, applied_unknown=sent)
        causes = tuple(_causes(error))
        if any(isinstance(cause, socket.gaierror) for cause in causes):
            return NoAddress(f"the address of {host} is unknown")
        if any(isinstance(cause, ssl.SSLError) for cause in causes):
            return TlsFailure(f"no secure connection to {host}: {_tls_reason(causes)}")
        if isinstance(error, httpx.ConnectError | httpx.ProxyError | httpx.UnsupportedProtocol):
            return NoConnection(f"no connection to {host}")
        return Interrupted(f"the connection to {host} broke off", applied_unknown=True)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """How long the server asks to wait, in seconds from `now` (unix), at least 0.

    Retry-After holds seconds or an HTTP date (RFC 9110, section 10.2.3); None if it is missing or
    neither of them.
    """
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", text):
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    at = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, at.timestamp() - now)


def backoff(attempt: int, jitter: Callable[[float], float] | None = None) -> float:
    """Seconds to wait after failed attempt 0, 1, 2, …: 1, 2, 4, 8, 16, … at most 60.

    `jitter` turns that into what is really waited.
    """
    seconds = min(LONGEST_BACKOFF, 2.0 ** min(max(attempt, 0), 6))
    return seconds if jitter is None else jitter(seconds)


def is_loopback(host: str) -> bool:
    """Whether the host's name or address means this computer."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _checked(base_url: str) -> bool:
    """Whether the address is a loopback one; ValueError if it may not be used at all."""
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("an address must begin with https:// and name a host")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(f"the address of {parts.hostname} must hold no user, password or query")
    loopback = is_loopback(parts.hostname)
    if parts.scheme == "http" and not loopback:
        raise ValueError(f"{parts.hostname} must be reached by https: keys travel with each call")
    return loopback


def _timeout() -> float:
    """SYNC_HTTP_TIMEOUT in seconds, else 60; ValueError if it is no positive number."""
    text = os.environ.get("SYNC_HTTP_TIMEOUT", "").strip()
    if not text:
        return DEFAULT_TIMEOUT
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) or float(text) <= 0:
        raise ValueError("SYNC_HTTP_TIMEOUT must be a number of seconds above 0")
    return float(text)


def _headers(json: bytes | None, headers: Mapping[str, str] | None) -> dict[str, str]:
    return ({"Content-Type": "application/json"} if json is not None else {}) | dict(headers or {})


def _shown(url: str, params: Mapping[str, str] | None) -> str:
    """The URL as a log may hold it."""
    pairs = (
        f"{name}={HIDDEN if name in _PRIVATE_PARAMS else redact(value)[:80]}"
        for name, value in (params or {}).items()
    )
    return redact(url) + ("?" + "&".join(pairs) if params else "")


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def _tls_reason(causes: tuple[BaseException, ...]) -> str:
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
    return "the handshake failed"
