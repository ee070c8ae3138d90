"""What shops, APIs and people write does no harm where it is shown, written or printed."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message as Proto
from markdown_it import MarkdownIt
from streamlit.testing.v1 import AppTest

from pages.components.frame import SPECS
from sync import answers, engine, feed, preview, run
from sync.cli import main
from sync.openshop import opened_shop
from sync.sandbox import clerk
from sync.sandbox.faults import Fault
from sync.sandbox.fill import fill
from sync.sandbox.generate import generate
from sync.sandbox.oddities import Oddity, set_oddities
from sync.sandbox.serve import Sandbox
from sync.sandbox.state import State
from sync.store import Desk, StoreRow
from sync.tables import habit
from sync.texts import LANGUAGES
from tests.conftest import KEY, NO_LIMITS, PRIVATE, PUBLIC, SECRET, HastyClock

# Each piece has its effect in another place: formula cell, HTML, Markdown, Streamlit's directives,
# a terminal, a line of a log, the order of letters.
CANARY = "kanarie"
EVIL = (
    f'=HYPERLINK("https://evil.example","{CANARY}") <img src=x onerror=alert(\'{CANARY}\')>'
    f" <script>{CANARY}</script> [{CANARY}](javascript:alert(1)) ![{CANARY}](https://evil.example/p)"
    f" :red[{CANARY}] :material/delete: :{CANARY}: ${CANARY}$ `{CANARY}` **{CANARY}**"
    f" https://evil.example/{CANARY} www.evil.example {CANARY}@evil.example {{b}} {{{{x}}}}"
    " \x1b[31m\x1b]0;x\x07 \u202egnp\u202c\u2066 \u2028 \x00\x85 -1+1 @SUM(A1)\n# h\n\n- l\t|a|b|"
)
SHORT = f"<b>{CANARY}</b> [{CANARY}](javascript:x) :red[{CANARY}] \x1b[31m\u202e"
LINKS = [
    "javascript:alert(1)",
    "data:text/html,<script>",
    "file:///etc/passwd",
    "http://10.0.0.1/x",
]


@pytest.fixture(scope="session")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose shop, Clerk.io and people write the worst everywhere, after a run."""
    folder = tmp_path_factory.mktemp("poisoned")
    state = State(folder / "sandbox.db")
    fill(state, generate(40, 60, 1, datetime.now(UTC).replace(microsecond=0)))
    state.add_key(KEY, SECRET)
    clerk.add_store(state, PUBLIC, PRIVATE, "Test")
    _poison(state)
    clock = HastyClock()
    with (
        pytest.MonkeyPatch.context() as patch,
        Sandbox(state, now=clock.now, windows=NO_LIMITS) as sandbox,
    ):
        patch.setenv("SYNC_USER", SHORT)
        desk = Desk(folder / "data", clock=clock)
        store = _connected(desk, sandbox.url)
        for kind in ("refresh", "sync"):
            row = run.request(desk, store, kind)
            done = engine.drive(desk, row.id, stop=threading.Event())
            assert done.state == "partial", done.message  # what could not be used, and the refusals
    return folder / "data"


def _poison(state: State) -> None:
    for kind, fields in (
        ("product", ("title", "fulltitle", "description", "content", "data01")),
        ("variant", ("title", "sku", "articleCode", "ean")),
        ("brand", ("title",)),
        ("category", ("title", "fulltitle", "description")),
        ("order", ("number",)),
        ("customer", ("firstname", "lastname", "companyName")),
        ("textpage", ("title", "content")),
    ):
        for n, row in enumerate(state.all(kind)):
            if n % 2:
                state.edit(kind, row["id"], **dict.fromkeys(fields, f"{EVIL} {n}"))
    products = [row["id"] for row in state.all("product")]
    state.edit("product", products[0], title="k" * 100_000, fulltitle="")
    state.edit("product", products[2], content="<p>x" * 1_250_000)
    set_oddities(
        state,
        *(
            Oddity("catalog", products[n + 4], "image/src", f'"{url}"')
            for n, url in enumerate(LINKS)
        ),
        Oddity("catalog", products[10], "url", json.dumps(LINKS[0])),
        Oddity("catalog", products[12], "variants/*/priceIncl", "9" * 400),
        Oddity("catalog", products[14], "data02", "[" * 150 + "]" * 150),
        Oddity("catalog", products[16], "variants/*/stockTracking", json.dumps(EVIL)),
    )
    state.faults.add(
        Fault("clerk", "soft_error", "POST", "/v2/categories", type="LogicalError", message=EVIL)
    )


def _connected(desk: Desk, url: str) -> StoreRow:
    shop = desk.add_shop(SHORT, domain="www.shop.example", cluster="eu1", api_url=url)
    desk.add_key(shop, KEY, SECRET)
    keys = {"public": PUBLIC, "private": PRIVATE}
    return desk.add_store(shop, SHORT, language="nl", api_url=url, **keys)


