"""Categories, pages and the shop's lists of facts in the mirror."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from sync.database import immediate
from sync.entities import scope
from sync.mirror import facts
from sync.mirror.base import MirrorFile
from sync.mirror.packing import packed, revision
from sync.shapes import Blog, Category, Filter, Page, readable_path


class Content(MirrorFile):
    """The categories, pages and lists of a mirror, in each of its languages."""

    def put_categories(self, lang: str, rows: Sequence[tuple[Category, Any]], pass_id: int) -> None:
        """Store parsed categories with their raw records."""
        with immediate(self.db):
            known = dict(self.conn.execute("SELECT id, rev FROM category WHERE lang = ?", [lang]))
            records = []
            for category, raw in rows:
                flat = orjson.dumps(category | {"updated": 0})
                path = readable_path(category["slug"], (lang,))
                head = (lang, category["id"], revision(flat), category["title"], path)
                records.append((*head, flat, packed(raw), pass_id))
            self.conn.executemany(
                "INSERT OR REPLACE INTO category VALUES (?, ?, ?, ?, ?, ?, ?, ?)", records
            )
            if any(known.get(record[1]) != record[2] for record in records):
                self.moved(scope("categories", lang))

    def drop_categories(self, lang: str, pass_id: int) -> None:
        """Forget categories that the pass did not meet."""
        with immediate(self.db):
            sql = "DELETE FROM category WHERE lang = ? AND seen <> ?"
            if self.conn.execute(sql, [lang, pass_id]).rowcount:
                self.moved(scope("categories", lang))

    def categories(self, lang: str) -> dict[int, Category]:
        """The category tree by id."""
        rows = self.conn.execute("SELECT id, flat FROM category WHERE lang = ?", [lang])
        return {row[0]: orjson.loads(row[1]) for row in rows}

    def filters(self, lang: str) -> dict[int, Filter] | None:
        """The shop's filters by id; None if they were never read."""
        rows = self.fact(facts.filters(lang))
        return None if rows is None else {row["id"]: row for row in rows}

    def blogs(self, lang: str) -> dict[int, Blog]:
        """The shop's blogs by id."""
        return {row["id"]: row for row in self.fact(facts.blogs(lang))}

    def custom_statuses(self, lang: str) -> dict[int, str]:
        """Titles of the shop's own order statuses by id."""
        rows = self.fact(facts.custom_statuses(lang)) or ()
        return {row["id"]: row["title"] for row in rows}

    def put_pages(self, lang: str, rows: Sequence[tuple[Page, Any]], pass_id: int) -> None:
        """Store text pages and blog articles with their raw records."""
        with immediate(self.db):
            known = dict(self.conn.execute("SELECT id, rev FROM page WHERE lang = ?", [lang]))
            records = []
            for page, raw in rows:
                flat = orjson.dumps(page | {"updated": 0})
                path = readable_path(page["slug"], (lang,))
                head = (lang, page["id"], page["type"], revision(flat), page["title"], path)
                records.append((*head, flat, packed(raw), pass_id))
            self.conn.executemany(
                "INSERT OR REPLACE INTO page VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", records
            )
            if any(known.get(record[1]) != record[3] for record in records):
                self.moved(scope("pages", lang))

    def drop_pages(self, lang: str, kind: str, pass_id: int) -> None:
        """Forget pages of a kind that the pass did not meet."""
        with immediate(self.db):
            sql = "DELETE FROM page WHERE lang = ? AND kind = ? AND seen <> ?"
            if self.conn.execute(sql, [lang, kind, pass_id]).rowcount:
                self.moved(scope("pages", lang))
