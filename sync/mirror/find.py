"""Finding a record by what a merchant would name it by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from sync.mirror.file import Mirror
from sync.mirror.titles import title_sql

ENTITIES = {
    "product": "products",
    "order": "orders",
    "category": "categories",
    "customer": "customers",
    "page": "pages",
}


class Try(NamedTuple):
    """One way to read a key: `sql` gives the ids, best first; `matched` says what the key is
    then. A title may also be met in part."""

    matched: str
    sql: str
    args: tuple[object, ...]
    exact: bool = True


class Match(NamedTuple):
    """A record that a key may mean; `exact` is false where the key is only a part of its title."""

    entity: str
    id: int | str
    title: str
    matched: str
    exact: bool


def find(mirror: Mirror, lang: str, entity: str, key: str) -> int | str | None:
    """The Lightspeed id (pages: `textpage-12`) of a record named by id, SKU, EAN, article code,
    URL, title, order number or e-mail; None if the mirror has none."""
    for attempt in _tries(entity, lang, key):
        row = mirror.conn.execute(f"{attempt.sql} LIMIT 1", attempt.args).fetchone()
        if row is not None:
            found: int | str = row[0]
            return found
    return None


def matches(mirror: Mirror, lang: str, entity: str, key: str, limit: int) -> list[Match]:
    """Every record of an entity that the key may mean, best first: what it names exactly, then
    titles that hold it, the shortest first."""
    plural = ENTITIES.get(entity, entity)
    found: dict[int | str, Match] = {}
    for attempt in _tries(plural, lang, key):
        rows = mirror.conn.execute(f"{attempt.sql} LIMIT ?", (*attempt.args, limit))
        for (source,) in rows.fetchall():
            if source not in found and len(found) < limit:
                title = title_of(mirror, lang, plural, source) or ""
                found[source] = Match(plural, source, title, attempt.matched, attempt.exact)
    return list(found.values())


def title_of(mirror: Mirror, lang: str, entity: str, source: int | str) -> str | None:
    """What a record is called; None if the mirror does not have it."""
    names = {"lang": lang, "entity": entity, "source": source}
    sql = f"SELECT {title_sql(':entity', ':source')}"
    title: str | None = mirror.conn.execute(sql, names).fetchone()[0]
    return title


def slug_from(key: str) -> str:
    """The slug in a shop URL, without host, language and `.html`; a bare slug stays."""
    path = urlsplit(key).path.strip("/") if "/" in key else key
    path = re.sub(r"\.html$", "", path)
    return re.sub(r"^[a-z]{2}/", "", path)


def number_from(key: str) -> int | None:
    """The id that a key of digits is."""
    return int(key) if key.isdecimal() and len(key) < 19 else None


def _tries(entity: str, lang: str, key: str) -> Iterator[Try]:
    key = key.strip()
    if key:
        yield from _WAYS[ENTITIES.get(entity, entity)](lang, key)


def _product(lang: str, key: str) -> Iterator[Try]:
    number = number_from(key)
    if number is not None:
        yield Try("id", "SELECT id FROM product WHERE lang = ? AND id = ?", (lang, number))
        yield Try("id", "SELECT product FROM variant WHERE lang = ? AND id = ?", (lang, number))
    for column in ("sku", "ean", "code"):
        sql = (
            f"SELECT DISTINCT product FROM variant WHERE lang = ? AND {column} IN (?, ?, ?)"  # noqa: S608
            f" AND {column} <> '' ORDER BY {column} <> ?, product"
        )
        yield Try(column, sql, (lang, key, key.upper(), key.lower(), key))
    yield Try("url", "SELECT id FROM product WHERE lang = ? AND slug = ?", (lang, slug_from(key)))
    yield from _titled("product", lang, key)


def _order(_lang: str, key: str) -> Iterator[Try]:
    yield Try("number", "SELECT id FROM orders WHERE number = ? ORDER BY id DESC", (key,))
    number = number_from(key)
    if number is not None:
        yield Try("id", "SELECT id FROM orders WHERE id = ?", (number,))


def _category(lang: str, key: str) -> Iterator[Try]:
    number = number_from(key)
    if number is not None:
        yield Try("id", "SELECT id FROM category WHERE lang = ? AND id = ?", (lang, number))
    yield Try("url", "SELECT id FROM category WHERE lang = ? AND slug = ?", (lang, slug_from(key)))
    yield from _titled("category", lang, key)


def _customer(_lang: str, key: str) -> Iterator[Try]:
    number = number_from(key)
    if number is not None:
        yield Try("id", "SELECT id FROM customer WHERE id = ?", (number,))
    if "@" in key:
        yield Try("email", "SELECT id FROM customer WHERE email = ?", (key.casefold(),))


def _page(lang: str, key: str) -> Iterator[Try]:
    for named in (key, f"textpage-{key}", f"article-{key}"):
        yield Try("id", "SELECT id FROM page WHERE lang = ? AND id = ?", (lang, named))
    slug = slug_from(key).rsplit("/", 1)[-1]
    yield Try("url", "SELECT id FROM page WHERE lang = ? AND slug = ?", (lang, slug))
    yield from _titled("page", lang, key)


def _titled(table: str, lang: str, key: str) -> Iterator[Try]:
    sql = f"SELECT id FROM {table} WHERE lang = ? AND"  # noqa: S608
    args = (lang, key.casefold())
    yield Try("title", f"{sql} folded(title) = ? ORDER BY id", args)
    yield Try(
        "title", f"{sql} instr(folded(title), ?) > 0 ORDER BY length(title), id", args, exact=False
    )


_WAYS = {
    "products": _product,
    "orders": _order,
    "categories": _category,
    "customers": _customer,
    "pages": _page,
}
