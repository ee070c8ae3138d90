"""Prices, rounded once and exactly."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

_CENT: Final = Decimal("0.01")
_EXACT_BELOW: Final = 1e6
_NO_CENTS_FROM: Final = 1e15  # from here on a float has no room for cents


@lru_cache(maxsize=1024)  # the variants of a product have the same few
def money(price: float) -> float:
    """Return a price with two decimals, half up, as `Decimal(repr(price))` rounds."""
    return unit_price(price, 1)


def unit_price(total: float, quantity: int) -> float:
    """Return a line's total divided by its quantity, rounded once as `money` does."""
    if abs(total) < _EXACT_BELOW:
        cents = total * 100 / quantity
        whole = round(cents)
        # Only within a breath of half a cent may a binary fraction decide otherwise.
        if abs(abs(cents - whole) - 0.5) > 1e-6:
            return whole / 100
    if abs(total) >= _NO_CENTS_FROM:
        return total / quantity
    return float((Decimal(repr(total)) / quantity).quantize(_CENT, ROUND_HALF_UP)) + 0.0
