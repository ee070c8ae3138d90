"""What is behind the stores that are not in order: a card for each cause, the worst first; a line
each on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from pages.components import format, links
from pages.components.overview import filters, panel, words
from pages.components.texts import plain, t
from sync import causes
from sync.overview import Group
from sync.status import STATUS_PAGES
from sync.store import Desk

MOST: Final = 3
HEIGHT: Final = 96  # pixels
_NAMED: Final = 2
_STYLE: Final = """<style>
[class*=st-key-overview-card] { flex-wrap: nowrap; padding: .6rem .9rem }
[class*=st-key-overview-card] > :first-child { min-width: 0 }
[class*=st-key-overview-card] > :last-child { flex: none }
@media (max-width: 640px) {
  [data-testid=stHorizontalBlock]:has(> [data-testid=stColumn] [class*=st-key-overview-card]) {
    gap: .4rem
  }
  [class*=st-key-overview-card] { padding: 0 .6rem; min-height: 2.6rem }
  [class*=st-key-overview-card] p {
    white-space: nowrap; overflow: hidden; text-overflow: ellipsis; font-size: .875rem
  }
  [class*=st-key-overview-card] :is(br, br ~ *) { display: none }
  [class*=st-key-overview-card] > :last-child [data-testid=stMarkdownContainer] {
    position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%)
  }
}
</style>"""


def draw(groups: Sequence[Group], names: dict[str, str], desk: Desk) -> int:
    """Draw the cards; returns how high they are in pixels."""
    shown = groups[:MOST]
    if not shown:
        return 0
    st.html(_STYLE)
    for place, group in zip(st.columns(len(shown)), shown, strict=True):
        with place.container(
            border=True,
            horizontal=True,
            vertical_alignment="center",
            height="stretch",
            key=f"overview-card-{group.cause}",
        ):
            st.markdown(_told(group, names, desk), width="stretch")
            _mend(group)
    return HEIGHT


def _told(group: Group, names: dict[str, str], desk: Desk) -> str:
    count = t("overview.stores", count=format.number(len(group.lines)))
    color, cause = words.COLORS[group.state], plain(words.cause(group.cause))
    more = _outage(group, desk) if group.state == "waiting" else _whose(group, names)
    return f":{color}-badge[{count}] **{cause}**  \n:small[{more}]"


def _whose(group: Group, names: dict[str, str]) -> str:
    some = [plain(names.get(line.store, line.name)) for line in group.lines[:_NAMED]]
    more = len(group.lines) - len(some)
    named = (
        ", ".join(some)
        if not more
        else t("overview.and_more", names=", ".join(some), count=format.number(more))
    )
    if group.since is None:
        return named
    return t("overview.since", when=plain(format.clock(group.since)), names=named)


def _outage(group: Group, desk: Desk) -> str:
    """That they go on by themselves, when it is tried again, and where the side says how it is."""
    side = group.cause.removesuffix("_outage")
    known = [each for each in desk.outages() if each.side == side and each.waiting]
    if not known:
        return t("overview.outage_over")
    values = {
        "since": plain(format.clock(min(each.since for each in known))),
        "next": plain(format.clock(min(each.next for each in known))),
    }
    return t("overview.outage", link=STATUS_PAGES[side], **values)


def _mend(group: Group) -> None:
    """The one way to mend it: the keys of the shop, the run, else the list of these stores."""
    first = group.lines[0]
    if group.cause in causes.KEYS and len({line.shop for line in group.lines}) == 1:
        panel.to_keys(first, t("overview.mend.keys"))
    elif len(group.lines) > 1:
        st.button(
            t("overview.mend.show"),
            key=f"overview:show:{group.cause}",
            type="tertiary",
            icon=":material/arrow_forward:",
            icon_position="right",
            on_click=filters.only_cause,
            args=(group.cause,),
        )
    elif first.run is None:
        label = t("page.preview")
        links.to("preview", label=label, icon=":material/visibility:", store=first.store)
    else:
        label = t("overview.mend.look" if group.state == "look" else "overview.mend.run")
        panel.to_run(first, label, ":material/arrow_forward:")
