"""Categories and pages as Clerk.io gets them."""

from __future__ import annotations

from typing import Any

from sync.mapping.context import Context
from sync.shapes import Category, Page


def category_payload(cat: Category, c: Context) -> dict[str, Any]:
    """Return the category for POST /categories, with the direct children that go."""
    payload: dict[str, Any] = {"id": cat["id"], "subcategories": c.children.get(cat["id"], [])}
    if cat["title"]:
        payload["name"] = cat["title"]
    if cat["slug"]:
        payload["url"] = f"{c.prefix}{cat['slug']}/"
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
    if page["type"] == "textpage":
        parts = ["service", page["slug"]]
    else:
        blog = c.blogs.get(page["blog"]) if page["blog"] is not None else None
        parts = ["blogs", blog or "", page["slug"]]
    return c.prefix + "".join(f"{part}/" for part in parts if part) if page["slug"] else ""
