"""How every page is laid out: the answer first, then a table that takes what is left of the window,
and beside it the panel of the chosen record."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Final, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

LOGO: Final = Path(__file__).with_name("logo.svg")
WIDE: Final = 1100
"""Pixels from which a panel stands beside the table; below it lies over it."""
FEW: Final = 10
"""Rows that fit into any window."""
_MENU: Final = 768
"""Pixels below which Streamlit folds the sidebar away, and its head holds the button for it."""

# Of the colours that Streamlit's JSON has on white, those of numbers, logical values and nothing
# are too pale to be read by everybody.
_READ: Final = {"38, 139, 210": "#1b6fab", "42, 161, 152": "#1f756f", "133, 153, 0": "#5f6d00"}
_JSON: Final = "\n".join(
    f"[data-testid=stJson] [style*='rgb({pale})'] {{ color: {dark} !important }}"
    for pale, dark in _READ.items()
)
# The dark theme's primary colour is dark enough for white on a button, and too dark to be read as
# a text: what is chosen takes the colour of links.
STYLE: Final = f"""
:is(button[data-variant=segmented_control], button[data-variant=pills],
  [data-testid=stTab])[data-selected=true] *,
button[data-testid=stPopoverButton][aria-expanded=true] * {{ color: var(--desk-link) }}
[data-testid=stMainBlockContainer] {{ max-width: 1600px }}
.stApp [data-testid=stCaptionContainer] {{
  opacity: 1; color: color-mix(in srgb, currentcolor 75%, transparent)
}}
[class*=st-key-answer] h1 {{ font-size: 1.0625rem; line-height: 1.5; padding: 0 }}
@media (min-width: 641px) {{
  [class*=st-key-answer] > [data-testid=stLayoutWrapper] > [data-testid=stHorizontalBlock]
    > [data-testid=stColumn]:first-child:not(:last-child) {{ flex: 1 1 0 }}
  [class*=st-key-answer] > [data-testid=stLayoutWrapper] > [data-testid=stHorizontalBlock]
    > [data-testid=stColumn]:last-child {{
    flex: 0 1 auto; width: auto; min-width: min-content; max-width: 55%
  }}
}}
[class*=st-key-head-] {{ flex-wrap: nowrap; overflow-wrap: anywhere }}
[class*=st-key-beside-]:not(:has([class*=st-key-panel-]))
  > div > [data-testid=stHorizontalBlock] > [data-testid=stColumn]:last-child {{ display: none }}
.st-key-menu .st-key-search button {{ justify-content: flex-start }}
[class*=st-key-hit-] button {{
  min-height: 2.1rem; padding-block: 0; text-align: left
}}
[class*=st-key-hit-] button > div {{ justify-content: flex-start; width: 100% }}
.st-key-door {{ margin-top: 12vh; overflow-wrap: anywhere }}
.st-key-door h1 {{ padding-top: .5rem }}
.st-key-who p {{ overflow: hidden; text-overflow: ellipsis }}
[class*=st-key-icon-] [data-testid=stPopoverButton] [data-testid=stMarkdownContainer] {{
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)
}}
.st-key-lang button {{ padding-inline: .5rem }}
[class*=st-key-steps] p > span {{ white-space: nowrap }}
body[aria-busy=true] {{ cursor: progress }}
{_JSON}
@media (max-width: {_MENU - 1}px) {{
  [data-testid=stMainBlockContainer] {{ padding-top: 4rem }}
}}
@media (min-width: {_MENU}px) {{
  [data-testid=stMainBlockContainer] {{ padding: .8rem 1.4rem 1rem }}
  [data-testid=stHeader] {{ height: 0; min-height: 0; z-index: 999992 }}
  [data-collapsed=true] ~ div [data-testid=stMainBlockContainer] {{ padding-top: 3rem }}
  [data-collapsed=true] ~ div [data-testid=stHeader] {{ height: 2.75rem }}
  [data-testid=stMainMenu] {{ position: fixed; left: 1.4rem; bottom: .6rem }}
  [data-testid=stSidebarHeader] {{ height: 3rem; margin-bottom: 0; padding-inline: 0 }}
  [data-testid=stSidebarUserContent] {{ padding: .2rem 0 3rem }}
  [data-testid=stSidebar][data-collapsed=false] {{
    width: 212px !important; min-width: 212px !important
  }}
}}
@media (max-width: {WIDE}px) {{
  [class*=st-key-beside-] > div > [data-testid=stHorizontalBlock]
    > [data-testid=stColumn]:first-child {{ min-width: 100% }}
  [class*=st-key-panel-] {{
    position: fixed; inset: 0 0 0 auto; width: min(440px, 100vw); z-index: 999990;
    overflow-y: auto; background: var(--desk-background);
    box-shadow: 0 0 2rem rgb(0 0 0 / .25)
  }}
}}
"""


def style() -> None:
    """Give the page its measures, and its own colours, which follow a change of theme at once."""
    own = {"background": _either("backgroundColor"), "link": _either("linkColor")}
    root = "; ".join(f"--desk-{name}: {color}" for name, color in own.items())
    st.html(f"<style>:root {{ {root} }}{STYLE}</style>")


def head(panel: str) -> DeltaGenerator:
    """Return the place of a panel's heading and of the button at its right that closes it."""
    return st.container(horizontal=True, vertical_alignment="center", key=f"head-{panel}")


