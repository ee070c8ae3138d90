"""Sentences in Dutch, English and German, and the descriptions, pages and opinions made of them.

In sentences {title}, {brand}, {model} and {material} stand for the article's own.
"""

from __future__ import annotations

from collections.abc import Mapping

from sync.sandbox.generate.dice import Dice
from sync.sandbox.generate.scope import in_language
from sync.sandbox.generate.words import LANGUAGES, Three

OPENINGS: tuple[Three, ...] = (
    (
        "{title} van {brand} is gemaakt voor wie bij elk weer naar buiten gaat.",
        "{title} by {brand} is made for people who go out in any weather.",
        "{title} von {brand} ist für alle gemacht, die bei jedem Wetter rausgehen.",
    ),
    (
        "Lange dagen onderweg vragen om spullen waarop je kunt vertrouwen: {title}.",
        "Long days on the road call for gear you can rely on: {title}.",
        "Lange Tage unterwegs brauchen Ausrüstung, auf die Verlass ist: {title}.",
    ),
    (
        "Met {model} brengt {brand} een oude bekende terug, beter dan ooit.",
        "With {model}, {brand} brings back an old favourite, better than ever.",
        "Mit {model} bringt {brand} einen alten Bekannten zurück, besser als je zuvor.",
    ),
    (
        "Getest op de dijk, in de regen en met tegenwind: {title}.",
        "Tested on the dyke, in the rain and against the wind: {title}.",
        "Getestet auf dem Deich, im Regen und bei Gegenwind: {title}.",
    ),
    (
        "Voor woon-werk, weekend en wereldreis: {brand} {model}.",
        "For the commute, the weekend and the world tour: {brand} {model}.",
        "Für Arbeitsweg, Wochenende und Weltreise: {brand} {model}.",
    ),
)
MIDDLES: tuple[Three, ...] = (
    (
        "Het materiaal, {material}, is slijtvast en laat zich met lauw water schoonmaken.",
        "The material, {material}, wears slowly and cleans with lukewarm water.",
        "Das Material, {material}, ist abriebfest und lässt sich mit lauwarmem Wasser reinigen.",
    ),
    (
        "Wij hebben hem zelf een winter lang gebruikt, van Groningen tot Zürich.",
        "We used it ourselves for a whole winter, from Groningen to Zürich.",
        "Wir haben ihn selbst einen Winter lang benutzt, von Groningen bis Zürich.",
    ),
    (
        "De afwerking is eenvoudig gehouden, want wat er niet op zit, gaat ook niet stuk.",
        "The finish is kept simple, for what is not there cannot break.",
        "Die Ausführung ist schlicht gehalten, denn was nicht dran ist, geht nicht kaputt.",
    ),
    (
        "Losse onderdelen blijven jarenlang leverbaar &ndash; ook dat is duurzaam.",
        "Spare parts stay available for years &ndash; that is sustainable, too.",
        "Ersatzteile bleiben jahrelang lieferbar &ndash; auch das ist nachhaltig.",
    ),
    (
        "Een caf&eacute;stop haal je moeiteloos: alles zit vast &eacute;n binnen handbereik.",
        "A caf&eacute; stop is easy: everything sits tight &amp; within reach.",
        "Der Halt am Caf&eacute; gelingt m&uuml;helos: alles sitzt fest &amp; griffbereit.",
    ),
    (
        "Geschikt voor temperaturen van &minus;10 tot 35&nbsp;&deg;C.",
        "Suited to temperatures from &minus;10 to 35&nbsp;&deg;C.",
        "Geeignet für Temperaturen von &minus;10 bis 35&nbsp;&deg;C.",
    ),
    (
        "De verpakking is van karton en past door de brievenbus van het recyclingpunt.",
        "The packaging is cardboard and goes straight into paper recycling.",
        "Die Verpackung ist aus Pappe und gehört einfach ins Altpapier.",
    ),
    (
        "{brand} maakt in kleine series en laat elke partij door een tweede paar ogen nakijken.",
        "{brand} works in small runs and has every batch looked over by a second pair of eyes.",
        "{brand} fertigt in kleinen Serien und lässt jede Charge ein zweites Mal prüfen.",
    ),
    (
        "Prijs-kwaliteit is hij in deze klasse moeilijk te verslaan.",
        "For the money it is hard to beat in its class.",
        "Beim Verhältnis von Preis und Qualität ist er in seiner Klasse schwer zu schlagen.",
    ),
    (
        "Op voorraad in Zwolle, en wat je vandaag bestelt, gaat vandaag nog de deur uit.",
        "In stock in Zwolle, and what you order today leaves today.",
        "In Zwolle auf Lager, und was du heute bestellst, geht heute noch raus.",
    ),
    (
        "De handleiding zit erbij, in drie talen en met tekeningen.",
        "The manual is included, in three languages and with drawings.",
        "Die Anleitung liegt bei, in drei Sprachen und mit Zeichnungen.",
    ),
    (
        "In onze proef hield hij het 1.200&nbsp;km vol zonder &eacute;&eacute;n klacht.",
        "In our trial it lasted 1,200&nbsp;km without a single complaint.",
        "In unserem Test hielt er 1.200&nbsp;km ohne eine einzige Klage durch.",
    ),
)
SEWN: tuple[Three, ...] = (
    (
        "Alle naden zijn dubbel gestikt en op spanning gecontroleerd.",
        "All seams are double-stitched and checked under tension.",
        "Alle Nähte sind doppelt gesteppt und unter Zug geprüft.",
    ),
    (
        "Ook met handschoenen aan bedien je alles zonder te zoeken.",
        "Even with gloves on you can work everything without fumbling.",
        "Auch mit Handschuhen lässt sich alles ohne Suchen bedienen.",
    ),
    (
        "Wie twijfelt over de maat, belt ons even of komt langs in de winkel.",
        "If you are unsure about the size, call us or drop in at the shop.",
        "Wer bei der Größe unsicher ist, ruft kurz an oder kommt im Laden vorbei.",
    ),
    (
        "Na een bui hang je hem gewoon uit: binnen een uur is hij droog.",
        "After a shower just hang it up: it is dry within the hour.",
        "Nach einem Schauer einfach aufhängen: in einer Stunde ist alles trocken.",
    ),
    (
        "De stof ademt mee, ook als je flink doortrapt.",
        "The fabric breathes with you, even when you push hard.",
        "Der Stoff atmet mit, auch wenn du kräftig trittst.",
    ),
)
POINTS: tuple[Three, ...] = (
    ("Gemaakt van {material}", "Made of {material}", "Aus {material}"),
    ("Twee jaar garantie", "Two years' warranty", "Zwei Jahre Garantie"),
    ("Gemonteerd in 5 minuten", "Fitted in 5 minutes", "In 5 Minuten montiert"),
    ("Zonder pfas &amp; pvc", "Free from PFAS &amp; PVC", "Ohne PFAS &amp; PVC"),
    ("Ontworpen in Zwolle", "Designed in Zwolle", "Entworfen in Zwolle"),
    ("Ook als set verkrijgbaar", "Also sold as a set", "Auch im Set erhältlich"),
)
SEWN_POINTS: tuple[Three, ...] = (
    ("Reflecterende details rondom", "Reflective details all round", "Rundum reflektierend"),
    ("Wasbaar op 30&nbsp;&deg;C", "Washable at 30&nbsp;&deg;C", "Waschbar bei 30&nbsp;&deg;C"),
)
SHORTS: tuple[Three, ...] = (
    (
        "{title}: betrouwbaar onderweg, elke dag opnieuw.",
        "{title}: reliable on the road, day after day.",
        "{title}: zuverlässig unterwegs, jeden Tag aufs Neue.",
    ),
    (
        "Degelijk werk van {brand}, gemaakt van {material}.",
        "Solid work by {brand}, made of {material}.",
        "Solide Arbeit von {brand}, gefertigt aus {material}.",
    ),
    (
        "Onze favoriet voor natte dagen & lange tochten.",
        "Our favourite for wet days & long tours.",
        "Unser Favorit für nasse Tage & lange Touren.",
    ),
    (
        "Model {model}: klein van prijs, groot van karakter.",
        "Model {model}: small price, big character.",
        "Modell {model}: kleiner Preis, großer Charakter.",
    ),
)
HEADINGS: tuple[Three, ...] = (
    ("Kenmerken", "Features", "Merkmale"),
    ("Waarom wij hem kozen", "Why we chose it", "Warum wir ihn ausgesucht haben"),
)
OPINIONS: dict[int, tuple[Three, ...]] = {
    5: (
        ("Precies wat ik zocht!", "Exactly what I was looking for!", "Genau das Richtige!"),
        ("Na 3.000 km nog als nieuw.", "Like new after 3,000 km.", "Nach 3.000 km wie neu."),
    ),
    4: (
        ("Goed, alleen wat krap.", "Good, if a little tight.", "Gut, fällt nur etwas klein aus."),
        ("Snelle levering, mooie kleur.", "Quick delivery, nice colour.", "Schnell & schön."),
    ),
    3: (
        ("Doet het, meer niet.", "Does the job, no more.", "Tut, was er soll, mehr nicht."),
        ("Kleur wijkt af van de foto.", "Colour differs from the photo.", "Farbe weicht ab."),
    ),
    2: (("Rits ging na een maand stuk.", "Zip broke in a month.", "Reißverschluss defekt."),),
    1: (("Verkeerde maat gekregen…", "Got the wrong size…", "Falsche Größe bekommen …"),),
}
_SCRIPT = '<script type="text/javascript">window.shown = (window.shown || 0) + 1;</script>'
_STYLE = "<style>.usp li { list-style: square; color: #2a6b4f; }</style>"
_NOTE = "<!-- tekst leverancier, nog nalezen -->"

