"""The course of one number over the last weeks, before what is usual for it: records in Clerk.io,
what a sync takes, or how many records have an attribute filled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf
from typing import Any, Final

import streamlit as st

from pages.components import asked, context, format
from pages.components.runs.colors import COLORS, HEIGHT, dark
from pages.components.texts import t
from sync import run
from sync.run.calendar import Points
from sync.store import StoreRow
from sync.usual import Range

_CHOICE: Final = 20  # pixels that the choice of a line is higher than a caption
_NOTE: Final = 32  # that the note below the chart takes
_TOLD: Final = 3


@dataclass(frozen=True)
class _Line:
    """What can be chosen: its name and its days."""

    name: str
    points: Points
    percent: bool = False
    spread: float = 1.0

    def told(self, n: float) -> str:
        """A number of it, in words."""
        return format.share(n, 100) if self.percent else format.number(round(n))


def show(store: StoreRow) -> int:
    """Draw the line that is chosen, at first that of the products, and what is unusual today.
    Returns how many pixels it takes beyond those of a chart."""
    desk, zone = context.desk(), format.zone()
    held = run.course(desk, store, zone)
    if max((len(points) for points in held.values()), default=0) < 2:
        st.caption(t("runs.course"))
        with st.container(height=HEIGHT, border=False, vertical_alignment="center"):
            st.caption(t("runs.course_later"), text_alignment="center")
        return 0
    k = float(desk.options(store)["outlier_k"])
    rates = run.fill_rates(desk, store, zone)
    unusual = run.unusual_now(rates, k)
    lines = _counts(held) | _efforts(store) | _rates(rates, [each.field for each in unusual])
    chosen = _chosen(store, lines)
    ranges = run.ranges(chosen.points, k, chosen.spread)
    height = HEIGHT - _CHOICE
    st.echarts_chart(_drawn(chosen, ranges), height=height, key="runs:course", alt=_alt(chosen))
    if not unusual:
        return 0
    st.caption(_note(unusual))
    return _NOTE


def _counts(held: Mapping[str, Points]) -> dict[str, _Line]:
    return {entity: _Line(t(f"entity.{entity}"), points) for entity, points in held.items()}


def _efforts(store: StoreRow) -> dict[str, _Line]:
    efforts = run.efforts(context.desk(), store, format.zone())
    return {
        name: _Line(t(f"runs.effort.{name}"), points) for name, points in efforts.items() if points
    }


def _rates(rates: Mapping[run.Field, run.Rates], first: Sequence[run.Field]) -> dict[str, _Line]:
    """Those that are unusual today come first."""
    return {
        f"{field.entity}:{field.name}": _Line(
            t("runs.course_filled", field=field.name, what=t(f"entity.{field.entity}")),
            rates[field].points,
            percent=True,
            spread=rates[field].spread,
        )
        for field in [*first, *(field for field in rates if field not in first)]
    }


def _chosen(store: StoreRow, lines: Mapping[str, _Line]) -> _Line:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(t("runs.course"), width="stretch")
        key = st.selectbox(
            t("runs.course_of"),
            list(lines),
            format_func=lambda each: lines[each].name if each in lines else each,
            key=f"runs:course:{store.id}",
            on_change=asked.settle,
            label_visibility="collapsed",
            width=240,
        )
    return lines[key if key in lines else next(iter(lines))]


def _note(unusual: Sequence[run.Unusual]) -> str:
    told = [
        t(
            "runs.unusual",
            field=f"`{each.field.name}`",
            rate=format.share(each.rate, 100),
            low=format.share(each.usual.low, 100),
            high=format.share(min(100, each.usual.high), 100),
        )
        for each in unusual[:_TOLD]
    ]
    more = len(unusual) - len(told)
    if more:
        told.append(t("runs.unusual_more", n=format.number(more)))
    return f":orange[{t('runs.unusual_fields')}] {', '.join(told)}"


def _drawn(line: _Line, ranges: Mapping[date, Range]) -> dict[str, Any]:
    """The line before what is usual. Least and most stand at the axis: its own numbers are always
    written the English way."""
    days = [day for day, _ in line.points]
    axis = [days[0] + timedelta(days=n) for n in range((days[-1] - days[0]).days + 1)]
    longest = max(len(line.told(n)) for _, n in line.points)
    return {
        "animation": False,
        "tooltip": {"trigger": "axis", "confine": True, "valueFormatter": "localized"},
        "grid": {"left": 16 + 7 * longest, "right": 14, "top": 12, "bottom": 22},
        "xAxis": {
            "type": "category",
            "boundaryGap": False,
            "data": [format.short_day(day) for day in axis],
            "axisLabel": {"interval": len(axis) // 4, "hideOverlap": True},
        },
        "yAxis": {
            "type": "value",
            "scale": True,
            "axisLabel": {"show": False},
            "splitLine": {"show": False},
        },
        "series": [_line(line, axis, ranges), *_band(line, axis, ranges)],
    }


def _band(line: _Line, axis: Sequence[date], ranges: Mapping[date, Range]) -> list[dict[str, Any]]:
    """What is usual, as an area between its two ends; a day without a sync has that of the day
    before."""
    if not ranges:
        return []
    most = 100.0 if line.percent else inf
    known: list[Range | None] = []
    for day in axis:
        known.append(ranges.get(day, known[-1] if known else None))
    low = [each and round(each.low, 1) for each in known]
    wide = [each and round(min(each.high, most) - each.low, 1) for each in known]
    base: dict[str, Any] = {
        "type": "line",
        "name": line.name,
        "stack": "usual",
        "symbol": "none",
        "silent": True,
        "connectNulls": True,
        "lineStyle": {"opacity": 0},
        "tooltip": {"show": False},
    }
    return [{**base, "data": low}, {**base, "data": wide, "areaStyle": {"opacity": 0.16}}]


def _line(line: _Line, axis: Sequence[date], ranges: Mapping[date, Range]) -> dict[str, Any]:
    """A line; days that are out of their usual range are marked."""
    points = dict(line.points)
    ends = sorted({min(points.values()), max(points.values())})
    out = [day for day, n in points.items() if day in ranges and not ranges[day].holds(n)]
    return {
        "type": "line",
        "name": line.name,
        "data": [points.get(day) for day in axis],
        "connectNulls": True,
        "showSymbol": len(points) < 15,
        "symbolSize": 4,
        "lineStyle": {"width": 1.5},
        "markPoint": {
            "silent": True,
            "symbol": "circle",
            "symbolSize": 8,
            "label": {"show": False},
            "itemStyle": {"color": COLORS["failed"][dark()]},
            "data": [{"coord": [format.short_day(day), points[day]]} for day in out],
        },
        "markLine": {
            "silent": True,
            "symbol": "none",
            "lineStyle": {"type": "dotted", "opacity": 0.5},
            "label": {"position": "start", "formatter": "{b}", "color": "inherit"},
            "data": [{"yAxis": n, "name": line.told(n)} for n in ends],
        },
    }


def _alt(line: _Line) -> str:
    """What the line ends with, in words."""
    return f"{t('runs.course')}: {line.name} {line.told(line.points[-1][1])}"
