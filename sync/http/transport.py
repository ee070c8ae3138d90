"""The connections to a host, straight or through a proxy."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from functools import cache
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from sync.addresses import is_loopback
from sync.http.driver import httpcore, httpx
from sync.wire import Backend


class Transport(httpx.BaseTransport):
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
