"""The row whose panel is open."""

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
