"""What somebody sees of a desk who may see some shops only: of each table the rows of these."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sync.database import Scope

_SHOPS: Final = "SELECT id FROM main.shop WHERE slug IN ({slugs})"
_STORES: Final = f"SELECT id FROM main.store WHERE shop_id IN ({_SHOPS})"
_OF_SHOP: Final = f"shop_id IN ({_SHOPS})"
_OF_STORE: Final = f"store_id IN ({_STORES})"

HIDDEN: Final = {
    "shop": "slug IN ({slugs})",
    "store": _OF_SHOP,
    "api_key": _OF_SHOP,
    "run": _OF_SHOP,
    "forgetting": _OF_SHOP,
    "settings_version": _OF_STORE,
    "draft": _OF_STORE,
    "budget": f"key_id IN (SELECT id FROM main.api_key WHERE {_OF_SHOP})",
    "run_log": f"run_id IN (SELECT id FROM main.run WHERE {_OF_SHOP})",
    "pause": _OF_STORE,
    "alert_standing": _OF_STORE,
    "alert_target": f"{_OF_SHOP} OR {_OF_STORE}",
    "alert_delivery": "target_id IN"
    f" (SELECT id FROM main.alert_target WHERE {_OF_SHOP} OR {_OF_STORE})",
    "alert": "EXISTS (SELECT 1 FROM json_each(stores) WHERE value ->> 4 IN ({slugs}))",
    "file_check": "file NOT LIKE 'shops/%' OR file IN ({files})",
}
"""Of each table that tells of shops the condition in SQL on the rows that stay."""

FOR_ALL: Final = frozenset(
    {"desk", "outage", "person_choice", "signin", "audit", "audit_cut", "alert_cause", "retention"}
)
"""Tables that tell of no shop, and the trail, which is for admins of all shops."""


def scope_of(shops: Iterable[str]) -> Scope:
    """The scope of whoever sees these shops, named by their slugs."""
    known = sorted(set(shops))
    slugs = ", ".join(map(_quoted, known))
    files = ", ".join(_quoted(f"shops/{slug}.db") for slug in known)
    return tuple((table, rows.format(slugs=slugs, files=files)) for table, rows in HIDDEN.items())


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
