"""What a run would cost: calls to both sides, those of reading included, and when it would end.

Where the mirror does not hold what the settings ask for, a number is the likely one of a span.
Calls that only look at Clerk.io are in `_looks`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import Any, Final, NamedTuple

from sync import forecast, rules
from sync.clock import iso
from sync.entities import ENTITIES, KINDS, wants
from sync.extract import Read, expected, unlisted_orders
from sync.extract.reads import MOST_ROWS
from sync.inspection import calls_for, calls_to_ask, calls_to_read_back
from sync.mirror import facts
from sync.openshop import OpenShop
from sync.plan import Counts, Plan
from sync.settings import Settings

CLERK_BATCH: Final = 200
CLERK_BYTES: Final = 1_000_000
CLERK_DELETES: Final = 50
ORDERS_AT_ONCE: Final = 100  # orders are sent so many at a time as their lines come


class Span(NamedTuple):
    """A number that is known to lie between two others."""

    low: int
    likely: int
    high: int

    def plus(self, other: Span) -> Span:
        """The sum of two numbers."""
        return Span(*(a + b for a, b in zip(self, other, strict=True)))

    def bounds(self) -> tuple[int, int] | None:
        """Between which numbers it lies; None where it is known."""
        return (self.low, self.high) if self.low < self.high else None

    def mapped(self, each: Any) -> Span:
        """The number that comes of it, by a function that grows."""
        return Span(*(each(n) for n in self))


NOTHING: Final = Span(0, 0, 0)


class Older(NamedTuple):
    """Orders that the settings ask for and the mirror never listed: how many there are, and of
    how many the lines would be fetched. `counted` says whether Lightspeed was asked."""

    orders: Span
    lines: Span
    counted: bool


def reads_of(shop: OpenShop, settings: Settings) -> list[Read]:
    """What a refresh under the settings reads if it begins now."""
    shop_settings = shop.shop_settings(settings)
    return expected(
        shop.mirror, shop.store.language, settings, shop_settings, shop.desk.clock.now()
    )


@dataclass(frozen=True)
class Calls:
    """Calls of a run to both sides. Where the mirror does not hold what is asked for, those made
    lie in the spans; `uncounted` are lists of which nobody knows how long they are."""

    lightspeed: int
    clerk: int
    about: tuple[int, int] | None = None
    about_clerk: tuple[int, int] | None = None
    uncounted: Sequence[str] | None = None


def calls_of(
    settings: Settings, reads: Sequence[Read], older: Older, lines_missing: int, clerk: int
) -> Calls:
    """The `calls` of a preview: of a run that reads so and fetches the lines of so many known
    orders; `clerk` are the calls for what is known."""
    total = Span(lines_missing, lines_missing, lines_missing).plus(older.lines)
    for read in reads:
        total = total.plus(Span(read.low, read.likely, read.high))
    sent = Span(clerk, clerk, clerk).plus(_clerk_unknown(settings, reads, older))
    uncounted = {read.name for read in reads if read.new and read.high - read.low > _A_LOT}
    if not older.counted:
        uncounted.add("orders")
    return Calls(
        lightspeed=total.likely,
        clerk=sent.likely,
        about=total.bounds(),
        about_clerk=sent.bounds(),
        uncounted=sorted(uncounted) or None,
    )


def exact_calls(shop: OpenShop, plan: Plan, reads: Iterable[Read], clerk: int) -> Calls:
    """The calls of a run that sends just this plan and reads nothing for it but what every run
    fetches after its plan: order lines, and metafields that are asked for one by one."""
    way = shop.mirror.fact(facts.METAFIELDS_WAY)
    singly = way is not None and not way["bulk"]
    left = sum(read.likely for read in reads if singly and read.name == "metafields")
    return Calls(plan.lines_missing + left, clerk)


_A_LOT: Final = MOST_ROWS // 1000


def not_read(entity: str, reads: Sequence[Read], older: Older) -> int:
    """Calls that reading an entity takes which the mirror never held."""
    parts = {entity, "products"} if entity == "categories" else {entity}
    lines = older.lines.likely if entity == "orders" else 0
    return lines + sum(read.likely for read in reads if read.entity in parts)


@dataclass(frozen=True)
class Unknown:
    """Something that nobody has read: calls, and how many records it may change or bring (None:
    nobody has counted)."""

    calls: int
    records: int | None


def unknown(entity: str, counts: Counts, reads: Sequence[Read], older: Older) -> dict[str, Unknown]:
    """What the settings ask for beside an entity's own records and the mirror never held."""
    parts: dict[str, Unknown] = {}
    going = counts.create + counts.update + counts.unchanged
    for read in reads:
        code = _UNKNOWN.get(read.name)
        if not read.new or read.entity != entity or code is None:
            continue
        known = parts.get(code, Unknown(0, 0))
        most = going if read.rows is None else min(going, read.rows)
        parts[code] = Unknown(known.calls + read.likely, max(known.records or 0, most))
    if entity == "orders" and older.orders.high:
        listed = sum(read.likely for read in reads if read.name == "older_orders")
        records = older.orders.likely if older.counted else None
        parts["older"] = Unknown(listed + older.lines.likely, records)
    return parts


