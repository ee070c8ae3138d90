"""Alerts: where they go, what stores have now, what was told lately."""

from pages.components import frame
from pages.components.alerts import board

frame.gate()
board.show()
