"""Placeholder."""

from pages.components import frame

frame.guard()
frame.head("run")
