"""Orders with their lines and returns."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from sync.sandbox.generate import scope as ids
from sync.sandbox.generate.assortment import Article, Assortment, Unit
from sync.sandbox.generate.buyers import Buyers
from sync.sandbox.generate.dice import DAY, Dice, Record, Rows, iso, spread_id
from sync.sandbox.generate.people import contact
from sync.sandbox.generate.scope import Scope, place
from sync.sandbox.generate.shelves import SUPPLIERS
from sync.sandbox.generate.words import BRANDS, LANGUAGES, Three

ODDITIES = (
    "",
    "no_lines",
    "gone",
    "free_text",
    "returned",
    "returned_rows",
    "part_returned",
    "part_returned_rows",
    "unknown_status",
    "legacy_status",
    "custom_status",
    "cancelled",
)
UNKNOWN_STATUS = "completed_partially_delivered"
_RETURNS = {"returned", "returned_rows", "part_returned", "part_returned_rows"}
_FORCED = {
    **dict.fromkeys(_RETURNS, "completed_shipped"),
    "cancelled": "cancelled",
    "unknown_status": UNKNOWN_STATUS,
    "legacy_status": "new",
    "custom_status": "processing_awaiting_shipment",
}
_SETTLED = (
    (0.735, 0.83, 0.905),
    ("completed_shipped", "completed_picked_up", "completed", "cancelled"),
)
_OPEN = (
    (0.36, 0.58, 0.70, 0.78, 0.95, 0.97),
    (
        "processing_awaiting_shipment",
        "processing_awaiting_payment",
        "processing_awaiting_pickup",
        "processing_ready_for_pickup",
        "on_hold",
        "new",
        UNKNOWN_STATUS,
    ),
)
_OPEN_DAYS = (21, 365)
_OPEN_SHARES = (0.75, 0.27, 0.11)
_LINE_STEP = 32
_FREE_TEXTS: tuple[tuple[Three, int], ...] = (
    (("Cadeauverpakking", "Gift wrapping", "Geschenkverpackung"), 395),
    (("Montage in de winkel", "Fitting in the shop", "Montage im Laden"), 2_500),
    (("Naam borduren", "Name embroidery", "Namensstickerei"), 1_250),
)
_REASONS = ("Te klein", "Verkeerde kleur", "Niet zoals verwacht", "Beschadigd", "")


class Line(NamedTuple):
    """One line as decided; cents include tax, `cents` is the line's total after discount."""

    article: Article | None
    unit: Unit | None
    title: Three
    tax: float
    quantity: int
    unit_cents: int
    discount: int
    returned: int
    cents: int


class Basket(NamedTuple):
    """One order as decided."""

    number: int
    at: int
    buyer: int
    oddity: str
    status: str
    coupon: str
    percent: int
    amount: int
    pickup: bool
    shipping: int
    lines: list[Line]
    cents: int

    @property
    def id_line(self) -> int:
        return ids.LINE + self.number * _LINE_STEP


