"""Lists that nothing reads and whose size nobody has asked for: they are counted once a day
(`ahead`), so that their price is known before a setting asks for them. Which of them are due, and
what the counts say of orders that were never listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sync import rules
from sync.entities import imported, wants
from sync.extract.reading import DAY
from sync.mirror import Mirror, facts
from sync.mirror.facts import DailyCount, OrdersState
from sync.settings import SETTINGS, Settings

# Name → its entity, the area of a key.
COUNTED: Final[Mapping[str, tuple[str, str]]] = {
    "customers": ("customers", "customers"),
    "subscriptions": ("customers", "customers"),
    "textpages": ("pages", "content"),
    "blogs/articles": ("pages", "content"),
    "reviews": ("products", "products"),
    "returns": ("orders", "orders"),
}


def counts_due(
    mirror: Mirror,
    settings: Settings,
    shop_settings: Sequence[Settings],
    now: int,
    first: int | None,
) -> list[tuple[str, str, dict[str, int]]]:
    """The counts that a refresh asks for beside what it reads: name, path, bounds in unix
    seconds. Only of what no store of the shop reads, and only what the key may read. `first` is
    the moment from which on the mirror has orders, None if it has none."""
    known = mirror.fact(facts.AHEAD)
    lists = _lists_ahead(mirror, settings, shop_settings)
    due = [each for each in lists if not _recent(known.get(each[0]), now)]
    for each in _orders_ahead(mirror, settings, shop_settings, now, first):
        note = known.get(each[0])
        if note is None or not _recent(note, now) or note["from"] != first:
            due.append(each)
    return due


def unlisted_orders(mirror: Mirror, cutoff: int) -> tuple[int, int, int] | None:
    """How many orders created since `cutoff` the mirror has never listed: at least, likely, at
    most. None where nobody has counted."""
    state = mirror.fact(facts.ORDERS_STATE)
    first = state.get("from")
    if first is not None and cutoff >= first:
        return 0, 0, 0
    points = _points(mirror, state)
    return _between(points, cutoff) if points else None


def _recent(note: DailyCount | None, now: int) -> bool:
    return note is not None and 0 <= now - note["at"] < DAY


def _allowed(mirror: Mirror, area: str) -> bool:
    rights = mirror.fact(facts.PERMISSIONS) or {}
    right = rights.get(area) if isinstance(rights, dict) else None
    return not isinstance(right, dict) or bool(right.get("read", True))


def _lists_ahead(
    mirror: Mirror, settings: Settings, shop_settings: Sequence[Settings]
) -> Iterator[tuple[str, str, dict[str, int]]]:
    for name, (entity, area) in COUNTED.items():
        read = any(_reads(each, name) for each in (settings, *shop_settings))
        may = imported(settings, entity) and _allowed(mirror, area)
        if may and not read and not _held(mirror, name):
            yield name, name, {}


def _reads(settings: Settings, name: str) -> bool:
    if name == "reviews":
        return settings.import_products and settings.include_review_score
    return wants(settings, COUNTED[name][0])


def _held(mirror: Mirror, name: str) -> bool:
    """Whether the list was read once, by settings that ask for it no more."""
    if name == "reviews":
        return mirror.fact(facts.daily("reviews")) is not None
    return mirror.ever_read(COUNTED[name][0])


def _orders_ahead(
    mirror: Mirror,
    settings: Settings,
    shop_settings: Sequence[Settings],
    now: int,
    first: int | None,
) -> Iterator[tuple[str, str, dict[str, int]]]:
    """One count for each period that reaches beyond the mirror."""
    if not settings.import_orders or not _allowed(mirror, "orders"):
        return
    if first is None and any(wants(each, "orders") for each in (settings, *shop_settings)):
        return  # a store of the shop is about to list them
    for option in SETTINGS["include_orders"].options:
        cutoff = 0 if option == "all" else rules.order_cutoff(option, now)
        if option == "none" or cutoff is None or (first is not None and cutoff >= first):
            continue
        if option == "all" and first is not None:
            continue  # what is older than the mirror is counted when it is listed
        bounds = {"created_at_min": cutoff} if cutoff else {}
        if first is not None:
            bounds["created_at_max"] = first - 1
        yield f"orders:{option}", "orders", bounds


def _points(mirror: Mirror, state: OrdersState) -> list[tuple[int, int]]:
    """(moment, orders since then that were never listed), the oldest moment first."""
    points = {}
    for name, note in mirror.fact(facts.AHEAD).items():
        if name.startswith("orders:") and note.get("from") == state.get("from"):
            points[int(note["since"])] = int(note["n"])
    if state.get("from") is not None:
        points[0] = int(state.get("older", 0))
        points[int(state["from"])] = 0
    return sorted(points.items())


_SLIDES: Final = 3 * DAY  # a period's beginning has moved so far at most since it was counted


def _between(points: Sequence[tuple[int, int]], cutoff: int) -> tuple[int, int, int]:
    before = [(at, n) for at, n in points if at <= cutoff]
    after = [(at, n) for at, n in points if at > cutoff]
    at, most = before[-1] if before else points[0]
    if not after:
        least = most if at == cutoff else 0
        return least, most, most + slack(most)
    later, least = after[0]
    if cutoff - at <= _SLIDES:
        return max(least, most - slack(most)), most, most + slack(most)
    share = (later - cutoff) / max(later - at, 1)
    return least, least + round((most - least) * share), most


def slack(rows: int) -> int:
    """By how much a shop may have grown since it was counted."""
    return 10 + rows // 20
