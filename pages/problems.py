"""Problems: what goes wrong, over all runs and stores, and who can do something about it."""

from pages.components import frame
from pages.components.problems import board

frame.gate()
board.show()
