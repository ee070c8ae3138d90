"""Puts the assortment into records: products, variants, and what ties them to the shelves."""

from __future__ import annotations

from collections.abc import Sequence

from sync.sandbox.generate import scope as ids
from sync.sandbox.generate.assortment import FREE, Article, Assortment, Unit
from sync.sandbox.generate.dice import DAY, Dice, Record, Rows, iso
from sync.sandbox.generate.prose import Draft
from sync.sandbox.generate.scope import Scope, in_language, slugs
from sync.sandbox.generate.shelves import (
    DELIVERIES,
    FILTERS,
    SUPPLIERS,
    attribute_id,
    brand_id,
    category_id,
    choice_id,
    delivery_id,
    filter_id,
    line_up,
    shelf_records,
    supplier_id,
    tag_id,
    type_id,
)
from sync.sandbox.generate.words import (
    AUDIENCES,
    BRANDS,
    COLOUR,
    COLOURS,
    LANGUAGES,
    MATERIALS,
    NO,
    SHOES,
    SIZE,
    SIZES,
    TAGS,
    YES,
)

_HIDDEN_PARENT = ("partij", "showmodel")
_SEWN = {"zeil", "katoen", "wol", "nylon", "poly", "leer", "dons"}
_LINKS, _TAGS, _IMAGES = 12, 8, 6
_SEASONAL = {"kleding": (0, 1, 2, 3), "kamp": (0, 1, 2), "schoen": (4,)}


