"""One HTTP server on loopback for all tests of the stand-ins; each test puts its app behind it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from sync.sandbox import lightspeed
from sync.sandbox.state import State
from sync.sandbox.windows import Limits

KEY, SECRET = "5a" * 16, "6b" * 16
# Then the windows end as in a live answer of the API: in 263 s,
# 2,063 s and 23,663 s.
EVENING = datetime(2026, 6, 2, 17, 25, 37, tzinfo=UTC).timestamp()


class Clock:
    """A moment that stands still until a test moves it."""

    def __init__(self, at: float) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


class Front:
    """The server at `url`, with the app of the test at hand."""

    app: Any = None

    def __init__(self, url: str) -> None:
        self.url = url

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@dataclass
class Shop:
    """A Lightspeed client of the state's shop, which speaks Dutch (its default) and German."""

    http: httpx.Client
    state: State
    clock: Clock

    def ask(self, path: str, *, language: str = "nl", **more: Any) -> httpx.Response:
        """The answer to GET /{language}/{path}.json, with the shop's key unless told."""
        url = f"/{language}/{path}.json"
        return self.http.request(more.pop("method", "GET"), url, **({"auth": (KEY, SECRET)} | more))

    def get(self, path: str, language: str = "nl", **params: Any) -> Any:
        """What the envelope of a good answer holds."""
        answer = self.ask(path, language=language, params=params)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert len(body) == 1
        return next(iter(body.values()))

    def ids(self, path: str, **params: Any) -> list[int]:
        return [row["id"] for row in self.get(path, **params)]

    def put(self, kind: str, **fields: Any) -> int:
        """Add a record; what belongs to a product belongs to product 1 unless told."""
        owner = {"product": 1} if kind in ("variant", "category_product", "review") else {}
        return self.state.put(kind, {**owner, **fields})

    def serve(self, front: Front, **options: Any) -> None:
        front.app = lightspeed.lightspeed_app(self.state, now=self.clock, **options)


LANGUAGES = [
    {"id": 1, "isActive": True, "isDefault": True, "code": "nl", "locale": "nl_NL", "title": "NL"},
    {"id": 2, "isActive": True, "isDefault": False, "code": "de", "locale": "de_DE", "title": "DE"},
    {"id": 3, "isActive": False, "isDefault": False, "code": "fr", "locale": "fr_FR", "title": ""},
]


@pytest.fixture(scope="session")
def http(front: Front) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=front.url, timeout=10) as http:
        yield http


@pytest.fixture
def shop(front: Front, http: httpx.Client, state: State) -> Shop:
    """The shop without rate windows."""
    clock = Clock(EVENING)
    state.now = clock
    state.set_fact("shop", {"id": 310427, "mainDomain": "www.shop.example", "isB2b": False})
    state.set_fact("cluster", "eu1")
    state.set_fact("languages", LANGUAGES)
    state.add_key(KEY, SECRET)
    made = Shop(http, state, clock)
    made.serve(front, windows=None)
    return made


@pytest.fixture
def limited(shop: Shop, front: Front) -> Shop:
    """The shop with a private key's windows: 300, 3,000 and 12,000, and 20 calls a second."""
    shop.serve(front, windows=Limits())
    return shop


@pytest.fixture(scope="session")
def front() -> Iterator[Front]:
    # With the protocol named asyncio switches Nagle's delay off: 40 ms less a request.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        served = Front(f"http://127.0.0.1:{listener.getsockname()[1]}")
        config = uvicorn.Config(
            served, lifespan="off", log_level="critical", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield served
        server.should_exit = True
        thread.join()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State(tmp_path / "sandbox.db")
    yield state
    state.close()
