"""Counts of what no setting asks for yet, once a day, so that its price is known beforehand."""

from __future__ import annotations

from sync.budget import Spent
from sync.errors import Message
from sync.extract.counted_ahead import counts_due
from sync.extract.metafields import learn_way, way_is_due
from sync.extract.narrow import counts
from sync.extract.reading import Reading, Steps, api_time
from sync.lightspeed import LightspeedDown
from sync.mirror import facts
from sync.mirror.facts import DailyCount


def read_counts(r: Reading) -> Steps[None]:
    """Ask how many rows the lists have that nothing reads: one call each. No run waits for them,
    and none fails by them."""
    try:
        yield from _counts(r)
    except (Spent, LightspeedDown) as error:
        r.log("info", Message("log.nothing_counted", why=error))


def _counts(r: Reading) -> Steps[None]:
    if r.full:
        r.mirror.note(facts.AHEAD, {})
    first = r.mirror.fact(facts.ORDERS_STATE).get("from")
    due = counts_due(r.mirror, r.settings, r.shop_settings, r.now(), first)
    if r.settings.import_products and way_is_due(r):
        due.insert(0, ("", "metafields", {}))
    requests = [
        (path, {key: api_time(at) for key, at in bounds.items()}) for _, path, bounds in due
    ]
    for place, n in counts(r, requests, person=False):
        if due[place][1] == "metafields":
            yield from learn_way(r, n)
            continue
        name, path, bounds = due[place]
        if not isinstance(n, int):
            r.log("info", Message("log.not_counted", path=path, why=n))
            continue
        note: DailyCount = {"at": r.now(), "n": n}
        if path == "orders":
            note["since"], note["from"] = bounds.get("created_at_min", 0), first
        known = r.mirror.fact(facts.AHEAD)
        r.mirror.note(facts.AHEAD, {**known, name: note})
        yield