def popover(label: str, *, icon: str, key: str) -> PopoverContainer:
    """Return a button's list; what fills it is drawn only while it is `open`."""
    return st.popover(label, icon=icon, type="tertiary", key=key, on_change="rerun")


def _either(color: str) -> str:
    """A colour of the theme that is on, as CSS: a theme changes without a rerun."""
    light, dark = (st.get_option(f"theme.{name}.{color}") for name in ("light", "dark"))
    return f"light-dark({light}, {dark})"


def answer(sentence: str, grey: str | None = None) -> DeltaGenerator:
    """Draw a page's first line: the answer in one sentence (Markdown, the page's only h1), and one
    grey line under it. Returns the place at its right for the things to do, as wide as they are."""
    with st.container(key="answer"):
        said, acts = st.columns([5, 2], vertical_alignment="top")
    said.title(sentence, anchor=False)
    if grey:
        said.caption(grey)
    return acts.container(
        horizontal=True, horizontal_alignment="right", vertical_alignment="center"
    )


def fill(key: str, *, above: int, least: int = 320) -> DeltaGenerator:
    """Return a container that is as high as the window without the `above` pixels over it, and at
    least `least` pixels."""
    name = f"fill-{key}"
    height = f"max({least}px, calc(100vh - {above}px))"
    both = f":is(.st-key-{name}, [data-testid=stLayoutWrapper]:has(> .st-key-{name}))"
    st.html(f"<style>{both} {{ height: {height} !important; flex: none !important }}</style>")
    return st.container(key=name, height=least, border=False)


def room(
    key: str, rows: int, *, above: int
) -> tuple[AbstractContextManager[Any], Literal["stretch", "content"]]:
    """Return where a table of so many rows stands, and its height: a short one is as high as its
    rows, any other fills the window below the `above` pixels over it."""
    if rows <= FEW:
        return nullcontext(), "content"
    return fill(key, above=above), "stretch"


def beside(
    open_: bool, *, key: str, above: int | None = None
) -> tuple[DeltaGenerator, DeltaGenerator | None]:
    """Return the place of a table, and of the panel at its right while `open_`. The table's place
    stays the same element, so that it keeps what it shows when a panel opens or closes. With
    `above` (pixels over it) the panel ends where the window does, and scrolls."""
    if above is not None:
        st.html(
            f"<style>@media (min-width: {WIDE + 1}px) {{ .st-key-panel-{key} {{"
            f" max-height: calc(100vh - {above}px); overflow-y: auto }} }}</style>"
        )
    with st.container(key=f"beside-{key}"):
        table, side = st.columns([2.25, 1])
    return table, side.container(key=f"panel-{key}", border=True) if open_ else None
