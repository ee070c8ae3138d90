"""What every part of the generator is told, and where the ids of each kind begin."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sync.sandbox.generate.dice import DAY, Dice
from sync.sandbox.generate.words import LANGUAGES, Adjective, Three

PRODUCT, VARIANT, CATEGORY, LINK = 141_000_000, 282_000_000, 11_350_000, 401_000_000
BRAND, SUPPLIER, DELIVERY, TAX, TYPE = 31_200_000, 10_240_000, 12_730_000, 10_118_000, 10_902_000
FILTER, CHOICE, ATTRIBUTE, TAG, TAGGED = 13_010_000, 13_440_000, 14_205_000, 15_830_000, 460_000_000
FILE, IMAGE, METAFIELD, REVIEW = 520_000_000, 570_000_000, 16_600_000, 17_900_000
ORDER, LINE, RETURN, CUSTOM = 212_000_000, 640_000_000, 18_300_000, 10_405_000
CUSTOMER, SUBSCRIPTION = 171_000_000, 25_600_000
PAGE, BLOG, ARTICLE = 19_100_000, 19_400_000, 19_600_000

ARTICLES, PROSE, ORDERS, PEOPLE, STAMPS, REVIEWS, MAILINGS = range(1, 8)

_FOLDED = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "æ": "ae"})


@dataclass(frozen=True)
class Scope:
    """Seed, languages (the default one first), and three moments in unix seconds: when the shop
    was opened, when its remembered orders begin, and now."""

    seed: int
    languages: tuple[str, ...]
    opened: int
    first_order: int
    now: int

    @property
    def home(self) -> str:
        return self.languages[0]

    def text(self, three: Three) -> dict[str, str]:
        return {code: three[LANGUAGES.index(code)] for code in self.languages}

    def later(self, dice: Dice, created: int) -> int:
        """A moment of change: every eighth in the last week, the others any time since."""
        since = max(created, self.now - 7 * DAY) if dice.hit(0.12) else created
        return since + int(dice.random() * (self.now - since))


def in_language(three: Three, code: str) -> str:
    return three[LANGUAGES.index(code)]


def described(adjective: Adjective, noun: Three, article: str, gender: str) -> Three:
    """Adjective and noun with the endings that Dutch and German ask for."""
    ending = {"m": "er", "f": "e", "n": "es", "p": "e"}[gender]
    dutch = adjective.bare if article == "het" else adjective.inflected
    return (
        f"{dutch} {noun[0]}",
        f"{adjective.english} {noun[1]}",
        f"{adjective.stem}{ending} {noun[2]}",
    )


def slug(text: str) -> str:
    """`text` as part of an address: lower-case letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text.translate(_FOLDED)).encode("ascii", "ignore")
    return re.sub(r"[^a-z0-9]+", "-", plain.decode().lower()).strip("-")


def slugs(texts: Mapping[str, str]) -> dict[str, str]:
    return {code: slug(text) for code, text in texts.items()}


def place(number: int, total: int, names: Sequence[str], widest: int) -> tuple[str, int]:
    """Which oddity record `number` of `total` carries, "" for none, and how often it came before:
    each comes round at least three times, in large shops once in `widest` records."""
    period = min(widest, max(len(names) + 6, total // 3))
    turn, at = divmod(number, period)
    return (names[at] if at < len(names) else ""), turn
