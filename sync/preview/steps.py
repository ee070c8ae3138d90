"""The steps between what was read and what is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SENT: Final = "sent"
GONE: Final = "gone"

_READABLE: Final = {"readable": ("unreadable",)}
# Step → the reasons it drops records for, in the order of the entity's rules.
STEPS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "products": {
        **_READABLE,
        "imported": ("import_off",),
        "visible": ("hidden",),
        "in_stock": ("out_of_stock",),
        "paid": ("free_product",),
        "complete": ("invalid",),
    },
    "categories": {
        **_READABLE,
        "imported": ("import_off",),
        "visible": ("hidden",),
        "parent_visible": ("hidden_parent",),
        "complete": ("invalid",),
    },
    "orders": {
        **_READABLE,
        "imported": ("import_off",),
        "in_period": ("too_old",),
        "status_accepted": ("status_not_accepted",),
        "with_products": ("no_lines",),
        "complete": ("invalid",),
        "own_key": ("key_taken",),
        "lines_read": ("lines_pending",),
    },
    "customers": {
        **_READABLE,
        "imported": ("import_off",),
        "remembered": ("forgotten",),
        "included": ("not_included",),
        "own_key": ("key_taken",),
    },
    "pages": {
        **_READABLE,
        "imported": ("import_off",),
        "included": ("not_included",),
        "visible": ("hidden",),
        "published": ("unpublished",),
        "filled": ("empty",),
        "complete": ("invalid",),
        "own_language": ("other_language",),
    },
}
_STEP_OF: Final = {
    entity: {reason: step for step, reasons in steps.items() for reason in reasons}
    for entity, steps in STEPS.items()
}


def step_of(entity: str, reasons: tuple[str, ...]) -> str:
    """The step at which a record drops out, by its first reason; `sent` if it has none, `gone` if
    Lightspeed no longer has it."""
    if not reasons:
        return SENT
    first = reasons[0].partition(":")[0]
    return GONE if first == GONE else _STEP_OF[entity][first]
