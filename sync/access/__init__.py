"""Who may do what: roles, persons, and the role that each action asks for."""

from sync.access.actions import ACTIONS
from sync.access.persons import Person
from sync.access.roles import Role

__all__ = ["ACTIONS", "Person", "Role"]
