"""Two runs of a store side by side; the address names them."""

from pages.components import frame
from pages.components.runs import two_runs

frame.gate()
two_runs.show(frame.chosen_store())
