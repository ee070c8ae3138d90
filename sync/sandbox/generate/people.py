"""Who orders: invented people and companies, with addresses at reserved domains only."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from sync.sandbox.generate import scope as ids
from sync.sandbox.generate.dice import Dice, Record
from sync.sandbox.generate.scope import Scope, slug

DOMAINS = ("example.com", "example.org", "example.net", "post.example", "fietsclub.example")


class Country(NamedTuple):
    """Names and places that are common in one country; phone numbers that nobody has."""

    code: str
    language: str
    women: tuple[str, ...]
    men: tuple[str, ...]
    families: tuple[tuple[str, str], ...]
    streets: tuple[str, ...]
    towns: tuple[tuple[str, str], ...]
    companies: tuple[str, ...]
    phone: str


COUNTRIES = (
    Country(
        "nl",
        "nl",
        ("Sanne", "Noor", "Fleur", "Anouk", "Marijke", "Zoë", "Renée", "Femke", "Ilse", "Loïs"),
        ("Daan", "Bram", "Sjoerd", "Joost", "Ruben", "Maarten", "Tijmen", "Koen", "Wessel", "Jaïr"),
        (
            ("", "Bakker"),
            ("de", "Vries"),
            ("van der", "Meulen"),
            ("", "Hoekstra"),
            ("van", "Dijk"),
            ("", "Kuipers"),
            ("ten", "Brinke"),
            ("", "Coëlho"),
            ("van 't", "Hof"),
            ("", "Jansen"),
            ("el", "Amrani"),
            ("", "Smeets"),
        ),
        ("Dorpsstraat", "Kerkweg", "Lindelaan", "Oude Gracht", "Stationsplein", "Zuiderdijk"),
        (
            ("8011 PK", "Zwolle"),
            ("3512 JE", "Utrecht"),
            ("9711 LM", "Groningen"),
            ("6511 VB", "Nijmegen"),
            ("5211 JX", "'s-Hertogenbosch"),
            ("1781 AC", "Den Helder"),
        ),
        ("Fietskoerier Zwolle", "Kampeerboerderij De Wilg", "Scouting Salland", "Wandelbond Oost"),
        "+31 6 0000 {:04d}",
    ),
    Country(
        "de",
        "de",
        ("Käthe", "Anneliese", "Jördis", "Sabine", "Yağmur", "Leonie", "Frieda"),
        ("Jürgen", "Sören", "Matthias", "Götz", "Emre", "Lukas", "Hannes", "Jörg"),
        (
            ("", "Müller"),
            ("", "Schäfer"),
            ("von", "Öttingen"),
            ("", "Weiß"),
            ("", "Krüger"),
            ("", "Yıldız"),
            ("", "Lehmann"),
            ("", "Groß"),
            ("", "Fuchs"),
        ),
        ("Hauptstraße", "Am Mühlbach", "Goethestraße", "Königsallee", "Lärchenweg"),
        (("48143", "Münster"), ("50667", "Köln"), ("26122", "Oldenburg"), ("80331", "München")),
        ("Radwerk Münsterland GmbH", "Naturfreunde Köln e. V.", "Zelthof Lüdinghausen"),
        "+49 30 23125 {:03d}",
    ),
    Country(
        "gb",
        "en",
        ("Olivia", "Isla", "Niamh", "Chloé", "Harriet", "Priya"),
        ("Oliver", "Callum", "Rhys", "George", "Tomasz", "Arjun"),
        (("", "Hartley"), ("", "O'Connell"), ("", "Marsh-Reed"), ("", "Patel"), ("", "Whitlock")),
        ("High Street", "Mill Lane", "Station Road", "Church Row"),
        (("YO1 7HH", "York"), ("BA1 1LZ", "Bath"), ("EH1 1YZ", "Edinburgh")),
        ("Dales Cycle Hire Ltd", "Fell & Ford Guides"),
        "+44 7700 900{:03d}",
    ),
)


class Person(NamedTuple):
    """Someone who orders, subscribes or writes a review."""

    language: str
    gender: str
    first: str
    middle: str
    last: str
    email: str
    company: str
    phone: str
    born: str | None
    name: str
    address: dict[str, str]


class Crowd:
    """Any number of people; the same number is always the same person."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._dice = Dice()
        self._countries = [each for each in COUNTRIES if each.language in scope.languages]

    def country(self, number: int) -> Country:
        """Where the person lives: mostly in the first country, least in the last."""
        mixed = ((number + 7) * 2_246_822_519 + self._scope.seed * 3_266_489_917) & 0xFFFFFFFF
        share = (mixed >> 8) / (1 << 24)
        return self._countries[int(share**2.2 * len(self._countries))]

    def person(self, number: int) -> Person:
        country = self.country(number)
        dice = self._dice.start(self._scope.seed, ids.PEOPLE, number)
        woman = dice.random() < 0.5
        first = dice.one(country.women if woman else country.men)
        middle, last = dice.one(country.families)
        name = f"{first} {middle} {last}" if middle else f"{first} {last}"
        mailbox = f"{_slug(first)}.{_slug(last)}{number + 1}"
        gender = dice.random()
        return Person(
            language=country.language,
            gender="" if gender < 0.4 else "female" if woman else "male",
            first=first,
            middle=middle,
            last=last,
            email=f"{mailbox}@{dice.one(DOMAINS)}",
            company=dice.one(country.companies) if dice.random() < 0.09 else "",
            phone=country.phone.format(dice.below(1_000)) if dice.random() < 0.7 else "",
            born=f"{1945 + dice.below(60)}-{1 + dice.below(12):02d}-{1 + dice.below(28):02d}"
            if dice.random() < 0.15
            else None,
            name=name,
            address=_address(dice, country, name),
        )

    def elsewhere(self, dice: Dice, person: Person) -> dict[str, str]:
        """Where the parcel goes: home, or now and then to someone in another street."""
        if dice.random() >= 0.08:
            return person.address
        return {**person.address, "Street": "Depotweg", "Number": str(1 + dice.below(90))}


_slug = lru_cache(maxsize=None)(slug)


def _address(dice: Dice, country: Country, name: str) -> dict[str, str]:
    zipcode, city = dice.one(country.towns)
    return {
        "Name": name,
        "Street": dice.one(country.streets),
        "Number": str(1 + dice.below(180)),
        "Zipcode": zipcode,
        "City": city,
        "Country": country.code,
    }


def contact(person: Person, shipping: dict[str, str]) -> Record:
    """The fields that an order and a customer have in common."""
    return {
        "gender": person.gender,
        "birthDate": person.born,
        "email": person.email,
        "firstname": person.first,
        "middlename": person.middle,
        "lastname": person.last,
        "phone": person.phone,
        "isCompany": bool(person.company),
        "companyName": person.company,
        "addressBilling": person.address,
        "addressShipping": shipping,
    }
