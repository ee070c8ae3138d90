"""Requests, one attempt each."""

from __future__ import annotations

import logging
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from io import BytesIO
from typing import Final, cast
from urllib.parse import urlencode, urlsplit

from sync.addresses import checked_address
from sync.errors import Message
from sync.http.answer import Answer, Exchange
from sync.http.driver import httpcore, httpx
from sync.http.errors import (
    Abandoned,
    BadAnswer,
    Closed,
    HttpError,
    Interrupted,
    NetworkError,
    NoAddress,
    NoConnection,
    TimedOut,
    TlsFailure,
)
from sync.http.transport import Transport
from sync.patience import Patience, default_timeout
from sync.personal.masking import HIDDEN
from sync.unpack import ACCEPTED, LARGEST, TooLarge, Unpackable, unpacked
from sync.vault import redact, register
from sync.wire import Barred, waited_for

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
_log = logging.getLogger("sync.http")


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
        # A transport alone: an httpx client keeps cookies, reads ~/.netrc and follows redirects, of
        # which nothing is wanted, and takes as long for it as a quick answer.
        self._transport = cast(httpx.BaseTransport | None, transport) or Transport(
            base_url, stand_in and self.loopback
        )
        self._timeouts = httpx.Timeout(self.timeout).as_dict()
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": ACCEPTED,
            "Connection": "keep-alive",
            "User-Agent": "sync-desk",
        }
        if auth is not None:
            pair = b64encode(":".join(auth).encode()).decode("ascii")
            self._headers["Authorization"] = f"Basic {pair}"

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
        address = f"{url}?{urlencode(params)}" if params else url
        sent = {**self._headers, **_headers(json, headers)}
        outcome = self._outcome(method, address, sent, json, whole)
        took = time.monotonic() - started
        if _log.isEnabledFor(logging.DEBUG):
            told = outcome.status if isinstance(outcome, Answer) else type(outcome).__name__
            _log.debug("%s %s %s %.2fs", method, _shown(url, params), told, took)
        if self._record is not None:
            hidden = {"Authorization": HIDDEN} if "Authorization" in sent else {}
            request = (method, _shown(url, params), {**sent, **hidden}, json, took)
            self._record(_exchanged(request, outcome))
        if isinstance(outcome, HttpError):
            # Raised here, not where it was caught: httpx's error would travel along with its URL.
            raise outcome
        return outcome

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def __enter__(self) -> Http:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _outcome(
        self, method: str, url: str, headers: dict[str, str], json: bytes | None, whole: bool
    ) -> Answer | HttpError:
        more = {"timeout": self._timeouts}
        try:
            request = httpx.Request(method, url, headers=headers, content=json, extensions=more)
            return self._exchange(request, Patience(4 * self.timeout, self._stop), whole)
        except (httpx.InvalidURL, UnicodeError):  # no name that a host could have
            return NoAddress("http.no_address", host=self._host)

    def _exchange(
        self, request: httpx.Request, patience: Patience, whole: bool
    ) -> Answer | HttpError:
        try:
            with (
                waited_for(patience),
                closing(self._transport.handle_request(request)) as response,
            ):
                body = self._body(request, response, patience) if whole else b""
                if isinstance(body, HttpError):
                    return body
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, headers, body, patience.passed())
        except (httpx.RequestError, *_CORE_ERRORS) as error:
            return self._explained(error, patience)

    def _body(
        self, request: httpx.Request, response: httpx.Response, patience: Patience
    ) -> bytes | HttpError:
        """The whole body, as far as patience lasts."""
        status = response.status_code
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
            path = redact(request.url.path)
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


def _headers(json: bytes | None, headers: Mapping[str, str] | None) -> dict[str, str]:
    return ({"Content-Type": "application/json"} if json is not None else {}) | dict(headers or {})


def _exchanged(
    request: tuple[str, str, dict[str, str], bytes | None, float], outcome: Answer | HttpError
) -> Exchange:
    if isinstance(outcome, Answer):
        return Exchange(*request, outcome.status, None, outcome.headers, outcome.body)
    status = outcome.status if isinstance(outcome, BadAnswer) else None
    return Exchange(*request, status, outcome.message.code, {}, b"")


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


def _tls_reason(causes: tuple[BaseException, ...]) -> str | Message:
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
    return Message("http.handshake")
