"""Values of products that could not be read, and so count as none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sync.mirror.base import MirrorFile
from sync.shapes import Product


class OddValue(NamedTuple):
    """What was there instead of a value; `variant` is 0 for the product's own fields."""

    product: int
    variant: int
    field: str
    value: str
    told: bool


def _odd_value(row: Sequence[Any]) -> OddValue:
    product, variant, field, value, told = row
    return OddValue(product, variant, field, value, bool(told))


class Odd(MirrorFile):
    """The odd values of a mirror's products."""

    def _put_odd(self, lang: str, products: Sequence[Product]) -> None:
        """Keep what is odd in these products now. A value that stays as it was has been told."""
        ids = [(lang, product["id"]) for product in products]
        # What is read again is written again; who was told of a value is not told twice.
        told = {
            (row.product, row.variant, row.field, row.value)
            for row in self._odd(lang, [product["id"] for product in products])
            if row.told
        }
        self.conn.executemany("DELETE FROM odd_value WHERE lang = ? AND product = ?", ids)
        self.conn.executemany(
            "INSERT OR REPLACE INTO odd_value VALUES (?, ?, ?, ?, ?, ?)",
            [
                (lang, product["id"], *odd, (product["id"], *odd) in told)
                for product in products
                for odd in product.get("odd", ())
            ],
        )

    def _odd(self, lang: str, products: Sequence[int]) -> list[OddValue]:
        marks = ",".join("?" * len(products))
        rows = self.conn.execute(
            "SELECT product, variant, field, value, told FROM odd_value"
            f" WHERE lang = ? AND product IN ({marks}) ORDER BY product, variant, field",
            [lang, *products],
        )
        return [_odd_value(row) for row in rows]

    def odd_values(self, lang: str, product: int) -> list[OddValue]:
        """What is odd in a product."""
        return self._odd(lang, [product])

    def odd_numbers(self, lang: str) -> Counter[str]:
        """How many values of each field cannot be read."""
        sql = "SELECT field, count(*) FROM odd_value WHERE lang = ? GROUP BY field ORDER BY field"
        return Counter(dict(self.conn.execute(sql, [lang]).fetchall()))

    def odd_samples(self, lang: str, field: str, most: int) -> list[OddValue]:
        """Some of a field's odd values, those that nobody was told of before the others."""
        rows = self.conn.execute(
            "SELECT product, variant, field, value, told FROM odd_value"
            " WHERE lang = ? AND field = ? ORDER BY told, product, variant LIMIT ?",
            [lang, field, most],
        )
        return [_odd_value(row) for row in rows]

    def odd_told(self, lang: str, fields: Iterable[str]) -> None:
        """People were told of these fields' values."""
        self.conn.executemany(
            "UPDATE odd_value SET told = 1 WHERE lang = ? AND field = ? AND NOT told",
            [(lang, field) for field in fields],
        )
