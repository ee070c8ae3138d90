"""Settings and their values in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time

from babel.dates import format_time

from pages.components import format
from pages.components.texts import lang, t
from sync import commalist
from sync.manual import option_label
from sync.schedule import hour_in_zone
from sync.settings import SETTINGS
from sync.texts import catalogue, text


def label(key: str) -> str:
    """The setting's label."""
    return t(f"setting.{key}.label")


def with_english(code: str) -> str:
    """A label with Clerk.io's English one small beside it, which is what my.clerk.io shows."""
    mine, theirs = t(code), text(code, "en")
    return mine if mine == theirs else f"{mine} :gray[:small[{theirs}]]"


def short(key: str, text: str) -> str:
    """`Label: value`."""
    return f"{label(key)}: {value(key, text)}"


def has_own_options(key: str) -> bool:
    """Whether a setting's yes and no say more than yes and no."""
    return f"option.{key}.yes" in catalogue(lang())


def value(key: str, text: str) -> str:
    """A value, given as CLI text, in the reader's words."""
    s = SETTINGS[key]
    if s.kind == "list":
        return text or t("settings.list.empty")
    if s.kind == "number":
        return format.number(int(text)) + (f" {t(f'unit.{s.unit}')}" if s.unit else "")
    if s.kind == "image_size":
        width, height, zoom = text.split("x")
        return t("settings.image.value", width=width, height=height, zoom=zoom)
    if s.kind == "period" and text not in s.options:
        return t("option.include_orders.date", date=format.day(date.fromisoformat(text)))
    return option_label(key, text, lang())


def change(key: str, before: str, after: str) -> str:
    """`Label: old → new`."""
    return f"{label(key)}: {difference(key, before, after)}"


def difference(key: str, before: str, after: str) -> str:
    """`old → new`; of a list what came and what went."""
    old, new = commalist.split(before), commalist.split(after)
    if SETTINGS[key].kind == "list" and before and after and set(old) != set(new):
        came = [f"+ {name}" for name in new if name not in old]
        return ", ".join([*came, *(f"− {name}" for name in old if name not in new)])
    return f"{value(key, before)} → {value(key, after)}"


def wanted(changes: Mapping[str, str]) -> str:
    """Return `Label: value` of settings that would have to be so."""
    return "; ".join(short(key, text) for key, text in changes.items())


def hour(text: str) -> str:
    """A sync time; a chosen hour in UTC and as the reader's clocks show it."""
    said = option_label("sync_time", text, lang())
    if not text.isdigit():
        return said
    zone = format.zone()
    begin, end = hour_in_zone(int(text), zone.key, datetime.now(zone).date())
    return t("settings.hour.option", utc=said, start=_clock(begin.time()), end=_clock(end.time()))


def _clock(at: time) -> str:
    return format_time(at, "short", locale=format.locale())


def blocked(pairs: Sequence[tuple[str, str]]) -> str:
    """Why a setting has no effect now."""
    said = [t("settings.blocked.by", label=label(k), value=value(k, v)) for k, v in pairs]
    return t("settings.blocked.because", conditions=f" {t('document.and')} ".join(said))


def today() -> date:
    """The day in UTC, in which periods and hours are counted."""
    return datetime.now(UTC).date()
