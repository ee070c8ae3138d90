"""Metafields: what products have beside their own record, read bit by bit; and the names that
their own records have, to know what could be found nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import orjson

from sync.database import immediate
from sync.mirror import facts
from sync.mirror.packing import revision
from sync.mirror.ratings import Ratings
from sync.names import name_key

Fields = Sequence[tuple[str, str]]  # key, value

_PENDING = (
    "FROM product p LEFT JOIN product_metafield m ON m.product = p.id"
    # A product whose updatedAt moved may have other metafields; nothing cheaper says so.
    " WHERE p.lang = ? AND (m.updated IS NULL OR m.updated <> p.updated)"
)


class Metafields(Ratings):
    """The metafields of a mirror's products, once for all languages."""

    def put_metafields(self, rows: Iterable[tuple[int, int, Fields]]) -> None:
        """Keep the metafields of products: id, its updatedAt as they were read, key and value
        of each."""
        with immediate(self.db):
            self.note(facts.METAFIELDS_READ, self.fact(facts.METAFIELDS_READ) + 1)
            moved = [pid for pid, updated, fields in rows if self._put(pid, updated, fields)]
            for lang in self.languages() if moved else ():
                self._restamp(lang, moved)

    def _put(self, pid: int, updated: int, fields: Fields) -> bool:
        """Whether a product has other metafields now."""
        # Sorted, for the list has no order that can be relied on.
        told = orjson.dumps(sorted(fields)).decode()
        rev = revision(told.encode()) if fields else 0
        old = self.metafield_revs([pid]).get(pid, 0)
        self.conn.execute(
            "INSERT OR REPLACE INTO product_metafield VALUES (?, ?, ?, ?)",
            [pid, updated, told, rev],
        )
        return old != rev

    def pending_metafields(self, lang: str, limit: int) -> list[tuple[int, int]]:
        """Products (id, updatedAt) whose metafields were not read as they are now."""
        sql = f"SELECT p.id, p.updated {_PENDING} ORDER BY p.id DESC LIMIT ?"
        return self.conn.execute(sql, [lang, limit]).fetchall()

    def metafields_missing(self, lang: str) -> int:
        """How many these are."""
        return self.number(f"SELECT count(*) {_PENDING}", lang)

    def metafields_of(self, keys: Iterable[str] | None = None) -> dict[int, dict[str, list[str]]]:
        """Values by key and product; only keys of these normalised names, if any are given."""
        wanted = None if keys is None else set(keys)
        sql = "SELECT product, fields FROM product_metafield WHERE rev <> 0"
        values: dict[int, dict[str, list[str]]] = {}
        for product, fields in self.conn.execute(sql):
            for key, value in orjson.loads(fields):
                if wanted is None or name_key(key) in wanted:
                    values.setdefault(product, {}).setdefault(key, []).append(value)
        return values

    def attribute_keys(self, lang: str) -> set[str] | None:
        """Normalised names of all that products have of their own; None before a whole catalogue
        was read."""
        if not self.fact(facts.attribute_names(lang)):
            return None
        sql = "SELECT name FROM attribute_name WHERE lang = ?"
        return {name_key(row[0]) for row in self.conn.execute(sql, [lang])}

    def keep_attribute_names(self, lang: str, pass_id: int) -> None:
        """After a complete pass: forget names that no product had in it, and
        metafields of products that are gone."""
        self.conn.execute("DELETE FROM attribute_name WHERE lang = ? AND seen < ?", [lang, pass_id])
        self.note(facts.attribute_names(lang), True)
        self.conn.execute(
            "DELETE FROM product_metafield WHERE product NOT IN (SELECT id FROM product)"
        )


def unfound(names: Iterable[str], keys: set[str] | None, tags: Iterable[str]) -> list[str]:
    """The custom attributes that no product has of its own, nor any tag its name; none where the
    catalogue is not known."""
    if keys is None:
        return []
    known = keys | {name_key(tag) for tag in tags} | {"data01", "data02", "data03"}
    return [name for name in names if name_key(name) not in known]


def grouped(rows: Iterable[Mapping[str, object]]) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """Metafields by product."""
    fields: dict[int, list[tuple[str, str]]] = {}
    for row in rows:
        product, value = row["product"], row["value"]
        if isinstance(product, int) and value:
            fields.setdefault(product, []).append((str(row["key"]), str(value)))
    return iter(fields.items())
