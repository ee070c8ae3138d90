"""A product's variants and what makes them sellable: a small table to read, not to work with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from pages.components import format
from pages.components.texts import lang, plain, t
from sync.explain import VariantEvidence
from sync.texts import labels

COLUMNS: Final = ("title", "sellable", "stock", "minimum", "tracking")
_SIDES: Final = ("---", "---", "--:", "--:", "---")
_MOST: Final = 6  # rows that are shown without scrolling
_HEIGHT: Final = 224  # pixels of more
_STYLE: Final = """<style>
.st-key-variants table { width: 100%; font-size: .8125rem }
.st-key-variants :is(th, td) { padding: .25rem .5rem }
</style>"""


def show(variants: Sequence[VariantEvidence]) -> None:
    """Draw a row for each; more than six scroll."""
    st.html(_STYLE)
    heads = [t(f"variant.{name}") for name in COLUMNS]
    rows = [heads, _SIDES, *map(_cells, variants)]
    many = len(variants) > _MOST
    with st.container(key="variants", height=_HEIGHT if many else "content", border=False):
        st.markdown("\n".join(f"| {' | '.join(row)} |" for row in rows))


def _cells(variant: VariantEvidence) -> list[str]:
    known = labels("tracking", lang())
    return [
        plain(variant.title or variant.id),
        t("option.yes" if variant.sellable else "option.no"),
        format.number(variant.stock),
        format.number(variant.minimum),
        plain(known.get(variant.tracking, variant.tracking)),
    ]
