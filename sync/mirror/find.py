"""Finding a record by what a merchant would name it by."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sync.mirror.file import Mirror

ENTITIES = {
    "product": "products",
    "order": "orders",
    "category": "categories",
    "customer": "customers",
    "page": "pages",
}


def find(mirror: Mirror, lang: str, entity: str, key: str) -> int | str | None:
    """The Lightspeed id (pages: `textpage-12`) of a record named by id, SKU, EAN, article code,
    URL, title, order number or e-mail; None if the mirror has none."""
    key = key.strip()
    return _FINDERS[ENTITIES.get(entity, entity)](mirror, lang, key)


def slug_from(key: str) -> str:
    """The slug in a shop URL, without host, language and `.html`; a bare slug stays."""
    path = urlsplit(key).path.strip("/") if "/" in key else key
    path = re.sub(r"\.html$", "", path)
    return re.sub(r"^[a-z]{2}/", "", path)


def _first(mirror: Mirror, sql: str, *args: object) -> int | str | None:
    row = mirror.conn.execute(sql, args).fetchone()
    return None if row is None else row[0]


def _product(mirror: Mirror, lang: str, key: str) -> int | str | None:
    tries: list[tuple[str, tuple[object, ...]]] = []
    if key.isdigit() and len(key) < 19:
        tries.append(("SELECT id FROM product WHERE lang = ? AND id = ?", (lang, int(key))))
        tries.append(("SELECT product FROM variant WHERE lang = ? AND id = ?", (lang, int(key))))
    for column in ("sku", "ean", "code"):
        sql = f"SELECT product FROM variant WHERE lang = ? AND {column} = ? AND {column} <> ''"  # noqa: S608
        tries.append((f"{sql} ORDER BY product LIMIT 1", (lang, key)))
    tries.append(("SELECT id FROM product WHERE lang = ? AND slug = ?", (lang, slug_from(key))))
    tries.extend(_by_title("product", lang, key))
    return _any(mirror, tries)


def _order(mirror: Mirror, lang: str, key: str) -> int | str | None:
    tries: list[tuple[str, tuple[object, ...]]] = [
        ("SELECT id FROM orders WHERE number = ? ORDER BY id DESC LIMIT 1", (key,))
    ]
    if key.isdigit() and len(key) < 19:
        tries.append(("SELECT id FROM orders WHERE id = ?", (int(key),)))
    return _any(mirror, tries)


def _category(mirror: Mirror, lang: str, key: str) -> int | str | None:
    tries: list[tuple[str, tuple[object, ...]]] = []
    if key.isdigit() and len(key) < 19:
        tries.append(("SELECT id FROM category WHERE lang = ? AND id = ?", (lang, int(key))))
    tries.append(("SELECT id FROM category WHERE lang = ? AND slug = ?", (lang, slug_from(key))))
    tries.extend(_by_title("category", lang, key))
    return _any(mirror, tries)


def _customer(mirror: Mirror, lang: str, key: str) -> int | str | None:
    tries: list[tuple[str, tuple[object, ...]]] = []
    if key.isdigit() and len(key) < 19:
        tries.append(("SELECT id FROM customer WHERE id = ?", (int(key),)))
    if "@" in key:
        tries.append(("SELECT id FROM customer WHERE email = ?", (key.casefold(),)))
    return _any(mirror, tries)


def _page(mirror: Mirror, lang: str, key: str) -> int | str | None:
    tries: list[tuple[str, tuple[object, ...]]] = [
        ("SELECT id FROM page WHERE lang = ? AND id = ?", (lang, key)),
        ("SELECT id FROM page WHERE lang = ? AND id = ?", (lang, f"textpage-{key}")),
        ("SELECT id FROM page WHERE lang = ? AND id = ?", (lang, f"article-{key}")),
        (
            "SELECT id FROM page WHERE lang = ? AND slug = ?",
            (lang, slug_from(key).rsplit("/", 1)[-1]),
        ),
    ]
    tries.extend(_by_title("page", lang, key))
    return _any(mirror, tries)


def _by_title(table: str, lang: str, key: str) -> list[tuple[str, tuple[object, ...]]]:
    like = "%" + re.sub(r"([%_\\])", r"\\\1", key) + "%"
    sql = f"SELECT id FROM {table} WHERE lang = ? AND title"  # noqa: S608
    return [
        (f"{sql} = ? COLLATE NOCASE ORDER BY id LIMIT 1", (lang, key)),
        (f"{sql} LIKE ? ESCAPE '\\' ORDER BY length(title), id LIMIT 1", (lang, like)),
    ]


def _any(mirror: Mirror, tries: list[tuple[str, tuple[object, ...]]]) -> int | str | None:
    for sql, args in tries:
        found = _first(mirror, sql, *args)
        if found is not None:
            return found
    return None


_FINDERS = {
    "products": _product,
    "orders": _order,
    "categories": _category,
    "customers": _customer,
    "pages": _page,
}
