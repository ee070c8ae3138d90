"""Audit trail: who did what, when, from what to what."""

from pages.components import audit, frame

frame.gate()
audit.show()
