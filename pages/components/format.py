"""Numbers, dates, durations and money in the reader's language and zone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st
from babel.dates import (
    format_date,
    format_datetime,
    format_time,
    format_timedelta,
    get_day_names,
    get_month_names,
)
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_percent
from streamlit.elements.lib.column_types import ColumnConfig

from pages.components.texts import lang, t
from sync import tables
from sync.texts import numbers

CELL = 300  # letters of a table's cell at most: all of a page's rows go to the browser
_COLUMNS = {"de": "DD.MM.YYYY HH:mm", "en": "DD/MM/YYYY HH:mm"}
_WEEKDAYS = {"de": "EEE d. MMM", "en": "EEE d MMM"}
_SOON = 6 * 86_400  # seconds within which a weekday says enough


def locale() -> str:
    """The babel locale of the reader's language."""
    return numbers.LOCALES[lang()]


def spreadsheet() -> tables.Habit:
    """How a table is written for the reader's spreadsheet."""
    return tables.habit(lang(), zone())


_zone: ContextVar[ZoneInfo | None] = ContextVar("zone", default=None)


@contextmanager
def in_zone(zone: ZoneInfo) -> Iterator[None]:
    """Times are this zone's, in a thread that knows no session."""
    before = _zone.set(zone)
    try:
        yield
    finally:
        _zone.reset(before)


def zone() -> ZoneInfo:
    """The browser's time zone; UTC where it is unknown."""
    if (bound := _zone.get()) is not None:
        return bound
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def number(value: float) -> str:
    """Return `12.301` or `12,301`."""
    return numbers.number(value, lang())


def listed(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    return str(format_list(list(parts), locale=locale()))


def share(part: float, whole: float) -> str:
    """`61 %` of a whole; nothing of nothing is 0 %."""
    ratio = part / whole if whole else 0.0
    digits = "#,##0.0 %" if 0 < ratio < 0.01 else "#,##0 %"
    return str(format_percent(ratio, format=digits, locale=locale()))


def money(value: float, currency: str) -> str:
    """An amount with two decimals; the bare number where the shop's currency is unknown ("")."""
    return _money(value, currency, locale())


@lru_cache(maxsize=4096)
def _money(value: float, currency: str, locale: str) -> str:
    if not currency:
        return str(format_decimal(value, format="#,##0.00", locale=locale))
    return str(format_currency(value, currency, locale=locale))


def moment(at: float | str | None) -> datetime | None:
    """Unix seconds or ISO 8601 as an aware datetime in the reader's zone."""
    if at is None:
        return None
    known = datetime.fromisoformat(at) if isinstance(at, str) else datetime.fromtimestamp(at, UTC)
    return known.astimezone(zone())


def when(at: float | str | None) -> str:
    """Date and time in the reader's zone, to the minute; a dash for never."""
    known = moment(at)
    return t("format.never") if known is None else _to_the_minute(known, "short")


def day(at: float | str | date | None) -> str:
    """The date alone; a dash for never."""
    if at is None:
        return t("format.never")
    known = at if isinstance(at, date) else moment(at)
    return str(format_date(known, "medium", locale=locale()))


def short_day(at: date) -> str:
    """`24 Nov`."""
    written = _WEEKDAYS[lang()].removeprefix("EEE ")
    return str(format_date(at, written, locale=locale()))


def weekday(at: float | str | date | None) -> str:
    """`Tue 24 Nov, 14:00`, of a date without the time; "" for never."""
    if at is None:
        return ""
    known = at if isinstance(at, date) else moment(at)
    written = _WEEKDAYS[lang()]
    if not isinstance(known, datetime):
        return _day(known, written, locale())
    return _to_the_minute(known, f"{written}, HH:mm")


def _to_the_minute(known: datetime, written: str) -> str:
    there = known.replace(second=0, microsecond=0, tzinfo=None)  # one moment, many zones
    return _minute(there, written, locale())


@lru_cache(maxsize=4096)
def _day(known: date, written: str, locale: str) -> str:
    return str(format_date(known, written, locale=locale))


@lru_cache(maxsize=4096)
def _minute(known: datetime, written: str, locale: str) -> str:
    return str(format_datetime(known, written, locale=locale))


def clock(at: float | str | None) -> str:
    """The time of day in the reader's zone, with the weekday or date where it is not today."""
    known = moment(at)
    if known is None:
        return t("format.never")
    today = datetime.now(zone())
    time = format_time(known, "short", locale=locale())
    if known.date() == today.date():
        return str(time)
    near = abs((known - today).total_seconds()) < _SOON
    before = format_date(known, "EEEE" if near else "medium", locale=locale())
    return f"{before} {time}"


def briefly() -> Callable[[float | None], str]:
    """Return what writes unix seconds as shortly as a column of many needs it, in the reader's
    zone: `14:02` today, `Fri 14:02` in the days around it, else `12 Nov`, or with the year."""
    here, name = zone(), locale()
    now = datetime.now(here)
    days = get_day_names("abbreviated", locale=name)
    months = get_month_names("abbreviated", locale=name)
    dot = "." if lang() == "de" else ""

    def written(at: float | None) -> str:
        if at is None:
            return t("format.never")
        known = datetime.fromtimestamp(at, here)
        if known.date() == now.date():
            return f"{known.hour:02}:{known.minute:02}"
        if abs((known - now).total_seconds()) < _SOON:
            return f"{days[known.weekday()].rstrip('.')} {known.hour:02}:{known.minute:02}"
        year = "" if known.year == now.year else f" {known.year}"
        return f"{known.day}{dot} {months[known.month]}{year}"

    return written


def utc(at: float | str | None) -> str:
    """The moment in UTC, for schedules and log lines."""
    known = moment(at)
    return t("format.never") if known is None else f"{known.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def age(at: float | str | None) -> float:
    """Seconds since a moment; 0 for never."""
    known = moment(at)
    return 0.0 if known is None else (datetime.now(UTC) - known).total_seconds()


def ago(at: float | str | None) -> str:
    """`5 minutes ago`, `in 2 hours`; a dash for never."""
    known = moment(at)
    if known is None:
        return t("format.never")
    gap = known - datetime.now(UTC)
    return str(format_timedelta(gap, add_direction=True, locale=locale()))


def duration(seconds: float | None) -> str:
    """`42 s`, `3 min 20 s`, `2 h 05 min`; a dash for unknown."""
    return t("format.never") if seconds is None else numbers.duration(seconds)


def datetime_column(label: str, *, seconds: bool = False, **config: Any) -> ColumnConfig:
    """The configuration of a table column of aware moments, shown in the reader's zone."""
    written = _COLUMNS[lang()] + (":ss" if seconds else "")
    return st.column_config.DatetimeColumn(label, format=written, timezone=zone().key, **config)
