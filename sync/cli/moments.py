"""Moments as they are written on the command line: an ISO time, or a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from math import inf
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sync.store import Refused


def start_of(text: str, zone: str, now: float) -> float:
    """The moment (unix seconds) that a text names; of a day its start, also of today. UsageError
    for a text that is none, an unknown zone, and what is still to come."""
    return _moment(text, zone, now, timedelta())


def end_of(text: str, zone: str, now: float) -> float:
    """The same, of a day its end; today's date means now."""
    return _moment(text, zone, now, timedelta(days=1))


def _moment(text: str, zone: str, now: float, after: timedelta) -> float:
    where = zone_of(zone)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _past(text, _time(text, where), now)
    try:
        moment = datetime.combine(day + after, time(), where).timestamp()
    except OverflowError:  # after the last day that there is
        moment = inf
    if day == datetime.fromtimestamp(now, where).date():
        return min(moment, now)
    return _past(text, moment, now)


def _time(text: str, where: ZoneInfo) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("moment", text=text) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=where)).timestamp()


def _past(text: str, moment: float, now: float) -> float:
    if moment > now:
        at = datetime.fromtimestamp(now, UTC).isoformat(timespec="minutes")
        raise Refused("moment_to_come", text=text, now=at)
    return moment


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name. UsageError where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused("zone", name=name) from None
