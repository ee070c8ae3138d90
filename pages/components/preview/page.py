"""The Preview page from top to bottom: the table is the page, and what stands above it is short."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st

from pages.components import drawing
from pages.components.preview import (
    columns,
    contrast,
    draft_panel,
    entities,
    exports,
    filters,
    flow,
    head,
    table,
)
from pages.components.preview.plan import Shown, kept

# The table and the panel take what the window has left, however high the lines above them are. The
# grid's own search, sort and statistics know the rows of one page alone.
_STYLE: Final = """
.st-key-preview-filters button { padding: 0 .6rem; font-size: .8125rem; min-height: 2.25rem }
.st-key-preview-draft [data-testid=stMarkdown] p {
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis
}
.st-key-panel-preview :is(h2, h3) { padding: 0; line-height: 1.4; overflow-wrap: anywhere }
.st-key-panel-preview [data-testid=stHeading] > div { margin-bottom: 0 }
.st-key-panel-preview h2 { font-size: 1rem }
.st-key-panel-preview h3 { font-size: .9375rem; margin-top: .5rem }
.st-key-preview-grid [data-testid=stElementToolbar] { display: none }
[data-testid=stDataFrameColumnMenu] [role=menu] > :nth-child(n+2):nth-child(-n+5) { display: none }
@media (max-width: 1439px) {
  .st-key-preview-reset [data-testid=stMarkdownContainer] {
    position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)
  }
}
@media (min-width: 768px) {
  [data-testid=stMainBlockContainer] > [data-testid=stVerticalBlock]:has(.st-key-beside-preview) {
    height: calc(100vh - 1.8rem)
  }
  [data-testid=stMainBlockContainer] > [data-testid=stVerticalBlock] > * { flex-shrink: 0 }
  [data-testid=stMainBlockContainer] [data-testid=stLayoutWrapper]:has(.st-key-beside-preview) {
    flex: 1 1 0 !important; min-height: 26rem
  }
  .st-key-beside-preview, .st-key-beside-preview > div,
  .st-key-beside-preview > div > [data-testid=stHorizontalBlock] { height: 100% }
  .st-key-beside-preview [data-testid=stColumn]:first-child { height: 100% }
}
@media (min-width: 1101px) {
  .st-key-beside-preview [data-testid=stColumn]:last-child { position: relative }
  .st-key-panel-preview { position: absolute; inset: 0; overflow-y: auto; flex-wrap: nowrap }
}
"""


def show(plan: Shown) -> None:
    """The answer, the kinds of records and the draft, the picture, the filters, the records."""
    st.html(f"<style>{_STYLE}</style>")
    head.show(plan)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        entities.tabs(plan)
        draft_panel.show(plan)
    _records(plan)


@partial(drawing.fragment, key=filters.RECORDS)
@kept()
def _records(plan: Shown) -> None:
    """The picture, the filters, the records: what clicks change without a new plan, so that they
    draw nothing else."""
    entity = entities.chosen()
    if entities.never_read(plan, entity):
        return
    picture = st.container()
    with st.container(
        key="preview-filters", horizontal=True, vertical_alignment="center", gap="small"
    ):
        view = filters.chosen(plan, entity)
        contrast.chooser(plan, entity, view)
        columns.chooser(entity, draft=bool(plan.draft))
        exports.chooser(plan, entity, view)
    with picture:
        flow.show(plan, entity, view)
        if remarks := entities.remarks(plan, entity):
            st.caption(remarks)
    table.show(plan, entity, view)
