"""Answers that are no list: the account, its permissions and windows, the shop and its parts.

Source: the documentation's sample answers of each path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from sync.sandbox.lightspeed.reader import Reader
from sync.sandbox.state import AREAS, Record
from sync.sandbox.windows import Windows


def _account(reader: Reader) -> Record:
    parts = ("signout", "permissions", "ratelimit", "metafields")
    references = {name: reader.shop.many(f"account/{name}") for name in parts}
    account = {"id": reader.shop.facts["id"], "appId": False, "apiKey": reader.key.key}
    return {"account": {**account, **references}}


def _permissions(reader: Reader) -> Record:
    allowed = reader.key.permissions
    rights = {area: {"read": area in allowed, "write": False} for area in AREAS}
    return {"accountPermissions": rights}


def _ratelimit(reader: Reader) -> Record:
    verdict = reader.verdict or Windows(now=reader.now).fresh()
    rows = zip(verdict.limit, verdict.remaining, verdict.reset, strict=True)
    names = ("limit5Min", "limitHour", "limitDay")
    windows = {
        name: {
            "limit": limit,
            "remaining": remaining,
            "reset": reset,
            "resetTime": datetime.fromtimestamp(int(reader.now()) + reset, UTC).isoformat(),
        }
        for name, (limit, remaining, reset) in zip(names, rows, strict=True)
    }
    return {"accountRatelimit": windows}


def _shop(reader: Reader) -> Record:
    shop = reader.shop
    parts = ("company", "limits", "javascript", "website", "scripts", "metafields")
    references = {name: shop.many(f"shop/{name}") for name in parts}
    created = {"createdAt": shop.stamp(shop.facts.get("createdAt"))}
    return {"shop": {**shop.facts, **created, **references}}


def _website(reader: Reader) -> Record:
    name = reader.shop.text(reader.shop.facts.get("title") or reader.shop.facts.get("subDomain"))
    website = {"name": name, "title": name, "description": "", "keywords": ""}
    return {"shopWebsite": website}


_ADDRESS: Final = (
    "phone",
    "email",
    "fax",
    "street",
    "street2",
    "zipcode",
    "city",
    "region",
    "country",
    "vatNumber",
    "cocNumber",
    "nationalId",
)
_BANK: Final = (
    "bankName",
    "bankAccountHolder",
    "bankAccountNumber",
    "bankLocation",
    "bankCode",
    "bankIban",
    "bankSwift",
)


def _company(reader: Reader) -> Record:
    facts = reader.shop.facts
    company = {"name": facts.get("subDomain") or "", "owner": None, "cocLocation": None}
    address = {name: facts.get(name, "") for name in _ADDRESS}
    return {"shopCompany": {**company, **address, **dict.fromkeys(_BANK, "")}}


_LIMITS: Final = {
    "maxAttributes": 200,
    "maxBrands": 1_000,
    "maxCategories": 2_000,
    "maxCurrencies": 10,
    "maxDeliverydates": 50,
    "maxDomainNames": 10,
    "maxDomainForwards": 10,
    "maxEmailAccounts": 10,
    "maxEmailForwards": 10,
    "maxFiles": 250,
    "maxFilesSize": 50,
    "maxFilters": 5,
    "maxFiltersValues": 15,
    "maxGroups": 50,
    "maxGroupsCustomers": 1_000,
    "maxLanguages": 10,
    "maxProducts": 10_000,
    "maxProductsCategories": 25,
    "maxProductsFiltersValues": 15,
    "maxProductsImages": 10,
    "maxProductsRelations": 5,
    "maxProductsTags": 25,
    "maxProductsVariants": 50,
    "maxRedirects": 500,
    "maxReviews": 100,
    "maxSuppliers": 10,
    "maxUserAccounts": 0,
    "maxTags": 1_000,
    "maxTaxes": 10,
    "maxTextpages": 20,
    "maxTypes": 50,
    "maxTypesAttributes": 100,
    "maxWebhooks": 10,
    "hasB2b": False,
    "hasCopyright": True,
    "hasFilters": True,
    "hasMultishop": False,
    "hasTemplateEditor": True,
    "hasTranslations": True,
}


def _limits(_: Reader) -> Record:
    return {"shopLimits": _LIMITS}


SINGLES: Final[Mapping[str, tuple[str, Callable[[Reader], Record]]]] = {
    "account": ("", _account),
    "account/permissions": ("", _permissions),
    "account/ratelimit": ("", _ratelimit),
    "shop": ("settings", _shop),
    "shop/website": ("settings", _website),
    "shop/company": ("settings", _company),
    "shop/limits": ("settings", _limits),
}
"""For each path the area of a key that opens it ("" for every key), and its answer."""