Fill = Mapping[str, str]


class Draft:
    """Which sentences a product's texts take, the same ones in each language. What is said of
    seams and sizes is said of `sewn` things only."""

    def __init__(self, dice: Dice, sewn: bool) -> None:
        middles, points = (MIDDLES + SEWN, POINTS + SEWN_POINTS) if sewn else (MIDDLES, POINTS)
        self._short = dice.one(SHORTS)
        self._opening = dice.one(OPENINGS)
        self._middles = dice.some(middles, dice.between(4, len(middles)))
        self._cut = dice.between(2, 4)
        self._points = dice.some(points, dice.between(0, 5))
        self._heading = dice.one(HEADINGS)
        self._noise = dice.random()

    def description(self, code: str, fill: Fill) -> str:
        return in_language(self._short, code).format_map(fill)

    def content(self, code: str, fill: Fill) -> str:
        """HTML as shops have it: paragraphs, lists, entities, now and then a script or comment."""
        at = LANGUAGES.index(code)
        parts = [f"<p><strong>{self._opening[at]}</strong></p>"]
        for start in range(0, len(self._middles), self._cut):
            sentences = self._middles[start : start + self._cut]
            parts.append(f"<p>{' '.join([each[at] for each in sentences])}</p>")
        if self._points:
            items = "".join([f"<li>{each[at]}</li>" for each in self._points])
            parts.append(f'<h3>{self._heading[at]}</h3><ul class="usp">{items}</ul>')
        return "\n".join(parts).format_map(fill) + self._litter()

    def _litter(self) -> str:
        if self._noise < 0.05:
            return "\n" + _SCRIPT
        if self._noise < 0.09:
            return "\n" + _STYLE
        return "\n" + _NOTE if self._noise < 0.16 else ""
