"""How the calls of a shop's keys run down: who spent them, what is planned, when that ends."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from pages.components import context, format
from pages.components.texts import plain, t
from sync import run
from sync.store import ShopRow

# Light and dark: made here, made by others, planned, left, kept for people.
_COLORS: Final = {
    "ours": ("#0f6b6b", "#4fb3ad"),
    "others": ("#b4541a", "#e08b4f"),
    "planned": ("#7fb8b5", "#2f6f6c"),
    "left": ("#dfe5e8", "#2a343a"),
    "reserve": ("#b9c4ca", "#46535b"),
}
_ROW: Final = 26  # pixels
_LEGEND: Final = 46
_CONE: Final = 130
_TIMES: Final = {"formatter": "{HH}:{mm}", "hideOverlap": True}


def show(shop: ShopRow) -> None:
    """Draw a bar for each window of each key and, while order lines are fetched, the cone to their
    end."""
    found = run.burndown(context.desk(), shop)
    if found is None:
        st.caption(t("shops.burn.unknown"))
        return
    dark = st.context.theme.type == "dark"
    rows = [_parts(window) for window in found.windows]
    st.echarts_chart(
        _bars(found, rows, dark),
        height=_ROW * len(rows) + _LEGEND,
        key="shops:burn",
        alt=_told(found),
    )
    others = sum(window.others for window in found.windows if window.window == "day")
    if others:
        st.caption(f":material/group: {t('shops.burn.others_said', count=format.number(others))}")
    if found.cone:
        _cone(found)
    elif found.planned:
        st.caption(plain(t("shops.burn.never", calls=format.number(found.planned))))


def _parts(window: run.WindowBurn) -> dict[str, int]:
    free = max(0, window.left - window.planned - window.reserve)
    return {
        "ours": window.ours,
        "others": window.others,
        "planned": window.planned,
        "left": free,
        "reserve": window.limit - window.ours - window.others - window.planned - free,
    }


def _names(found: run.Burndown) -> list[str]:
    keys = sorted({window.key_id for window in found.windows})
    several = len(keys) > 1
    return [
        (f"{keys.index(window.key_id) + 1} · " if several else "")
        + t(f"shops.burn.window.{window.window}")
        for window in found.windows
    ]


def _bars(found: run.Burndown, rows: list[dict[str, int]], dark: bool) -> dict[str, Any]:
    """Each window as a whole of 100: they are of very different sizes."""
    limits = [window.limit for window in found.windows]
    return {
        "animation": False,
        "grid": {"left": 0, "right": 4, "top": _LEGEND, "bottom": 2},
        "legend": {"top": 0, "itemWidth": 12, "itemHeight": 8, "selectedMode": False},
        "tooltip": {"trigger": "item", "formatter": "{b}: {a}", "confine": True},
        "xAxis": {"type": "value", "show": False, "max": 100},
        "yAxis": {
            "type": "category",
            "data": _names(found),
            "inverse": True,
            "axisLine": {"show": False},
            "axisTick": {"show": False},
        },
        "series": [
            {
                "type": "bar",
                "stack": "calls",
                "barWidth": 14,
                "name": t(f"shops.burn.{part}"),
                "itemStyle": {"color": color[dark]},
                "data": [
                    round(100 * row[part] / limit, 2)
                    for row, limit in zip(rows, limits, strict=True)
                ],
            }
            for part, color in _COLORS.items()
        ],
    }


def _told(found: run.Burndown) -> str:
    """The numbers of the bars in words."""
    lines = []
    for name, window in zip(_names(found), found.windows, strict=True):
        parts = {key: format.number(n) for key, n in _parts(window).items()}
        lines.append(f"{name}: {t('shops.burn.told', **parts)}")
    return "; ".join(lines)


def _cone(found: run.Burndown) -> None:
    """The calls that are still to be made over time, between the soonest and the latest end."""
    calls = format.number(found.planned)
    ends = {"earliest": format.clock(found.earliest), "latest": format.clock(found.latest)}
    same = ends["earliest"] == ends["latest"]  # to the minute
    said = t("shops.burn.ends" if same else "shops.burn.ends_between", calls=calls, **ends)
    sides = [[[1000 * p[side], p[2]] for p in found.cone] for side in (0, 1)]
    st.echarts_chart(
        {
            "animation": False,
            "grid": {"left": 4, "right": 16, "top": 8, "bottom": 4, "containLabel": True},
            "xAxis": {"type": "time", "splitNumber": 3, "axisLabel": _TIMES},
            "yAxis": {"type": "value", "splitNumber": 2, "axisLabel": {"show": False}},
            "series": [
                {"type": "line", "showSymbol": False, "data": side, "lineStyle": {"type": kind}}
                for side, kind in zip(sides, ("solid", "dashed"), strict=True)
            ],
        },
        height=_CONE,
        key="shops:burn:cone",
        alt=plain(said),
    )
    st.caption(f":material/timeline: {plain(said)}")
