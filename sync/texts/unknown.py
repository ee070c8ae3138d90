"""What a preview does not know, in words: what was never read, and what reading it costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync.texts import text
from sync.texts.numbers import number


def unread(row: Mapping[str, Any], lang: str) -> list[str]:
    """One sentence for each thing that an entity's part of a preview is silent about."""
    return [_sentence(code, each, lang) for code, each in row.get("unknown", {}).items()]


def unread_calls(document: Mapping[str, Any]) -> int:
    """Calls for everything that a preview is silent about; 0 if it knows all."""
    found = 0
    for row in document["entities"].values():
        found += sum(each["calls"] for each in row.get("unknown", {}).values())
        if isinstance(row.get("not_read"), Mapping):
            found += row["not_read"]["calls"]
    return found


def _sentence(code: str, each: Mapping[str, Any], lang: str) -> str:
    price = text("unknown.price", lang, n=number(each["calls"], lang))
    if each["records"] is None:
        return text(f"unknown.{code}_uncounted", lang, price=price)
    return text(f"unknown.{code}", lang, price=price, records=number(each["records"], lang))
