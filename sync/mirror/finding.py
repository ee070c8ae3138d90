"""Finding a record by what a merchant would name it by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from sync.database import folded
from sync.entities import plural_of
from sync.mirror import facts, keys
from sync.mirror.file import Mirror
from sync.mirror.keys import number_from
from sync.mirror.records import title_sql


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
    URL, title, order number or e-mail, or by words that stand in one title alone; None if the
    mirror has none."""
    for attempt in _tries(mirror, entity, lang, key):
        rows = mirror.conn.execute(f"{attempt.sql} LIMIT 2", attempt.args).fetchall()
        if rows and (attempt.exact or (len(rows) == 1 and _may_be_part(attempt, key))):
            source: int | str = rows[0][0]
            return source
    return None


def _may_be_part(attempt: Try, key: str) -> bool:
    """Whether a key that a record has as a part may mean it: a number in a title does not."""
    return attempt.matched != "title" or any(map(str.isalpha, key))


def matches(mirror: Mirror, lang: str, entity: str, key: str, limit: int) -> list[Match]:
    """Every record of an entity that the key may mean, best first: what it names exactly, then
    titles that hold it, the shortest first."""
    plural = plural_of(entity)
    by_source: dict[int | str, Match] = {}
    for attempt in _tries(mirror, plural, lang, key):
        rows = mirror.conn.execute(f"{attempt.sql} LIMIT ?", (*attempt.args, limit))
        for (source,) in rows.fetchall():
            if source not in by_source and len(by_source) < limit:
                title = title_of(mirror, lang, plural, source) or ""
                by_source[source] = Match(plural, source, title, attempt.matched, attempt.exact)
    return list(by_source.values())


def title_of(mirror: Mirror, lang: str, entity: str, source: int | str) -> str | None:
    """What a record is called; None if the mirror does not have it."""
    names = {"lang": lang, "entity": entity, "source": source}
    sql = f"SELECT {title_sql(':entity', ':source')}"
    title: str | None = mirror.conn.execute(sql, names).fetchone()[0]
    return title


def _tries(mirror: Mirror, entity: str, lang: str, key: str) -> Iterator[Try]:
    key = keys.readable(key)
    if key:
        yield from _WAYS[plural_of(entity)](mirror, lang, key)


def _product(mirror: Mirror, lang: str, key: str) -> Iterator[Try]:
    number = number_from(key)
    if number is not None:
        yield Try("id", "SELECT id FROM product WHERE lang = ? AND id = ?", (lang, number))
        yield _variant(lang, number)
    named = keys.codes(key)
    # By index, as it is written; the costlier reading without blanks and case comes after the
    # addresses.
    for column in ("sku", "ean", "code"):
        sql = (
            f"SELECT DISTINCT product FROM variant WHERE lang = ? AND {column} IN ({_marks(named)})"
            f" AND {column} <> '' ORDER BY {column} <> ?, product"
        )
        yield Try(column, sql, (lang, *named, key))
    asked = keys.address(key, _languages(mirror))
    yield from _addressed("product", lang, asked.slugs)
    if asked.variant is not None:
        yield _variant(lang, asked.variant)
    for column in ("sku", "code"):
        sql = (
            f"SELECT DISTINCT product FROM variant WHERE lang = ? AND {column} <> ''"
            f" AND replace(folded({column}), ' ', '') = ? ORDER BY product"
        )
        yield Try(column, sql, (lang, keys.tight(key)))
    yield from _titled("product", lang, key)


def _variant(lang: str, number: int) -> Try:
    return Try("id", "SELECT product FROM variant WHERE lang = ? AND id = ?", (lang, number))


