"""Parsers of pages and of the shop itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from sync.shapes.plain import name, plain_text
from sync.shapes.records import Blog, Language, Page, Shop
from sync.shapes.values import (
    ShapeError,
    flag,
    identifier,
    is_empty,
    moment,
    record,
    reference,
    shown,
    stamp,
    text,
)

NO_CODES: Final[Mapping[int, str]] = MappingProxyType({})


def textpage(raw: object) -> Page:
    """Return a row of textpages.json; ShapeError without an id."""
    page_id, row = record("textpages", raw)
    return {
        "id": f"textpage-{page_id}",
        "type": "textpage",
        "visible": flag(row.get("isVisible", True)),
        "published": True,
        "published_at": None,
        "slug": text(row.get("url")),
        "blog": None,
        "title": name(row.get("title")),
        "text": plain_text(text(row.get("content"))),
        "language": None,
        "created": stamp(row.get("createdAt")),
        "updated": stamp(row.get("updatedAt")),
    }


def article(raw: object, codes: Mapping[int, str] = NO_CODES) -> Page:
    """Return a row of blogs/articles.json; `codes` are those of the shop's languages by id.
    ShapeError without an id."""
    page_id, row = record("blog articles", raw)
    published_at = moment(row.get("publishedAt"))
    page: Page = {
        "id": f"article-{page_id}",
        "type": "article",
        "visible": flag(row.get("isVisible", True)),
        "published": flag(row.get("isPublished")),
        "published_at": published_at or None,
        "slug": text(row.get("url")),
        "blog": reference(row.get("blog")),
        "title": name(row.get("title")),
        "text": plain_text(text(row.get("content"))) or plain_text(text(row.get("summary"))),
        "language": _spoken(row.get("language"), codes),
        "created": stamp(row.get("createdAt")),
        "updated": stamp(row.get("updatedAt")),
    }
    if published_at is None:
        page["unreadable"] = ["publishedAt"]
    return page


def _spoken(said: object, codes: Mapping[int, str]) -> str | None:
    """The code of the language that is said in any of its forms; None where none is. What the
    shop's languages do not explain stands for itself, and is the code of none."""
    if isinstance(said, dict):
        resource = said.get("resource")
        inner = resource if isinstance(resource, dict) else said
        told = text(inner.get("code")) or inner.get("id")
        said = told or (inner is said and any(said.values()) and said)
    if isinstance(said, str):
        said = said.strip()
    if is_empty(said):
        return None
    number = identifier(said)
    if number is not None:
        return codes.get(number) or str(number)
    return said if isinstance(said, str) else shown(said)


def blog(raw: object) -> Blog:
    """Return a row of blogs.json; ShapeError without an id."""
    blog_id, row = record("blogs", raw)
    return {"id": blog_id, "slug": text(row.get("url")), "title": name(row.get("title"))}


def language(raw: object) -> Language:
    """Return a row of languages.json; ShapeError without a code."""
    row = raw if isinstance(raw, dict) else {}
    code = text(row.get("code")).lower()
    if not code:
        raise ShapeError("shape.no_code")
    spoken: Language = {
        "code": code,
        "title": name(row.get("title")),
        "active": flag(row.get("isActive")),
        "default": flag(row.get("isDefault")),
    }
    number = identifier(row.get("id"))
    return spoken if number is None else {**spoken, "id": number}


def shop(raw: object) -> Shop:
    """Return shop.json's object (its id may be `"000001"`); ShapeError without an id."""
    shop_id, row = record("shop", raw)
    currency = row.get("currency")
    domain = text(row.get("mainDomain"))
    return {
        "id": shop_id,
        "domain": domain,
        "title": name(row.get("title")) or domain,
        "b2b": flag(row.get("isB2b")),
        "currency": text(currency.get("shortcode")) if isinstance(currency, dict) else "",
        "created": stamp(row.get("createdAt")),
    }
