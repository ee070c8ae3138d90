"""Every action that changes, sends, reveals or hands out something, with the role it asks for.
Their names stand in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sync.access.roles import Role

ACTIONS: Final[Mapping[str, Role]] = {
    "shop add": Role.ADMIN,
    "shop set": Role.ADMIN,
    "shop remove": Role.ADMIN,
    "key add": Role.ADMIN,
    "key remove": Role.ADMIN,
    "key check": Role.OPERATOR,
    "key unblock": Role.OPERATOR,
    "store add": Role.ADMIN,
    "store set": Role.ADMIN,
    "store keys": Role.ADMIN,
    "store remove": Role.ADMIN,
    "store pause": Role.OPERATOR,
    "store resume": Role.OPERATOR,
    "settings": Role.OPERATOR,
    "run sync": Role.OPERATOR,
    "run refresh": Role.OPERATOR,
    "run compare": Role.OPERATOR,
    "approve": Role.OPERATOR,
    "reject": Role.OPERATOR,
    "cancel": Role.OPERATOR,
    "bundle": Role.OPERATOR,
    "backup": Role.ADMIN,
    "restore": Role.ADMIN,
    "reveal": Role.OPERATOR,
    "explain": Role.OPERATOR,
    "export feed": Role.OPERATOR,
    "export records": Role.OPERATOR,
    "export table": Role.VIEWER,
    "retention": Role.ADMIN,
    "alert add": Role.ADMIN,
    "alert remove": Role.ADMIN,
    "alert test": Role.ADMIN,
    "alert mute": Role.OPERATOR,
    "audit": Role.ADMIN,
    "export audit": Role.ADMIN,
    "forget": Role.ADMIN,
    "vault rotate": Role.ADMIN,
    "doctor": Role.OPERATOR,
}

SIGN_INS: Final = ("sign in", "sign in refused", "sign out")
"""What is noted in the trail of everybody, and asks for no role."""
