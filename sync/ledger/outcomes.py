"""What becomes of a record in a run, and the books that count it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final


class Outcome(StrEnum):
    """How one record ended; journal and books hold these words. A run has states, not outcomes."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    FAILED = "failed"
    REMOVED = "removed"  # beside the others: what leaves the filter is skipped as well


# As plain text: they are keys of JSON documents, where orjson takes no subclass of it.
OUTCOMES: Final = tuple(each.value for each in Outcome if each is not Outcome.REMOVED)

Books = Mapping[str, Mapping[str, Any]]


def balanced(books: Books) -> bool:
    """read = created + updated + unchanged + skipped + failed + not_sent, for each entity."""
    return all(
        book["read"] == sum(book[name] for name in OUTCOMES) + book.get("not_sent", 0)
        for book in books.values()
    )


def told_apart(book: Mapping[str, Any]) -> dict[str, Any]:
    """A book as a reader sees it: orders that wait for nothing but their lines `follow`, and are
    not among those skipped."""
    follow = book["reasons"].get("lines_pending", 0)
    return {**book, "follow": follow, "skipped": book["skipped"] - follow}


def failures(books: Books) -> int:
    """How many records of all entities failed."""
    return sum(book[Outcome.FAILED] for book in books.values())
