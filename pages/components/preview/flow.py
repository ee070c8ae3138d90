"""Where the records go, as one picture: a bar of the draft over one of the saved settings. A click
on a part shows its records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from pages.components import context, format
from pages.components.preview import filters
from pages.components.preview.plan import Shown
from pages.components.texts import t, why
from sync import preview
from sync.preview import Flow, FlowPart

Name = tuple[str, str | None]  # action and step of a part

# Fill and letters of each part; greys pass from part to part of what is left out.
_LIGHT: Final = {
    "create": ("#2f7d43", "#ffffff"),
    "update": ("#c98a2b", "#1d2b2b"),
    "follow": ("#2f6f9f", "#ffffff"),
    "remove": ("#b5483f", "#ffffff"),
}
_DARK: Final = {
    "create": ("#3f9a57", "#0c1111"),
    "update": ("#e0b060", "#0c1111"),
    "follow": ("#5b9fd0", "#0c1111"),
    "remove": ("#e08b83", "#0c1111"),
}
_GREYS: Final = {
    "light": (("#c3cdcd", "#1d2b2b"), ("#aab8b8", "#1d2b2b"), ("#5f7072", "#ffffff")),
    "dark": (("#46565a", "#f2f6f6"), ("#37464a", "#f2f6f6"), ("#8b9c9c", "#0c1111")),
}
_LEAST: Final = 0.022  # of the whole width: a part that cannot be hit is no filter
_WIDE, _NARROW = 0.006, 0.03  # of the width, for each letter; the second one of a phone's
_PHONE: Final = {"maxWidth": 480}
_ONLY: Final = "only"  # the one bar without a draft
_ROW: Final = 27  # pixels a bar


def show(plan: Shown, entity: str, view: filters.View) -> None:
    """Draw the picture and, as a number, what stays as it is."""
    desk, store = context.desk(), plan.store
    flows = {_ONLY: preview.flow(desk, store, plan.key, entity)}
    if plan.saved:
        saved = preview.flow(desk, store, plan.saved.key, entity)
        flows = {"live": saved, "draft": flows[_ONLY]}
    picture, stays = st.columns([6, 1], vertical_alignment="center", wrap=False)
    with picture:
        _picture(entity, flows, view)
    with stays:
        _unchanged(entity, [*flows.values()][-1].unchanged)


def _unchanged(entity: str, count: int) -> None:
    st.button(
        t("preview.unchanged", n=format.number(count)),
        key=f"preview.unchanged.{entity}",
        type="tertiary",
        disabled=not count,
        help=t("preview.unchanged_help"),
        on_click=filters.open_action,
        args=(entity, "unchanged"),
    )


def _picture(entity: str, flows: Mapping[str, Flow], view: filters.View) -> None:
    names = _names(flows)
    if not names:
        st.caption(t("preview.all_unchanged"))
        return
    key = f"preview.flow.{entity}.{st.session_state.get(filters.CLICKS, 0)}"
    st.echarts_chart(
        _spec(names, flows, view),
        height=_ROW * len(flows),
        key=key,
        theme=None,
        alt=_told(flows),
        on_select=lambda: _clicked(entity, key, names),
    )


def _clicked(entity: str, key: str, names: Sequence[Name]) -> None:
    for chosen in st.session_state[key].selection.selected:
        filters.open_part(entity, *names[chosen["series_index"]])


def _names(flows: Mapping[str, Flow]) -> list[Name]:
    """The parts that are not empty in every bar."""
    found = dict.fromkeys(
        (part.action, part.step)
        for parts in zip(*(flow.parts for flow in flows.values()), strict=True)
        for part in parts
        if any(each.count for each in parts)
    )
    return list(found)


def part_name(part: FlowPart) -> str:
    """What the records of a part are: what is done with them, or why they are left out."""
    named = (why(reason).rstrip(": ") for reason in part.reasons)  # of no field in particular
    return ", ".join(named) if part.step else t(f"action.{part.action}")


def _told(flows: Mapping[str, Flow]) -> str:
    """The picture for those who cannot see it."""
    said = []
    for bar, flow in flows.items():
        parts = ", ".join(
            f"{part_name(each)} {format.number(each.count)}" for each in flow.parts if each.count
        )
        said.append(f"{t(f'preview.bar.{bar}')}: {parts}" if bar != _ONLY else parts)
    return "; ".join(said)


def _spec(names: Sequence[Name], flows: Mapping[str, Flow], view: filters.View) -> dict[str, Any]:
    longest = max(flow.total for flow in flows.values())
    dark = st.context.theme.type == "dark"
    ink = "#e4ebeb" if dark else "#1d2b2b"
    series = [
        {
            "type": "bar",
            "stack": "records",
            "barWidth": _ROW - 7,
            "cursor": "pointer",
            "selectedMode": "single",
            "labelLayout": {"hideOverlap": True},
            "select": {"itemStyle": {"borderWidth": 0}},
            "data": [_datum(name, n, flow, longest, view, dark) for flow in flows.values()],
        }
        for n, name in enumerate(names)
    ]
    narrow = [
        {"data": [_datum(name, n, flow, longest, view, dark, _NARROW) for flow in flows.values()]}
        for n, name in enumerate(names)
    ]
    axis = {"show": False}
    bars = ["" if bar == _ONLY else t(f"preview.bar.{bar}") for bar in flows]
    return {
        "animation": False,
        "textStyle": {"fontFamily": "'Source Sans', sans-serif"},
        "grid": {"left": 0 if len(flows) == 1 else 62, "right": 0, "top": 0, "bottom": 0},
        "xAxis": {"type": "value", "show": False, "max": "dataMax"},
        "yAxis": {
            "type": "category",
            "data": bars,
            "axisLine": axis,
            "axisTick": axis,
            "axisLabel": {"show": len(flows) > 1, "color": ink, "fontSize": 12},
        },
        "tooltip": {"trigger": "item", "formatter": "{b}", "confine": True},
        "series": series,
        "media": [{"query": _PHONE, "option": {"series": narrow}}],
    }


def _datum(
    name: Name,
    number: int,
    flow: Flow,
    longest: int,
    view: filters.View,
    dark: bool,
    letter: float = _WIDE,
) -> dict[str, Any] | None:
    part = next(each for each in flow.parts if (each.action, each.step) == name)
    if not part.count:
        return None
    fill, letters = _colors(name, number, dark)
    chosen = view.shows(*name)
    return {
        "name": f"{part_name(part)}: {format.number(part.count)}",
        "value": max(part.count, _LEAST * longest),
        "itemStyle": {"color": fill, "opacity": 1 if chosen else 0.4},
        "label": {
            "show": True,
            "formatter": _label(part, longest, letter),
            "color": letters if chosen else "inherit",
            "fontSize": 11,
        },
    }


def _colors(name: Name, number: int, dark: bool) -> tuple[str, str]:
    action, step = name
    if step is None:
        return (_DARK if dark else _LIGHT)[action]
    greys = _GREYS["dark" if dark else "light"]
    return greys[number % len(greys)]


def _label(part: FlowPart, longest: int, letter: float) -> str:
    """Number and name as far as the part is wide enough for them."""
    count = format.number(part.count)
    whole = f"{count} {part_name(part)}"
    share = part.count / longest
    if share > letter * (len(whole) + 3):
        return whole
    return count if max(share, _LEAST) > letter * (len(count) + 0.7) else ""