# -- pages ------------------------------------------------------------------------------------

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
# What is no Markdown: names of things, what was typed, lists to choose from, code, JSON, tables.
LETTERS = re.compile(
    r"(\.id|\.key|_id|\.query_string|\.options|\.value|\.raw_value|\.default|\.placeholder|^Json\.body"
    r"|^Code\..*|^Text\.body|\.columns|\.url|\.data|_content|\.page|^BidiComponent\..*|\.alt)$"
)
AUTOMATIC = re.compile(r"(www\.|://|@)evil|:material/delete:|:kanarie:")
OPENED = re.compile(r"http://my\.clerk\.io/error/\w+$")
LOADED = re.compile(r"^$|https://|/media/|data:image/svg\+xml|http://127\.0\.0\.1:")
VISITS: list[tuple[str, dict[str, str]]] = [
    *((spec.name, {"run": "2", "runs": "1"}) for spec in SPECS),
    ("overview", {"row": "*"}),
    ("preview", {"entity": "products", "id": "product:0"}),
    ("preview", {"entity": "products", "id": "product:1"}),
    ("preview", {"entity": "products", "id": "product:2"}),
    ("preview", {"entity": "products", "id": "product:10"}),
    ("preview", {"entity": "products", "id": "product:14"}),
    ("preview", {"entity": "orders", "id": "orders:1"}),
    ("preview", {"entity": "categories", "id": "category:1"}),
    ("lookup", {"entity": "product", "id": "product:0"}),
    ("lookup", {"entity": "product", "id": "product:2"}),
    ("lookup", {"entity": "product", "id": "product:13", "lang": "de"}),
    ("lookup", {"entity": "order", "id": "orders:1"}),
    ("lookup", {"entity": "category", "id": "category:1"}),
    ("lookup", {"q": CANARY}),
    ("lookup", {"q": EVIL}),
    ("runs", {"search": EVIL, "person": SHORT}),
    ("audit", {"q": SHORT}),
    ("shops", {"id": "*"}),
    ("problems", {"all": "1", "lang": "de"}),
]


@pytest.mark.parametrize(("name", "query"), VISITS, ids=lambda value: str(value)[:40])
def test_no_page_does_what_foreign_text_says(poisoned, monkeypatch, visit, name, query):
    monkeypatch.setenv("SYNC_DATA", str(poisoned))
    monkeypatch.setenv("SYNC_USER", SHORT)
    desk = Desk(poisoned)
    (store,) = desk.stores()
    asked = {key: _found(desk, store, value) for key, value in query.items()}
    app = visit(name, store=store.slug, **asked)
    assert not app.exception
    for proto in protos(app):
        for place, text in strings(proto):
            assert len(text) < 30_000, place
            if LETTERS.search(place) is None:
                does_nothing(text, place)
            if place.endswith(".url"):
                assert LOADED.match(text) or OPENED.match(text), (place, text)
        kind = type(proto).__name__
        if "chart" in kind.lower() or kind == "Html":
            assert CANARY.encode() not in proto.SerializeToString(), kind
    for table in app.dataframe:
        columns = json.loads(table.proto.columns)
        kinds = {name: each.get("type_config", {}).get("type") for name, each in columns.items()}
        assert "link" not in kinds.values()
        pictures = [key for key, kind in kinds.items() if kind == "image" and key in table.value]
        for url in table.value[pictures].to_numpy().ravel():
            assert not isinstance(url, str) or LOADED.match(url), url


def _found(desk: Desk, store: StoreRow, value: str) -> str:
    """The nth id of a table of the mirror; of `*` the store's own."""
    kind, _, place = value.partition(":")
    if value == "*":
        return store.slug
    if kind not in ("product", "orders", "category") or not place:
        return value
    with opened_shop(desk, store) as shop:
        sql = f"SELECT DISTINCT id FROM {kind} ORDER BY id LIMIT 1 OFFSET ?"
        return next(str(row[0]) for row in shop.mirror.stream(sql, int(place)))


def protos(app: AppTest) -> Iterator[Proto]:
    """Every element that is drawn, blocks included."""
    todo: list[Any] = [*app._tree.children.values()]
    while todo:
        node = todo.pop()
        if isinstance(getattr(node, "proto", None), Proto):
            yield node.proto
        todo += getattr(node, "children", {}).values()


