"""What a person should know of a record that goes all the same, or did not expect to stay out."""

from __future__ import annotations

from sync.explain.documents import Warned
from sync.mirror import OddValue
from sync.openshop import OpenShop
from sync.texts import text

_CODES = {
    "stockTracking": "unknown_tracking",
    "createdAt": "no_created",
    "isVisible": "unknown_visible",
}


def warnings(shop: OpenShop, entity: str, source: int | str) -> list[Warned]:
    """Values of a product that cannot be read."""
    if entity != "products" or not isinstance(source, int):
        return []
    return [_warning(odd) for odd in shop.mirror.odd_values(shop.store.language, source)]


def _warning(odd: OddValue) -> Warned:
    code = _CODES.get(odd.field, "unreadable")
    return Warned(code, odd.field, odd.variant or None, odd.value)


def warning_text(warning: Warned, lang: str = "en") -> str:
    """A warning in a sentence."""
    field, variant, value = warning.field, warning.variant, warning.value
    return text(f"warning.{warning.code}", lang, field=field, variant=variant, value=value)
