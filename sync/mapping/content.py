"""Categories and pages as Clerk.io gets them."""

from __future__ import annotations

from typing import Any

from sync.mapping.common import Context
from sync.shapes import Category, Page, url_path


def category_payload(cat: Category, c: Context) -> dict[str, Any]:
    """Return the category for POST /categories, with the direct children that go."""
    payload: dict[str, Any] = {"id": cat["id"], "subcategories": c.children.get(cat["id"], [])}
    if cat["title"]:
        payload["name"] = cat["title"]
    if path := url_path(cat["slug"], (c.shop.language,)):
        payload["url"] = f"{c.prefix}{path}/"
    return payload


def page_payload(page: Page, c: Context) -> dict[str, Any]:
    """Return the page for POST /pages."""
    fields = {"title": page["title"], "text": page["text"], "url": _page_url(page, c)}
    return {
        "id": page["id"],
        "type": page["type"],
        **{field: value for field, value in fields.items() if value},
    }


def _page_url(page: Page, c: Context) -> str:
    lead = ["service"] if page["type"] == "textpage" else ["blogs", _blog_path(page, c)]
    path = url_path(page["slug"], (c.shop.language, *lead))
    return c.prefix + "".join(f"{part}/" for part in (*lead, path) if part) if path else ""


def _blog_path(page: Page, c: Context) -> str:
    blog = c.blogs.get(page["blog"]) if page["blog"] is not None else None
    return url_path(blog or "", (c.shop.language, "blogs"))
