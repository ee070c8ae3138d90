"""How the last weeks went: a square a day, and the course of what Clerk.io holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

import streamlit as st
from babel.dates import get_day_names, get_month_names

from pages.components import context, format
from pages.components.acts import act
from pages.components.runs.view import View, change
from pages.components.texts import t
from sync import run
from sync.database import Scope
from sync.store import Desk, StoreRow
from sync.usual import Range

HEIGHT: Final = 132  # of each chart, in pixels
_SQUARE: Final = 14
_COLORS: Final[Mapping[str, tuple[str, str]]] = {  # in the light theme, in the dark one
    "ok": ("#3b8f4f", "#3f9457"),
    "partial": ("#d9962f", "#d19a3f"),
    "failed": ("#b5483f", "#cf5b52"),
    "held": ("#8e6bb0", "#a383c6"),
    "on": ("#3d7fb8", "#4f93cc"),
    "other": ("#8b9c9c", "#74868a"),
    "missed": ("#4a4f57", "#e4ebeb"),
    "none": ("#e3e9e9", "#263233"),
}


def show(shown: View, found: Sequence[run.Day]) -> None:
    """The days, and beside them what Clerk.io holds of the one store that is shown; nothing if
    nothing ran lately."""
    if not found:
        return
    if shown.store is None:
        with st.container(border=True, gap="xsmall"):
            _calendar(shown, found)
        return
    left, right = st.columns([1.25, 1])
    with left.container(border=True, gap="xsmall"):
        _calendar(shown, found)
    with right.container(border=True, gap="xsmall"):
        _course(shown.store)


def lately(store: StoreRow | None) -> list[run.Day]:
    """The last days of a store; of all of them as they were up to a minute ago, for that reads
    many runs."""
    if store is not None:
        return run.days(context.desk(), store, format.zone())
    desk = context.desk()
    return _everywhere(str(desk.data_dir), desk.scope, desk, format.zone().key)


@st.cache_data(ttl=60, max_entries=8, show_spinner=False)
def _everywhere(folder: str, scope: Scope, _desk: Desk, zone: str) -> list[run.Day]:
    return run.days(_desk, None, ZoneInfo(zone))


def _dark() -> bool:
    return st.context.theme.type == "dark"


# -- the days -------------------------------------------------------------------------------


def _calendar(shown: View, found: Sequence[run.Day]) -> None:
    st.caption(t("runs.calendar"))
    key = f"runs:calendar:{shown.since}:{shown.until}"  # other days are a chart without a choice
    st.echarts_chart(
        _squares(shown, found),
        height=HEIGHT,
        key=key,
        on_select=partial(_picked, key, found, shown),
        alt=_told(found),
    )


def _squares(shown: View, found: Sequence[run.Day]) -> dict[str, Any]:
    ground = st.get_option(f"theme.{'dark' if _dark() else 'light'}.backgroundColor")
    first, last = found[-1].day - timedelta(days=run.DAYS - 1), found[-1].day
    codes = list(_COLORS)
    pieces = [{"value": n, "color": _COLORS[code][_dark()]} for n, code in enumerate(codes)]
    edge: dict[str, Any] = {"borderWidth": 2, "borderColor": ground}
    around = st.get_option(f"theme.{'dark' if _dark() else 'light'}.textColor")
    chosen = {**edge, "borderColor": around}
    data = [
        {
            "name": told_day(day),
            "value": [day.day.isoformat(), codes.index(day.verdict)],
            "itemStyle": chosen if _within(day.day, shown) else edge,
        }
        for day in found
    ]
    return {
        "animation": False,
        "tooltip": {"formatter": "{b}", "confine": True},
        "visualMap": {"show": False, "type": "piecewise", "dimension": 1, "pieces": pieces},
        "calendar": {
            "range": [first.isoformat(), last.isoformat()],
            "cellSize": ["auto", _SQUARE],
            "top": 20,
            "left": 28,
            "right": 4,
            "itemStyle": {**edge, "color": _COLORS["none"][_dark()]},
            "splitLine": {"show": False},
            "yearLabel": {"show": False},
            "dayLabel": {"firstDay": 1, "nameMap": _weekdays()},
            "monthLabel": {"nameMap": _months()},
        },
        "series": [
            {
                "type": "heatmap",
                "coordinateSystem": "calendar",
                "data": data,
                "itemStyle": edge,
                "cursor": "pointer",
                "selectedMode": "single",
            }
        ],
    }


def _within(day: date, shown: View) -> bool:
    return bool(shown.since and shown.until and shown.since <= day <= shown.until)


def _weekdays() -> list[str]:
    """The weekdays as single letters, Sunday first, as the chart wants them."""
    names = get_day_names("narrow", locale=format.locale())
    return [names[(day - 1) % 7] for day in range(7)]


def _months() -> list[str]:
    names = get_month_names("abbreviated", "stand-alone", locale=format.locale())
    return [names[month] for month in range(1, 13)]


def told_day(day: run.Day) -> str:
    """What a day had, in words."""
    said = t(f"runs.day.{day.verdict}")
    runs = f", {t('runs.count', n=format.number(day.runs))}" if day.runs else ""
    return f"{format.weekday(day.day)}: {said}{runs}"


def _told(found: Sequence[run.Day]) -> str:
    """What the squares say, for who cannot see them: how many days of each kind."""
    numbers: dict[str, int] = {}
    for day in found:
        numbers[day.verdict] = numbers.get(day.verdict, 0) + 1
    each = (f"{t(f'runs.day.{code}')} {n}" for code, n in sorted(numbers.items()))
    return f"{t('runs.calendar_alt')}: {', '.join(each)}"


@act
def _picked(key: str, found: Sequence[run.Day], shown: View) -> None:
    """Show the runs of the day that was clicked; a second click shows all again."""
    groups = st.session_state[key].selection.selected
    places = [place for group in groups for place in group["data_indices"]]
    if not places or places[0] >= len(found):
        return
    day = found[places[0]].day
    again = shown.since == shown.until == day
    change(**{"from": "" if again else day.isoformat(), "to": "" if again else day.isoformat()})


# -- what Clerk.io holds --------------------------------------------------------------------


def _course(store: StoreRow) -> None:
    desk, zone = context.desk(), format.zone()
    held = run.course(desk, store, zone)
    st.caption(t("runs.course"))
    if max((len(points) for points in held.values()), default=0) < 2:
        with st.container(height=HEIGHT, border=False, vertical_alignment="center"):
            st.caption(t("runs.course_later"), text_alignment="center")
        return
    k = float(desk.options(store)["outlier_k"])
    lines = {t(f"entity.{entity}"): points for entity, points in held.items()}
    efforts = run.efforts(desk, store, zone)
    lines |= {t(f"runs.effort.{name}"): points for name, points in efforts.items() if points}
    chart = _lines(lines, {name: run.ranges(points, k) for name, points in lines.items()})
    st.echarts_chart(chart, height=HEIGHT, key="runs:course", alt=_held(held))


Ranges = Mapping[date, Range]


def _lines(
    held: Mapping[str, Sequence[tuple[date, int]]], ranges: Mapping[str, Ranges]
) -> dict[str, Any]:
    """The lines, one at a time, each before what is usual. Least and most stand at the axis: its
    own numbers are always written the English way."""
    days = sorted({day for points in held.values() for day, _ in points})
    axis = [days[0] + timedelta(days=n) for n in range((days[-1] - days[0]).days + 1)]
    most = max(n for points in held.values() for _, n in points)
    several = len(held) > 1
    return {
        "animation": False,
        "tooltip": {"trigger": "axis", "confine": True, "valueFormatter": "localized"},
        "legend": {
            "show": several,
            "selectedMode": "single",
            "type": "scroll",
            "data": list(held),
            "top": 0,
            "right": 0,
            "itemWidth": 14,
            "itemHeight": 8,
        },
        "grid": {
            "left": 16 + 7 * len(format.number(most)),
            "right": 14,
            "top": 32 if several else 12,
            "bottom": 22,
        },
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
        "series": [
            series
            for name, points in held.items()
            for series in (
                _line(name, dict(points), axis, ranges[name]),
                *_band(name, axis, ranges[name]),
            )
        ],
    }


def _band(name: str, axis: Sequence[date], ranges: Ranges) -> list[dict[str, Any]]:
    """What is usual, as an area between its two ends; of one name with its line, so that both are
    shown together."""
    if not ranges:
        return []
    low = [round(ranges[day].low, 1) if day in ranges else None for day in axis]
    wide = [round(ranges[day].high - ranges[day].low, 1) if day in ranges else None for day in axis]
    base: dict[str, Any] = {
        "type": "line",
        "name": name,
        "stack": f"usual {name}",
        "symbol": "none",
        "silent": True,
        "connectNulls": True,
        "lineStyle": {"opacity": 0},
        "tooltip": {"show": False},
    }
    return [{**base, "data": low}, {**base, "data": wide, "areaStyle": {"opacity": 0.16}}]


def _line(
    name: str, points: Mapping[date, int], axis: Sequence[date], ranges: Ranges
) -> dict[str, Any]:
    """A line; days that are out of their usual range are marked."""
    ends = sorted({min(points.values()), max(points.values())})
    out = [day for day, n in points.items() if day in ranges and not ranges[day].holds(n)]
    return {
        "type": "line",
        "name": name,
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
            "itemStyle": {"color": _COLORS["failed"][_dark()]},
            "data": [{"coord": [format.short_day(day), points[day]]} for day in out],
        },
        "markLine": {
            "silent": True,
            "symbol": "none",
            "lineStyle": {"type": "dotted", "opacity": 0.5},
            "label": {"position": "start", "formatter": "{b}"},
            "data": [{"yAxis": n, "name": format.number(n)} for n in ends],
        },
    }


def _held(held: Mapping[str, Sequence[tuple[date, int]]]) -> str:
    """What the lines end with, in words."""
    last = {t(f"entity.{name}"): points[-1][1] for name, points in held.items()}
    each = (f"{name} {format.number(n)}" for name, n in last.items())
    return f"{t('runs.course')}: {', '.join(each)}"
