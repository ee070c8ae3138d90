"""Pages as AppTest runs them, on a data folder that was read and synced once for all tests."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime import context
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest, app_test

from pages.components import variants
from pages.components.preview import payload
from sync import engine, run
from sync.sandbox import clerk
from sync.sandbox.fill import fill
from sync.sandbox.generate import generate
from sync.sandbox.serve import Sandbox
from sync.sandbox.state import State
from sync.store import Desk, DraftRow, StoreRow, data_folder
from sync.texts import text
from tests.conftest import KEY, NO_LIMITS, PRIVATE, PUBLIC, SECRET, connect


def refused(code: str, lang: str = "en", **values: object) -> str:
    """A refusal as a page has it: a sentence, where the command line has a line."""
    line = text(f"refusal.{code}", lang, **values)
    return f"{line[:1].upper()}{line[1:].rstrip('.')}."


ROOT = Path(__file__).parents[2]
# AppTest reads what every installed package says of itself, for each page that it opens: nine
# tenths of a test's time.
COMPONENTS = cache(manifest_scanner.scan_component_manifests)
Open = Callable[..., AppTest]
AUTH = {
    "redirect_uri": "http://127.0.0.1:8501/oauth2callback",
    "cookie_secret": "0123456789abcdef" * 2,
    "client_id": "desk",
    "client_secret": "known to both",
    "server_metadata_url": "http://127.0.0.1:9/.well-known/openid-configuration",
}


@pytest.fixture(scope="session")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder: shop `shop`, store `main` (Dutch, 60 products, 120 orders), refreshed and
    synced once. Its stand-ins are gone."""
    folder = tmp_path_factory.mktemp("synced")
    state = State(folder / "sandbox.db")
    fill(state, generate(60, 120, 1, datetime.now(UTC).replace(microsecond=0)))
    state.add_key(KEY, SECRET)
    clerk.add_store(state, PUBLIC, PRIVATE, "Test")
    with Sandbox(state, windows=NO_LIMITS) as sandbox:
        desk = Desk(folder / "data")
        store = connect(desk, sandbox.url)
        for kind in ("refresh", "sync"):
            row = run.request(desk, store, kind)
            done = engine.drive(desk, row.id, stop=threading.Event())
            assert done.state == "succeeded"
    return folder / "data"


@pytest.fixture
def data(synced: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the synced folder that the pages work on."""
    folder = tmp_path / "data"
    shutil.copytree(synced, folder)
    monkeypatch.setenv("SYNC_DATA", str(folder))
    return folder


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder: the first visit."""
    folder = tmp_path / "nothing"
    monkeypatch.setenv("SYNC_DATA", str(folder))
    return folder


@pytest.fixture
def desk(data: Path) -> Desk:
    """The desk of the copied folder."""
    return Desk(data)


@pytest.fixture
def store(desk: Desk) -> StoreRow:
    """Its store."""
    return desk.store("main")


class Navigated(PagesManager):
    """As on a server that has seen app.py. AppTest forgets that from run to run, and the gate's
    rerun would swallow each click; the gate itself is for tests/e2e/test_deep_links.py. And a part
    that is drawn alone links to the pages that the whole page named."""

    named: ClassVar[dict[str, Any] | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        PagesManager.uses_pages_directory = False
        self._pages = Navigated.named

    def set_pages_and_resolve(self, pages: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        Navigated.named = pages
        return super().set_pages_and_resolve(pages, *args, **kwargs)


@dataclass
class Client:
    """The browser's end of the line, which AppTest leaves open."""

    headers: list[tuple[str, str]] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)
    remote_ip: str = "127.0.0.1"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    """A browser on this computer."""
    there = Client()
    monkeypatch.setattr(context, "_get_client_context", lambda: there)
    return there


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    """No worker beside the pages, and nothing cached from one test to the next."""
    monkeypatch.setenv("SYNC_EMBEDDED", "0")
    monkeypatch.setattr(app_test, "PagesManager", Navigated)
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", COMPONENTS)
    monkeypatch.setenv("SYNC_USER", "tester")
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def visit() -> Open:
    """Open a page: `visit("preview", lang="de", store="main")`; query parameters as keywords. The
    `person` is a new one unless an earlier one's number is given, as the cookie would; the `user`
    is what the provider said of who signed in."""

    def opened(
        page: str = "overview",
        person: str = "",
        user: dict[str, Any] | None = None,
        **query: str,
    ) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        if user is not None:
            app.user, app.secrets = user, {"auth": AUTH}
        if person:
            app.session_state["person"] = person
        for name, value in query.items():
            app.query_params[name] = value
        if page != "overview":
            app.switch_page(f"pages/{page}.py")
        return app.run()

    return opened


def unfolded(app: AppTest) -> str:
    """The data behind the tabs and folds of a record, each opened in turn as a reader would."""
    for fold in ("lookup.payload", "lookup.if_sent", "lookup.source"):
        for expanded in (False, True):
            app.session_state[f"lookup:{fold}:{expanded}"] = True
    found = ""
    for label in [tab.label for tab in app.tabs] or [""]:
        for lang in ("de", "en"):
            app.session_state[f"{payload.TAB}:{lang}"] = label
        found += _data(app.run())
    return found


def _data(app: AppTest) -> str:
    tables = str([each.value.to_dict() for each in app.dataframe])
    return tables + "".join(each.value for each in app.json)


def texts(app: AppTest) -> str:
    """Everything a reader sees as text, for assertions on what a page says."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "text", "error", "warning")
    found = [str(each.value) for kind in (*kinds, "info", "success") for each in app.get(kind)]
    found += [f"{each.label} {each.value}" for each in app.metric]
    found += [each.label for each in app.button]
    return "\n".join(found)


def variant_rows(app: AppTest, lang: str = "en") -> list[dict[str, str]]:
    """The table of a product's variants, each row by the columns' names."""
    found = []
    for table in [each.value for each in app.markdown if each.value.startswith("| ")]:
        heads, _, *rows = (line.strip("| ").split(" | ") for line in table.splitlines())
        assert heads == [text(f"variant.{name}", lang) for name in variants.COLUMNS]
        found += [dict(zip(variants.COLUMNS, row, strict=True)) for row in rows]
    return found


def draft(app: AppTest, slug: str = "main") -> dict[str, str]:
    """What the draft of the person before the page changes."""
    desk = Desk(data_folder())
    kept = desk.draft(desk.store(slug), app.session_state["person"])
    return {key: wanted for key, (_, wanted) in kept.changes.items()} if kept else {}


def propose(app: AppTest, slug: str = "main", **changes: str) -> None:
    """Put changes into the draft of the person before the page, as another page or window does."""
    desk = Desk(data_folder())
    saved = desk.settings(desk.store(slug))
    pairs = {key: (saved.settings.values()[key], wanted) for key, wanted in changes.items()}

    def more(kept: DraftRow) -> DraftRow:
        version = kept.version or saved.version
        return replace(kept, version=version, changes={**kept.changes, **pairs})

    desk.change_draft(desk.store(slug), app.session_state["person"], more)
