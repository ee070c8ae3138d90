"""Who may do what: roles, persons, and the role that each action asks for."""

from sync.access.actions import ACTIONS, SIGN_INS
from sync.access.persons import Person
from sync.access.roles import Role

__all__ = ["ACTIONS", "SIGN_INS", "Person", "Role"]
