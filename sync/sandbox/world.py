"""What a shop holds, in the form that the demo shop's generator yields and the stand-in serves.

Times are ISO texts in UTC, `YYYY-MM-DDTHH:MM:SS+00:00`; foreign ids are plain ints; whatever is
absent is None. The server gives each field the API's own empty value, offset and references.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Cluster = Literal["eu1", "us1"]
Text = str | Mapping[str, str]
"""A plain text, or one for each language code; see `said` for what a missing language gets."""

KINDS: Final = (
    "product",
    "variant",
    "brand",
    "category",
    "category_product",
    "tag",
    "tag_product",
    "filter",
    "attribute",
    "metafield",
    "order",
    "order_product",
    "customer",
    "subscription",
    "review",
    "return",
    "textpage",
    "blog",
    "article",
    "custom_status",
    "supplier",
    "deliverydate",
    "tax",
    "type",
)


@dataclass
class World:
    """A shop with everything in it.

    shop: the inner fields of shop.json without references. cluster: decides the hosts in links.
    languages: rows of languages.json, exactly one of them isDefault. records: for each of KINDS
    any collection of records; a kind that is left out has none.
    """

    shop: dict[str, Any]
    cluster: Cluster
    languages: list[dict[str, Any]]
    records: Mapping[str, Any] = field(default_factory=dict)

    @property
    def default_language(self) -> str:
        """The code of the default language. Raises ValueError if there is not exactly one."""
        codes = [str(row["code"]) for row in self.languages if row["isDefault"]]
        if len(codes) != 1:
            raise ValueError("a shop has exactly one default language")
        return codes[0]


def said(text: object, language: str, default: str) -> str:
    """The text in `language`, else in the `default` one, else ""; None is ""."""
    if isinstance(text, str):
        return text
    if isinstance(text, Mapping):
        return str(text.get(language) or text.get(default) or "")
    return "" if text is None else str(text)
