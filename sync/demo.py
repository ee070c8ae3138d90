"""The demo: a shop to learn and to try on, with both APIs on this computer."""

from __future__ import annotations

import random
import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from sync import run
from sync.errors import CodedError
from sync.store import Desk, Refused, RunRow, ShopRow, StoreRow
from sync.store.files import os_lock

if TYPE_CHECKING:
    from sync.sandbox.state import State

NAME: Final = "Demo"
SLUG: Final = "demo"
LANGUAGE: Final = "nl"
KEYS: Final = 2
# Below the ports that systems give to outgoing connections.
_PORTS: Final = range(20_000, 30_000)


class Size(NamedTuple):
    """How large a demo shop is, and the seed that its records are made from."""

    products: int = 600
    orders: int = 4000
    seed: int = 1


USUAL: Final = Size()


class PortTaken(CodedError, OSError):
    """Another program answers where the demo's stand-ins should."""


def state_file(desk: Desk) -> Path:
    """What the stand-ins hold, and what Clerk.io's was sent."""
    return desk.data_dir / "sandbox.db"


def make(
    desk: Desk,
    size: Size = USUAL,
    on_progress: Callable[[float], None] = lambda _: None,
) -> RunRow:
    """Make what is missing of the demo and queue the read of its shop; returns that run. Whoever
    advances it serves the stand-ins. `on_progress` is told the share that is done (0 … 1). Ended
    half-way, the next call begins anew; Refused while another one is at it.
    """
    with os_lock(desk.data_dir / "demo.lock") as mine:
        if not mine:
            raise Refused("demo_in_the_making")
        path = state_file(desk)
        if not path.exists():
            _fill(path, size, on_progress)
        store = _connected(desk, path)
        return run.request(desk, store, "refresh")


def hidden_product(desk: Desk) -> int | None:
    """A product of the demo that is not sent, to look at why."""
    from sync.sandbox.state import State

    state = State(state_file(desk))
    try:
        return next((row["id"] for row in state.all("product") if not row["isVisible"]), None)
    finally:
        state.close()


def _fill(path: Path, size: Size, on_progress: Callable[[float], None]) -> None:
    """A generated shop at `path`, which appears only when it is complete."""
    from sync.sandbox.fill import fill
    from sync.sandbox.generate import generate
    from sync.sandbox.state import State

    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    state = State(part)
    try:
        fill(state, generate(*size), on_progress)
    finally:
        state.close()
    part.replace(path)


def _connected(desk: Desk, path: Path) -> StoreRow:
    """The demo store, its keys and its shop's known to both sides."""
    from sync.sandbox import clerk
    from sync.sandbox.state import State

    state = State(path)
    try:
        shop = _shop(desk, state.fact("shop")["mainDomain"])
        _hand_over_keys(desk, shop, state)
        store = _store(desk, shop)
        public, private = desk.clerk_keys(store)
        clerk.add_store(state, public.reveal(), private.reveal(), NAME)
    finally:
        state.close()
    return store


def _hand_over_keys(desk: Desk, shop: ShopRow, state: State) -> None:
    for key in desk.keys(shop):
        state.add_key(key.key.reveal(), key.secret.reveal())


def _shop(desk: Desk, domain: str) -> ShopRow:
    known = {shop.slug: shop for shop in desk.shops()}
    shop = known.get(SLUG)
    if shop is None:
        shop = desk.add_shop(NAME, domain=domain, cluster="eu1", api_url=free_url(), demo=True)
    if not shop.demo:
        raise Refused("demo_name", shop=SLUG)
    for _ in range(len(desk.keys(shop)), KEYS):
        desk.add_key(shop, secrets.token_hex(16), secrets.token_hex(16))
    return shop


def _store(desk: Desk, shop: ShopRow) -> StoreRow:
    for store in desk.stores(shop):
        if store.slug == SLUG:
            return store
    return desk.add_store(
        shop,
        NAME,
        language=LANGUAGE,
        public=secrets.token_hex(16),
        private=secrets.token_hex(16),
        api_url=shop.api_url,
        paused=True,  # its first sync is for whoever tries it
    )


def free_url() -> str:
    """An address on loopback where nobody listens now; PortTaken if none was found."""
    for port in random.SystemRandom().sample(_PORTS, 50):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return f"http://127.0.0.1:{port}"
    raise PortTaken("refusal.no_free_port")
