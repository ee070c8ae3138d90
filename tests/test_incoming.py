"""What a browser says with a click: the click's callback is called, and no other's, whatever the
server has changed since that the browser does not show yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import SessionState

from pages.components.web import incoming

PLACES = ("search", "list", "filter")
BUTTON = "button"


@pytest.fixture(scope="module", autouse=True)
def heard() -> Iterator[None]:
    """Streamlit as the dashboard's server has it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SessionState, "_call_callbacks", SessionState._call_callbacks)
        incoming.hear()
        ThreadState.initialize()
        yield


class Session:
    """A page of three widgets and a button, and the browser that shows it."""

    def __init__(self) -> None:
        self.state, self.called = SessionState(), list[str]()
        self.shown: dict[str, str] = {}
        self.draw(dict.fromkeys(PLACES, ""))

    def draw(self, values: dict[str, str]) -> None:
        """The server draws these widgets; others are gone."""
        for name in (*values, BUTTON):
            pushed = name == BUTTON
            self.state._new_widget_state.set_widget_metadata(
                WidgetMetadata(
                    id=name,
                    deserializer=bool if pushed else str,
                    serializer=lambda value: value,
                    value_type="trigger_value" if pushed else "string_value",
                    callback=partial(self.called.append, name),
                )
            )
        for name in PLACES:
            if name in values:
                self.state._new_widget_state.set_from_value(name, values[name])
            else:
                self.state._new_widget_state.states.pop(name, None)
                self.state._old_state.pop(name, None)
        self.drawn = values

    def hear(self, drawn: Mapping[str, str] | None = None) -> None:
        """The browser hears of a drawing, or of the last one."""
        self.shown = dict(self.drawn if drawn is None else drawn)

    def click(self, name: str, value: str = "") -> list[str]:
        """The reader changes a widget, or pushes the button. Returns whose callbacks were called
        for it."""
        states = WidgetStates()
        if name != BUTTON:
            self.shown[name] = value
        for place, shown in self.shown.items():
            states.widgets.append(WidgetState(id=place, string_value=shown))
        if name == BUTTON:
            states.widgets.append(WidgetState(id=BUTTON, trigger_value=True))
        self.called.clear()
        self.state.on_script_will_rerun(states)
        return self.called


DRAWN = st.dictionaries(st.sampled_from(["search", "list"]), st.sampled_from("abc"))


@given(st.lists(st.tuples(DRAWN, st.integers(0, 12), st.sampled_from((*PLACES, BUTTON)))))
def test_a_click_calls_its_own_callback_and_no_other(
    steps: Sequence[tuple[dict[str, str], int, str]],
):
    """Whatever the server draws for each click, and however late the browser hears of it."""
    session, draws, heard = Session(), [dict.fromkeys(PLACES, "")], 0
    session.hear(draws[0])
    for number, (drawn, late, name) in enumerate(steps):
        if name in (BUTTON, *session.shown):
            assert session.click(name, f"what click {number} chose") == [name]
            draws.append({**drawn, "filter": f"of drawing {number}"})
            session.draw(draws[-1])
        if len(draws) - 1 - late > heard:
            heard = len(draws) - 1 - late
            session.hear(draws[heard])


@given(
    st.lists(
        st.tuples(
            st.fixed_dictionaries(dict.fromkeys(PLACES, st.sampled_from("abc"))),
            st.sampled_from((*PLACES, BUTTON)),
            st.sampled_from("abc"),
        )
    )
)
def test_what_was_chosen_before_is_chosen_again(steps: Sequence[tuple[dict[str, str], str, str]]):
    """A reader who sees each answer is not refused what they, or the server, chose before."""
    session = Session()
    for drawn, name, value in steps:
        session.hear()
        chosen = name == BUTTON or session.shown[name] != value
        assert session.click(name, value) == [name] * chosen
        session.draw(drawn)


@pytest.mark.parametrize("words", ["helm", "bicycle", "nothing"])
@pytest.mark.parametrize("heard", range(3, 6))
def test_no_search_is_lost_where_all_was_chosen_and_marked_before(heard: int, words: str):
    """Three searches are answered, and the same ones again, some of them too late."""
    session = Session()
    answers = {"helm": {"list": "first helm"}, "bicycle": {"list": "first bicycle"}, "nothing": {}}
    draws = [{"search": searched, **answers[searched]} for searched in (*answers, *answers)]
    for number, drawn in enumerate(draws):
        assert "search" in session.click("search", drawn["search"])
        session.draw(drawn)
        if number < 3:
            session.hear()
    session.hear(draws[heard])
    if words not in (session.shown["search"], "nothing"):  # which the server has
        assert "search" in session.click("search", words)


def test_the_same_row_opens_again_after_its_panel_was_closed():
    """The server has marked another cell, which the browser shows: what it said before is a click
    again."""
    session = Session()
    session.hear()
    assert session.click("list", "first row") == ["list"]
    session.draw({"search": "", "list": "first row", "filter": ""})
    assert session.click(BUTTON) == [BUTTON]
    session.draw({"search": "", "list": "beside the first row", "filter": "none"})
    session.hear()
    assert session.click("list", "first row") == ["list"]


def test_a_button_that_is_pushed_twice_is_pushed_twice():
    session = Session()
    session.hear()
    assert [list(session.click(BUTTON)) for _ in range(2)] == [[BUTTON]] * 2
