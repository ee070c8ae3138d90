"""Overview: every store, worst first, and why it is green, amber or red."""

from pages.components import context, frame
from pages.components.overview import fleet, welcome
from pages.components.texts import t

frame.gate()
desk = context.desk()
shops = desk.shops()
frame.head("overview", t("overview.subtitle"))
fleet.installation()
if not shops:
    welcome.first_visit()
else:
    if all(shop.demo for shop in shops):
        welcome.only_demo()
    fleet.show()
