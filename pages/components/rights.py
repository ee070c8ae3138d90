"""Buttons for what is not the person's to do: they stay where they are, and say which role it
takes. Whether something may be done is decided where it is done."""

from __future__ import annotations

from typing import Any

from pages.components import context
from pages.components.texts import t
from sync.access import ACTIONS
from sync.store import ShopRow, StoreRow


def look(action: str, of: ShopRow | StoreRow | None = None, **usual: Any) -> dict[str, Any]:
    """Return how a button looks for an action on a shop, a store or the desk: as `usual`, else
    disabled, and saying why."""
    if context.desk().may(action, of):
        return usual
    code = "signin.needs_all" if of is None else "signin.needs"
    needed = t(code, role=t(f"role.{ACTIONS[action]}"))
    return {**usual, "disabled": True, "help": needed}
