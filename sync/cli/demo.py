"""`python -m sync demo`: a shop to learn and to try on, with both APIs on this computer."""

from __future__ import annotations

import random
import secrets
import socket
from argparse import Namespace
from pathlib import Path
from typing import Final

from sync import run
from sync.cli import show, work
from sync.cli.call import Answer, Call
from sync.cli.screen import Screen
from sync.cli.stand_in import PortTaken, state_file
from sync.sandbox import clerk
from sync.sandbox.fill import fill
from sync.sandbox.generate import generate
from sync.sandbox.state import State
from sync.store import Desk, Refused, ShopRow, StoreRow

NAME: Final = "Demo"
SLUG: Final = "demo"
LANGUAGE: Final = "nl"
KEYS: Final = 2
# Below the ports that systems give to outgoing connections.
_PORTS: Final = range(20_000, 30_000)


def demo(call: Call) -> Answer:
    """Make what is missing of the demo, read its shop, and say what to try."""
    desk = call.desk
    path = state_file(desk)
    if not path.exists():
        _fill(path, call.args)
    state = State(path)
    store = _connected(desk, state, call.who)
    hidden = _hidden(state)
    state.close()
    shop = desk.shop_by_id(store.shop_id)
    queued = run.request(desk, store, "refresh", who=call.who)
    row = work.carried_on(call, queued, wait=True)
    report = run.report(desk, row)

    def draw(screen: Screen) -> None:
        show.run(screen, report)
        _next_steps(screen, hidden)

    document = {"shop": shop.slug, "store": store.slug, "api_url": shop.api_url, "run": report}
    return Answer(document, draw, work.code_of(call, row))


def _fill(path: Path, args: Namespace) -> None:
    """A generated shop at `path`, which appears only when it is complete."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    state = State(part)
    fill(state, generate(args.products, args.orders, args.seed))
    state.close()
    part.replace(path)


def _connected(desk: Desk, state: State, who: str) -> StoreRow:
    """The demo store, its keys and its shop's known to both sides."""
    shop = _shop(desk, state.fact("shop")["mainDomain"])
    for key in desk.keys(shop):
        state.add_key(key.key.reveal(), key.secret.reveal())
    store = _store(desk, shop, who)
    public, private = desk.clerk_keys(store)
    clerk.add_store(state, public.reveal(), private.reveal(), NAME)
    return store


def _hidden(state: State) -> int | None:
    """A product that is not sent, to try `explain` on."""
    return next((row["id"] for row in state.all("product") if not row["isVisible"]), None)


def _shop(desk: Desk, domain: str) -> ShopRow:
    known = {shop.slug: shop for shop in desk.shops()}
    shop = known.get(SLUG)
    if shop is None:
        url = f"http://127.0.0.1:{free_port()}"
        shop = desk.add_shop(NAME, domain=domain, cluster="eu1", api_url=url, demo=True)
    if not shop.demo:
        raise Refused("demo_name", shop=SLUG)
    for _ in range(len(desk.keys(shop)), KEYS):
        desk.add_key(shop, secrets.token_hex(16), secrets.token_hex(16))
    return shop


def _store(desk: Desk, shop: ShopRow, who: str) -> StoreRow:
    for store in desk.stores(shop):
        if store.slug == SLUG:
            return store
    added = desk.add_store(
        shop,
        NAME,
        language=LANGUAGE,
        public=secrets.token_hex(16),
        private=secrets.token_hex(16),
        api_url=shop.api_url,
        who=who,
    )
    return desk.pause(added, True)  # its first sync is for whoever tries it


def free_port() -> int:
    """A loopback port that nobody listens on now; PortTaken if none was found."""
    for port in random.SystemRandom().sample(_PORTS, 50):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise PortTaken("refusal.no_free_port")


def _next_steps(screen: Screen, hidden: int | None) -> None:
    explain = [f"explain demo product {hidden}"] if hidden else []
    screen.line()
    screen.say("demo.ready")
    for words in (
        "preview demo",
        "preview demo --set include_out_of_stock=yes",
        "run demo",
        *explain,
    ):
        screen.line(f"  python -m sync {words}")
