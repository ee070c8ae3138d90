"""When a store is due, from its sync time and its last run."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = 86400
_SHORT, _LONG = 600.0, 3600.0  # runs up to ten minutes, runs of an hour and more
_SOON, _LATE = 3600.0, 86400.0  # … come again after this long
_SPREAD = 50 * 60  # starts are spread over the first fifty minutes of the hour
_SET_BACK = 3600.0  # a moment this far ahead was told by a clock that has been set back since


def next_due(
    sync_time: str,
    *,
    store: str,
    last_start: float | None,
    last_end: float | None,
    last_duration: float | None,
    now: float,
    paused: bool,
    since: float | None = None,
) -> float | None:
    """When the store's next scheduled run is due (unix s; `now` or earlier: at once), or None.

    `last_duration` is in seconds without waits. A chosen hour that passed with no run since the
    last start, or `since` the hour was chosen, is made up once; a store that never ran waits for
    its hour unless `since` says that one was missed. Moments that lie an hour ahead or more are
    the mark of a clock that was set back, and don't count. ValueError for an unknown sync time.
    """
    hour = _hour(sync_time)
    if paused or sync_time == "off":
        return None
    if hour is None:
        return _when_needed(last_start, last_end, last_duration, now)
    latest = _slot_before(now, hour, start_second(store))
    return latest if _is_missed(latest, (last_start, since), now) else latest + _DAY


def pause_after(duration: float) -> float:
    """Seconds from the end of a run to the next "when needed": an hour after one that took up to
    10 minutes, 24 hours after one of an hour or more, in between along a straight line."""
    share = (min(max(duration, _SHORT), _LONG) - _SHORT) / (_LONG - _SHORT)
    return _SOON + share * (_LATE - _SOON)


def start_second(store: str) -> int:
    """The second of its hour (0 … 2999) in which this store starts, so that not all do at once."""
    return int.from_bytes(hashlib.sha256(store.encode()).digest()[:4], "big") % _SPREAD


def hour_in_zone(hour: int, zone: str, day: date) -> tuple[datetime, datetime]:
    """Begin and end of that UTC hour of that UTC day, as the clocks of `zone` show them."""
    begin = datetime.combine(day, time(hour), UTC)
    there = ZoneInfo(zone)
    return begin.astimezone(there), (begin + timedelta(hours=1)).astimezone(there)


def _hour(sync_time: str) -> int | None:
    if sync_time in ("when_needed", "off"):
        return None
    if sync_time.isascii() and sync_time.isdigit() and int(sync_time) < 24:
        return int(sync_time)
    raise ValueError(f"sync time {sync_time!r} is not when_needed, off or an hour 0 to 23")


def _when_needed(
    start: float | None, end: float | None, duration: float | None, now: float
) -> float:
    last = start if end is None else end
    if last is None or last >= now + _SET_BACK:
        return now
    if duration is None:
        duration = last - start if start is not None else 0.0
    return last + pause_after(duration)


def _is_missed(slot: float, marks: tuple[float | None, ...], now: float) -> bool:
    """Whether nothing has happened since that slot, as far as the marks can be believed."""
    known = [mark for mark in marks if mark is not None]
    believed = [mark for mark in known if mark < now + _SET_BACK]
    return bool(known) and max(believed, default=now - _SET_BACK) < slot


def _slot_before(now: float, hour: int, second: int) -> float:
    slot = now // _DAY * _DAY + hour * 3600 + second
    return slot if slot <= now else slot - _DAY
