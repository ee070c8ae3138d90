"""What a person should know of a record that goes all the same, or did not expect to stay out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync.mirror import OddValue
from sync.openshop import OpenShop
from sync.texts import text

_CODES = {"stockTracking": "unknown_tracking", "createdAt": "no_created"}


def warnings(shop: OpenShop, entity: str, source: int | str) -> list[dict[str, Any]]:
    """Values of a product that cannot be read: `code`, `field` (Lightspeed's word), `variant`
    (None for the product's own), `value` as it was received, in JSON and short."""
    if entity != "products" or not isinstance(source, int):
        return []
    return [_warning(odd) for odd in shop.mirror.odd_values(shop.store.language, source)]


def _warning(odd: OddValue) -> dict[str, Any]:
    return {
        "code": _CODES.get(odd.field, "unreadable"),
        "field": odd.field,
        "variant": odd.variant or None,
        "value": odd.value,
    }


def warning_text(warning: Mapping[str, Any], lang: str = "en") -> str:
    """A warning in a sentence."""
    values = {name: value for name, value in warning.items() if name != "code"}
    return text(f"warning.{warning['code']}", lang, **values)
