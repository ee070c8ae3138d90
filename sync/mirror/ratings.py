"""Reviews and tags: what is read apart from the products that bear them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sync.database import immediate
from sync.mirror.products import Products
from sync.shapes import Review


class Ratings(Products):
    """The reviews and tags of a mirror's products."""

    def put_reviews(self, reviews: Sequence[Review], pass_id: int) -> None:
        """Store reviews; ratings move with `rate_products`."""
        self.conn.executemany(
            "INSERT OR REPLACE INTO review VALUES (?, ?, ?, ?, ?)",
            [(r["id"], r["product"], int(r["visible"]), r["score"], pass_id) for r in reviews],
        )

    def rate_products(self, pass_id: int) -> None:
        """After a complete pass: forget unseen reviews, set each product's mean and number."""
        with immediate(self.db):
            self.conn.execute("DELETE FROM review WHERE seen <> ?", [pass_id])
            fresh = {
                row[0]: (row[1], row[2])
                for row in self.conn.execute(
                    "SELECT product, avg(score), count(*) FROM review"
                    " WHERE visible AND product <> 0 GROUP BY product"
                )
            }
            old = {
                row[0]: (row[1], row[2])
                for row in self.conn.execute("SELECT id, rating, reviews FROM product_extra")
            }
            # Only products whose mean moved get a new revision: a plan reads nothing else anew.
            changed = {pid for pid in fresh.keys() | old.keys() if fresh.get(pid) != old.get(pid)}
            self.conn.executemany("DELETE FROM product_extra WHERE id = ?", [(p,) for p in changed])
            self.conn.executemany(
                "INSERT INTO product_extra VALUES (?, ?, ?)",
                [(pid, *fresh[pid]) for pid in changed if pid in fresh],
            )
            for lang in self.languages():
                self._restamp(lang, changed)

    def put_tag(self, lang: str, title: str, products: Iterable[int]) -> None:
        """Set which products carry a tag of this title."""
        with immediate(self.db):
            old = {
                row[0]
                for row in self.conn.execute(
                    "SELECT product FROM product_tag WHERE lang = ? AND title = ?", [lang, title]
                )
            }
            fresh = set(products)
            self.conn.execute("DELETE FROM product_tag WHERE lang = ? AND title = ?", [lang, title])
            self.conn.executemany(
                "INSERT INTO product_tag VALUES (?, ?, ?)", [(lang, pid, title) for pid in fresh]
            )
            self._restamp(lang, old ^ fresh)

    def drop_tags(self, lang: str, keep: Sequence[str]) -> None:
        """Forget tags that no setting names any more, or that the shop no longer has."""
        rows = self.conn.execute("SELECT DISTINCT title FROM product_tag WHERE lang = ?", [lang])
        for (title,) in rows.fetchall():
            if title not in keep:
                self.put_tag(lang, title, ())