class Catalogue:
    """Every record of the catalogue of one shop. The large kinds are made on demand."""

    def __init__(self, scope: Scope, assortment: Assortment) -> None:
        self._scope = scope
        self._assortment = assortment
        self._dice = Dice()

    def _start(self, topic: int, number: int) -> Dice:
        return self._dice.start(self._scope.seed, topic, number)

    def records(self) -> dict[str, Sequence[Record]]:
        articles = self._assortment.articles
        count = len(articles)
        return {
            **shelf_records(self._scope),
            "product": Rows(count, lambda at: (self._product(articles[at]),), count),
            "variant": self._variants(),
            "category_product": Rows(count, lambda at: self._links(articles[at])),
            "tag_product": Rows(count, lambda at: self._tagged(articles[at])),
            "metafield": [row for each in articles for row in _metafields(each)],
        }

    # products

    def _product(self, article: Article) -> Record:
        dice = self._start(ids.PROSE, article.number)
        family = article.family
        return {
            "id": article.id,
            "createdAt": iso(article.created),
            "updatedAt": iso(article.updated),
            "isVisible": article.oddity != "hidden",
            "isFeatured": dice.hit(0.04),
            "visibility": "hidden" if article.oddity == "hidden" else dice.one(("visible", "auto")),
            "hits": int(4_000 * dice.random() ** 3),
            **self._data(dice, article),
            **self._texts(dice, article),
            "brand": brand_id(article.brand) if dice.hit(0.97) else None,
            "supplier": supplier_id(article.brand % len(SUPPLIERS)) if dice.hit(0.9) else None,
            "deliverydate": delivery_id(dice.below(len(DELIVERIES))) if dice.hit(0.85) else None,
            "type": type_id(family.kind) if dice.hit(0.8) else None,
            **self._images(dice, article),
            "filters": self._chosen(dice, article),
            "specifications": self._specifications(article),
            "set": None,
        }

    def _data(self, dice: Dice, article: Article) -> dict[str, str]:
        shelf = f"{dice.one('ABCDEF')}-{dice.between(1, 40):02d}-{dice.between(1, 6)}"
        free = _free(article) == "data"
        return {
            "data01": "free_product=ja" if free else shelf if dice.hit(0.12) else "",
            "data02": dice.one(("B-keus", "free_product=nee")) if dice.hit(0.04) else "",
            "data03": f"vervangt {article.model} {dice.between(2019, 2024)}"
            if dice.hit(0.03)
            else "",
        }

    def _texts(self, dice: Dice, article: Article) -> Record:
        scope = self._scope
        codes = scope.languages[:1] if article.oddity == "untranslated" else scope.languages
        title = {code: in_language(article.title, code) for code in codes}
        brand, draft = (
            BRANDS[article.brand],
            Draft(dice, article.material in _SEWN and article.family.kind != "deel"),
        )
        described = not dice.hit(0.1)
        description, content = {}, {}
        for code in codes:
            fill = {
                "title": title[code],
                "brand": brand,
                "model": article.model,
                "material": in_language(MATERIALS[article.material], code),
            }
            description[code] = draft.description(code, fill) if described else ""
            content[code] = draft.content(code, fill)
        if article.oddity == "no_description":
            blank = ("", "<p>&nbsp;</p>\n<!-- volgt -->")[article.turn % 2]
            description, content = dict.fromkeys(codes, ""), dict.fromkeys(codes, blank)
        return {
            "url": slugs(title),
            "title": title,
            "fulltitle": {code: f"{brand} {text}" for code, text in title.items()},
            "description": description,
            "content": content,
        }

    def _images(self, dice: Dice, article: Article) -> Record:
        if article.oddity == "no_image":
            return {"image": None, "images": []}
        first = ids.FILE + article.number * 50 + dice.below(20)
        count, ext = dice.between(1, 4), "png" if dice.hit(0.06) else "jpg"
        images = [
            {
                "id": ids.IMAGE + article.number * _IMAGES + at,
                "file": first + at * 7,
                "ext": ext,
                "sortOrder": at + 1,
            }
            for at in range(count)
        ]
        return {"image": {"id": first, "ext": ext, "title": article.title[0]}, "images": images}

    def _chosen(self, dice: Dice, article: Article) -> list[Record]:
        values: dict[str, list[int]] = {"material": [list(MATERIALS).index(article.material)]}
        sizes = SIZES + SHOES
        for unit in article.units:
            for name, value in unit.choices:
                if name is COLOUR:
                    values.setdefault("colour", []).append(COLOURS.index(value))
                elif name is SIZE:
                    values.setdefault("size", []).append(sizes.index(value[0]))
        seasons = _SEASONAL.get(article.family.kind, ())
        if seasons:
            values["season"] = dice.some(seasons, dice.between(1, 2))
        if article.family.kind in ("kleding", "schoen"):
            values["audience"] = [dice.below(len(AUDIENCES))]
        return [
            {
                "filter": filter_id(at),
                "values": [choice_id(at, each) for each in sorted(set(values[key]))],
            }
            for at, (key, _, _) in enumerate(FILTERS)
            if key in values
        ]

    def _specifications(self, article: Article) -> list[Record]:
        scope = self._scope
        material = scope.text(MATERIALS[article.material])
        values: Record = {
            "material_typo" if article.oddity == "typo" else "material": material,
            "weight": article.units[0].grams,
            "waterproof": scope.text(YES if article.waterproof else NO),
        }
        if article.material in ("alu", "staal", "leer"):
            values["warranty"] = 5 if article.number % 3 else 10
        if _free(article) == "specification":
            values["free_product"] = ("1", "ja", "yes")[article.turn // len(FREE) % 3]
        return [{"attribute": attribute_id(key), "value": value} for key, value in values.items()]

    # variants

    def _variants(self) -> Rows:
        shop, gone = self._assortment.articles, self._assortment.gone[:3]
        owners = [*gone, *shop]
        length = sum(len(each.units) for each in owners)
        return Rows(len(owners), lambda at: self._units(owners[at]), length)

    def _units(self, article: Article) -> list[Record]:
        dice = self._start(ids.STAMPS, article.number + 1_000_000)
        return [self._variant(dice, article, unit, at) for at, unit in enumerate(article.units)]

    def _variant(self, dice: Dice, article: Article, unit: Unit, at: int) -> Record:
        gross = 1 + article.tax
        return {
            "id": unit.id,
            "createdAt": iso(article.created),
            "updatedAt": iso(self._scope.later(dice, article.created)),
            "product": article.id,
            "isDefault": at == 0,
            "sortOrder": at + 1,
            "articleCode": unit.code,
            "ean": unit.ean,
            "sku": unit.sku,
            "hs": None,
            "tax": article.tax,
            "priceExcl": round(unit.cents / 100 / gross, 4),
            "priceIncl": unit.cents / 100,
            "priceCost": round(unit.cents / 100 / gross * unit.cost_share, 4),
            "oldPriceExcl": round(unit.old_cents / 100 / gross, 4),
            "oldPriceIncl": unit.old_cents / 100,
            "stockTracking": unit.tracking,
            "stockLevel": unit.level,
            "stockAlert": 3 if unit.tracking == "enabled" else 0,
            "stockMinimum": unit.minimum,
            "stockSold": int(200 * dice.random() ** 3),
            "weight": unit.grams,
            "volume": 0,
            "colli": 1,
            "title": self._unit_title(article, unit),
        }

    def _unit_title(self, article: Article, unit: Unit) -> str | dict[str, str]:
        if not (unit.choices or unit.odd):
            return "Default"
        scope = self._scope
        codes = scope.languages[:1] if article.oddity == "untranslated" else scope.languages
        return {code: unit.title(LANGUAGES.index(code)) for code in codes}

    # where products stand

    def _links(self, article: Article) -> list[Record]:
        dice = self._start(ids.STAMPS, article.number + 1_000_000)
        keys: list[str] = []
        for key in self._homes(dice, article):
            keys += [each for each in line_up(key) if each not in keys]
        return [
            {
                "id": ids.LINK + article.number * _LINKS + at,
                "sortOrder": article.number % 500 + 1,
                "category": category_id(key),
                "product": article.id,
            }
            for at, key in enumerate(keys)
        ]

    def _homes(self, dice: Dice, article: Article) -> list[str]:
        """The categories a merchant put the article into."""
        if article.oddity == "no_category":
            return []
        if article.oddity == "hidden_category":
            return ["wacht"]
        if article.oddity == "hidden_parent":
            return [_HIDDEN_PARENT[article.turn % 2]]
        chance = dice.random()
        if chance < 0.01:
            return [article.family.shelf, "prototype"]
        if chance < 0.02:
            return [article.family.shelf, "partij"]
        others = ("tassen", "kleding", "kamp", "zorg", "rugzak")
        return [article.family.shelf, dice.one(others)] if chance < 0.1 else [article.family.shelf]

    def _tagged(self, article: Article) -> list[Record]:
        dice = self._start(ids.STAMPS, article.number + 3_000_000)
        new = article.created > self._scope.now - 90 * DAY
        chances = {
            "new": float(new),
            "sale": float(article.units[0].old_cents > 0),
            "best": 0.08,
            "free_product": float(_free(article) == "tag"),
            "commute": 0.2 if article.family.kind in ("tas", "licht", "band", "deel") else 0.0,
            "tour": 0.15 if article.family.kind in ("tas", "kamp", "lezen") else 0.0,
            "winter": 0.2 if article.family.kind == "kleding" else 0.0,
            "staff": 0.02,
        }
        return [
            {
                "id": ids.TAGGED + article.number * _TAGS + at,
                "tag": tag_id(at),
                "product": article.id,
            }
            for at, (key, _) in enumerate(TAGS)
            if dice.hit(chances[key])
        ]


def _free(article: Article) -> str:
    """How the article says that it is a free product: one of FREE, or "" if it is none."""
    return FREE[article.turn % len(FREE)] if article.oddity == "free" else ""


def _metafields(article: Article) -> list[Record]:
    if article.number % 40 != 7:
        return []
    minutes = 15 + article.number % 50
    return [
        {
            "id": ids.METAFIELD + article.number * 3 + at,
            "createdAt": iso(article.created),
            "updatedAt": iso(article.created),
            "owner": "product",
            "ownerId": article.id,
            "key": key,
            "value": value,
        }
        for at, (key, value) in enumerate(
            (("video", f"https://video.example/{article.id}"), ("montage_minuten", minutes))
        )
    ]
