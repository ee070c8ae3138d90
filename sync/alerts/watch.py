"""Looking at all stores, and writing down what is to be told to whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sync import overview
from sync.alerts.changes import Change, Event, changes
from sync.alerts.conditions import conditions
from sync.store import Concerned, Desk, Key, Pace, Target

DIGEST_HOUR: Final = 7  # of a day in UTC, and of a Monday
_DAYS: Final = {"daily": 1, "weekly": 7}


def look(desk: Desk) -> int:
    """Look at all stores once; returns how many alerts that made. What is written is one
    transaction: a process that dies has told all of it or nothing."""
    lines = overview.overview(desk).lines
    shops = {store.id: store.shop_id for store in desk.stores()}
    with desk.together():
        before, paces, now = desk.alert_standings(), desk.alert_paces(), desk.clock.now()
        found = conditions(lines, desk.outages(), before, now)
        known = {
            line.id: Concerned(line.id, line.store, line.name, shops[line.id], line.shop)
            for line in lines
            if line.id in shops
        }
        targets = desk.alert_targets()
        return sum(
            _written(desk, change, paces.get(change.key), known, targets)
            for change in changes(before, found, paces, now)
        )


def _written(
    desk: Desk,
    change: Change,
    pace: Pace | None,
    known: Mapping[int, Concerned],
    targets: Sequence[Target],
) -> int:
    """Keep a change, and tell it to those whom it concerns."""
    if change.news or change.gone:
        desk.keep_alert_standings(change.key, change.news, change.gone)
    told = [_tell(desk, change.key, event, pace, known, targets) for event in change.events]
    if change.pace != pace:
        desk.keep_alert_pace(change.key, change.pace)
    return sum(told)


def _tell(
    desk: Desk,
    key: Key,
    event: Event,
    pace: Pace | None,
    known: Mapping[int, Concerned],
    targets: Sequence[Target],
) -> bool:
    stores = [known[store] for store in sorted(event.stores) if store in known]
    if not stores:
        return False
    now = desk.clock.now()
    alert = desk.add_alert(key, event.turn, event.since, stores)
    for target in targets:
        if concerning(target, stores):
            muted = pace is not None and pace.muted(event.size, now)
            desk.add_delivery(alert, target, at=next_message(target.digest, now), muted=muted)
    return True


def concerning(target: Target, stores: Collection[Concerned]) -> list[Concerned]:
    """The stores of these that a target is about."""
    if target.store_id is not None:
        return [each for each in stores if each.id == target.store_id]
    if target.shop_id is not None:
        return [each for each in stores if each.shop_id == target.shop_id]
    return list(stores)


def next_message(digest: str, now: float) -> float:
    """When what happens now is told (unix s): at once, at the next full hour, or at 7 o'clock UTC
    of the next day or Monday."""
    if digest == "none":
        return now
    moment = datetime.fromtimestamp(now, UTC)
    hour = moment.replace(minute=0, second=0, microsecond=0)
    if digest == "hourly":
        return (hour + timedelta(hours=1)).timestamp()
    then = hour.replace(hour=DIGEST_HOUR)
    if digest == "weekly":
        then += timedelta(days=-then.weekday())
    while then <= moment:
        then += timedelta(days=_DAYS[digest])
    return then.timestamp()
