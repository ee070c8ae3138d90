"""Persons and their roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sync.access.actions import ACTIONS
from sync.access.roles import Role


def normal(name: str) -> str:
    """Return a name or address as it is compared: without case, as far as that makes no other
    letter of it (the Kelvin sign is no k, and a sharp s no two of them)."""
    small = ((each, each.lower()) for each in name.strip())
    return "".join(lower if _is_same(lower, each) else each for each, lower in small)


def _is_same(lower: str, letter: str) -> bool:
    return len(lower) == 1 and (letter.isascii() or not lower.isascii())


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works with a desk. `everywhere` is the role for every shop and for what belongs
    to none; `shops` the roles for single shops, by slug."""

    name: str
    everywhere: Role | None = None
    shops: Mapping[str, Role] = field(default_factory=dict)

    @classmethod
    def local(cls, name: str) -> Person:
        """Return who sits at the machine of the data folder: everything is open to them anyway."""
        return cls(name, Role.ADMIN)

    @property
    def enters(self) -> bool:
        """Whether there is anything that they may see."""
        return self.everywhere is not None or bool(self.shops)

    def role(self, shop: str | None) -> Role | None:
        """Return the role for a shop, None for what belongs to no shop; None: none."""
        roles = [self.everywhere, self.shops.get(shop) if shop else None]
        return max((role for role in roles if role is not None), default=None)

    def may(self, action: str, shop: str | None) -> bool:
        """Whether an action of ACTIONS is theirs to do to a shop, or to the desk."""
        role = self.role(shop)
        return role is not None and role >= ACTIONS[action]

    def sees(self, shop: str) -> bool:
        """Whether a shop exists for them."""
        return self.role(shop) is not None