def strings(proto: Proto, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in it, by its place."""
    path = path or type(proto).__name__
    for field, value in proto.ListFields():
        for each in [value] if isinstance(value, str | bytes | Proto | int | float) else value:
            if isinstance(each, Proto):
                yield from strings(each, f"{path}.{field.name}")
            elif isinstance(each, str):
                yield f"{path}.{field.name}", each


def does_nothing(markdown: str, place: str) -> None:
    """Drawn as Markdown the foreign text in it is letters alone."""
    tokens = [each for block in PARSER.parse(markdown) for each in (block, *(block.children or ()))]
    for token in tokens:
        said = (place, token.type, markdown[:500])
        if token.type in ("html_inline", "html_block", "image", "code_inline"):
            assert CANARY not in token.content + str(token.attrs), said
            assert "evil" not in token.content + str(token.attrs), said
        if token.type == "link_open":
            assert re.match(r"https://|/|\?", str(token.attrs["href"])), said
            assert "evil" not in str(token.attrs["href"]), said
        if token.type == "text":
            assert not re.search(r"(www\.|://|@)evil|:material/delete:|:kanarie:", token.content), (
                said
            )
    assert not re.search(r"(?<!\\):red\[(?=kanarie)|(?<!\\)\$kanarie", markdown), place
    assert not steering(markdown), place


def steering(text: str) -> list[str]:
    """Characters that steer a terminal or turn what stands around."""
    return [c for c in text if c not in "\n\u2060" and unicodedata.category(c) in STEERING]


STEERING = {"Cc", "Cf", "Cs", "Zl", "Zp"}


# -- the command line -------------------------------------------------------------------------

COMMANDS = [
    *(["shop", "list"], ["store", "list"], ["settings", "show", "*"]),
    *(["settings", "history", "*"], ["preview", "*"], ["runs", "*"], ["show", "2"], ["log", "2"]),
    *(["problems"], ["problems", "*"], ["compare", "1", "2"], ["held", "*", "--on", "2030-01-01"]),
    *(["explain", "*", "product", "product:0"], ["explain", "*", "product", "product:1"]),
    *(["explain", "*", "product", "product:13"], ["explain", "*", "order", "orders:1"]),
    *(["explain", "*", "category", "category:1"], ["explain", "*", "product", EVIL]),
    *(["answer", "*", "product", "product:1"], ["bisect", "*", "products", "product:1"]),
    *(["contrast", "*", "products", "--action", "skip"], ["audit", "list"], ["show", EVIL]),
    *(["run", "*", "--only", f"products:{EVIL}"], ["preview", "*", "--set", f"image_size={EVIL}"]),
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words)[:40])
def test_no_command_steers_the_terminal(poisoned, monkeypatch, capsys, words):
    monkeypatch.setenv("SYNC_USER", SHORT)
    desk = Desk(poisoned)
    (store,) = desk.stores()
    asked = [_found(desk, store, word) for word in words]
    code = main(["--data", str(poisoned), *asked])
    said = capsys.readouterr()
    assert said.out + said.err
    assert code in range(6)
    assert steering(said.out + said.err) == []
    assert code == 0 or len(said.err.splitlines()) <= 1


# -- files ------------------------------------------------------------------------------------


def cells(table: bytes, between: str) -> Iterator[str]:
    text = io.StringIO(table.decode("utf-8-sig"), newline="")
    for row in csv.reader(text, delimiter=between):
        yield from row


def formulas(table: bytes, lang: str) -> list[str]:
    found = list(cells(table, habit(lang).between))
    assert any(CANARY in cell for cell in found)
    return [cell for cell in found if cell[:1] in set("=+-@\t\r\n＝＋－＠")]


def test_no_cell_of_a_table_is_a_formula(poisoned):
    desk = Desk(poisoned)
    (store,) = desk.stores()
    key = preview.prepared(desk, store).key
    for entity in ("products", "categories", "orders"):
        for lang in LANGUAGES:
            sheet = preview.as_sheet(desk, store, key, entity, lang=lang, as_in=habit(lang))
            assert formulas(b"".join(sheet), lang) == []
        assert formulas(b"".join(preview.as_csv(desk, store, key, entity)), "en") == []


def test_the_feed_is_a_line_of_json_for_each_record(poisoned, tmp_path):
    desk = Desk(poisoned)
    (store,) = desk.stores()
    told = feed.export(desk, store, tmp_path)
    for each in told["files"].values():
        lines = Path(each["path"]).read_bytes().removesuffix(b"\n").split(b"\n")
        assert [len(json.loads(line)) > 1 for line in lines] == [True] * each["records"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_is_text_alone(poisoned, tmp_path, lang):
    desk = Desk(poisoned)
    (store,) = desk.stores()
    answers.report(desk, store, tmp_path / "report.html", lang, tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert re.findall(r"<(?:script|img|iframe|a|b>kanarie)\b", page) == []
    assert not steering(page.replace("\n", ""))
    assert formulas((tmp_path / "fix.csv").read_bytes(), lang) == []


def test_the_log_of_a_run_is_lines(poisoned):
    desk = Desk(poisoned)
    for run_id in (1, 2):
        for line in desk.run_log(run_id):
            assert not re.search(r"[\x00-\x1f\x7f\x85\u2028\u202e]", line["message"]), line
            assert len(line["message"]) < 5_000
