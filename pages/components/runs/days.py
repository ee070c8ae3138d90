"""How the last weeks went: a square a day, and the course of what Clerk.io holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

import streamlit as st
from babel.dates import get_day_names, get_month_names

from pages.components import context, format
from pages.components.acts import act
from pages.components.runs import course
from pages.components.runs.colors import COLORS, HEIGHT, dark
from pages.components.runs.view import View, change
from pages.components.texts import t
from sync import run
from sync.database import Scope
from sync.store import Desk, StoreRow

_SQUARE: Final = 14


def show(shown: View, found: Sequence[run.Day]) -> int:
    """The days, and beside them what Clerk.io holds of the one store that is shown; nothing if
    nothing ran lately. Returns how many pixels that takes beyond the usual ones."""
    if not found:
        return 0
    if shown.store is None:
        with st.container(border=True, gap="xsmall"):
            _calendar(shown, found)
        return 0
    left, right = st.columns([1.25, 1])
    with left.container(border=True, gap="xsmall", height="stretch"):
        _calendar(shown, found)
    with right.container(border=True, gap="xsmall"):
        return course.show(shown.store)


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
    ground = st.get_option(f"theme.{'dark' if dark() else 'light'}.backgroundColor")
    first, last = found[-1].day - timedelta(days=run.DAYS - 1), found[-1].day
    codes = list(COLORS)
    pieces = [{"value": n, "color": COLORS[code][dark()]} for n, code in enumerate(codes)]
    edge: dict[str, Any] = {"borderWidth": 2, "borderColor": ground}
    around = st.get_option(f"theme.{'dark' if dark() else 'light'}.textColor")
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
            "itemStyle": {**edge, "color": COLORS["none"][dark()]},
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
