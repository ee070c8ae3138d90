"""What a browser says with a click: the values of all that it shows. Streamlit takes each one that
is not the server's for its reader's. Who clicks before the last answer has come shows what was
there before: a mark that has moved since, a list that is gone. Said beside a click, that is no
click of its own, or it would open a record that nobody asked for."""

from __future__ import annotations

from typing import Any, Final

from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import SessionState

Values = dict[str, Any]

_HEARD: Final = "what the browser said last, and what it may show since"
_MOST: Final = 10  # answers that a browser may not have heard of
_call: Final = SessionState._call_callbacks


def hear() -> None:
    """Call the callbacks of what the reader changed and of no other."""
    SessionState._call_callbacks = _anew  # type: ignore[method-assign, assignment]


def _anew(state: SessionState, **more: Any) -> None:
    known = state._new_widget_state.widget_metadata
    said = {name: state._new_widget_state.get(name) for name in state._new_widget_state}
    changed = {name for name in said if state._widget_changed(name)}
    pushed = {name for name in changed if _is_pushed(known[name])}
    kept = {name: value for name, value in said.items() if name not in pushed}
    last, answers = state._old_state.get(_HEARD, ({}, []))
    answers.append({name: state._old_state[name] for name in known if name in state._old_state})
    for name in changed - (_clicked(kept, pushed, last, answers) or changed):
        state._old_state[name] = said[name]
    state._old_state[_HEARD] = (kept, answers[-_MOST:])
    _call(state, **more)


def _clicked(kept: Values, pushed: set[str], last: Values, answers: list[Values]) -> set[str]:
    """Return what the reader clicked: the one thing in which what the browser says differs from the
    last answer; else from what it said before; else from an answer in between. Rather too much than
    too little: what somebody chose is not lost."""

    def differs(shown: Values) -> set[str]:
        """Empty if a click makes more or less than one difference."""
        found = pushed | {name for name in kept if not _has(shown, name, kept[name])}
        return found if len(found) == 1 and shown.keys() >= found - pushed else set()

    never = {name for name in kept if not any(_has(s, name, kept[name]) for s in [last, *answers])}
    return (
        differs(answers[-1])
        or differs(last)
        or {name for shown in answers for name in differs(shown)}
        or pushed | never
    )


def _has(shown: Values, name: str, value: object) -> bool:
    return name in shown and bool(shown[name] == value)


def _is_pushed(widget: WidgetMetadata[Any]) -> bool:
    """Whether it is a button, which is new each time."""
    return widget.value_type.endswith(("trigger_value", "chat_input_value"))
