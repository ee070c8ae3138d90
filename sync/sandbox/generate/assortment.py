"""Decides what the shop sells: each article with its variants, prices, stock and oddity."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sync.sandbox.generate import scope as ids
from sync.sandbox.generate.dice import DAY, Dice, spread_id
from sync.sandbox.generate.scope import Scope, described, place
from sync.sandbox.generate.words import (
    ADJECTIVES,
    BRANDS,
    COLOUR,
    COLOURS,
    FAMILIES,
    MEASURES,
    MODELS,
    SHOES,
    SIZE,
    SIZES,
    WHEEL,
    WHEELS,
    Family,
    Three,
)

ODDITIES = (
    "",
    "hidden",
    "out_of_stock",
    "no_image",
    "no_category",
    "hidden_category",
    "hidden_parent",
    "typo",
    "negative_stock",
    "zero_price",
    "no_description",
    "untranslated",
    "same_sku",
    "free",
    "odd_title",
)
FREE = ("specification", "tag", "data")
_ENDINGS = (95, 95, 99, 50, 0)
_ODD_TITLES: tuple[tuple[str, ...], ...] = (
    (
        '"Kleur: Zwart, "Mat"","Maat: 28" smal"',
        '"Colour: Black, "Matt"","Size: 28" narrow"',
        '"Farbe: Schwarz, "Matt"","Größe: 28" schmal"',
    ),
    ('Blauw, 28"', 'Blue, 28"', 'Blau, 28"'),
    ('"Kleur: Rood', '"Colour: Red', '"Farbe: Rot'),
)
Choice = tuple[Three, Three]


@dataclass(slots=True)
class Unit:
    """A variant as decided: cents include tax; `choices` are its option names and values."""

    id: int
    choices: tuple[Choice, ...]
    odd: tuple[str, ...]
    code: str
    sku: str
    ean: str
    cents: int
    old_cents: int
    cost_share: float
    tracking: str
    level: int
    minimum: int
    grams: int

    def title(self, language: int) -> str:
        """As Lightspeed writes it: every choice in quotes, `Default` where there is none."""
        if self.odd:
            return self.odd[language]
        parts = (f'"{name[language]}: {value[language]}"' for name, value in self.choices)
        return ",".join(parts) or "Default"


@dataclass(slots=True)
class Article:
    """A product as decided, before it is put into words."""

    number: int
    id: int
    created: int
    updated: int
    oddity: str
    turn: int
    family: Family
    title: Three
    model: str
    brand: int
    material: str
    waterproof: bool
    tax: float
    units: list[Unit]


def _ean(number: int) -> str:
    digits = f"871{number % 1_000_000_000:09d}"
    weighed = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(digits))
    return f"{digits}{-weighed % 10}"


def _same(values: tuple[str, ...]) -> tuple[Three, ...]:
    return tuple((value, value, value) for value in values)


_RUNS: dict[str, tuple[Three, tuple[Three, ...], int, int]] = {
    "colour": (COLOUR, COLOURS, 2, 4),
    "size": (SIZE, _same(SIZES), 3, 5),
    "shoe": (SIZE, _same(SHOES), 4, 8),
    "wheel": (WHEEL, _same(WHEELS), 2, 4),
}


def _run(dice: Dice, options: str, most: int) -> list[Choice]:
    name, values, low, high = _RUNS[options]
    count = min(dice.between(low, high), most)
    return [(name, value) for value in dice.some(values, count)]


def _matrix(dice: Dice, options: str) -> list[tuple[Choice, ...]]:
    """The combinations of options an article comes in; one empty one for a plain article."""
    if options == "none" or dice.hit(0.09):
        return [()]
    if options == "both":
        sizes = _run(dice, "size", 5)
        return [(colour, size) for colour in _run(dice, "colour", 3) for size in sizes]
    return [(choice,) for choice in _run(dice, options, 8)]


class Assortment:
    """All articles of the shop in the order they were added, and those deleted long ago."""

    def __init__(self, scope: Scope, count: int) -> None:
        self._scope = scope
        self._span = scope.now - DAY - scope.opened
        self._variants = 0
        self._titles: Counter[str] = Counter()
        self._dice = Dice()
        lost = max(3, count // 150)
        # Deleted ones come first: their ids are lower than those of all that are left.
        self.gone = [self._article(number - lost, count) for number in range(lost)]
        self.articles = [self._article(number, count) for number in range(count)]

    def known_at(self, moment: int) -> int:
        """How many of today's articles were on sale at `moment` (unix seconds)."""
        count = len(self.articles)
        return min(count, max(0, (moment - self._scope.opened) * count // self._span))

    def _created(self, dice: Dice, number: int, count: int) -> int:
        scope = self._scope
        if number < 0:
            return scope.opened + number * DAY
        return scope.opened + int(self._span * (number + dice.random() * 0.98) / count)

    def _article(self, number: int, count: int) -> Article:
        scope = self._scope
        dice = self._dice.start(scope.seed, ids.ARTICLES, number + 1_000_000)
        oddity, turn = place(number, count, ODDITIES, 100) if number >= 0 else ("", 0)
        family = dice.one(FAMILIES)
        adjective = dice.one(family.adjectives.split())
        model = dice.one(MODELS)
        created = self._created(dice, number, count)
        article = Article(
            number=number,
            id=spread_id(ids.PRODUCT, number, 61, scope.seed),
            created=created,
            updated=scope.later(dice, created),
            oddity=oddity,
            turn=turn,
            family=family,
            title=self._title(dice, family, adjective, model),
            model=model,
            brand=int(dice.random() ** 1.5 * len(BRANDS)),
            material=dice.one(family.materials.split()),
            waterproof=adjective == "dicht",
            tax=0.09 if family.reduced_tax else 0.21,
            units=[],
        )
        article.units = self._units(dice, article)
        return article

    def _title(self, dice: Dice, family: Family, adjective: str, model: str) -> Three:
        words = described(ADJECTIVES[adjective], family.noun, family.article, family.gender)
        pattern, values = MEASURES[family.measure]
        measure = f" {pattern.format(dice.one(values))}" if pattern else ""
        key = f"{words[0]} {model}{measure}"
        self._titles[key] += 1
        again = f" {self._titles[key]}.0" if self._titles[key] > 1 else ""
        dutch, english, german = (f"{each} {model}{measure}{again}" for each in words)
        return dutch, english, german

    def _units(self, dice: Dice, article: Article) -> list[Unit]:
        low, high = article.family.euros
        euros = int(low + (high - low) * dice.random() ** 1.6)
        cents = 0 if article.oddity == "zero_price" else euros * 100 + dice.one(_ENDINGS)
        sale = cents and dice.hit(0.16)
        old = (cents * dice.one((115, 120, 125, 140, 150)) // 100) // 5 * 5 if sale else 0
        tracking = dice.random()
        kind = "enabled" if tracking < 0.88 else "disabled" if tracking < 0.95 else "indicator"
        matrix = _matrix(dice, article.family.options)
        if article.oddity == "odd_title":
            matrix = [()] * 3
        grams = dice.between(*article.family.grams)
        return [
            self._unit(dice, article, choices, (cents, old), kind, grams, at)
            for at, choices in enumerate(matrix)
        ]

    def _unit(
        self,
        dice: Dice,
        article: Article,
        choices: tuple[Choice, ...],
        cents: tuple[int, int],
        tracking: str,
        grams: int,
        at: int,
    ) -> Unit:
        self._variants += 1
        number = self._variants
        code = f"BF-{article.id % 10_000_000:07d}-{at + 1:02d}"
        dearer = 500 if cents[0] > 4_000 and choices and choices[-1][1][0] in ("XXL", "46") else 0
        unit = Unit(
            id=spread_id(ids.VARIANT, number, 23, self._scope.seed),
            choices=choices,
            odd=_ODD_TITLES[at] if article.oddity == "odd_title" else (),
            code=code,
            sku="" if dice.hit(0.05) else code.replace("-", ""),
            ean="" if dice.hit(0.08) else _ean(self._scope.seed * 7_919 + number * 13),
            cents=cents[0] + dearer,
            old_cents=cents[1] + dearer if cents[1] else 0,
            cost_share=0.45 + 0.2 * dice.random(),
            tracking=tracking,
            level=_level(dice) if tracking != "disabled" else 0,
            minimum=2 if dice.hit(0.04) else 0,
            grams=grams + 15 * at,
        )
        _spoil(unit, article, at)
        return unit


def _level(dice: Dice) -> int:
    return 0 if dice.hit(0.09) else 1 + int(60 * dice.random() ** 2)


def _spoil(unit: Unit, article: Article, at: int) -> None:
    """Gives the unit what its article's oddity asks for."""
    if article.oddity == "out_of_stock":
        unit.tracking, unit.level, unit.minimum = "enabled", at % 2, 1
    elif article.oddity == "negative_stock":
        unit.tracking, unit.level, unit.minimum = "enabled", -1 - at, 0
    elif article.oddity == "same_sku":
        unit.sku = f"BFACTIE{article.turn // 2:03d}"
