"""Shops: connect one, and look after keys, rights, stores and schedule of those there are."""

from pages.components import frame
from pages.components.shops import board, wizard

frame.gate()
if wizard.is_open():
    wizard.show()
else:
    board.show()
