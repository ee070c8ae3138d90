"""What happened to one record over all runs."""

from __future__ import annotations

from typing import Any

import orjson

from sync.clock import iso
from sync.explain.deciding import decision, goes, in_mirror, kind_named
from sync.explain.story import removed
from sync.ledger import split_reasons
from sync.mirror import facts
from sync.openshop import OpenShop, opened_shop
from sync.settings import Settings
from sync.store import Desk, StoreRow

_EVENTS = (
    "SELECT run, at, outcome, reasons, message, link, detail FROM outcome"
    " WHERE entity = :entity AND source = :source"
    " UNION ALL SELECT run, at, 'failed', '', message, link, detail FROM note"
    " WHERE entity = :entity AND source = :source ORDER BY at DESC, run DESC"
)


def timeline(desk: Desk, store: StoreRow, entity: str, source: int | str) -> list[dict[str, Any]]:
    """A record's outcomes in the store's runs, newest first, before them what holds now: since
    the last read, or since the newest of them if that is later.

    `entity` is product, order, category, customer or page; `source` the Lightspeed id. Each is
    {"run", "at" (ISO), "outcome", "reasons", "message", "detail", "link", "settings_version"}; the
    first one has run None and `goes`, `pending`, `stays_out`, `gone` or `unknown` as its outcome.
    A removal that Clerk.io refused is `failed`. Times at which nothing was sent leave no trace.
    """
    plural = kind_named(entity)
    with opened_shop(desk, store) as shop:
        rows = shop.mirror.conn.execute(_EVENTS, {"entity": plural, "source": source}).fetchall()
        now = _now(desk, shop, plural, source, rows[0][1] if rows else 0.0)
    versions = desk.settings_versions(store, [row[0] for row in rows])
    return [now] + [
        {
            "run": run,
            "at": iso(at),
            "outcome": outcome,
            "reasons": list(split_reasons(reasons)),
            "message": message,
            "detail": detail and orjson.loads(detail),
            "link": link,
            "settings_version": versions[run],
        }
        for run, at, outcome, reasons, message, link, detail in rows
        if run in versions
    ]


def _now(
    desk: Desk, shop: OpenShop, entity: str, source: int | str, newest: float
) -> dict[str, Any]:
    version = desk.settings(shop.store)
    outcome, reasons = _state(shop, version.settings, entity, source)
    as_of = shop.mirror.fact(facts.as_of(shop.store.language))
    return {
        "run": None,
        "at": iso(max(as_of or desk.clock.now(), newest)),
        "outcome": outcome,
        "reasons": reasons,
        "message": None,
        "detail": None,
        "link": None,
        "settings_version": version.version,
    }


def _state(
    shop: OpenShop, settings: Settings, entity: str, source: int | str
) -> tuple[str, list[str]]:
    if in_mirror(shop, entity, source):
        made = decision(shop, settings, entity, source)
        if goes(made):
            return "goes", []
        pending = made.reasons == ("lines_pending",)
        return "pending" if pending else "stays_out", list(made.reasons)
    if shop.ledger.entry(entity, source):
        return "gone", ["gone"]
    return "gone" if removed(shop, entity, source) else "unknown", []
