"""The calls of a recorded run: on a time line, in a table, and what each of them said."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import streamlit as st

from pages.components import asked, context, format, layout, opened, paged
from pages.components.acts import act
from pages.components.texts import plain, t
from sync import recording
from sync.recording import Call, Side
from sync.store import RunRow

_PER_PAGE: Final = 200
_ABOVE: Final = 320  # pixels
_PAGE: Final = "run:calls:page"
_CLICKS: Final = "run:calls:clicks"
_WIDTHS: Final = {"n": 60, "after": 80, "side": 100, "method": 70, "answer": 110, "path": 420}
_COLORS: Final = {"lightspeed": "#0f6b6b", "clerk": "#7d5aa3", "failed": "#c0392b"}


def show(row: RunRow) -> None:
    """The time line, the table, and beside it the call that the address names."""
    failed = st.toggle(t("run.calls.failed"), key="run:calls:failed", on_change=_first)
    page = paged.page(
        _PAGE, _PER_PAGE, partial(recording.recorded, context.desk(), row, failed=failed)
    )
    if not page.rows:
        st.info(t("run.calls.none_failed" if failed else "run.calls.none"))
        return
    start = row.started or row.queued
    chosen = asked.number("call")
    place, side = layout.beside(chosen is not None, key="calls", above=_ABOVE)
    with place:
        _time_line(page.rows, start)
        _table(page.rows, start)
        page.turner()
    if chosen is not None and side is not None:
        with side:
            _one(row, chosen)


def _first() -> None:
    paged.first(_PAGE)


def _after(call: Call, start: float) -> float:
    """Seconds from the run's start to the call."""
    return max(call.began - start, 0.0)


def _time_line(calls: Sequence[Call], start: float) -> None:
    """Each call as a point at its time, as high as it took long."""
    x_unit, x_times = _unit(max(_after(c, start) for c in calls))
    y_unit, y_times = _unit(max(c.took for c in calls))
    told = {
        "lightspeed": [c for c in calls if c.side == "lightspeed" and not _bad(c)],
        "clerk": [c for c in calls if c.side == "clerk" and not _bad(c)],
        "failed": [c for c in calls if _bad(c)],
    }
    series = [
        {
            "type": "scatter",
            "name": t(f"run.calls.{name}"),
            "symbolSize": 7,
            "itemStyle": {"color": _COLORS[name]},
            "data": [
                {
                    "name": f"{c.n}: {_cell(c, 'answer', start)}",
                    "value": [round(x_times * _after(c, start)), round(y_times * c.took)],
                }
                for c in held
            ],
        }
        for name, held in told.items()
        if held
    ]
    chart = {
        "animation": False,
        "legend": {"top": 0, "left": 0, "itemWidth": 12, "itemHeight": 8},
        "grid": {"left": 8, "right": 28, "top": 26, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "item", "formatter": "{a} {b}", "confine": True},
        "xAxis": {"min": "dataMin", **_axis(x_unit, 6)},
        "yAxis": _axis(y_unit, 2),
        "series": series,
    }
    st.echarts_chart(chart, height=130, key="run:calls:line", alt=t("run.calls.line"))


def _unit(most: float) -> tuple[str, int]:
    """The unit in which so many seconds are whole numbers, and how many there are in a second."""
    return ("ms", 1000) if most < 10 else ("s", 1)


def _axis(unit: str, parts: int) -> dict[str, Any]:
    label = {"formatter": f"{{value}} {unit}"}
    return {"type": "value", "minInterval": 1, "splitNumber": parts, "axisLabel": label}


def _bad(call: Call) -> bool:
    return call.status is None or call.status >= 400


def _table(calls: Sequence[Call], start: float) -> None:
    key = f"run:calls:{calls[0].n}:{st.session_state.get(_CLICKS, 0)}"
    column = st.column_config
    configs: dict[str, Any] = {
        name: column.TextColumn(t(f"run.calls.column.{name}"), width=width)
        for name, width in _WIDTHS.items()
    }
    place, height = layout.room("calls", len(calls), above=_ABOVE + 140)
    with place:
        st.dataframe(
            {name: [_cell(call, name, start) for call in calls] for name in _WIDTHS},
            column_config=configs,
            hide_index=True,
            row_height=30,
            height=height,
            placeholder="",
            key=key,
            on_select=partial(_clicked, key, [call.n for call in calls]),
            selection_mode=["single-cell"],
            alt=t("run.calls.table"),
        )


@act
def _clicked(key: str, numbers: Sequence[int]) -> None:
    """A cell opens its call."""
    number = opened.chosen(key, numbers)
    if number is not None:
        asked.say("call", str(number))
        st.session_state[_CLICKS] = st.session_state.get(_CLICKS, 0) + 1


def _cell(call: Call, name: str, start: float) -> str:
    answer = str(call.status) if call.status is not None else t("run.calls.no_answer")
    cells = {
        "n": str(call.n),
        "after": f"+{format.number(round(_after(call, start), 1))} s",
        "side": "Clerk.io" if call.side == "clerk" else "Lightspeed",
        "method": call.method,
        "path": call.path,
        "answer": f"{answer} · {format.number(round(call.took * 1000))} ms",
    }
    return cells[name]


def _one(row: RunRow, n: int) -> None:
    """What was sent and what came back."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"## {t('run.calls.title', n=n)}", width="stretch")
        st.button(
            "",
            icon=":material/close:",
            type="tertiary",
            key="run:calls:close",
            help=t("run.calls.close"),
            on_click=_close,
        )
    told = recording.detail(context.desk(), row, n)
    if told is None:
        st.info(t("run.calls.not_kept"))
        return
    for code, side in zip(("sent", "received"), told, strict=True):
        st.markdown(f"### {t(f'run.calls.{code}')}")
        _said(side)


@act
def _close() -> None:
    asked.say("call", None)


def _said(side: Side) -> None:
    if side.headers:
        told = "\n".join(f"{name}: {value}" for name, value in side.headers.items())
        st.code(told, None, wrap_lines=True)
    if side.text:
        st.code(side.text, None, wrap_lines=True)
    note = t("run.calls.cut" if side.cut else "run.calls.bytes", bytes=format.number(side.bytes))
    st.caption(plain(note))
