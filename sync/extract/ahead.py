"""Counts of what no setting asks for yet, once a day, so that its price is known beforehand."""

from __future__ import annotations

from typing import Any

from sync.extract.expected import AHEAD, counts_due
from sync.extract.metafields import metafields_way
from sync.extract.reading import Reading, Steps, api_time
from sync.lightspeed import NoPermission, NotFound


def read_counts(r: Reading) -> Steps[None]:
    """Ask how many rows the lists have that nothing reads: one call each."""
    if r.full:
        r.mirror.set_meta(AHEAD, {})
    if r.settings.import_products:
        yield from metafields_way(r)
    first = (r.mirror.meta("orders_state") or {}).get("from")
    for name, path, bounds in counts_due(r.mirror, r.settings, r.shop_settings, r.now(), first):
        params: dict[str, Any] = {key: api_time(at) for key, at in bounds.items()}
        try:
            n = r.client.count(path, **params)
        except (NoPermission, NotFound) as error:
            r.log("info", f"{path} could not be counted: {error}")
            continue
        note: dict[str, int | None] = {"at": r.now(), "n": n}
        if path == "orders":
            note |= {"since": bounds.get("created_at_min", 0), "from": first}
        r.mirror.set_meta(AHEAD, {**r.mirror.meta(AHEAD, {}), name: note})
        yield
