"""What was said over the wire, as it may be kept: no secret, no person, not too long."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from sync.personal.masking import HIDDEN
from sync.vault import redact

MOST: Final = 20_000  # characters of a body that are kept
# Lists of what a shop shows to everybody; everything else may name persons.
_CONTENT: Final = frozenset(
    {
        *("catalog", "products", "variants", "categories", "textpages", "pages", "blogs", "tags"),
        *("brands", "filters", "attributes", "languages", "types", "reviews_count"),
    }
)
_SECRET: Final = re.compile(r"key|private_key|secret|password|token|authorization|cookie", re.I)
# In a record that may name persons texts stay under these names alone.
_PLAIN: Final = re.compile(
    r"id|ids|number|status|\w*[sS]tatus|\w*At|time|date|type|code|language|currency|resource|link"
    r"|url|title_fallback|entity|\w*_id|sku|ean|articleCode|channel"
)
# What an answer says for itself stays but for what it repeats; in a record of it that is a text
# like any other.
_SAID: Final = re.compile(r"message|error")
_TELLING: Final = re.compile(
    r"phone|mobile|zip|postal|house|bank|iban|vat|coc|national|birth|number_ext|remote_?ip|^ip$",
    re.I,
)
_WORD: Final = re.compile(r"\w+")
_HEADERS: Final = re.compile(r"authorization|cookie|set-cookie|x-api-key", re.I)


def headers(told: Mapping[str, str]) -> dict[str, str]:
    """Headers by their lower-case names, those that carry secrets hidden."""
    named = ((name.lower(), value) for name, value in told.items())
    return {
        name: HIDDEN if _HEADERS.fullmatch(name) else redact(value)[:500] for name, value in named
    }


def body(path: str, told: bytes | None, sent: bytes = b"") -> dict[str, Any]:
    """A body as it is kept: `text`, how many `bytes` it had, whether the text was `cut`. An answer
    may repeat what was `sent`."""
    if not told:
        return {"text": "", "bytes": 0, "cut": False}
    try:
        value = orjson.loads(told)
    except orjson.JSONDecodeError:
        text = told[: 4 * MOST].decode("utf-8", "replace")
        text = redact(text) if is_content(path) else f"{HIDDEN} ({len(told)} bytes, no JSON)"
    else:
        cleaned = _without_secrets(value) if is_content(path) else _nameless(value, "", sent)
        text = redact(orjson.dumps(cleaned, option=orjson.OPT_INDENT_2).decode())
    return {"text": text[:MOST], "bytes": len(told), "cut": len(text) > MOST}


def is_content(path: str) -> bool:
    """Whether a path leads to what a shop shows to everybody: `/nl/catalog/count.json`."""
    words = [re.sub(r"\.json$", "", word) for word in path.partition("?")[0].split("/") if word]
    words = [word for word in words if not re.fullmatch(r"[a-z]{2}|v\d", word)]
    return bool(words) and words[0] in _CONTENT


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: HIDDEN if _SECRET.fullmatch(name) and each else _without_secrets(each)
            for name, each in value.items()
        }
    return [_without_secrets(each) for each in value] if isinstance(value, list) else value


def _nameless(value: Any, name: str, sent: bytes | None) -> Any:
    """A value without what may name somebody: texts stay under known names, numbers unless their
    name tells of a person."""
    if isinstance(value, dict):
        return {
            key: _nameless(each, key, sent if key == "error" or isinstance(each, str) else None)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [_nameless(each, name, None) for each in value]
    if value is None or value == "" or isinstance(value, bool):
        return value
    if _SECRET.fullmatch(name) or _TELLING.search(name):
        return HIDDEN
    if not isinstance(value, str) or _PLAIN.fullmatch(name):
        return value
    return _said(value, sent) if sent is not None and _SAID.fullmatch(name) else HIDDEN


def _said(text: str, sent: bytes) -> str:
    """What an answer says, without the words that a record it is about would lose."""
    try:
        words = set(_hidden_words(orjson.loads(sent or b"null"), ""))
    except orjson.JSONDecodeError:
        return HIDDEN
    return _WORD.sub(lambda word: HIDDEN if word[0].casefold() in words else word[0], text)


def _hidden_words(value: Any, name: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _hidden_words(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from _hidden_words(each, name)
    elif isinstance(value, str) and not _PLAIN.fullmatch(name):
        yield from _WORD.findall(value.casefold())
