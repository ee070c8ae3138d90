"""Overview: every store, worst first, and why it is as it is."""

from pages.components import context, frame
from pages.components.overview import fleet, live, welcome

frame.gate()
shops = context.desk().shops()
if not shops:
    welcome.first_visit()
else:
    fleet.show()
    live.ticker()
    if all(shop.demo for shop in shops):
        welcome.only_demo()
