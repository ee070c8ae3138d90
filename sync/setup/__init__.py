"""Connecting a shop, trying and changing its keys, and how all shops stand.

Keys are tried before anything is stored, and all is stored or nothing.
"""

from sync.setup.changing import (
    add_key,
    edit_shop,
    forget_block,
    remove_shop,
    rotate_clerk_keys,
    rotate_key,
    what_goes,
)
from sync.setup.checking import check_shop, check_store
from sync.setup.connecting import (
    add_shop,
    add_store,
    connect,
    known_languages,
    new_store,
    speaks,
)
from sync.setup.forms import FormError, form_errors, refuse_known_key
from sync.setup.listing import (
    NEEDED_BY,
    STANDINGS,
    ShopStanding,
    StoreStanding,
    Trouble,
    needed_by,
    shop_standing,
    shop_standings,
)
from sync.setup.trying import AREAS, told, try_clerk, try_lightspeed

__all__ = [
    "AREAS",
    "NEEDED_BY",
    "STANDINGS",
    "FormError",
    "ShopStanding",
    "StoreStanding",
    "Trouble",
    "add_key",
    "add_shop",
    "add_store",
    "check_shop",
    "check_store",
    "connect",
    "edit_shop",
    "forget_block",
    "form_errors",
    "known_languages",
    "needed_by",
    "new_store",
    "refuse_known_key",
    "remove_shop",
    "rotate_clerk_keys",
    "rotate_key",
    "shop_standing",
    "shop_standings",
    "speaks",
    "told",
    "try_clerk",
    "try_lightspeed",
    "what_goes",
]
