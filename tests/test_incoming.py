"""What a browser says with a click: the click's callback is called, and that of no table whose mark
the server has moved since, which the browser does not show yet."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import SessionState

from pages.components.web import incoming

FILTERS, LIST, BUTTON = ("search", "filter"), "list", "button"


@pytest.fixture(scope="module", autouse=True)
def heard() -> Iterator[None]:
    """Streamlit as the dashboard's server has it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SessionState, "_call_callbacks", SessionState._call_callbacks)
        incoming.hear()
        ThreadState.initialize()
        yield


def selection(mark: Any) -> dict[str, Any]:
    return {"selection": mark}


class Session:
    """A page of two filters, a button and a list, in which the server marks a row; and the browser
    that shows it."""

    def __init__(self) -> None:
        self.state, self.called = SessionState(), list[str]()
        self.shown = dict.fromkeys(FILTERS, "")
        kinds = {**dict.fromkeys(FILTERS, str), LIST: selection, BUTTON: bool}
        for name, kind in kinds.items():
            self.state._new_widget_state.set_widget_metadata(
                WidgetMetadata(
                    id=name,
                    deserializer=kind,
                    serializer=lambda value: value,
                    value_type="trigger_value" if kind is bool else "string_value",
                    callback=partial(self.called.append, name),
                )
            )
        for name in FILTERS:
            self.state._new_widget_state.set_from_value(name, "")

    def draw(self, mark: str | None) -> None:
        """The server draws the list with that mark, or (None) without it."""
        if mark is None:
            self.state._new_widget_state.states.pop(LIST, None)
            self.state._old_state.pop(LIST, None)
        else:
            self.state._new_widget_state.set_from_value(LIST, selection(mark))

    def hear(self, mark: str | None) -> None:
        """The browser hears of a drawing."""
        self.shown.pop(LIST, None)
        if mark is not None:
            self.shown[LIST] = mark

    def see(self, mark: str | None) -> None:
        """The server draws, and the browser hears at once."""
        self.draw(mark)
        self.hear(mark)

    def click(self, *pushed: str, **chosen: str) -> set[str]:
        """The reader chooses, or pushes the button: once, or more before the server is free.
        Returns whose callbacks were called."""
        self.shown |= chosen
        states = WidgetStates()
        for name, value in self.shown.items():
            states.widgets.append(WidgetState(id=name, string_value=value))
        for name in pushed:
            states.widgets.append(WidgetState(id=name, trigger_value=True))
        self.called.clear()
        self.state.on_script_will_rerun(states)
        return set(self.called)


MARKS = st.none() | st.sampled_from("abc")
CLICKS = st.sets(st.sampled_from((*FILTERS, BUTTON)), min_size=1) | st.just({LIST})


@given(st.lists(st.tuples(MARKS, st.integers(0, 12), CLICKS)))
def test_each_click_is_heard_and_no_mark(steps: Sequence[tuple[str | None, int, Collection[str]]]):
    """Whatever the server marks for each click, and however late the browser hears of it."""
    session, drawn, heard = Session(), [None], 0
    for number, (mark, late, clicked) in enumerate(steps):
        if clicked == {LIST} and LIST not in session.shown:
            continue
        # A filter is turned to and fro; which row is clicked tells it from every mark.
        chosen = {name: "" if session.shown[name] else "on" for name in FILTERS if name in clicked}
        chosen |= {LIST: f"clicked {number}"} if LIST in clicked else {}
        assert session.click(*({BUTTON} & {*clicked}), **chosen) == {*clicked}
        session.draw(mark)
        drawn.append(mark)
        if len(drawn) - 1 - late > heard:
            heard = len(drawn) - 1 - late
            session.hear(drawn[heard])


def test_the_same_row_opens_again_after_its_panel_was_closed():
    """The server has marked another cell, which the browser shows: what it said before is a click
    again."""
    session = Session()
    session.see("none")
    assert session.click(list="first row") == {LIST}
    session.see("first row")
    assert session.click(BUTTON) == {BUTTON}
    session.see("beside the first row")
    assert session.click(list="first row") == {LIST}


def test_a_mark_that_the_server_moved_is_not_clicked_with_a_button():
    session = Session()
    session.see("first")
    assert session.click(search="helm") == {"search"}
    session.draw("second")
    assert session.click(BUTTON) == {BUTTON}


def test_settings_that_are_turned_to_and_fro_are_all_heard():
    """However they arrive: what was chosen before is chosen again, both at once."""
    session = Session()
    for _ in range(3):
        assert session.click(search="on") == {"search"}
        assert session.click(search="off", filter="on") == {"search", "filter"}
        assert session.click(search="on", filter="off") == {"search", "filter"}
        assert session.click(BUTTON, search="off") == {"search", BUTTON}
