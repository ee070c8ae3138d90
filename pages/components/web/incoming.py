"""What a browser says with a click: the values of all that it shows. Streamlit takes each one that
is not the server's for its reader's. Who clicks before the last answer has come shows what was
marked before in a table: in rows that have moved since, in a list that is gone. Said beside a
click, that is no click of its own, or it would open a record that nobody asked for."""

from __future__ import annotations

from typing import Any, Final

from streamlit.runtime.state.session_state import SessionState

_SHOWN: Final = "what the browser may show as marked"
_MOST: Final = 20  # states of all tables that are remembered, two for each click
_call: Final = SessionState._call_callbacks


def hear() -> None:
    """Call no callback of a mark that was there before, where something else was clicked."""
    SessionState._call_callbacks = _anew  # type: ignore[method-assign, assignment]


def _anew(state: SessionState, **more: Any) -> None:
    said = {name: state._new_widget_state.get(name) for name in state._new_widget_state}
    changed = {name for name in said if state._widget_changed(name)}
    marks, shown = _marks(said), [*state._old_state.get(_SHOWN, []), _marks(state._old_state)]
    old = {
        name
        for name in changed & marks.keys()
        if any(each.get(name) == marks[name] for each in shown)
    }
    if old != changed:
        state._old_state.update((name, marks[name]) for name in old)
    state._old_state[_SHOWN] = [*shown, marks][-_MOST:]
    _call(state, **more)


def _marks(values: dict[str, Any]) -> dict[str, Any]:
    """What is selected in each table."""
    return {
        name: value
        for name, value in values.items()
        if isinstance(value, dict) and "selection" in value
    }
