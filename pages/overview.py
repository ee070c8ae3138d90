"""Overview: every store, worst first, and why it is green, amber or red."""

from pages.components import frame, overview_fleet, overview_welcome, place
from pages.components.texts import t

frame.guard()
desk = place.desk()
shops = desk.shops()
frame.head("overview", t("overview.subtitle"))
overview_fleet.installation()
if not shops:
    overview_welcome.first_visit()
else:
    if all(shop.demo for shop in shops):
        overview_welcome.only_demo()
    overview_fleet.fleet()
