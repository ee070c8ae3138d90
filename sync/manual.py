"""The settings as a page of documentation, from their one definition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sync.settings import (
    GROUPS,
    LARGEST_SIDE,
    LARGEST_ZOOM,
    LONGEST_ENTRY,
    OLDEST_DATE,
    SETTINGS,
    Setting,
    Unless,
)
from sync.texts import catalogue, text

_OTHER: Final = {"en": "de", "de": "en"}


def option_label(key: str, option: str, lang: str = "en") -> str:
    """Return the label of a setting's option, given as CLI text; dates and hours included.

    KeyError for an option that the setting does not have.
    """
    s = SETTINGS[key]
    own = f"option.{key}.{option}"
    if own in catalogue(lang):
        return text(own, lang)
    if s.kind == "period":
        return text("option.include_orders.date", lang, date=option)
    if s.kind == "hour" and option in s.options:
        start, end = int(option), (int(option) + 1) % 24
        return text("option.sync_time.hour", lang, start=f"{start:02}:00", end=f"{end:02}:00")
    return text(f"option.{option}", lang)


def settings_markdown(lang: str = "en") -> str:
    """Return the page about all settings as Markdown, ending with a line feed."""
    parts = [f"# {text('document.title', lang)}", text("document.intro", lang)]
    for group in GROUPS:
        parts.append(f"## {text(f'group.{group}', lang)}")
        for s in SETTINGS.values():
            if s.group == group:
                parts.extend(_setting(s, lang))
    return "\n\n".join(parts) + "\n"


def _setting(s: Setting, lang: str) -> Iterator[str]:
    yield f"### {text(f'setting.{s.key}.label', lang)}"
    default = f"`{s.default}`" if s.default else text("document.empty", lang)
    other = text(f"setting.{s.key}.label", _OTHER[lang])
    facts = (
        f"`{s.key}`",
        text("document.allowed", lang, allowed=_allowed(s, lang)),
        text("document.default", lang, default=default),
        text("document.other_label", lang, label=other),
    )
    yield "\n".join(f"- {fact}" for fact in facts)
    yield text(f"setting.{s.key}.help", lang)
    if s.depends:
        conditions = _conditions(s.depends, lang)
        yield text("document.without_effect", lang, conditions=conditions)


def _allowed(s: Setting, lang: str) -> str:
    named = s.kind in {"choice", "period"}
    options = (f"`{o}` ({option_label(s.key, o, lang)})" for o in s.options if named)
    return text(
        f"allowed.{s.kind}",
        lang,
        options=", ".join(options),
        unit=text(f"unit.{s.unit}", lang) if s.unit else "",
        minimum=s.minimum,
        maximum=s.maximum,
        most=LONGEST_ENTRY,
        side=LARGEST_SIDE,
        zoom=LARGEST_ZOOM,
        oldest=OLDEST_DATE.isoformat(),
    )


def _conditions(depends: tuple[Unless, ...], lang: str) -> str:
    alternatives = [_any_of(unless, lang) for unless in depends]
    if len(alternatives) > 1:
        alternatives = [f"({a})" if " " in a else a for a in alternatives]
    return f" {text('document.and', lang)} ".join(alternatives)


def _any_of(unless: Unless, lang: str) -> str:
    return f" {text('document.or', lang)} ".join(f"`{key}={value}`" for key, value in unless)
