"""The two APIs from here: does each host answer, and does it have the same time as we have."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from sync.addresses import BadAddress
from sync.clerk import clerk_url
from sync.clock import Clock
from sync.doctor.checks import Check, todo_of
from sync.errors import Message
from sync.http import BadAnswer, Http, HttpError
from sync.lightspeed import CLUSTERS
from sync.store import ShopRow, StoreRow

SECONDS: Final = 10.0
AT_ONCE: Final = 8
MOST_APART: Final = 60.0  # seconds between the two clocks that harm nothing
SIDES: Final = {"lightspeed": "Lightspeed", "clerk": "Clerk.io"}


@dataclass(frozen=True, slots=True)
class Host:
    """What came of one request without any key: why nothing came, if so, and by how many seconds
    the server's clock is ahead of ours, if it told."""

    side: str
    url: str
    why: Message | None = None
    ahead: float | None = None


def lightspeed_host(shop: ShopRow) -> str:
    """Where the shop's API lies: scheme and host."""
    return _root(shop.api_url or CLUSTERS[shop.cluster])


def clerk_host(store: StoreRow) -> str:
    """Where the store's API lies: scheme and host."""
    return _root(clerk_url(store.api_url))


def _root(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def asked(shops: list[ShopRow], stores: list[StoreRow], clock: Clock) -> dict[str, Host]:
    """Each host that these use, by its address. No key is sent and no window is spent."""
    stand_ins = {lightspeed_host(shop) for shop in shops if shop.demo}
    sides = {clerk_host(store): "clerk" for store in stores}
    sides |= {lightspeed_host(shop): "lightspeed" for shop in shops}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda url: _ask(sides[url], url, clock, url in stand_ins), sides)
        return {host.url: host for host in found}


def _ask(side: str, url: str, clock: Clock, stand_in: bool) -> Host:
    try:
        with Http(url, timeout=SECONDS, stand_in=stand_in) as http:
            answer = http.send("GET", "/", whole=False)
    except BadAnswer:  # what came was odd; that it came is enough
        return Host(side, url)
    except (HttpError, BadAddress) as error:
        return Host(side, url, error.message)
    return Host(side, url, ahead=_ahead(answer.headers.get("date"), clock.now()))


def _ahead(date: str | None, now: float) -> float | None:
    try:
        return parsedate_to_datetime(date or "").timestamp() - now
    except ValueError:
        return None


def reach(hosts: dict[str, Host]) -> Iterator[Check]:
    """Which hosts answer."""
    for host in hosts.values():
        values = {"side": SIDES[host.side], "host": urlsplit(host.url).netloc}
        if host.why is None:
            yield Check("reach", True, Message("doctor.reached", **values))
        else:
            told = Message("doctor.unreached", **values, why=host.why)
            yield Check("reach", False, told, todo_of(host.why))


def clock(hosts: dict[str, Host]) -> Check:
    """Whether this computer's clock is right, by the servers' own."""
    told = [host.ahead for host in hosts.values() if host.ahead is not None]
    if not told:
        return Check("clock", True, Message("doctor.clock_unknown"))
    # The one that agrees best: a single server's clock may be wrong.
    ahead = min(told, key=abs)
    seconds = round(abs(ahead))
    if abs(ahead) <= MOST_APART:
        return Check("clock", True, Message("doctor.clock"))
    code = "doctor.clock_slow" if ahead > 0 else "doctor.clock_fast"
    return Check("clock", False, Message(code, seconds=seconds), Message("doctor.clock_todo"))
