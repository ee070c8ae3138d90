"""Alerts: what of the stores' state is news, and telling it to whoever wants to know."""

from sync.alerts.asking import add, causes_told, key_of, mute_cause
from sync.alerts.conditions import KINDS
from sync.alerts.message import cause, public_url, title
from sync.alerts.places import BadPlace
from sync.alerts.sending import deliver, test
from sync.alerts.watch import look

__all__ = [
    "KINDS",
    "BadPlace",
    "add",
    "cause",
    "causes_told",
    "deliver",
    "key_of",
    "look",
    "mute_cause",
    "public_url",
    "test",
    "title",
]