def new_calls(shop: OpenShop, settings: Settings) -> int:
    """Calls for all that the settings ask for and the mirror never held."""
    new = [read.likely for read in reads_of(shop, settings) if read.new]
    return sum(new) + older_orders(shop, settings).lines.likely


_UNKNOWN: Final[Mapping[str, str]] = {
    "reviews": "reviews",
    "tags": "tags",
    "tag": "tags",
    "metafields": "metafields",
    "custom_statuses": "custom_statuses",
}


def older_orders(shop: OpenShop, settings: Settings) -> Older:
    """What lies before the mirror's first order. The mirror's own share of it is accepted."""
    if not wants(settings, "orders"):
        return Older(NOTHING, NOTHING, True)
    mirror, lang = shop.mirror, shop.store.language
    as_of = mirror.fact(facts.as_of(lang)) or shop.desk.clock.now()
    listed = unlisted_orders(mirror, rules.order_cutoff(settings.include_orders, int(as_of)) or 0)
    orders = Span(*(listed or (0, 0, MOST_ROWS)))
    if not orders.high or not settings.accepted_order_statuses:
        return Older(orders, NOTHING, listed is not None)
    accepts = rules.OrderRules(settings, int(as_of), mirror.custom_statuses(lang)).accepts_status
    total = accepted = 0
    for status, custom, n in mirror.order_statuses():
        total += n
        accepted += n * accepts(status, custom)
    likely = round(orders.likely * accepted / total) if total else orders.likely
    return Older(orders, Span(0, likely, orders.high), listed is not None)


def _clerk_unknown(settings: Settings, reads: Iterable[Read], older: Older) -> Span:
    """Calls to Clerk.io for what is still to be read."""
    calls = older.lines.mapped(lambda n: ceil(n / ORDERS_AT_ONCE))
    if older.lines.high:
        calls = calls.plus(Span(0, int(older.lines.likely > 0), 2))
    new = [read for read in reads if read.new and read.entity not in ("", "orders")]
    for entity in {read.entity for read in new if wants(settings, read.entity)}:
        rows = [read.rows for read in new if read.entity == entity]
        most = MOST_ROWS if None in rows else sum(n for n in rows if n is not None)
        likely = 0 if most == MOST_ROWS else ceil(most / CLERK_BATCH)
        calls = calls.plus(Span(0, likely, ceil(most * 11 / (10 * CLERK_BATCH)) + 2))
        asks = partial(calls_for, entity, addresses=settings.collect_emails)
        known = 0 if most == MOST_ROWS else asks(most)
        calls = calls.plus(Span(0, known, asks(ceil(most * 11 / 10)) + 1))
    return calls


def clerk_calls(shop: OpenShop, plan: Plan) -> int:
    """Calls to Clerk.io that a plan's records take."""
    settings, counts = plan.inputs.settings, plan.counts
    writes = sum(_writes(shop, settings, entity, counts[entity]) for entity in ENTITIES)
    return writes + ceil(plan.lines_missing / ORDERS_AT_ONCE) + _looks(plan)


def _looks(plan: Plan) -> int:
    """Calls that only look: whatever a run asks Clerk.io for beside what it sends."""
    return calls_to_ask(plan.inputs) + calls_to_read_back(plan)


def _writes(shop: OpenShop, settings: Settings, entity: str, counts: Counts) -> int:
    whole = counts.create + counts.update - counts.patched
    batches = ceil(whole / _batch(shop, entity, whole)) + ceil(counts.patched / CLERK_BATCH)
    hides = entity == "products" and settings.removed_products == "hide"
    removals = ceil(counts.remove / (CLERK_BATCH if hides else CLERK_DELETES))
    return batches + removals + ceil(counts.replaced / CLERK_DELETES)


def _batch(shop: OpenShop, entity: str, records: int) -> int:
    """How many whole records a call takes, by the size of some that Clerk.io has or, failing
    that, of those they are made from."""
    if records <= 20:
        return CLERK_BATCH
    samples = (
        "SELECT length(payload) AS n FROM ledger_payload WHERE store = ? AND entity = ? LIMIT 200",
        [shop.ledger.store, entity],
    )
    size = shop.mirror.number(f"SELECT avg(n) FROM ({samples[0]})", *samples[1])
    if not size and entity in _SAMPLED:
        sample = f"SELECT length(flat) AS n FROM {KINDS[entity].table} LIMIT 200"
        size = shop.mirror.number(f"SELECT avg(n) FROM ({sample})")
    return max(1, min(CLERK_BATCH, CLERK_BYTES // max(size, 1)))


_SAMPLED: Final = ("products", "pages")  # of other kinds a record is small


def finish_of(shop: OpenShop, calls: Calls) -> str | None:
    """When a run with these calls would be done if it began now; None if the windows never let it
    end."""
    now, reserve = shop.desk.clock.now(), shop.shop.reserve / 100
    done = forecast.finish(calls.lightspeed, shop.windows(), now=now, reserve=reserve).finish
    return None if done == float("inf") else iso(done + clerk_seconds(calls))


def clerk_seconds(calls: Calls) -> float:
    """How long the calls to Clerk.io take, at two a second."""
    return float(calls.clerk / 2)
