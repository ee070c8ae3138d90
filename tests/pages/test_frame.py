"""What every page shares: the gate, the sidebar, both languages, no bare text."""

import ast
from pathlib import Path

import pytest

from pages.components import context
from pages.components.specs import SPECS
from sync import run
from sync.texts import text
from tests.pages.conftest import ROOT, texts

PAGES = [spec.name for spec in SPECS]
FILES = sorted((ROOT / "pages").rglob("*.py"))


@pytest.mark.parametrize("lang", ["en", "de"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_filled(data, visit, name, lang):
    app = visit(name, lang=lang)
    assert not app.exception
    assert app.session_state["lang"] == lang


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_on_the_first_visit(nothing, visit, name):
    assert not visit(name).exception


def test_the_language_is_the_links_and_stays_on_the_next_page(data, visit):
    app = visit("runs", lang="de")
    assert app.button(key="search").label == text("search.button", "de")
    assert app.query_params["lang"] == "de"


def test_the_reader_can_switch_the_language(data, visit):
    app = visit("runs", lang="de")
    app.sidebar.get("button_group")[0].set_value("en").run()
    assert app.button(key="search").label == text("search.button", "en")


def test_the_store_of_a_link_is_chosen(data, desk, visit):
    desk.add_store(desk.shop("shop"), "Zweiter", language="de", public="p" * 8, private="q" * 8)
    app = visit("runs", store="zweiter")
    assert app.sidebar.selectbox[0].value == "zweiter"
    assert app.query_params["store"] == "zweiter"


def test_the_search_finds_stores_runs_and_records_and_leads_there(data, desk, store, visit):
    first = run.request(desk, store, "refresh")
    for typed, hit, page in (
        ("main", "hit:store:main", "preview"),
        (f"#{first.id}", "hit:run", "run"),
        ("141000108", "hit:record:0", "lookup"),
    ):
        app = visit("preview", lang="de")
        app.button(key="search").click().run()
        app.text_input(key="search:box").set_value(typed).run()
        app.button(key=hit).click().run()
        assert not app.exception
        assert app.session_state["page shown last"] == page
        assert "search:box" not in [each.key for each in app.text_input]


def test_what_nobody_has_is_said(data, visit):
    app = visit("runs", lang="de")
    app.button(key="search").click().run()
    app.text_input(key="search:box").set_value("zzz").run()
    assert text("search.nothing", "de", text="zzz") in texts(app)


def test_among_many_stores_the_search_chooses(data, desk, visit, monkeypatch):
    keys = {"public": "p" * 8, "private": "q" * 8}
    desk.add_store(desk.shop("shop"), "Zweiter", language="de", **keys)
    monkeypatch.setattr(context, "FEW", 1)
    app = visit("runs", lang="de")
    assert [each.key for each in app.sidebar.selectbox] == []
    app.button(key="search:store").click().run()
    app.text_input(key="search:box").set_value("zweit").run()
    app.button(key="hit:store:zweiter").click().run()
    assert app.query_params["store"] == "zweiter"
    assert app.button(key="search:store").label == "Zweiter"


@pytest.mark.parametrize("path", sorted((ROOT / "pages").glob("*.py")), ids=lambda p: p.stem)
def test_a_page_begins_with_the_gate(path: Path):
    """Without it a fresh server shows the page past app.py."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    calls = [ast.unparse(node) for node in body if isinstance(node, ast.Expr)]
    assert "frame.gate()" in calls[:2]


@pytest.mark.parametrize("path", [ROOT / "app.py", *FILES], ids=lambda p: p.stem)
def test_no_page_has_a_text_of_its_own(path: Path):
    """All texts come from the catalogues: no argument of a Streamlit call is a sentence or word."""
    bare = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and _streamlit(node.func)):
            continue
        shown = [*node.args, *(k.value for k in node.keywords if k.arg in SHOWN)]
        bare += [ast.unparse(each) for each in shown if _words(each)]
    assert bare == []


SHOWN = {"label", "help", "placeholder", "caption", "text", "body", "title"}
NAMES = {"Sync Desk"}
CALLS = {
    "title", "header", "subheader", "markdown", "caption", "text", "write", "button", "error",
    "warning", "info", "success", "toast", "badge", "metric", "selectbox", "text_input", "tabs",
    "expander", "checkbox", "toggle", "radio", "multiselect", "pills", "segmented_control",
    "download_button", "page_link", "form_submit_button", "text_area", "number_input", "popover",
    "spinner", "status", "dialog", "date_input", "progress", "link_button",
}  # fmt: skip


OURS = {"logger", *(path.stem for path in FILES)}


def _streamlit(func: ast.expr) -> bool:
    if not isinstance(func, ast.Attribute) or func.attr not in CALLS:
        return False
    return not (isinstance(func.value, ast.Name) and func.value.id in OURS)


def _words(node: ast.expr) -> bool:
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    return any(c.isalpha() for c in node.value) and node.value not in NAMES


def test_pages_know_no_sql_and_no_http():
    """Pages read from sync, draw, and hand clicks back."""
    banned = {"httpx", "sqlite_utils", "requests", "urllib.request", "socket"}
    for path in FILES:
        names = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module or "")
        assert not names & banned, path.name
        assert "SELECT " not in path.read_text(encoding="utf-8"), path.name


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_cell_without_a_value_never_says_none(path):
    """Streamlit writes "None" into it unless the table says what stands there instead."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    tables = [c for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr == "dataframe"]
    assert all("placeholder" in {word.arg for word in table.keywords} for table in tables)
