"""Alerts as lists and documents: where they go, what stores have now, what was told lately."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sync.alerts.asking import causes_told
from sync.alerts.message import cause, title
from sync.clock import iso
from sync.errors import Message
from sync.store import Alert, Desk, Key, Target
from sync.texts import text


@dataclass(frozen=True)
class TargetTold:
    """A target: `about` is a shop or store (its slug), None for all; `error` is why the last
    message did not arrive."""

    name: str
    service: str
    lang: str
    digest: str
    about: str | None
    muted_until: str | None
    last_sent: str | None
    error: str | None


@dataclass(frozen=True)
class CauseTold:
    """What stores have now: `cause` is how `alerts mute` calls it, `name` what a reader does."""

    cause: str
    name: str
    stores: list[str]
    since: str | None
    muted_until: str | None
    muted_until_grows: bool


@dataclass(frozen=True)
class AlertTold:
    """What was told, and what became of it by target."""

    id: int
    at: str | None
    kind: str
    cause: str
    turn: str
    title: str
    stores: list[str]
    deliveries: list[dict[str, Any]]


@dataclass(frozen=True)
class AlertsTold:
    """All of it."""

    targets: list[TargetTold]
    causes: list[CauseTold]
    lately: list[AlertTold]


def told(desk: Desk, lang: str, *, most: int = 20) -> AlertsTold:
    """What there is to say of a desk's alerts, with the last ones told."""
    return AlertsTold(
        [target_told(desk, target, lang) for target in desk.alert_targets()],
        causes(desk, lang),
        [alert_told(alert, lang) for alert in desk.alert_history(limit=most)],
    )


def target_told(desk: Desk, target: Target, lang: str) -> TargetTold:
    """A target as its document."""
    until = target.muted_until if target.muted(desk.clock.now()) else None
    return TargetTold(
        name=target.name,
        service=target.service,
        lang=target.lang,
        digest=target.digest,
        about=target.store or target.shop,
        muted_until=iso(until),
        last_sent=iso(target.sent),
        error=target.error.text(lang) if target.error else None,
    )


def causes(desk: Desk, lang: str) -> list[CauseTold]:
    """What stores that the person sees have now, or is muted."""
    slugs, now = {store.id: store.slug for store in desk.stores()}, desk.clock.now()
    found = []
    for key, (stores, pace) in causes_told(desk).items():
        seen = {store: known for store, known in stores.items() if store in slugs}
        if not seen and (stores or desk.scope):
            continue  # others have it
        until = pace.muted_until if pace else None
        found.append(
            CauseTold(
                cause=":".join(key),
                name=cause(key[1], lang),
                stores=sorted(slugs[store] for store in seen),
                since=iso(min((known.since for known in seen.values()), default=None)),
                muted_until=iso(until) if until and until > now else None,
                muted_until_grows=pace is not None and pace.muted_size is not None,
            )
        )
    return found


def alert_told(alert: Alert, lang: str) -> AlertTold:
    """An alert as its document."""
    return AlertTold(
        id=alert.id,
        at=iso(alert.at),
        kind=alert.kind,
        cause=alert.cause,
        turn=alert.turn,
        title=title(alert, alert.stores, lang),
        stores=[each.store for each in alert.stores],
        deliveries=[_delivery(each, lang) for each in alert.deliveries],
    )


def _delivery(row: Mapping[str, Any], lang: str) -> dict[str, Any]:
    return {
        "target": row["target"],
        "state": row["state"],
        "at": iso(row["at"]),
        "next": iso(row["next"]) if row["state"] == "pending" else None,
        "tries": row["tries"],
        "error": Message.of(row["error"]).text(lang) if row["error"] else None,
    }


def delivery_said(row: Mapping[str, Any], lang: str, when: Callable[[str | None], str]) -> str:
    """What became of a message, in a few words; `when` writes an ISO time."""
    state = "retry" if row["state"] == "pending" and row["tries"] else row["state"]
    moment = when(row["next"] if row["state"] == "pending" else row["at"])
    told = text(f"alert.state.{state}", lang, when=moment, tries=row["tries"])
    return f"{told}: {row['error']}" if row["error"] else told


def is_muted(told: CauseTold) -> bool:
    """Whether nobody hears of it now."""
    return told.muted_until is not None or told.muted_until_grows


def key(told: CauseTold) -> Key:
    """How the desk calls it."""
    kind, _, code = told.cause.partition(":")
    return kind, code
