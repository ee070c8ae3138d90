"""The command line through its front door, against the stand-ins over loopback."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sync.cli import COMMANDS, main
from sync.cli.parser import build
from sync.sandbox import clerk
from sync.sandbox.faults import Fault
from sync.sandbox.fill import fill
from sync.sandbox.generate import generate, known_faults
from sync.sandbox.serve import Sandbox
from sync.sandbox.state import State
from sync.sandbox.windows import Limits
from sync.store import Desk as DeskDatabase
from sync.store import shop_lock

ROOT = Path(__file__).parents[1]
KEY, SECRET = "ab12" * 8, "cd34" * 8
PUBLIC, PRIVATE = "public-key-of-the-store-pq71", "private-key-of-the-store-rs82"
SECRETS = {
    "LIGHTSPEED_API_KEY": KEY,
    "LIGHTSPEED_API_SECRET": SECRET,
    "CLERK_PUBLIC_KEY": PUBLIC,
    "CLERK_PRIVATE_KEY": PRIVATE,
}


@dataclass
class Said:
    """What one command wrote, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@dataclass
class Terminal:
    """Calls commands on one data folder."""

    data: Path
    capsys: pytest.CaptureFixture

    def __call__(self, *words: str) -> Said:
        code = main(["--data", str(self.data), *words])
        return Said(code, *self.capsys.readouterr())

    def json(self, *words: str, code: int = 0):
        said = self(*words, "--json")
        assert said.code == code, said
        return said.json

    def error(self, *words: str, code: int = 2) -> str:
        """The one line of an error, the same on stderr and in the document."""
        said = self(*words, "--json")
        assert said.code == code, said
        assert said.json.keys() == {"error"}
        assert said.err == f"error: {said.json['error']}\n"
        plain = self(*words)
        assert (plain.code, plain.out, plain.err) == (code, "", said.err)
        return said.json["error"]


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in ("SYNC_DATA", "SYNC_KEY", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SYNC_USER", "ines")
    monkeypatch.setenv("COLUMNS", "120")
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def sync(tmp_path, capsys) -> Terminal:
    return Terminal(tmp_path / "data", capsys)


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """The state file of a small shop with one key and one Clerk.io store."""
    path = tmp_path_factory.mktemp("template") / "sandbox.db"
    state = State(path)
    fill(state, generate(40, 60, 1))
    state.add_key(KEY, SECRET)
    clerk.add_store(state, PUBLIC, PRIVATE, "Main")
    state.close()
    return path


@pytest.fixture
def state(template, tmp_path) -> Iterator[State]:
    with_database(template, tmp_path / "sandbox.db")
    state = State(tmp_path / "sandbox.db")
    yield state
    state.close()


def with_database(source: Path, target: Path) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


@pytest.fixture
def sandbox(state) -> Iterator[Sandbox]:
    with Sandbox(state, limits=None) as served:
        yield served


@pytest.fixture
def store(sync, sandbox) -> Terminal:
    """A terminal on a desk that knows the stand-ins' shop `fietsen` and its store `main`."""
    connect(sync, sandbox.url)
    return sync


def connect(sync: Terminal, url: str) -> None:
    shop = ("--domain", "www.buiten.example", "--cluster", "eu1", "--api-url", url)
    assert sync("shop", "add", "Fietsen", *shop).code == 0
    added = sync("store", "add", "fietsen", "Main", "--language", "nl", "--api-url", url)
    assert added.code == 0, added
