"""A store's settings: the form with its effect beside it; history and other stores a click away."""

from pages.components import frame
from pages.components.settings import page

frame.gate()
page.show(frame.chosen_store())
