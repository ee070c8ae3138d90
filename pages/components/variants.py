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
_MOST: Final = 8  # rows that are not folded
_STYLE: Final = """<style>
.st-key-variants table { width: 100%; font-size: .8125rem }
.st-key-variants :is(th, td) { padding: .25rem .3rem; overflow-wrap: anywhere }
</style>"""


def show(variants: Sequence[VariantEvidence]) -> None:
    """Draw a row for each; those after the first few are folded."""
    st.html(_STYLE)
    with st.container(key="variants"):
        _table(variants[:_MOST])
        rest = variants[_MOST:]
        if rest:
            with st.expander(t("evidence.more", count=len(rest))):
                _table(rest)


def _table(variants: Sequence[VariantEvidence]) -> None:
    heads = [t(f"variant.{name}") for name in COLUMNS]
    rows = [heads, _SIDES, *map(_cells, variants)]
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
