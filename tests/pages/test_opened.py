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
