"""Long lists a page at a time, and tables with translated headers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st

from pages.components import asked, cells
from pages.components.texts import t

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a long list."""

    key: str
    number: int
    rows: Sequence[T]
    total: int
    pages: int

    def turner(self) -> None:
        """Draw the way to the other pages, if there are any."""
        if self.pages > 1:
            st.pagination(self.pages, key=self.key, persist_state="page", on_change=asked.settle)


def page(key: str, size: int, read: Callable[..., Mapping[str, Any]]) -> Page[Any]:
    """Read the page that the reader chose; the last one if there are fewer by now. `read` takes
    `limit` and `offset` and returns `rows` and their `total`."""
    number = int(st.session_state.get(key, 1))
    found = read(limit=size, offset=(number - 1) * size)
    pages = max(-(-found["total"] // size), 1)
    if number > pages:
        number = st.session_state[key] = pages
        found = read(limit=size, offset=(number - 1) * size)
    return Page(key, number, found["rows"], found["total"], pages)


def page_of(key: str, size: int, whole: Sequence[T]) -> Page[T]:
    """Return the page that the reader chose of a list in memory."""

    def read(limit: int, offset: int) -> dict[str, Any]:
        return {"rows": whole[offset : offset + limit], "total": len(whole)}

    return page(key, size, read)


def first(key: str) -> None:
    """Go back to the first page."""
    asked.settle()
    st.session_state[key] = 1


def table(
    rows: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    *,
    alt: str,
    config: Mapping[str, Any] | None = None,
    stamp: str = "",
    **more: Any,
) -> Any:
    """Draw a table of these columns, headed by the text `table.<name>` unless `config` has the
    column; return what `st.dataframe` returns. Behind the names is the `stamp` of `opened`."""
    heads = {**{name: t(f"table.{name}") for name in names}, **(config or {})}
    return st.dataframe(
        cells.arrow({f"{name}{stamp}": [row.get(name) for row in rows] for name in names}),
        hide_index=True,
        placeholder="",
        column_config={f"{name}{stamp}": head for name, head in heads.items()},
        alt=alt,
        **more,
    )
