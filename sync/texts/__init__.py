"""Every text once, in two catalogues with the same codes and the same placeholders.

The first word of a code is its family. Only the files in which a line begins with it are parsed: a
command says little, and all of them together take as long as half of what it imports.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

LANGUAGES: Final = ("en", "de")
_SHORT_NAMES: Final = ("label", "name")


def text(code: str, lang: str = "en", **values: object) -> str:
    """Return the text of `code` in `lang` with its placeholders filled. A text that counts has two
    forms, `.one` and `.many`: the number that only the second one names decides.

    KeyError for an unknown code, an unknown language or a placeholder without a value.
    """
    texts = _family(code.partition(".")[0], lang)
    if f"{code}.one" in texts:
        code += ".one" if str(values[_number(code, lang)]) == "1" else ".many"
    template = texts[code]
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
    for code, template in _family(family.partition(".")[0], lang).items():
        if not code.startswith(f"{family}."):
            continue
        member, _, part = code[len(family) + 1 :].partition(".")
        if not part or part in _SHORT_NAMES:
            members[member] = template
    if not members:
        raise KeyError(family)
    return members


def reason(code: str, part: Literal["name", "why", "change"] = "name", lang: str = "en") -> str:
    """Return one part (`name`, `why` or `change`) of a reason code's explanation.

    A code with a field, like `invalid:url`, has the field's name put into the text.
    """
    kind, _, field = code.partition(":")
    return text(f"reason.{kind}.{part}", lang, field=field_name(field, lang))


def field_name(field: str, lang: str = "en") -> str:
    """Return what a reader calls a field of a payload; its own name where it has no other."""
    return _family("field", lang).get(f"field.{field}", field)


@cache
def catalogue(lang: str) -> Mapping[str, str]:
    """All texts of a language: one file a topic. KeyError for an unknown language, ValueError for a
    code that two files have."""
    merged: dict[str, str] = {}
    for source in _sources(lang):
        texts = _parsed(source)
        if twice := merged.keys() & texts.keys():
            raise ValueError(f"two files have {', '.join(sorted(twice))}")
        merged |= texts
    return merged


@cache
def _family(name: str, lang: str) -> Mapping[str, str]:
    """The texts whose codes begin with this word, or are it; KeyError for an unknown language."""
    beginnings = (f"\n{name}.", f"\n{name} ")
    holding = (source for source in _sources(lang) if any(each in source for each in beginnings))
    return {
        code: template
        for source in holding
        for code, template in _parsed(source).items()
        if code.partition(".")[0] == name
    }


@cache
def _sources(lang: str) -> Sequence[str]:
    """A language's files as they are written, each with a line break before its first line."""
    if lang not in LANGUAGES:
        raise KeyError(lang)
    paths = sorted((Path(__file__).parent / lang).glob("*.toml"))
    return [f"\n{path.read_text(encoding='utf-8')}" for path in paths]


@cache
def _parsed(source: str) -> Mapping[str, str]:
    import tomllib

    return dict(_flat(tomllib.loads(source)))


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


@cache
def _number(code: str, lang: str) -> str:
    """The placeholder that only the form for many has: the number that it is chosen by."""
    texts = _family(code.partition(".")[0], lang)
    one, many = (_placeholders(texts[f"{code}.{form}"]) for form in ("one", "many"))
    (number,) = many - one
    return number


def _placeholders(template: str) -> set[str]:
    """Return the names in a template that `text` fills."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}
