"""Alerts: what of the stores' state is news, and telling it to whoever wants to know."""

from sync.alerts.asking import add, causes_told, key_of, mute_cause
from sync.alerts.conditions import KINDS
from sync.alerts.listing import (
    AlertsTold,
    AlertTold,
    CauseTold,
    TargetTold,
    alert_told,
    causes,
    delivery_said,
    is_muted,
    key,
    target_told,
    told,
)
from sync.alerts.message import cause, public_url, title
from sync.alerts.places import BadPlace, service_name
from sync.alerts.sending import deliver, test
from sync.alerts.watch import look

__all__ = [
    "KINDS",
    "AlertTold",
    "AlertsTold",
    "BadPlace",
    "CauseTold",
    "TargetTold",
    "add",
    "alert_told",
    "cause",
    "causes",
    "causes_told",
    "deliver",
    "delivery_said",
    "is_muted",
    "key",
    "key_of",
    "look",
    "mute_cause",
    "public_url",
    "service_name",
    "target_told",
    "test",
    "title",
    "told",
]
