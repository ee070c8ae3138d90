"""Fills an empty state with a world, and makes a world from files of real catalog answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import orjson

from sync.sandbox.state import Record, State
from sync.sandbox.world import KINDS, Cluster, World

_CURRENCIES: Final = {
    "eu1": {"shortcode": "EUR", "symbol": "€", "title": "Euro"},
    "us1": {"shortcode": "USD", "symbol": "$", "title": "United States Dollar"},
}


def fill(state: State, world: World, on_progress: Callable[[float], None] = lambda _: None) -> None:
    """Put a whole world into the state; records of the same kind and id are replaced. After each
    kind `on_progress` is told the share that is in (0 … 1).

    Raises ValueError for an unknown kind or if there is not exactly one default language.
    """
    if unknown := set(world.records) - set(KINDS):
        raise ValueError(f"unknown kinds {', '.join(sorted(unknown))}")
    if world.default_language:
        state.set_fact("shop", world.shop)
    state.set_fact("cluster", world.cluster)
    state.set_fact("languages", world.languages)
    done, total = 0, sum(map(len, world.records.values())) or 1
    for kind, records in world.records.items():
        done += state.put_many(kind, records)
        on_progress(done / total)


def from_catalog_files(
    paths: Iterable[Path], *, domain: str, cluster: Cluster, language: str
) -> World:
    """A shop of the products in files of catalog answers, `{"products": …}` with one product or a
    list. Parents of categories are derived from their urls and depths.

    Raises ValueError for a file that is no catalog answer.
    """
    shelves = _Shelves()
    for path in paths:
        for product in _products(path):
            shelves.add(product)
    return World(
        shop=_shop(shelves, domain, cluster),
        cluster=cluster,
        languages=[_language(language)],
        records=shelves.records(),
    )


def _products(path: Path) -> list[Record]:
    try:
        body = orjson.loads(path.read_bytes())
        products = body["products"] if "products" in body else body["product"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise ValueError(f"{path.name} is no catalog answer") from None
    return products if isinstance(products, list) else [products]


class _Shelves:
    """The records found so far, by kind and id."""

    def __init__(self) -> None:
        self._kinds: dict[str, dict[int, Record]] = {kind: {} for kind in KINDS}
        self.shop_id = 1

    def add(self, product: Record) -> None:
        """Take one catalog product apart."""
        self._note_shop(product)
        self._keep("product", self._product(product))
        for each in _rows(product["variants"]):
            self._keep("variant", {**_stamped(each), "product": product["id"]})
            self._tax(each["tax"])
        for each in _rows(product["categories"]):
            self._keep("category", _category(each))
            link = {"category": each["id"], "product": product["id"], "sortOrder": 0}
            self._keep("category_product", {"id": len(self._kinds["category_product"]) + 1, **link})

    def records(self) -> dict[str, list[Record]]:
        """All records, the lowest id first."""
        _adopt(list(self._kinds["category"].values()))
        return {
            kind: sorted(records.values(), key=lambda record: int(record["id"]))
            for kind, records in self._kinds.items()
            if records
        }

    def created(self) -> str:
        """When the oldest product was created."""
        stamps = [str(each["createdAt"]) for each in self._kinds["product"].values()]
        return min(stamps, default="2020-01-01T00:00:00+00:00")

    def _keep(self, kind: str, record: Record) -> None:
        self._kinds[kind][record["id"]] = record

    def _tax(self, rate: float) -> None:
        known = {tax["rate"] for tax in self._kinds["tax"].values()}
        if rate not in known:
            title = f"{rate * 100:g} %"
            tax = {"id": len(known) + 1, "isDefault": not known, "rate": rate, "title": title}
            self._keep("tax", tax)

    def _note_shop(self, product: Record) -> None:
        if product["image"]:
            self.shop_id = int(product["image"]["src"].split("/shops/")[1].split("/")[0])

    def _product(self, product: Record) -> Record:
        kept = {name: value for name, value in product.items() if name not in _TAKEN_APART}
        return {
            **_stamped(kept),
            "brand": self._related("brand", product["brand"]),
            "supplier": self._related("supplier", product["supplier"]),
            "deliverydate": self._related("deliverydate", product["deliverydate"]),
            "image": _image(product["image"]),
            "images": [_gallery(each) for each in _rows(product["images"])],
            "filters": [self._filter(each) for each in _rows(product["filters"])],
            "specifications": [self._specification(x) for x in _rows(product["specifications"])],
        }

    def _related(self, kind: str, row: Record | bool) -> int | None:
        if not isinstance(row, dict):
            return None
        image = {"image": _image(row["image"])} if "image" in row else {}
        self._keep(kind, {**_stamped(row), **image})
        return int(row["id"])

    def _filter(self, row: Record) -> Record:
        known = self._kinds["filter"].get(row["id"], {}).get("values", [])
        values = {value["id"]: value for value in known}
        stamps = {name: at for name, at in _stamped(row).items() if name in _STAMPS}
        for value in _rows(row["values"]):
            title, place = value["title"], value["sortOrder"]
            values[value["id"]] = {"id": value["id"], "title": title, "position": place, **stamps}
        placed = sorted(values.values(), key=itemgetter("position", "id"))
        shown = {"position": row["sortOrder"], "isActive": True, "values": placed}
        self._keep("filter", {**_stamped(row), **shown})
        return {"filter": row["id"], "values": [value["id"] for value in _rows(row["values"])]}

    def _specification(self, row: Record) -> Record:
        self._keep("attribute", {"id": row["id"], "title": row["name"], "defaultValue": ""})
        return {"attribute": row["id"], "value": row["value"]}


_STAMPS: Final = ("createdAt", "updatedAt")
_TAKEN_APART: Final = {"variants", "categories", "relations", "reviews", "discounts"}


def _rows(raw: Any) -> list[Record]:
    """The rows of a map by id, of a list, or of the [] that an empty map becomes."""
    return list(raw.values()) if isinstance(raw, dict) else list(raw)


def _stamped(row: Record) -> Record:
    return {name: _utc(value) if name in _STAMPS else value for name, value in row.items()}


def _utc(stamp: str) -> str:
    return datetime.fromisoformat(stamp).astimezone(UTC).isoformat()


def _image(image: Record | bool) -> Record | None:
    return {"id": image["id"], "ext": "jpg", "title": ""} if isinstance(image, dict) else None


def _gallery(image: Record) -> Record:
    file = int(image["src"].split("/files/")[1].split("/")[0])
    kept = {name: image[name] for name in ("id", "createdAt", "updatedAt", "sortOrder")}
    return {**_stamped(kept), "file": file, "ext": "jpg"}


def _category(row: Record) -> Record:
    titles = {"fulltitle": row["title"], "description": "", "content": ""}
    return {**_stamped(row), **titles, "sorting": "popular", "image": _image(row["image"])}


def _adopt(categories: list[Record]) -> None:
    by_place = {(each["depth"], each["url"]): each["id"] for each in categories}
    for each in categories:
        above = each["url"].rpartition("/")[0]
        each["parent"] = by_place.get((each["depth"] - 1, above))


def _shop(shelves: _Shelves, domain: str, cluster: Cluster) -> Record:
    return {
        "id": shelves.shop_id,
        "createdAt": shelves.created(),
        "status": "paid",
        "isB2b": False,
        "isRetail": False,
        "subDomain": domain.removeprefix("www.").partition(".")[0],
        "mainDomain": domain,
        "currency": {**_CURRENCIES[cluster], "isDefault": True, "currencyRate": "1.000000"},
    }


def _language(code: str) -> Record:
    locale = "en_US" if code == "us" else f"{code}_{code.upper()}"
    kind = {"isActive": True, "isDefault": True}
    return {"id": 1, **kind, "code": code, "locale": locale, "title": code}
