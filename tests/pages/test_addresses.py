"""Addresses that people mangle: whatever a parameter says, the page is drawn."""

import ast
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.frame import SPECS
from tests.pages.conftest import ROOT, texts

READ = re.compile(r'asked\.(?:one|several|number|one_of|follow)\(\s*"(\w+)"')
VALUES = {
    "nothing": "",
    "30 digits": "9" * 30,
    "18 digits": "9" * 18,
    "negative": "-1",
    "text": "nonsense",
    "superscript": "²",
    "emoji": "\N{BICYCLE}",
    "dots": "../",
    "%00": "\x00",
    "twice": ["1", "x"],
    "10 kB": "x" * 10_000,
    "hostile": "\u202e<b>[x](javascript:y) :red[z] \x1b[31m' OR 1=1 --",
}


def sources() -> list[Path]:
    return sorted((ROOT / "pages").rglob("*.py"))


def parameters() -> set[str]:
    """Every query parameter that a page reads."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources())
    return {*READ.findall(text), "action", "reason", "lang"}


def test_parameters_are_read_in_one_place():
    reading = re.compile(r"st\.query_params(\.get|\[[^\]]+\](?! *=)| *:)")
    allowed = {"asked.py", "texts.py"}
    readers = [
        path.name
        for path in sources()
        if path.name not in allowed
        and any(
            reading.search(line) and not line.strip().startswith("del ")
            for line in path.read_text(encoding="utf-8").splitlines()
        )
    ]
    assert readers == []
    assert parameters() >= {"q", "id", "entity", "run", "draft", "search", "step", "store"}


@pytest.mark.parametrize("page", [spec.name for spec in SPECS])
@pytest.mark.parametrize("value", VALUES)
def test_any_value_of_any_parameter_draws_the_page(data, page, value):
    """All parameters at once, but for the store, without which nothing else is looked at; then each
    that hides others behind it with a good neighbour."""
    rest = dict.fromkeys(sorted(parameters()), VALUES[value]) | {"store": "main"}
    good = [{}, {"entity": "product"}] if page == "lookup" else [{}]
    for neighbours in good:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for name, each in {**rest, **neighbours}.items():
            app.query_params[name] = each
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception, (page, neighbours)
        assert len(app.error) + len(app.title) > 0, page
        assert all("\n" not in each.value for each in app.error), page
        assert "x" * 400 not in texts(app)


@pytest.mark.parametrize("page", ["preview", "settings", "runs", "lookup"])
@pytest.mark.parametrize("value", [value for value in VALUES if value != "nothing"])
def test_any_other_store_is_said_not_to_be_there(data, page, value):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params["store"] = VALUES[value]
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    drawn = bool(app.title) and value == "%00"  # nothing that can be read is no store's name
    assert drawn or len(app.info) == 1
    assert "x" * 400 not in texts(app)


def test_an_address_that_changes_under_the_page_wins(data, visit):
    app = visit("lookup", q="Fiets")
    box = app.text_input(key="lookup:box")
    assert box.value == "Fiets"
    box.set_value("Helm").run()
    assert app.query_params["q"] == "Helm"
    app.query_params["q"] = "Fiets"
    app.run()
    assert app.text_input(key="lookup:box").value == "Fiets"
    del app.query_params["q"]
    app.run()
    assert app.text_input(key="lookup:box").value == ""


def _searching() -> None:
    import streamlit as st

    from pages.components import asked

    asked.settle()
    asked.follow("q", "box", lambda found: (found or [""])[-1])
    st.text_input("box", key="box", on_change=lambda: asked.say("q", st.session_state["box"]))
    st.button("other", on_click=asked.settle)


def test_an_address_from_before_the_last_answer_is_no_news_and_back_is():
    """A click brings the address that its browser shows: on a slow line an old one."""
    app = AppTest.from_function(_searching).run()
    for words in ("a", "b"):
        app.text_input[0].set_value(words).run()
        assert app.query_params == {"q": words}
    for _ in range(2):  # it may be late more than once
        app.query_params["q"] = "a"
        app.button[0].click().run()
        assert (app.text_input[0].value, app.query_params) == ("b", {"q": "b"})
    app.query_params["q"] = "a"
    app.run()
    assert (app.text_input[0].value, app.query_params) == ("a", {"q": "a"})
    app.query_params["q"] = "a link's"
    app.button[0].click().run()
    assert app.text_input[0].value == "a link's"


def test_what_was_typed_while_the_address_was_late_stands_in_it():
    app = AppTest.from_function(_searching).run()
    app.query_params["lang"] = "de"
    app.run()
    for words in ("a", "b"):
        app.text_input[0].set_value(words).run()
    app.query_params.pop("q")
    app.text_input[0].set_value("c").run()
    assert (app.text_input[0].value, app.query_params) == ("c", {"lang": "de", "q": "c"})


FIELDS = {
    *("text_input", "text_area", "selectbox", "multiselect", "pills", "segmented_control"),
    *("radio", "toggle", "checkbox", "number_input", "date_input", "slider"),
}
# Fields of forms, which Streamlit gives no callback of their own, of dialogs and of parts of a page
# that are drawn alone, where the address is settled before.
WITHOUT = {
    *("alerts/add.py", "forgetting.py", "overview/filters.py", "search.py", "settings/copy.py"),
    *("shops/dialogs.py", "shops/forms.py", "shops/retention.py", "shops/wizard.py"),
}


def test_every_field_settles_the_address():
    """Else one that is late on a slow line is taken for a link."""
    folder, without = ROOT / "pages/components", set()
    for path in folder.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                given = {each.arg for each in call.keywords}
                if call.func.attr in FIELDS and not given & {"on_change", None}:
                    without.add(path.relative_to(folder).as_posix())
    assert without == WITHOUT
