"""Every text once, in two catalogues with the same codes and the same placeholders."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

LANGUAGES: Final = ("en", "de")
_SHORT_NAMES: Final = ("label", "name")


def text(code: str, lang: str = "en", **values: object) -> str:
    """Return the text of `code` in `lang` with its placeholders filled. A text that counts has two
    forms, `.one` and `.many`: the number that only the second one names decides.

    KeyError for an unknown code, an unknown language or a placeholder without a value.
    """
    number = _counts().get(code)
    if number is not None:
        code += ".one" if str(values[number]) == "1" else ".many"
    template = catalogue(lang)[code]
    return template.format_map(values) if "{" in template else template


def labels(family: str, lang: str = "en") -> dict[str, str]:
    """Return code → short name of a whole family in the catalogue's order.

    `labels("state")` gives the run states, `labels("setting")` the settings' labels,
    `labels("option.include_orders")` the options of one setting. KeyError for an unknown family.
    """
    return dict(_labels(family, lang))


@cache
def _labels(family: str, lang: str) -> Mapping[str, str]:
    members: dict[str, str] = {}
    for code, template in catalogue(lang).items():
        if not code.startswith(f"{family}."):
            continue
        member, _, part = code[len(family) + 1 :].partition(".")
        if not part or part in _SHORT_NAMES:
            members[member] = template
    if not members:
        raise KeyError(family)
    return members


def reason(code: str, part: str = "name", lang: str = "en") -> str:
    """Return one part (`name`, `why` or `change`) of a reason code's explanation.

    A code with a field, like `invalid:url`, has the field's name put into the text.
    """
    kind, _, field = code.partition(":")
    label = f"field.{field}"
    name = catalogue(lang).get(label, field)
    return text(f"reason.{kind}.{part}", lang, field=name)


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


@cache
def catalogue(lang: str) -> Mapping[str, str]:
    """All texts of a language, read when the first one is asked for: one file a topic. KeyError for
    an unknown language, ValueError for a code that two files have."""
    import tomllib

    if lang not in LANGUAGES:
        raise KeyError(lang)
    merged: dict[str, str] = {}
    for path in sorted((Path(__file__).parent / lang).glob("*.toml")):
        texts = dict(_flat(tomllib.loads(path.read_text(encoding="utf-8"))))
        if twice := merged.keys() & texts.keys():
            raise ValueError(f"{path.name} repeats {', '.join(sorted(twice))}")
        merged |= texts
    return merged


def _placeholders(template: str) -> set[str]:
    """Return the names in a template that `text` fills."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@cache
def _counts() -> Mapping[str, str]:
    """Of the texts with a form for one and a form for many: the placeholder of the number."""
    english, placeholders = catalogue("en"), {}
    for code, one in english.items():
        base, _, form = code.rpartition(".")
        if form == "one":
            (placeholders[base],) = _placeholders(english[f"{base}.many"]) - _placeholders(one)
    return placeholders
