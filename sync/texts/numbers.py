"""Numbers as readers of a language write them."""

from __future__ import annotations

import math
from typing import Final

LOCALES: Final = {"en": "en_GB", "de": "de_DE"}


def number(value: float, lang: str = "en") -> str:
    """`12,301` or `12.301`. KeyError for an unknown language."""
    locale = LOCALES[lang]
    if isinstance(value, int) and 0 <= value < 1000:  # most, and a hundred times as fast
        return str(int(value))
    from babel.numbers import format_decimal  # most commands tell small numbers alone

    return str(format_decimal(value, locale=locale))


def percent(share: float, lang: str = "en") -> str:
    """`99.2 %` or `99,2 %`, never rounded up: what is not all is not 100 %."""
    from babel.numbers import format_percent

    part = math.floor(share * 1000) / 1000
    return str(format_percent(part, format="#,##0.# %", locale=LOCALES[lang]))


def duration(seconds: float) -> str:
    """Seconds as `42 s`, `3 min 20 s` or `2 h 05 min`, in either language."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02} min"
