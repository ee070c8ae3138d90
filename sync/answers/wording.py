"""What sets records apart, in a sentence."""

from __future__ import annotations

from sync.answers.patterns import Contrast, Pattern
from sync.texts import catalogue, text
from sync.texts.numbers import number


def what_is_different(found: Contrast, lang: str) -> str:
    """The strongest pattern, or that there is none."""
    numbers = {"set": number(found.set, lang), "rest": number(found.rest, lang)}
    if not found.set:
        return text("contrast.empty", lang)
    if not found.patterns:
        return text("contrast.none", lang, **numbers)
    return pattern_sentence(found, found.patterns[0], lang)


def pattern_sentence(found: Contrast, pattern: Pattern, lang: str) -> str:
    """How much of the set a value covers, and how much of what has the value is in the set."""
    return text(
        "contrast.pattern",
        lang,
        what=f"{text(f'dimension.{pattern.dimension}', lang)} {shown_value(pattern, lang)}",
        n=number(pattern.in_set, lang),
        set=number(found.set, lang),
        cover=_percent(pattern.in_set, found.set),
        pure=_percent(pattern.in_set, pattern.in_set + pattern.in_rest),
        in_rest=number(pattern.in_rest, lang),
        rest=number(found.rest, lang),
    )


def shown_value(pattern: Pattern, lang: str) -> str:
    """A value as a reader says it."""
    if not pattern.value:
        return text("value.none", lang)
    code = f"value.{pattern.dimension}.{pattern.value}"
    return catalogue(lang).get(code, pattern.value)


def _percent(some: int, of: int) -> str:
    return f"{round(100 * some / of)} %"
