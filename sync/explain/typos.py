"""Records that a key names with one typing error in it: a character too many, one too few, another
one, or two in each other's place."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import orjson

from sync.database import folded
from sync.mirror import Mirror

_LEAST: Final = 4  # characters of a word: shorter ones are near too many others
_LONGEST: Final = 40  # characters of a code
_WORDS: Final = 8
_MOST_CODES: Final = 5  # digits have many neighbours
_TITLED: Final = ("product", "category", "page")
_TYPED: Final = string.ascii_lowercase + string.digits + "-_./ "
_ENDS: Final = ".,;:!?()[]{}\"'„“”‘’«»"


class Near(NamedTuple):
    """A record one character away: `entity` is a plural, `read_as` the key without the error."""

    entity: str
    id: int | str
    title: str
    read_as: str


def nearly(mirror: Mirror, lang: str, key: str, limit: int) -> list[Near]:
    """Records whose SKU, EAN, article code or order number differs from the key by one character,
    else those whose titles have all words of the key but for one character, the shortest first."""
    if "@" in key or "/" in key:
        return []
    codes = list(_codes(mirror, lang, key))[: min(limit, _MOST_CODES)]
    return codes or list(_titles(mirror, lang, key, limit))


# -- codes ----------------------------------------------------------------------------------

# The plus keeps SQLite from reading every variant of the language.
_VARIANT: Final = (
    "SELECT DISTINCT p.id, p.title, v.{column} FROM variant v JOIN product p"
    " ON p.lang = v.lang AND p.id = v.product WHERE v.{column} <> '' AND +v.lang = ?"
    " AND v.{column} IN (SELECT value FROM json_each(?))"
)
_ORDER: Final = "SELECT id, number FROM orders WHERE number IN (SELECT value FROM json_each(?))"


def _codes(mirror: Mirror, lang: str, key: str) -> Iterator[Near]:
    """By index: every way to write the key with one error is looked up. The likeliest errors come
    first."""
    tight = "".join(key.split()).strip("#")
    if not _LEAST <= len(tight) <= _LONGEST or not any(map(str.isdigit, tight)):
        return
    near = {word: n for n, word in enumerate(_neighbours(tight))}
    written = orjson.dumps([*near, *(word.upper() for word in near)]).decode()
    found = [
        Near("orders", number, title, title)
        for number, title in mirror.conn.execute(_ORDER, [written]).fetchall()
    ]
    for column in ("sku", "ean", "code"):
        rows = mirror.conn.execute(_VARIANT.format(column=column), [lang, written])
        found += [Near("products", *row) for row in rows.fetchall()]
    yield from sorted(found, key=lambda hit: near[hit.read_as.lower()])


def _neighbours(word: str) -> list[str]:
    """Every word that differs from this one by one error, the likeliest errors first."""
    word = word.lower()
    letters = dict.fromkeys(word + _TYPED)
    cuts = [(word[:n], word[n:]) for n in range(len(word) + 1)]
    swapped = [a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1]
    shorter = [a + b[1:] for a, b in cuts if b]
    longer = [a + letter + b for a, b in cuts for letter in letters]
    other = [a + letter + b[1:] for a, b in cuts if b for letter in letters]
    return [each for each in dict.fromkeys([*swapped, *shorter, *longer, *other]) if each != word]


# -- titles ---------------------------------------------------------------------------------


def _titles(mirror: Mirror, lang: str, key: str, limit: int) -> Iterator[Near]:
    words = folded(key).split()[:_WORDS]
    if not any(len(word) >= _LEAST for word in words):
        return
    found = 0
    for table in _TITLED:
        for source, title, title_folded in _candidates(mirror, table, lang, words):
            read_as = _read_as(words, title_folded)
            if read_as and found < limit:
                found += 1
                yield Near(_PLURAL[table], source, title, read_as)


_PLURAL: Final = {"product": "products", "category": "categories", "page": "pages"}


def _candidates(
    mirror: Mirror, table: str, lang: str, words: Sequence[str]
) -> Iterator[tuple[int | str, str, str]]:
    """Titles with all words but one, and of that one at least a half: one error spoils no more,
    unless it exchanges the characters between the halves."""
    conditions, args = [], [lang]
    for n, word in enumerate(words):
        if len(word) >= _LEAST:
            at = len(word) // 2
            swapped = word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
            others = [*words[:n], *words[n + 1 :]]
            any_part = " OR ".join(["instr(f, ?)"] * 3)
            conditions.append(" AND ".join([f"({any_part})", *["instr(f, ?)"] * len(others)]))
            args += [word[:at], word[at:], swapped, *others]
    sql = (
        f"WITH known AS MATERIALIZED (SELECT id, title, folded(title) AS f FROM {table}"
        f" WHERE lang = ?) SELECT id, title, f FROM known WHERE {' OR '.join(conditions)}"
        " ORDER BY length(title), id"
    )
    yield from mirror.stream(sql, *args)


def _read_as(words: Sequence[str], title: str) -> str | None:
    """The words as the title writes them, if one error is all that parts them."""
    wrong = [n for n, word in enumerate(words) if word not in title]
    if len(wrong) != 1 or len(words[wrong[0]]) < _LEAST:
        return None
    meant = next((word for word in _parts(title) if one_apart(words[wrong[0]], word)), None)
    return meant and " ".join([*words[: wrong[0]], meant, *words[wrong[0] + 1 :]])


def _parts(title: str) -> Iterator[str]:
    """The words of a title, the parts of those with hyphens, and neighbours as one word."""
    words = [word.strip(_ENDS) for word in title.split()]
    yield from words
    for word in words:
        yield from re.split(r"[-/]", word)[: 2 * _WORDS]
    yield from (f"{first} {second}" for first, second in pairwise(words))


def one_apart(a: str, b: str) -> bool:
    """Whether at most one character is missing, too many, another one, or in the place of the next;
    a blank is a character too."""
    if abs(len(a) - len(b)) > 1:
        return False
    same = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
    same = min(len(a), len(b)) if same is None else same
    a, b = a[same:], b[same:]
    exchanged = a[:2] == b[:2][::-1] and a[2:] == b[2:]
    return exchanged or a[1:] == b[1:] or a == b[1:] or a[1:] == b