def _addressed(table: str, lang: str, slugs: Sequence[str]) -> Iterator[Try]:
    """By its slug in the store's language, then in another of the shop's languages."""
    for slug in slugs:
        yield Try("url", f"SELECT id FROM {table} WHERE lang = ? AND slug = ?", (lang, slug))
    if slugs:
        sql = (
            f"SELECT DISTINCT other.id FROM {table} other JOIN {table} own"
            f" ON own.lang = ? AND own.id = other.id WHERE other.slug IN ({_marks(slugs)})"
            " ORDER BY other.id"
        )
        yield Try("url", sql, (lang, *slugs))


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _languages(mirror: Mirror) -> list[str]:
    """The codes of the shop's languages, those that are switched off too."""
    return [row["code"] for row in mirror.fact(facts.LANGUAGES)]


def _order(_mirror: Mirror, _lang: str, key: str) -> Iterator[Try]:
    for written in keys.order_numbers(key):
        sql = "SELECT id FROM orders WHERE number = ? ORDER BY id DESC"
        yield Try("number", sql, (written,))
    number = number_from(key)
    if number is not None:
        yield Try("id", "SELECT id FROM orders WHERE id = ?", (number,))
        yield Try("number", _WITHOUT_PREFIX, (number,), exact=False)


# ORD00018 by 18 or 00018, where no other order ends so.
_WITHOUT_PREFIX: Final = (
    "SELECT max(id) FROM orders WHERE number GLOB '[^0-9]*'"
    " AND CAST(ltrim(upper(number), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ-_/#. ') AS INTEGER) = ?"
    " HAVING count(*) = 1"
)


def _category(mirror: Mirror, lang: str, key: str) -> Iterator[Try]:
    number = number_from(key)
    if number is not None:
        yield Try("id", "SELECT id FROM category WHERE lang = ? AND id = ?", (lang, number))
    yield from _addressed("category", lang, keys.address(key, _languages(mirror)).slugs)
    yield from _titled("category", lang, key)


def _customer(mirror: Mirror, _lang: str, key: str) -> Iterator[Try]:
    number, forgotten = number_from(key), mirror.forgotten
    by_id = "SELECT id FROM customer WHERE id = ?"
    if number is not None:
        yield Try("id", by_id, (number,))
        if forgotten.customer(number):
            yield Try("id", by_id, (forgotten.stand_in(number),))
    if "@" in key:
        yield Try("email", "SELECT id FROM customer WHERE email = ?", (key.casefold(),))
        if forgotten.address(key):
            yield Try("email", _FORGOTTEN, (forgotten.mark(key),))


_FORGOTTEN: Final = (
    "SELECT id FROM customer WHERE id < 0 AND json_extract(CAST(flat AS TEXT), '$.mark') = ?"
)


def _page(mirror: Mirror, lang: str, key: str) -> Iterator[Try]:
    named = key.casefold()
    number = number_from(key)
    for each in (key, named, f"textpage-{number or named}", f"article-{number or named}"):
        yield Try("id", "SELECT id FROM page WHERE lang = ? AND id = ?", (lang, each))
    slugs = keys.address(key, _languages(mirror)).slugs
    last = dict.fromkeys(slug.strip("/").rsplit("/", 1)[-1] for slug in slugs)
    yield from _addressed("page", lang, tuple(last))
    yield from _titled("page", lang, key)


def _titled(table: str, lang: str, key: str) -> Iterator[Try]:
    sql, sought = f"SELECT id FROM {table} WHERE lang = ? AND", folded(key)
    if not sought:
        return
    args = (lang, sought)
    # Every title of the language is read: no index knows a part of one. So this comes last.
    yield Try("title", f"{sql} folded(title) = ? ORDER BY id", args)
    yield Try(
        "title", f"{sql} instr(folded(title), ?) > 0 ORDER BY length(title), id", args, exact=False
    )
    words = sought.split()[:_WORDS]
    if len(words) > 1:
        held = " AND ".join(["instr(folded(title), ?) > 0"] * len(words))
        yield Try("title", f"{sql} {held} ORDER BY length(title), id", (lang, *words), exact=False)


_WORDS: Final = 12  # of a title in another order, or with others between


_WAYS = {
    "products": _product,
    "orders": _order,
    "categories": _category,
    "customers": _customer,
    "pages": _page,
}
LIKELIEST: Final = tuple(_WAYS)  # kinds in the order in which one key is likely to mean them
