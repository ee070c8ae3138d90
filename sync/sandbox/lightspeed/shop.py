"""The shop as one request sees it: in one language, with its cluster's hosts and its clock."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from sync.sandbox.lightspeed.countries import country
from sync.sandbox.state import Record, State
from sync.sandbox.world import said

HOSTS: Final = {"eu1": "api.webshopapp.com", "us1": "api.shoplightspeed.com"}
CDNS: Final = {"eu1": "cdn.webshopapp.com", "us1": "cdn.shoplightspeed.com"}
ZONES: Final = {"eu1": "Europe/Amsterdam", "us1": "UTC"}


@dataclass(frozen=True)
class Shop:
    """Renders the values that records share; `parents` maps a category to its parent, `taxes` a
    tax rate to the id of its tax."""

    facts: Record
    cluster: str
    languages: list[Record]
    language: str
    parents: dict[int, int | None] = field(default_factory=dict)
    taxes: dict[float, int] = field(default_factory=dict)

    @cached_property
    def default(self) -> str:
        """The code of the default language."""
        return next((row["code"] for row in self.languages if row["isDefault"]), "")

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone, whose offset all stamps carry."""
        return ZoneInfo(ZONES[self.cluster])

    def text(self, value: object) -> str:
        """The text in the request's language."""
        return said(value, self.language, self.default)

    def stamp(self, value: str | None) -> str | None:
        """The UTC stamp with the shop's offset; None stays None."""
        return None if value is None else _local(value, ZONES[self.cluster])

    def one(self, path: str, id: int | None) -> Record | bool:
        """A reference to one object, such as one("brands", 12); False if there is none."""
        return False if id is None else self._reference(id, f"{path}/{id}")

    def many(self, url: str) -> Record:
        """A reference to a collection, such as many("variants?product=5")."""
        return self._reference(False, url)

    def _reference(self, id: int | bool, url: str) -> Record:
        path, mark, query = url.partition("?")
        link = f"https://{HOSTS[self.cluster]}/{self.language}/{path}.json{mark}{query}"
        return {"resource": {"id": id, "url": url, "link": link}}

    def spoken(self, code: str | None) -> Record | bool:
        """The language object of a customer or order; False if there is none."""
        for row in self.languages:
            if row["code"] == code:
                return {name: row[name] for name in ("id", "code", "locale", "title")}
        return False

    def country(self, code: str | None) -> Record | bool:
        """The country object of a two-letter code; False if there is none."""
        return country(code) if code else False

    def files(self, file: int, name: str) -> Record:
        """`thumb` and `src` of an image file."""
        base = f"https://{CDNS[self.cluster]}/shops/{self.facts['id']}/files/{file}"
        return {"thumb": f"{base}/50x50x2/{name}", "src": f"{base}/{name}"}

    def short_image(self, image: Record | None) -> Record | bool:
        """An image as catalog.json shows it, under its file id."""
        return False if image is None else {"id": image["id"], **self.files(image["id"], _FILE)}

    def image(self, image: Record | None, owner: Record) -> Record | bool:
        """An image as all other resources show it, without its id."""
        if image is None:
            return False
        title = self.text(image.get("title")) or "file"
        extension = image.get("ext") or "jpg"
        return {
            "createdAt": self.stamp(owner.get("createdAt")),
            "updatedAt": self.stamp(owner.get("updatedAt")),
            "extension": extension,
            "size": image.get("size") or 40_000 + image["id"] % 60_000,
            "title": title,
            **self.files(image["id"], f"{_slug(title)}.{extension}"),
        }

    def path(self, category: int) -> list[str]:
        """The category's id and its ancestors' ids as texts, its own first."""
        path: list[str] = []
        at: int | None = category
        while at is not None and str(at) not in path:
            path.append(str(at))
            at = self.parents.get(at)
        return path


def shop_of(state: State, language: str) -> Shop:
    """The state's shop in a language."""
    facts, cluster = state.fact("shop", {}), state.fact("cluster", "eu1")
    return Shop(facts, cluster, state.fact("languages", []), language)


_FILE: Final = "file.jpg"


def number(value: float | int | None) -> float | int:
    """An amount with at most four decimals, an int where it is whole, as PHP writes it."""
    if not value:
        return 0
    rounded = round(value, 4)
    return int(rounded) if rounded == int(rounded) else rounded


@lru_cache(maxsize=65_536)
def _local(stamp: str, zone: str) -> str:
    return datetime.fromisoformat(stamp).astimezone(ZoneInfo(zone)).isoformat()


@lru_cache(maxsize=8_192)
def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "file"


def addresses(shop: Shop, record: Record, with_region_data: bool) -> dict[str, Any]:
    """The two addresses of an order or customer, flattened into addressBilling… and
    addressShipping… fields."""
    flat: dict[str, Any] = {}
    for side in ("addressBilling", "addressShipping"):
        address = record.get(side) or {}
        if side == "addressShipping":
            flat[f"{side}Company"] = address.get("Company") or False
        for name in _ADDRESS:
            flat[side + name] = address.get(name) or ""
        flat[f"{side}Country"] = shop.country(address.get("Country"))
        if with_region_data:
            flat[f"{side}RegionData"] = False
    return flat


_ADDRESS: Final = (
    "Name",
    "Street",
    "Street2",
    "Number",
    "Extension",
    "Zipcode",
    "City",
    "Region",
)
