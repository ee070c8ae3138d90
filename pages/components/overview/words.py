"""How a store's state and its cause are said."""

from __future__ import annotations

from typing import Final

from pages.components import format, states
from pages.components.texts import lang, t
from sync.causes import CAUSES
from sync.overview import STATES, Line, worst_hold
from sync.texts import catalogue

COLORS: Final[dict[str, states.Color]] = {
    "broken": "red",
    "waiting": "orange",
    "look": "violet",
    "running": "blue",
    "ok": "green",
}


def state(code: str) -> str:
    """Return the name of a store's state."""
    return t(f"overview.state.{code}")


def colors() -> dict[str, states.Color]:
    """Return the colour of each state by its name."""
    return {state(code): COLORS[code] for code in STATES}


def is_cause(code: str) -> bool:
    """Whether anything is known by that code, as it may stand in an address."""
    return code in CAUSES or f"overview.cause.{code}" in catalogue(lang())


def cause(code: str) -> str:
    """Return the name of a cause."""
    own = f"overview.cause.{code}"
    return t(own) if own in catalogue(lang()) else t(f"cause.{code}.name")


def line(store: Line) -> str:
    """Return what is behind a store's state, or what its run is at, in a few words."""
    code, values = store.verdict.code, store.verdict.values
    if code == "waiting":
        until = format.clock(values["until"])
        return t("overview.waits", until=until, window=t(f"window.{values['window']}"))
    if store.state == "running":
        return states.doing(store.phase, code)
    if store.holds:
        return _held(store)
    if code == "partial" and values["failed"]:
        number = format.number(values["failed"])
        return t("overview.failed_records", cause=cause(store.cause), count=number)
    return cause(store.cause) if store.cause else ""


def _held(store: Line) -> str:
    worst = worst_hold(store.holds)
    what, reason = t(f"entity.{worst['entity']}"), worst["reason"]
    if reason != "removals":
        return f"{what}: {t(f'hold.{reason}.name')}"
    numbers = {name: format.number(worst[name]) for name in ("count", "of")}
    return t("overview.removals", what=what, **numbers)
