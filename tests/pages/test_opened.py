"""The row whose panel is open."""

import pytest
from streamlit.elements.arrow import DataframeSelectionSerde
from streamlit.testing.v1 import AppTest


def test_a_row_is_marked_as_the_browser_says_it_back():
    """Else Streamlit takes the answer for a click, at the next click anywhere."""

    def app() -> None:
        from pages.components import opened

        opened.choose("table", 3, "name")

    marked = AppTest.from_function(app).run().session_state["table"]
    serde = DataframeSelectionSerde()
    assert serde.deserialize(serde.serialize(marked)) == marked


@pytest.mark.parametrize(
    ("cells", "found"), [([], None), ([(1, "name")], "b"), ([(2, "name")], None), ([[0, "x"]], "a")]
)
def test_a_click_on_a_row_that_is_no_longer_there_opens_nothing(cells, found):
    def app(cells: list[tuple[int, str]]) -> None:
        import streamlit as st

        from pages.components import opened

        st.session_state["table"] = {"selection": {"rows": [], "columns": [], "cells": cells}}
        st.session_state["found"] = opened.chosen("table", ["a", "b"])

    assert AppTest.from_function(app, args=(cells,)).run().session_state["found"] == found


@pytest.mark.parametrize(
    ("meant_for", "cell", "found"),
    [(["a", "b"], 1, "b"), (["a", "b"], 2, None), (["a"], 0, None), (["b", "a"], 0, None)],
)
def test_a_click_on_rows_that_were_exchanged_opens_nothing(meant_for, cell, found):
    def app(meant_for: list[str], cell: int) -> None:
        import streamlit as st

        from pages.components import opened

        there = (cell, f"name{opened.stamp(meant_for)}")
        st.session_state["table"] = {"selection": {"rows": [], "columns": [], "cells": [there]}}
        rows = ["a", "b"]
        st.session_state["found"] = opened.chosen("table", rows, opened.stamp(rows))

    ran = AppTest.from_function(app, args=(meant_for, cell)).run()
    assert ran.session_state["found"] == found


@pytest.mark.parametrize(
    ("before", "row", "cells"),
    [
        ((1, "state~1"), 1, [(1, "state~1")]),
        ((1, "state~0"), 1, [(1, "name~1")]),
        ((0, "state~1"), 1, [(1, "name~1")]),
        (None, 1, [(1, "name~1")]),
        ((1, "state~1"), None, [(1, "state~1")]),
        ((1, "state~0"), None, []),
    ],
)
def test_the_mark_stands_among_the_rows_that_are_there(before, row, cells):
    def app(before: tuple[int, str] | None, row: int | None) -> None:
        import streamlit as st

        from pages.components import opened

        if before:
            marked = {"rows": [], "columns": [], "cells": [before]}
            st.session_state["table"] = {"selection": marked}
        rows = ["a", "b"]
        opened.mark("table", rows, None if row is None else rows[row], "name~1")

    state = AppTest.from_function(app, args=(before, row)).run().session_state
    assert (state["table"]["selection"]["cells"] if "table" in state else []) == cells
