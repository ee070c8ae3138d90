"""Every text once, in two catalogues with the same codes and the same placeholders."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

LANGUAGES: Final = ("en", "de")
_SHORT_NAMES: Final = ("label", "name")


def text(code: str, lang: str = "en", **values: object) -> str:
    """Return the text of `code` in `lang` with its placeholders filled. A text that counts has two
    forms, `.one` and `.many`: the number that only the second one names decides.

    KeyError for an unknown code, an unknown language or a placeholder without a value.
    """
    if code in _COUNTS:
        code += ".one" if str(values[_COUNTS[code]]) == "1" else ".many"
    template = CATALOGUES[lang][code]
    return template.format_map(values) if "{" in template else template


def labels(family: str, lang: str = "en") -> dict[str, str]:
    """Return code → short name of a whole family in the catalogue's order.

    `labels("state")` gives the run states, `labels("setting")` the settings' labels,
    `labels("option.include_orders")` the options of one setting. KeyError for an unknown family.
    """
    found: dict[str, str] = {}
    for code, template in CATALOGUES[lang].items():
        if not code.startswith(f"{family}."):
            continue
        member, _, part = code[len(family) + 1 :].partition(".")
        if not part or part in _SHORT_NAMES:
            found[member] = template
    if not found:
        raise KeyError(family)
    return found


def reason(code: str, part: str = "name", lang: str = "en") -> str:
    """Return one part (`name`, `why` or `change`) of a reason code's explanation.

    A code with a field, like `invalid:url`, has the field's name put into the text.
    """
    kind, _, field = code.partition(":")
    label = f"field.{field}"
    name = CATALOGUES[lang].get(label, field)
    return text(f"reason.{kind}.{part}", lang, field=name)


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _catalogue(lang: str) -> Mapping[str, str]:
    """All texts of a language: one file a topic; ValueError for a code that two files have."""
    found: dict[str, str] = {}
    for path in sorted((Path(__file__).parent / lang).glob("*.toml")):
        texts = dict(_flat(tomllib.loads(path.read_text(encoding="utf-8"))))
        if twice := found.keys() & texts.keys():
            raise ValueError(f"{path.name} repeats {', '.join(sorted(twice))}")
        found |= texts
    return found


CATALOGUES: Final = {lang: _catalogue(lang) for lang in LANGUAGES}


def _placeholders(template: str) -> set[str]:
    """Return the names in a template that `text` fills."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def _counts(catalogue: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(code, placeholder of its number) of the texts with a form for one and a form for many."""
    for code, one in catalogue.items():
        base, _, form = code.rpartition(".")
        if form == "one":
            (number,) = _placeholders(catalogue[f"{base}.many"]) - _placeholders(one)
            yield base, number


_COUNTS: Final = dict(_counts(CATALOGUES["en"]))
