"""Which pages there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

NAME: Final = "Sync Desk"


@dataclass(frozen=True)
class Spec:
    """One page: its file and path, its icon, whether the menu shows it, and to whom: those who may
    do `action` everywhere."""

    name: str
    icon: str
    in_menu: bool = True
    action: str | None = None


SPECS: Final = (
    Spec("overview", ":material/dashboard:"),
    Spec("preview", ":material/visibility:"),
    Spec("settings", ":material/tune:"),
    Spec("runs", ":material/history:"),
    Spec("problems", ":material/report:"),
    Spec("alerts", ":material/notifications:"),
    Spec("lookup", ":material/search:"),
    Spec("shops", ":material/storefront:"),
    Spec("audit", ":material/verified_user:", action="audit"),
    Spec("run", ":material/receipt_long:", in_menu=False),
    Spec("past", ":material/calendar_month:", in_menu=False),
    Spec("compare", ":material/difference:", in_menu=False),
)
"""The first one is the page without a path of its own."""
