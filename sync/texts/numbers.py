"""Numbers as readers of a language write them."""

from __future__ import annotations

from typing import Final

from babel.numbers import format_decimal

LOCALES: Final = {"en": "en_GB", "de": "de_DE"}


def number(value: float, lang: str = "en") -> str:
    """`12,301` or `12.301`. KeyError for an unknown language."""
    return str(format_decimal(value, locale=LOCALES[lang]))
