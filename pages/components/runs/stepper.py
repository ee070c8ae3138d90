"""The phases of a run: how far it came, and how long each took."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from pages.components import context, format
from pages.components.texts import t
from sync import run
from sync.store import RunRow, State

ICONS: Final = {
    "done": ":material/check_circle:",
    "now": ":material/radio_button_checked:",
    "stopped": ":material/cancel:",
    "next": ":material/radio_button_unchecked:",
}
_COLORS: Final = ("#5d6b7a", "#0f6b6b", "#8a5a12", "#1f7a75", "#7d5aa3", "#4d6f8f")  # under white
_READABLE: Final = 0.09  # of the bar: a part so wide has room for its name


def ended(row: RunRow) -> None:
    """A bar of how the time went, and the phases with theirs."""
    phases = run.phases(row, run.phase_times(context.desk(), row))
    timed = [phase for phase in phases if phase.took_s]
    if len(timed) > 1:
        st.echarts_chart(_bar(timed), height=26, key="run:phases", alt=t("run.phases"))
    line(phases, f"run-{row.id}", stopped="now" if row.state is State.HELD else "stopped")


def line(phases: Sequence[run.Phase], key: str, *, stopped: str = "stopped") -> None:
    """The phases in order, each with its mark and its time; `stopped` is how one looks that is not
    worked on."""
    words = []
    for phase in phases:
        took = f" {_time(phase.took_s)}" if phase.took_s is not None else ""
        state = stopped if phase.state == "stopped" else phase.state
        said = f"{ICONS[state]} {t(f'step.{phase.phase}')}{took}"
        loud = {"now": f"**{said}**", "stopped": f":red[**{said}**]"}
        words.append(f":small[{loud.get(state, said)}]")
    with st.container(key=f"steps-{key}"):  # no line breaks within a phase
        st.markdown(" &ensp;".join(words))


def _time(seconds: float) -> str:
    return t("run.below_a_second") if seconds < 1 else format.duration(seconds)


def _bar(phases: Sequence[run.Phase]) -> dict[str, Any]:
    total = sum(phase.took_s or 0 for phase in phases)
    whole = {
        "animation": False,
        "grid": {"left": 0, "right": 0, "top": 2, "bottom": 2},
        "xAxis": {"type": "value", "show": False, "max": total},
        "yAxis": {"type": "category", "data": [""], "show": False},
        "tooltip": {"trigger": "item", "formatter": "{a}", "confine": True},
        "series": [_part(n, phase, total) for n, phase in enumerate(phases)],
    }
    unnamed = {"series": [{"label": {"show": False}} for _ in phases]}
    return {"baseOption": whole, "media": [{"query": {"maxWidth": 600}, "option": unnamed}]}


def _part(n: int, phase: run.Phase, total: float) -> dict[str, Any]:
    took = phase.took_s or 0.0
    return {
        "type": "bar",
        "stack": "run",
        "barWidth": 20,
        "name": f"{t(f'step.{phase.phase}')} {_time(took)}",
        "data": [took],
        "itemStyle": {"color": _COLORS[n % len(_COLORS)]},
        "label": {
            "show": took > total * _READABLE,
            "formatter": "{a}",
            "color": "#ffffff",
            "fontSize": 11,
        },
    }
