"""The lists of the catalogue, and where their rows lie."""

from __future__ import annotations

from sync.extract.keep import Source
from sync.extract.reading import Reading

COUNTED = ("products", "variants")


def products_of(r: Reading, path: str = "catalog") -> Source:
    """The products of the language, whichever way they are read."""
    return Source(
        path,
        "product",
        name="catalog",
        where="lang = ?",
        args=(r.lang,),
        entity="products",
        lang=r.lang,
        rank="record",
    )


def categories_of(r: Reading) -> Source:
    """The categories of the language."""
    return Source(
        "categories",
        "category",
        where="lang = ?",
        args=(r.lang,),
        entity="categories",
        lang=r.lang,
        rank="record",
    )


def helpers_of(r: Reading, path: str) -> Source:
    """A list of which an unusable row makes the run partial, and is no record itself."""
    return Source(path, entity="products", lang=r.lang, rank="note")


def staged_of(r: Reading, path: str) -> Source:
    """A list whose rows wait for their products."""
    return Source(
        path,
        "staging",
        where="kind = ?",
        args=(f"{r.lang}:{path}",),
        entity="products",
        lang=r.lang,
        rank="note",
    )