class Trade:
    """Every order of one shop. Orders and lines are made on demand: each is a function of its
    number, so that a million of them need no memory."""

    def __init__(self, scope: Scope, assortment: Assortment, buyers: Buyers) -> None:
        self._scope = scope
        self._assortment = assortment
        self._count = buyers.orders
        self._buyers = buyers
        self._dice = Dice()

    def records(self) -> dict[str, Sequence[Record]]:
        count = self._count
        return {
            "order": Rows(count, lambda at: (self._order(self._basket(at)),), count),
            "order_product": Rows(count, lambda at: self._lines(self._basket(at))),
            "return": self._returns(),
            "custom_status": self._custom_statuses(),
        }

    # orders

    def _basket(self, number: int) -> Basket:
        dice = self._dice.start(self._scope.seed, ids.ORDERS, number)
        oddity, _ = place(number, self._count, ODDITIES, 250)
        at = self._buyers.at(number)
        buyer = self._buyers.buyer(dice, number)
        status = self._status(dice, oddity, at)
        percent = dice.one((5, 10, 15)) if dice.hit(0.09) else 0
        lines = self._contents(dice, oddity, at, percent)
        worth = sum([line.cents for line in lines])
        amount = 500 if not percent and worth > 5_000 and dice.hit(0.05) else 0
        pickup = "pick" in status or (status == "completed" and dice.hit(0.4))
        shipping = 0 if pickup or worth >= 7_500 or not lines else 595
        return Basket(
            number=number,
            at=at,
            buyer=buyer,
            oddity=oddity,
            status=status,
            coupon=f"FIETS{percent}" if percent else "WELKOM5" if amount else "",
            percent=percent,
            amount=amount,
            pickup=pickup,
            shipping=shipping,
            lines=lines,
            cents=worth + shipping - amount,
        )

    def _status(self, dice: Dice, oddity: str, at: int) -> str:
        if oddity in _FORCED:
            return _FORCED[oddity]
        days = (self._scope.now - at) / DAY
        still_open = _OPEN_SHARES[bisect_right(_OPEN_DAYS, days)]
        limits, statuses = _OPEN if dice.hit(still_open) else _SETTLED
        return statuses[bisect_right(limits, dice.random())]

    def _contents(self, dice: Dice, oddity: str, at: int, percent: int) -> list[Line]:
        if oddity == "no_lines":
            return []
        wanted = 1 + int(5 * dice.random() ** 3.2)
        known = self._assortment.known_at(at)
        lines = [self._line(dice, oddity, known, percent, nth) for nth in range(wanted)]
        if oddity == "free_text" or dice.hit(0.02):
            title, cents = dice.one(_FREE_TEXTS)
            lines.append(Line(None, None, title, 0.21, 1, cents, 0, 0, cents))
        return lines

    def _line(self, dice: Dice, oddity: str, known: int, percent: int, nth: int) -> Line:
        article = self._article(dice, known, gone=oddity == "gone" and nth == 0)
        unit = dice.one(article.units)
        quantity = 1 if dice.random() < 0.8 else dice.between(2, 4)
        if oddity.startswith("part") and nth == 0:
            quantity += 1
        returned = 0
        if oddity == "returned":
            returned = quantity
        elif oddity == "part_returned" and nth == 0:
            returned = 1
        whole = unit.cents * quantity
        discount = whole * percent // 100
        title, tax, cents = article.title, article.tax, whole - discount
        return Line(article, unit, title, tax, quantity, unit.cents, discount, returned, cents)

    def _article(self, dice: Dice, known: int, gone: bool) -> Article:
        """One of the `known` oldest: half the time a new one of them, half the time any."""
        shop = self._assortment
        if gone or not known or dice.hit(0.006):
            return dice.one(shop.gone)
        draw = dice.random()
        back = int(known * draw**2) if dice.hit(0.5) else int(known * draw)
        return shop.articles[known - 1 - back]

    def _order(self, basket: Basket) -> Record:
        scope, dice = self._scope, self._dice
        person = self._buyers.person(basket.buyer)
        changed = min(basket.at + dice.below(6 * DAY), scope.now)
        if basket.oddity in _RETURNS:
            changed = max(changed, self._returned_at(basket))
        net = sum([line.cents / (1 + line.tax) for line in basket.lines])
        net += (basket.shipping - basket.amount) / 1.21
        settled = basket.status.startswith("completed")
        return {
            "id": self._order_id(basket.number),
            "createdAt": iso(basket.at),
            "updatedAt": iso(changed),
            "number": f"BF{200_000 + basket.number}",
            "status": basket.status,
            "customStatusId": _custom_id(basket.number // 24 % 2)
            if basket.oddity == "custom_status"
            else None,
            "channel": "main" if dice.random() < 0.93 else "api",
            "priceCost": _cost(basket),
            "priceExcl": round(net / 100, 4),
            "priceIncl": basket.cents / 100,
            "newsletterSubscribed": dice.random() < 0.3,
            **contact(person, self._buyers.elsewhere(dice, person)),
            "paymentStatus": _payment(basket.status),
            "paymentPriceExcl": 0,
            "paymentPriceIncl": 0,
            "shipmentStatus": "shipped" if settled and not basket.pickup else _shipment(basket),
            "shipmentIsPickup": basket.pickup,
            "shipmentPriceExcl": round(basket.shipping / 121, 4),
            "shipmentPriceIncl": basket.shipping / 100,
            "isDiscounted": bool(basket.coupon),
            "discountType": "percentage" if basket.percent else "amount",
            "discountAmount": basket.amount / 100,
            "discountPercentage": basket.percent,
            "discountCouponCode": basket.coupon,
            "language": person.language,
            "customer": self._buyers.customer_id(basket.buyer),
            "comment": "Graag bij de buren afgeven" if dice.random() < 0.04 else "",
            "memo": None,
        }

    def _order_id(self, number: int) -> int:
        return spread_id(ids.ORDER, number, 29, self._scope.seed)

    # lines

    def _lines(self, basket: Basket) -> list[Record]:
        language = LANGUAGES.index(self._buyers.country(basket.buyer).language)
        invoiced = basket.status.startswith(("completed", "processing_awaiting_s"))
        order = self._order_id(basket.number)
        rows = []
        for at, line in enumerate(basket.lines):
            row = _row(line, language, invoiced, basket.status.startswith("completed"))
            rows.append({"id": basket.id_line + at * 3, "order": order, **row})
        return rows

    # returns

    def _returned_at(self, basket: Basket) -> int:
        return min(basket.at + 9 * DAY, self._scope.now - 60)

    def _returns(self) -> list[Record]:
        period = min(250, max(len(ODDITIES) + 6, self._count // 3))
        slots = sorted(ODDITIES.index(oddity) for oddity in _RETURNS)
        numbers = (start + slot for start in range(0, self._count, period) for slot in slots)
        return [self._return(self._basket(each)) for each in numbers if each < self._count]

    def _return(self, basket: Basket) -> Record:
        part = basket.oddity.startswith("part")
        lines = basket.lines[:1] if part else basket.lines
        counts = [1 if part else line.quantity for line in lines]
        cents = [line.cents * n / line.quantity for line, n in zip(lines, counts, strict=True)]
        net = sum(each / (1 + line.tax) for each, line in zip(cents, lines, strict=True))
        at = self._returned_at(basket)
        return {
            "id": spread_id(ids.RETURN, basket.number, 5, self._scope.seed),
            "createdAt": iso(at),
            "updatedAt": iso(at),
            "customerId": self._buyers.customer_id(basket.buyer),
            "orderId": self._order_id(basket.number),
            "status": ("authorized", "received", "requested")[basket.number % 3],
            "numProducts": sum(counts),
            "priceExcl": f"{net / 100:.2f}",
            "priceIncl": f"{sum(cents) / 100:.2f}",
            "returnReason": _REASONS[basket.number % len(_REASONS)],
            "orderProducts": [
                {"id": basket.id_line + at * 3, "quantity": n} for at, n in enumerate(counts)
            ],
        }

    # custom statuses

    def _custom_statuses(self) -> list[Record]:
        opened = iso(self._scope.opened)
        return [
            {"id": _custom_id(at), "createdAt": opened, "updatedAt": opened, **each}
            for at, each in enumerate(
                (
                    {"title": "Wacht op leverancier", "color": "#d98c00"},
                    {"title": "Klaar in de werkplaats", "color": "#2a6b4f"},
                )
            )
        ]


def _custom_id(at: int) -> int:
    return ids.CUSTOM + at * 3


def _cost(basket: Basket) -> float:
    costs = (
        line.unit.cents * line.unit.cost_share * line.quantity / (1 + line.tax)
        for line in basket.lines
        if line.unit
    )
    return round(sum(costs) / 100, 4)


def _payment(status: str) -> str:
    if status == "cancelled":
        return "cancelled"
    return "not_paid" if status in ("processing_awaiting_payment", "new", "on_hold") else "paid"


def _shipment(basket: Basket) -> str:
    return "cancelled" if basket.status == "cancelled" else "not_shipped"


def _row(line: Line, language: int, invoiced: bool, shipped: bool) -> Record:
    article, unit = line.article, line.unit
    gross = (1 + line.tax) * 100
    forgotten = article is not None and article.number < 0 and article.number % 2 == 0
    return {
        "product": article.id if article else None,
        "variant": unit.id if unit and not forgotten else None,
        "productTitle": line.title[language],
        "variantTitle": unit.title(language) if unit else "",
        "brandTitle": BRANDS[article.brand] if article else "",
        "supplierTitle": SUPPLIERS[article.brand % len(SUPPLIERS)] if article else "",
        "taxRate": line.tax,
        "quantityOrdered": line.quantity,
        "quantityInvoiced": line.quantity if invoiced else 0,
        "quantityShipped": line.quantity if shipped else 0,
        "quantityRefunded": line.returned,
        "quantityReturned": line.returned,
        "articleCode": unit.code if unit else "",
        "ean": unit.ean if unit else "",
        "sku": unit.sku if unit else "",
        "basePriceExcl": round(line.unit_cents / gross, 4),
        "basePriceIncl": line.unit_cents / 100,
        "priceExcl": round(line.cents / gross, 4),
        "priceIncl": line.cents / 100,
        "discountExcl": round(line.discount / gross, 4),
        "discountIncl": line.discount / 100,
    }
