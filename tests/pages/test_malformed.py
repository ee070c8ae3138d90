"""Malformed input at every door: a clear error of one line, and nothing is lost."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from pages.components.frame import SPECS
from sync import setup
from sync.access.grants import AccessFileError, granted
from sync.cli import COMMANDS, main
from sync.cli.parser import build
from sync.database import sqlite3
from sync.sandbox.faults import Fault
from sync.store import UsageError
from sync.texts import LANGUAGES
from tests.conftest import KEY, PRIVATE, PUBLIC, SECRET, HastyClock, Place

LONG, MILLION = "x" * 50_000, "x" * 1_000_000


# What a mere look may fill: the rows of a preview, and that an export was tried.
LOOKED_AT = re.compile(r"plan|plan_\w+|audit|sqlite_sequence|_sqlite_migrations")


def content(folder: Path) -> dict[str, str]:
    """What the databases of a data folder hold, table by table."""
    found = {}
    for file in sorted(folder.rglob("*.db")):
        with closing(sqlite3.connect(file)) as db:
            sql = "SELECT name FROM sqlite_master WHERE type = 'table'"
            for (name,) in db.execute(sql).fetchall():
                if LOOKED_AT.fullmatch(name) is None:
                    rows = db.execute(f'SELECT * FROM "{name}"').fetchall()
                    found[f"{file.name}: {name}"] = sha256(repr(rows).encode()).hexdigest()
    return found


def parsers() -> dict[tuple[str, ...], argparse.ArgumentParser]:
    found: dict[tuple[str, ...], argparse.ArgumentParser] = {}

    def look(parser: argparse.ArgumentParser, words: tuple[str, ...]) -> None:
        inner = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
        for action in inner:
            for name, each in action.choices.items():
                look(each, (*words, name))
        if not inner:
            found[words] = parser

    look(build(), ())
    return found


# What is wrong for each argument, by what it is; a text with NUL or half a character, or one that
# is very long, is wrong everywhere.
ANYWHERE = ["x\x00y", "\udc80", LONG]
NUMBERS = ["", "x", "-1", "1.5", "1e3", "٣", "²", "9" * 30, "9" * 5000, "0x10"]
NAMES = ["", " ", "nope", "..", "../main", "main/", "MAIN;--", "-", "\u202emain", "%00", MILLION]
TIMES = ["", "soon", "2026-13-01", "2026-02-30", "99999-01-01", "0001-01-01T00:00:00+14:00", "1e9"]
ASSIGNMENTS = ["", "=", "x", "=1", "unknown=1", "\u202e=1", f"{LONG}=1"]
WRONG: dict[str, list[str]] = {
    "store": NAMES,
    "shop": NAMES,
    "run": NUMBERS,
    "key": ["\x00"],
    "name": ["", "!!", "\u200b"],
    "domain": ["a b", "127.0.0.1", "shop.nl/?x", "user@shop.nl", "localhost"],
    "cluster": ["", "eu9"],
    "api_url": ["ftp://x", "http://shop.example", "https://10.0.0.1", "https://a@b", "//x"],
    "language": ["", "dutch", "N1", "ñn", "n"],
    "schedule": ["", "maybe"],
    "shop set": ["reserve=", "reserve=91", "reserve=٣", "cluster=x", "domain=a b", "name= "],
    "store set": ["outlier_k=0", "outlier_k=nan", "patrol_days=-1", "outlier_hold=maybe"],
    "settings set": ["page_size=0", "page_size=1e9", "import_products=maybe", "image_size=x"],
    "retention": ["logs=-1", "logs=x", "logs=1e9"],
    "set": [*ASSIGNMENTS, "page_size=0", "import_products=maybe"],
    "plan": ["", "x", "\u202e"],
    "only": ["", "products", "products:", ":", "x:1", "products:a", "products:1,,", "products:-1"],
    "resend": ["", "everything"],
    "entity": ["", "x", "prodüct"],
    "reason": ["", "x", "invalide:price"],
    "action": ["", "x"],
    "zone": ["", "Mars/Phobos", "../../etc/passwd", "/etc/passwd", "Europe"],
    **dict.fromkeys(("on", "then", "gone_since", "since"), TIMES),
    **{name: ["", " ", "FILE/x"] for name in ("file", "directory", "records", "csv")},
    **dict.fromkeys(("subject", "of_shop", "of_store"), NAMES),
    "digest": ["", "hourly"],
    "cause": ["", "x", ":", "x:y"],
    "customer": ["", "nope", "-1", "9" * 30],
}
RIGHT = {
    "store": "main",
    "shop": "shop",
    "run": "2",
    "first": "1",
    "second": "2",
    "version": "1",
    "key": "1",
    "entity": "product",
    "on": "2030-01-01",
    "name": "New",
    "domain": "d.example",
    "cluster": "eu1",
    "language": "nl",
    "file": "OUT",
    "directory": "OUT",
    "customer": "1",
    "subject": "main",
    "assignments": "reserve=5",
}


def mistakes() -> Iterator[tuple[tuple[str, ...], str, list[str]]]:
    """Every command with one wrong argument."""
    seen: set[str] = set()
    for words, parser in parsers().items():
        actions = [each for each in parser._actions if each.nargs != 0]
        needed = {each.dest: each for each in actions if each.required}
        for action in actions:
            for wrong in _wrong(" ".join(words), action, seen):
                values = {dest: _right(each) for dest, each in needed.items()}
                values[action.dest] = wrong
                told = [each for each in actions if each.dest in values]
                given = []
                for each in (each for each in told if each.option_strings):
                    given.append(f"{each.option_strings[0]}={values[each.dest]}")
                given += ["--", *(values[e.dest] for e in told if not e.option_strings)]
                yield words, action.dest, [*words, *given]


def _wrong(command: str, action: argparse.Action, seen: set[str]) -> list[str]:
    """All mistakes where an argument of its kind is met first, two of them elsewhere."""
    if action.dest in ("help", "json", "data", "lang", "verbose", "note"):
        return []
    if action.type is not None and action.dest not in WRONG:
        kind, wrong = "number", NUMBERS
    elif action.dest == "assignments":
        kind, wrong = command, [*ASSIGNMENTS, *WRONG.get(command, [])]
    else:
        kind, wrong = action.dest, WRONG[action.dest]
    if kind in seen:
        return wrong[1:3]
    seen.add(kind)
    return [*wrong, *ANYWHERE]


def _right(action: argparse.Action) -> str:
    if action.choices:
        return str(next(iter(action.choices)))
    return RIGHT[action.dest]


# A key that nobody has is an answer, and an early time a time.
ANSWERED = {("explain", "key"), ("answer", "key"), ("bisect", "key"), ("contrast", "gone_since")}


def test_a_wrong_argument_is_one_line_and_changes_nothing(data, tmp_path, capsys):
    kept, told = content(data), []
    for words, dest, given in mistakes():
        if (words[0], dest) in ANSWERED:
            continue
        here = [word.replace("FILE", str(data / "desk.db")) for word in given]
        here = [word.replace("OUT", str(tmp_path / "out")) for word in here]
        code = main(["--data", str(data), *here], clock=HastyClock())
        said = capsys.readouterr()
        told.append((words, dest, len(said.err)))
        shown = [word[:60] for word in here]
        assert code in (1, 2), (shown, said.out)
        assert said.err.startswith("error: "), shown
        assert len(said.err.splitlines()) == 1, shown
        assert len(said.err) < 1100, shown
    assert content(data) == kept
    assert {words for words, _, _ in told} >= {words for words in COMMANDS if _takes(words)}
    assert len(told) > 250


def _takes(words: tuple[str, ...]) -> bool:
    known = [a for a in parsers()[words]._actions if a.nargs != 0 and a.dest != "note"]
    return any(a.dest not in ("data", "lang", "verbose") for a in known)


# -- the environment ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("SYNC_HTTP_TIMEOUT", value) for value in ("x", "0", "-1", "1e9", "nan", "９")),
        *(("SYNC_ALLOW_PRIVATE", value) for value in ("x", "10.0.0.1/8", "10.0.0.0/99", "::/200")),
        *(("SYNC_KEY", value) for value in ("x", "é", "a" * 44, f"{'a' * 43}=", "x" * 9999)),
        *(("SYNC_DATA", value) for value in ("FILE", "FILE/below", "x" * 5000)),
    ],
)
def test_a_wrong_environment_is_one_line_and_changes_nothing(
    data, monkeypatch, capsys, name, value
):
    kept = content(data)
    monkeypatch.setenv(name, value.replace("FILE", str(data / "desk.db")))
    monkeypatch.setenv("LIGHTSPEED_API_KEY", KEY)
    monkeypatch.setenv("LIGHTSPEED_API_SECRET", SECRET)
    code = main(["shop", "key", "add", "shop"])
    said = capsys.readouterr()
    assert code in (1, 2), said.out
    assert said.err.startswith("error: ")
    assert len(said.err.splitlines()) == 1
    assert content(data) == kept


ACCESS = [
    *("[", "grant = 1", "[[grant]]", "other = 1", "\x00", "[[grant]]\nwho = 1\nrole = 'admin'"),
    *("[[grant]]\nwho = 'a@b.example'\nrole = 'king'", "x" * 100_000, "[" * 5_000),
    "[[grant]]\nwho = 'a@b.example'\nrole = 'admin'\nshops = 5",
]


@pytest.mark.parametrize("text", ACCESS, ids=range(len(ACCESS)))
def test_a_file_of_grants_that_cannot_be_read_is_named(tmp_path, text):
    (tmp_path / "access.toml").write_text(text, encoding="utf-8")
    with pytest.raises(AccessFileError, match=r"access\.toml") as caught:
        granted(tmp_path, "a@b.example", {})
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


# -- what APIs answer ---------------------------------------------------------------------------

BODIES = {
    "nothing": "",
    "blank": " \n",
    "null": "null",
    "a number": "1",
    "a text": '"x"',
    "true": "true",
    "empty list": "[]",
    "empty object": "{}",
    "list": "[1,2]",
    "cut off": '{"shop": {"id": 1',
    "html": "<!doctype html><script>",
    "not utf-8": '{"shop": "\xff"}',
    "binary": "\x00\x01\xfe",
    "deep": '{"shop":' * 5_000,
    "huge number": '{"shop": {"id": 1e999}}',
    "nan": '{"shop": NaN}',
    "digits": '{"account": {"id": ' + "9" * 5_000 + "}}",
    "half": '{"shop": "\\ud800"}',
    "two values": "{}{}",
    "list in it": '{"shop": [[]]}',
    "an error": '{"error": {"message": 5}}',
    "error": '{"status": "error", "message": ["x"], "type": {}}',
    "status": '{"status": 5}',
}


@pytest.mark.parametrize("body", BODIES)
def test_a_malformed_answer_is_one_line(place: Place, body):
    place.state.faults.add(_answering("lightspeed", BODIES[body]))
    place.state.faults.add(_answering("clerk", BODIES[body]))
    common = {"api_url": place.sandbox.url, "clock": place.desk.clock}
    kept = content(place.desk.data_dir)
    with pytest.raises(UsageError) as lightspeed:
        setup.try_lightspeed(cluster="eu1", key=KEY, secret=SECRET, **common)
    with pytest.raises(UsageError) as clerk:
        setup.try_clerk(public=PUBLIC, private=PRIVATE, **common)
    for error in (lightspeed, clerk):
        for lang in LANGUAGES:
            assert "\n" not in error.value.text(lang)
            assert len(error.value.text(lang)) < 700
    assert content(place.desk.data_dir) == kept


def _answering(side: str, body: str) -> Fault:
    """Every answer of the side is that body, one byte a letter."""
    return Fault(side, "raw", put=body)


# -- fields -------------------------------------------------------------------------------------

TYPED = ["\x00\u202e<b>' OR 1=1 -- :red[x] \x1b[31m ٣²½ \ufeff", "9" * 50_000]


@pytest.mark.parametrize("name", [spec.name for spec in SPECS])
@pytest.mark.parametrize("typed", TYPED, ids=range(len(TYPED)))
def test_whatever_is_typed_the_page_is_drawn(data, visit, name, typed):
    app = visit(name, store="main", run="2", new="1")
    kept = content(data)
    for field in (each for each in (*app.text_input, *app.text_area) if not each.disabled):
        field.set_value(typed[: field.proto.max_chars or None])
    app.run()
    assert not app.exception
    assert all("\n" not in each.value and len(each.value) < 2_000 for each in app.error)
    news = {table for table, rows in content(data).items() if rows != kept.get(table)}
    # What was tried and chosen, and what was found out for it.
    assert news <= {"desk.db: draft", "desk.db: choice", "shop.db: meta"}
