"""Parsers of pages and of the shop itself."""

from __future__ import annotations

from sync.shapes.plain import name, plain_text
from sync.shapes.records import Blog, Language, Page, Shop
from sync.shapes.values import ShapeError, flag, record, reference, stamp, text


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


def article(raw: object) -> Page:
    """Return a row of blogs/articles.json; ShapeError without an id."""
    page_id, row = record("blog articles", raw)
    spoken = row.get("language")
    return {
        "id": f"article-{page_id}",
        "type": "article",
        "visible": flag(row.get("isVisible", True)),
        "published": flag(row.get("isPublished")),
        "published_at": stamp(row.get("publishedAt")) or None,
        "slug": text(row.get("url")),
        "blog": reference(row.get("blog")),
        "title": name(row.get("title")),
        "text": plain_text(text(row.get("content"))) or plain_text(text(row.get("summary"))),
        "language": (text(spoken.get("code")) or None) if isinstance(spoken, dict) else None,
        "created": stamp(row.get("createdAt")),
        "updated": stamp(row.get("updatedAt")),
    }


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
    return {
        "code": code,
        "title": name(row.get("title")),
        "active": flag(row.get("isActive")),
        "default": flag(row.get("isDefault")),
    }


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
