"""What a terminal is given: no text from outside steers it."""

import io
import json
import logging
import re
import unicodedata

import pytest

from sync import cli
from sync.cli.screen import HarmlessFormatter, Screen, harmless
from sync.errors import Message
from sync.store import Desk
from tests.conftest import connect

EVIL = "a\x1b[2Jb\x07\x9b31m\u202egnp.exe\u2066x\u200f\u00ad\x00\x7f\u2028z"
STEERING = {"Cc", "Cf", "Cs", "Zl", "Zp"}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def steering(text: str) -> list[str]:
    return [c for c in text if c != "\n" and unicodedata.category(c) in STEERING]


@pytest.mark.parametrize("kind", [io.StringIO, Terminal])
def test_nothing_on_the_screen_steers_the_terminal(kind, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    screen = Screen(json=False, out=kind(), err=kind())
    screen.line(EVIL)
    screen.say("store.paused", store=EVIL)
    screen.remark(EVIL)
    screen.error(EVIL)
    screen.table([EVIL, "b"], [[EVIL, 1]])
    said = screen.out.getvalue() + screen.err.getvalue()
    assert steering(re.sub(r"\x1b\[[0-9;]*m", "", said)) == []
    assert "gnp.exe" in screen.out.getvalue()


def test_a_document_says_the_same_and_steers_nothing():
    evil = {EVIL.replace("\x00", ""): ["\U000e0041\ufeff", "Größe \N{BICYCLE}", "\x7f"]}
    screen = Screen(json=True, out=io.StringIO())
    screen.document(evil)
    assert steering(screen.out.getvalue()) == []
    assert json.loads(screen.out.getvalue()) == evil
    assert "Größe \N{BICYCLE}" in screen.out.getvalue()


def test_what_people_read_stays():
    for text in ("Größe\u00a0XL → 42 €", "línea\nline", "尺寸 \N{BICYCLE}", ""):
        assert harmless(text) == text


def test_log_lines_are_harmless_too():
    record = logging.LogRecord("x", logging.ERROR, "x", 1, EVIL, None, None)
    assert steering(HarmlessFormatter("%(message)s").format(record)) == []


def test_names_of_shops_and_messages_of_runs_are_shown_harmless(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("SYNC_DATA", raising=False)
    desk = Desk(tmp_path)
    store = connect(desk, "http://127.0.0.1:9")
    evil = EVIL.replace("\x00", "")
    with desk._opened() as db:
        db.execute("UPDATE store SET name = ?", [evil])
        db.execute("UPDATE shop SET name = ?, domain = ?", [evil, evil])
    run = desk.queue_run(store, "sync", trigger="manual", who=evil, options={}, plan=None)
    desk.log(run.id, "error", "catalogue", Message("log.key_refused", key=evil))
    desk.change_state(run.id, ["queued"], {"state": "failed", "message": evil})
    for words in (
        ["shop", "list"],
        ["store", "list"],
        ["runs", "main"],
        ["show", str(run.id)],
        ["log", str(run.id)],
        ["settings", "history", "main"],
        ["explain", "main", "product", evil],
        ["export", "main", str(tmp_path / f"x{evil}")],
        ["show", evil],
    ):
        cli.main(["--data", str(tmp_path), *words])
        said = capsys.readouterr()
        assert said.out + said.err
        assert steering(said.out + said.err) == [], words
