"""What is the same while a page, or a part of it, is drawn, and so is asked once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pages.components import context, signin
from pages.components.texts import one_language
from sync.database import kept


@contextmanager
def part() -> Iterator[None]:
    """While a part of a page is drawn by itself: each file is opened once, and who is there and in
    which language they read is asked once. Raises what `context.desk` raises."""
    with kept(), one_language():
        context.desk()
        with signin.admitted():
            yield
