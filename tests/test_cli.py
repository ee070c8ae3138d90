"""The command line through its front door, against the stand-ins over loopback."""

import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync.cli import COMMANDS, main
from sync.cli.parser import build
from sync.database import sqlite3
from sync.sandbox import clerk, lightspeed
from sync.sandbox.faults import Fault
from sync.sandbox.fill import fill
from sync.sandbox.generate import generate
from sync.sandbox.serve import Sandbox
from sync.sandbox.state import State
from sync.sandbox.windows import Limits
from sync.settings import SETTINGS
from sync.store import Desk, shop_lock
from sync.texts import labels, text
from tests.conftest import HastyClock, move
from tests.lives import Command

ROOT = Path(__file__).parents[1]
KEY, SECRET = "ab12" * 8, "cd34" * 8
PUBLIC, PRIVATE = "public-key-of-the-store-pq71", "private-key-of-the-store-rs82"
SECRETS = {
    "LIGHTSPEED_API_KEY": KEY,
    "LIGHTSPEED_API_SECRET": SECRET,
    "CLERK_PUBLIC_KEY": PUBLIC,
    "CLERK_PRIVATE_KEY": PRIVATE,
}
NOWHERE = "http://127.0.0.1:1"
ADD_SHOP = ["shop", "add", "B", "--domain", "d.example", "--cluster", "eu1", "--unchecked"]


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
    """Calls commands on one data folder; none of their pauses takes time."""

    data: Path
    capsys: pytest.CaptureFixture
    clock: HastyClock = field(default_factory=HastyClock)

    def __call__(self, *words: str) -> Said:
        code = main(["--data", str(self.data), *words], clock=self.clock)
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
    set_environment(monkeypatch)


def set_environment(monkeypatch: pytest.MonkeyPatch) -> None:
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
    copy_database(template, tmp_path / "sandbox.db")
    state = State(tmp_path / "sandbox.db")
    yield state
    state.close()


def copy_database(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


@pytest.fixture
def sandbox(state) -> Iterator[Sandbox]:
    with Sandbox(state, windows=None) as served:
        yield served


@pytest.fixture(scope="module")
def known(tmp_path_factory) -> Path:
    """A data folder with the shop `fietsen`, where nobody listens, and its store `main`."""
    data = tmp_path_factory.mktemp("known") / "data"
    where = ("--domain", "www.buiten.example", "--cluster", "eu1", "--api-url", NOWHERE)
    language = ("--language", "nl", "--schedule", "on", "--api-url", NOWHERE)
    with pytest.MonkeyPatch.context() as patch:
        set_environment(patch)
        for words in (
            ("shop", "add", "Fietsen", *where, "--unchecked"),
            ("store", "add", "fietsen", "Main", *language),
        ):
            assert main(["--data", str(data), *words]) == 0
    return data


@pytest.fixture
def idle(sync, known) -> Terminal:
    """A terminal on a copy of it."""
    shutil.copytree(known, sync.data)
    return sync


@pytest.fixture
def store(idle, sandbox) -> Terminal:
    """A terminal on a desk that knows the stand-ins' shop `fietsen` and its store `main`."""
    move(idle.data / "desk.db", sandbox.url)
    return idle


def process(sync: Terminal, *words: str) -> Command:
    """The command as a process of its own, killed at the end if it is still there."""
    return Command("--data", str(sync.data), *words)


@contextmanager
def real_process(sync: Terminal, *words: str) -> Iterator[subprocess.Popen]:
    """The same, started as a shell starts it."""
    command = [sys.executable, "-m", "sync", "--data", str(sync.data), *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


def wait_for(condition: Callable[[], object], seconds: float = 120) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not come about"
        threading.Event().wait(0.05)


def line_with(stream, words: str) -> str:
    return next(line for line in stream if words in line)


# -- words ------------------------------------------------------------------------------------


def test_bytes_that_are_no_text_are_refused(sync):
    assert "UTF-8" in sync.error("explain", "main", "product", os.fsdecode(b"\xff"))


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ([], "COMMAND"),
        (["rum", "main"], "rum"),
        (["shop"], "COMMAND"),
        (["shop", "add", "Fietsen"], "--domain"),
        (["shop", "add", "F", "--domain", "d.example", "--cluster", "eu2"], "eu2"),
        (["preview"], "STORE"),
        (["preview", "main", "--recods", "x"], "--recods"),
        (["show", "first"], "first"),
        (["show", "-1"], "-1"),
        (["show", str(2**63)], str(2**63)),
        (["explain", "main", "products", "1"], "products"),
        (["demo", "--products", "many"], "many"),
        (["settings", "set", "main"], "KEY=VALUE"),
        (["shop", "list", "--lang", "fr"], "fr"),
        *((["worker", "--processes", n], "from 1 to 64") for n in ("0", "-1", "65", "two", "1.5")),
    ],
)
def test_words_that_are_no_command_are_refused_in_one_line(sync, words, named):
    assert named in sync.error(*words)


def test_json_and_data_stand_before_or_after_the_command(sync, monkeypatch):
    data = str(sync.data)
    for words in (
        ["--json", "--data", data, "shop", "list"],
        ["shop", "--data", data, "list", "--json"],
        ["shop", "list", "--json", "--data", data],
    ):
        assert main(words) == 0
        assert json.loads(sync.capsys.readouterr().out) == []
    monkeypatch.setenv("SYNC_DATA", str(sync.data.parent / "elsewhere"))
    assert main(["shop", "list", "--json"]) == 0
    assert (sync.data.parent / "elsewhere" / "desk.db").exists()


def test_every_command_is_documented_and_explains_itself(sync):
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    for command in COMMANDS:
        assert f"python -m sync {' '.join(command)}" in page
        with pytest.raises(SystemExit) as ended:
            sync(*command, "--help")
        assert ended.value.code == 0
    assert "usage: python -m sync" in sync.capsys.readouterr().out


def test_commands_in_the_readme_can_be_read():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^(?:\$ )?python -m sync (.+)$", text, flags=re.MULTILINE)
    assert len(commands) >= 3
    for command in commands:
        assert build().parse_args(shlex.split(command)).command in COMMANDS


# -- shops, keys, stores ----------------------------------------------------------------------


def test_a_shop_is_added_listed_changed_and_removed(sync):
    shop = ("--domain", "https://www.buiten.example/", "--cluster", "eu1")
    added = sync.json("shop", "add", "Buiten & Fiets", *shop, "--unchecked")
    assert added["shop"] == "buiten-fiets"
    assert (added["name"], added["domain"]) == ("Buiten & Fiets", "www.buiten.example")
    assert (added["cluster"], added["keys"], added["stores"]) == ("eu1", 1, [])
    assert sync.json("shop", "list") == [added]
    assert sync.json("shop", "set", "buiten-fiets", "reserve=25")["reserve"] == 25
    assert "buiten-fiets" in sync("shop", "list").out
    sync.json("shop", "remove", "buiten-fiets")
    assert sync.json("shop", "list") == []


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["shop", "add", "!!", "--domain", "d.example", "--cluster", "eu1"], "letter or digit"),
        (["shop", "add", "Fietsen", "--domain", "d.example", "--cluster", "eu1"], "exists"),
        (["shop", "add", "B", "--domain", "a b", "--cluster", "eu1"], "a b"),
        ([*ADD_SHOP, "--api-url", "http://api.example"], "by https"),
        ([*ADD_SHOP, "--api-url", "ftp://api.example"], "name a host"),
        (["shop", "check", "fiets"], "fietsen"),
        (["shop", "remove", "fiets"], "fietsen"),
        (["shop", "set", "fietsen", "reserve=many"], "0 to 90"),
        (["shop", "set", "fietsen", "colour=red"], "colour"),
        (["shop", "set", "fietsen", "reserve"], "KEY=VALUE"),
        (["shop", "key", "add", "fietsen"], "already known"),
        (["shop", "key", "remove", "fietsen", "9"], "no key 9"),
        (["shop", "key", "remove", "fietsen", "1"], "last key"),
        (["store", "add", "fietsen", "Main", "--language", "dutch"], "dutch"),
        (["store", "add", "none", "Main", "--language", "nl"], "none"),
        (["store", "pause", "maim"], "main"),
        (["settings", "show", "maim"], "main"),
        (["settings", "restore", "main", "7"], "version 7"),
        (["preview", "maim"], "main"),
        (["refresh", "maim"], "main"),
        (["run", "maim"], "main"),
        (["runs", "maim"], "main"),
        (["export", "maim", "feed"], "main"),
        (["show", "7"], "run 7"),
        (["log", "7"], "run 7"),
        (["approve", "7"], "run 7"),
        (["reject", "7"], "run 7"),
        (["cancel", "7"], "run 7"),
        pytest.param(["shop", "add", "x" * 101, *ADD_SHOP[3:]], "100", id="long"),
        (["shop", "add", "\u200b", *ADD_SHOP[3:]], "letter"),
        (["shop", "add", "C", "--domain", "d.example:99999", *ADD_SHOP[5:]], "d.example:99999"),
        pytest.param(
            ["shop", "add", "C", "--domain", "d" * 254, *ADD_SHOP[5:]], "domain", id="far"
        ),
        pytest.param(["shop", "set", "fietsen", f"name={'x' * 3000}"], "100", id="longer"),
        (["shop", "set", "fietsen", "slug=x"], "slug"),
        (["shop", "set", "fietsen", "cluster=eu2"], "eu2"),
        (["run", "main", "--plan", "0" * 24], "stale"),
        (["run", "main", "--plan", "0" * 24, "--full"], "--plan"),
        (["run", "main", "--only", "shoes:1"], "shoes"),
        (["run", "main", "--only", "products"], "products"),
        (["run", "main", "--only", "products:one"], "products"),
        (["run", "main", "--retry", "7"], "run 7"),
        (["run", "main", "--retry", "7", "--only", "products:1"], "--retry"),
        (["run", "main", "--resend", "--retry", "7"], "--resend"),
        (["run", "main", "--resend", "products", "--plan", "0" * 24], "--resend"),
        (["run", "main", "--resend", "--compare"], "--resend"),
        (["run", "main", "--resend", "pages", "--only", "products:1"], "--only"),
        (["run", "main", "--resend", "shoes"], "shoes"),
        (["run", "main", "--mend"], "--compare"),
        (["run", "main", "--compare", "--only", "products:1"], "--compare"),
        (["preview", "main", "--set", "page_size=0"], "page_size"),
        (["preview", "main", "--set", "page_size"], "KEY=VALUE"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_names_and_values_that_cannot_be_are_refused(idle, words, named):
    assert named in idle.error(*words)
    assert idle.json("runs", "main") == []
    assert [shop["shop"] for shop in idle.json("shop", "list")] == ["fietsen"]


def test_a_name_is_one_line_that_can_be_read(sync):
    words = ["shop", "add", " Rote\n\x1b[31m \u202eSchuhe\u200b ", *ADD_SHOP[3:]]
    assert sync.json(*words)["name"] == "Rote [31m Schuhe"
    assert sync.json("shop", "set", "rote-31m-schuhe", "name=a\tb")["name"] == "a b"


def test_keys_are_listed_by_their_last_four_characters(idle, monkeypatch):
    monkeypatch.setenv("LIGHTSPEED_API_KEY", "fe98" * 8)
    idle.json("shop", "key", "add", "fietsen", "--unchecked")
    keys = idle.json("shop", "key", "list", "fietsen")
    assert [(key["id"], key["key"]) for key in keys] == [(1, "•••ab12"), (2, "•••fe98")]
    idle.json("shop", "key", "remove", "fietsen", "1")
    assert [key["id"] for key in idle.json("shop", "key", "list", "fietsen")] == [2]


def test_secrets_stay_out_of_output_and_files(store):
    said = [store("shop", "check", "fietsen", "-vv"), store("run", "main", "-vv", "--json")]
    said += [store("shop", "key", "list", "fietsen"), store("store", "list", "--json")]
    text = "".join(each.out + each.err for each in said)
    files = [path for path in store.data.rglob("*") if path.is_file()]
    assert "sync.http" in text
    assert len(files) >= 3
    for secret in SECRETS.values():
        assert secret not in text
        assert [path for path in files if secret.encode() in path.read_bytes()] == []


def test_missing_secrets_are_read_from_stdin_or_asked_for(sync, monkeypatch, tmp_path):
    for name in SECRETS:
        monkeypatch.delenv(name)
    add = ["shop", "add", "Fietsen", "--domain", "d.example", "--cluster", "eu1", "--unchecked"]
    (tmp_path / "typed").write_text(f"{KEY}\n{SECRET}\n")
    (tmp_path / "nothing").write_text("")
    with (tmp_path / "nothing").open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert "LIGHTSPEED_API_KEY" in sync.error(*add)
    assert sync.json("shop", "list") == []
    with (tmp_path / "typed").open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert sync.json(*add)["keys"] == 1
    assert sync.json("shop", "key", "list", "fietsen")[0]["key"] == "•••ab12"


def test_an_unusual_key_is_warned_about_and_taken(sync, monkeypatch):
    monkeypatch.setenv("LIGHTSPEED_API_KEY", "short")
    where = ("--domain", "d.example", "--cluster", "eu1", "--unchecked")
    said = sync("shop", "add", "Fietsen", *where)
    assert said.code == 0
    assert "32 hexadecimal" in said.err


def test_a_store_is_paused_resumed_and_removed(idle):
    [listed] = idle.json("store", "list")
    assert (listed["store"], listed["shop"], listed["language"]) == ("main", "fietsen", "nl")
    assert (listed["paused"], listed["level"]) == (False, "amber")
    assert idle.json("store", "pause", "main")["paused"] is True
    assert idle.json("store", "list")[0]["next_due"] is None
    assert idle.json("store", "resume", "main")["paused"] is False
    idle.json("store", "remove", "main")
    assert idle.json("store", "list") == []


def test_check_says_what_the_keys_may_do(store):
    found = store.json("shop", "check", "fietsen")
    assert found["shop"] == "fietsen"
    assert found["permissions"]["products"]["read"] is True
    assert "nl" in [row["code"] for row in found["languages"] if row["active"]]
    assert {row["window"] for row in found["budget"]} == {"second", "5min", "hour", "day"}
    assert KEY not in json.dumps(found)
    assert "Languages: nl (default)" in store("shop", "check", "fietsen").out


# -- settings ---------------------------------------------------------------------------------


def test_settings_are_changed_noted_and_restored(idle):
    shown = idle.json("settings", "show", "main")
    assert shown.keys() == {"store", "version", "at", "who", "note", "settings", "entries"}
    assert list(shown["settings"]) == list(SETTINGS)
    words = ("include_orders=2y", "accepted_order_statuses=Shipped, paid,", "--note", "asked for")
    changed = idle.json("settings", "set", "main", *words)
    assert (changed["version"], changed["who"], changed["note"]) == (2, "ines", "asked for")
    assert changed["settings"]["accepted_order_statuses"] == "Shipped, paid"
    assert idle.json("settings", "set", "main", "include_orders=2y")["version"] == 2
    restored = idle.json("settings", "restore", "main", "1")
    assert (restored["version"], restored["settings"]) == (3, shown["settings"])
    history = idle.json("settings", "history", "main")
    assert [version["version"] for version in history] == [3, 2, 1]
    assert history[1]["changes"]["include_orders"] == ["1y", "2y"]
    assert history[2]["changes"] == {}
    assert "include_orders: 1y → 2y" in idle("settings", "history", "main").out


def test_entries_of_the_lists_are_told_as_they_are_understood(store, state):
    typed = "abgeschlossen, abgeschlossen und versendet, complted, offer"
    words = ("settings", "set", "main", f"accepted_order_statuses={typed}")
    unread = store(*words, "custom_attributes=Materiaall")
    assert "abgeschlossen und versendet: completed_shipped\n" in unread.out
    assert unread.err == ""
    store.json("refresh", "main")
    shown = store("settings", "show", "main")
    assert "abgeschlossen: completed\n" in shown.out
    found = store.json("settings", "show", "main")["entries"]
    statuses = {row["typed"]: row for row in found["accepted_order_statuses"]}
    assert statuses["abgeschlossen"]["understood"] == "completed"
    assert statuses["abgeschlossen und versendet"]["matched"]
    assert (statuses["complted"]["matched"], statuses["complted"]["nearest"]) == (
        False,
        "completed",
    )
    assert statuses["offer"] == {
        "typed": "offer",
        "understood": "offer",
        "matched": False,
        "known": True,
        "nearest": "offer",
    }
    assert found["custom_attributes"][0]["nearest"] == "Materiaal"
    assert "“offer” is a real status" in shown.err
    assert "“complted”. Did you mean “completed”?" in shown.err
    assert "“Materiaall”. Did you mean “Materiaal”?" in shown.err
    assert store("settings", "set", "main", "page_size=100").err == ""
    again = store("settings", "restore", "main", "2", "--lang", "de")
    assert "Meinten Sie „completed“?" in again.err


def test_a_status_and_an_attribute_with_a_comma_are_typed_in_quotes(store, state):
    title, column = '"Betaald, verzonden"', '"Maat, EU"'
    words = (f"accepted_order_statuses=completed,{title},completed", f"custom_attributes={column}")
    saved = store.json("settings", "set", "main", *words)["settings"]
    assert saved["accepted_order_statuses"] == f"completed, {title}"
    assert saved["custom_attributes"] == column
    store.json("settings", "set", "main", "custom_attributes=")
    assert store.json("settings", "restore", "main", "2")["settings"] == saved
    changes = store.json("settings", "history", "main")[0]["changes"]
    assert changes == {"custom_attributes": ["", column]}


def test_orders_from_a_day_to_come_are_refused_everywhere(store):
    words = "include_orders=2199-01-01"
    assert "still to come" in store.error("settings", "set", "main", words)
    assert "still to come" in store.error("preview", "main", "--set", words)


@pytest.mark.parametrize(
    "line",
    [
        "audit list",
        "audit list --since 2026-01-01",
        "contrast main products --reason hidden",
        "contrast main products --set include_pages=yes",
        "held main --on 2026-01-01",
    ],
)
@pytest.mark.parametrize("zone", ["nope", "Mars/Olympus", "../UTC", ""])
def test_a_zone_that_is_none_is_refused_whatever_is_asked(idle, line, zone):
    assert f'"{zone}" is no time zone' in idle.error(*line.split(), "--zone", zone)
    said = idle("--lang", "de", *line.split(), "--zone", zone)
    assert (said.code, said.err) == (2, f"error: {text('refusal.zone', 'de', name=zone)}\n")


@pytest.mark.parametrize("named", [["--data", ""], ["--data="], ["--data", " "]])
def test_a_data_folder_without_a_name_is_refused(idle, capsys, monkeypatch, named):
    monkeypatch.setenv("SYNC_DATA", str(idle.data))
    for words in ([*named, "store", "list"], ["store", "list", *named], ["store", *named, "list"]):
        assert main(words) == 2
        assert "--data" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--lang", "de", "preview"], ["preview", "--lang=de"]])
def test_a_refused_line_is_told_in_the_language_it_asks_for(sync, words):
    assert sync(*words).err.startswith("error: Die Eingabe passt nicht: ")


@pytest.mark.parametrize("number", ["²", "9" * 30, "-1", "x", "", "1" * 5000, "\N{BICYCLE}"])
@pytest.mark.parametrize(
    "words",
    [
        ["show"],
        ["log"],
        ["approve"],
        ["reject"],
        ["cancel"],
        ["run", "main", "--retry"],
        ["settings", "restore", "main"],
        ["shop", "key", "remove", "fietsen"],
    ],
    ids=" ".join,
)
def test_a_number_that_is_none_is_one_line(idle, words, number):
    assert "\n" not in idle.error(*words, number)


@pytest.mark.parametrize("ids", ["²", "9" * 30, "-1", "\N{BICYCLE}", "1,²", "\u0663"])
@pytest.mark.parametrize("entity", ["products", "customers", "categories"])
def test_an_id_that_is_none_is_one_line(idle, entity, ids):
    said = idle.error("run", "main", "--only", f"{entity}:{ids}", "--no-wait")
    assert "\n" not in said
    assert entity in said


@pytest.mark.parametrize(
    ("assignments", "named"),
    [
        (["inculde_orders=1y"], "did you mean include_orders"),
        (["page_size=100", "removal_limit_percent=101"], "from 0 to 100"),
        (["page_size=1.5"], "page_size"),
        (["image_size=300x400"], "image_size"),
        (["include_orders=2026-02-30"], "include_orders"),
        (["collect_emails=maybe"], "collect_emails"),
        (["custom_attributes=a\nb"], "custom_attributes"),
        ([f"custom_attributes={'x' * 201}"], "custom_attributes"),
        (["sync_time=24"], "sync_time"),
        (["page_size=1", "page_size=2"], "page_size"),
        (["page_size"], "KEY=VALUE"),
    ],
)
def test_a_bad_setting_changes_nothing(idle, assignments, named):
    assert named in idle.error("settings", "set", "main", *assignments)
    assert idle.json("settings", "show", "main")["version"] == 1


def test_messages_come_in_german(idle, monkeypatch):
    assert "Seitengröße" in idle("settings", "show", "main", "--lang", "de").out
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    assert "Seitengröße" in idle("settings", "show", "main").out
    assert idle("settings", "set", "main", "page_size=0").err.startswith("error: page_size")


GERMAN = {
    ("shop", "list"): ("Schlüssel", "Domain"),
    ("shop", "check", "fietsen"): ("Konto", "Sprachen: nl (Standard)", "Übrig"),
    ("key", "list"): ("Hinzugefügt",),
    ("store", "list"): ("Sprache", "Nächster Lauf"),
    ("store", "pause", "main"): ("Store main pausiert",),
    ("settings", "history", "main"): ("Änderungen", "Wer"),
    ("settings", "set", "main", "page_size=100"): ("Einstellungen in Version 2", "250 → 100"),
    ("preview", "main"): ("noch nie gelesen", "Gelesen", "Aufrufe: Lightspeed"),
    ("run", "main"): ("Lauf 1: Erfolgreich", "von Hand", "Nicht gesendet", "Aufrufe bei Clerk.io"),
    ("runs", "main"): ("Lauf", "Begonnen", "Dauer"),
    ("explain", "main", "order", "nothing"): ("Bestellung: nicht gefunden",),
}


def test_every_command_speaks_german(store):
    for words, expected in GERMAN.items():
        prefix = ("shop",) if words[0] == "key" else ()
        shop = ("fietsen",) if words[0] == "key" else ()
        said = store(*prefix, *words, *shop, "--lang", "de")
        assert said.code == 0, said
        for each in expected:
            assert each in said.out, (words, said.out)


def test_documents_are_the_same_in_every_language(store):
    store.json("run", "main")
    for words in (("show", "1"), ("runs", "main"), ("preview", "main"), ("shop", "list")):
        german, english = (timeless(store.json(*words, "--lang", lang)) for lang in ("de", "en"))
        assert german == english


def timeless(document):
    """A preview's finish is reckoned from now."""
    if isinstance(document, dict):
        document.pop("finish", None)
    return document


def test_numbers_are_written_as_the_language_does_and_run_numbers_are_not(store):
    words = store.json("run", "main", "--only", "products:1")
    assert words["run"] == 1
    with closing(sqlite3.connect(store.data / "desk.db")) as db, db:
        db.execute("update run set id = 12301, calls = ?", ['{"lightspeed": {"total": 12301}}'])
    for lang, number in (("en", "12,301"), ("de", "12.301")):
        row = store("runs", "main", "--lang", lang).out.splitlines()[1]
        assert row.startswith("12301 ")
        assert number in row
        assert f": {number}\n" in store("show", "12301", "--lang", lang).out


def test_a_missing_secret_is_named_in_german(sync, monkeypatch):
    monkeypatch.delenv("LIGHTSPEED_API_SECRET")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    said = sync(*ADD_SHOP, "--lang", "de")
    assert (said.code, "API Secret von Lightspeed" in said.err) == (2, True)


def test_a_refusal_is_german_on_wish(sync):
    said = sync("runs", "maim", "--lang", "de")
    assert (said.code, "Den Store „maim“ gibt es nicht" in said.err) == (2, True)


# -- preview and run --------------------------------------------------------------------------


def test_an_empty_copy_has_a_preview(store):
    plan = store.json("preview", "main")
    assert plan["as_of"] is None
    assert plan["entities"]["products"]["read"] == 0
    assert store("preview", "main").code == 0


def test_a_preview_makes_no_call_and_its_plan_can_be_run(store, state):
    store.json("refresh", "main")
    before = len(state.calls())
    plan = store.json("preview", "main")
    draft = store.json("preview", "main", "--set", "include_out_of_stock=yes")
    assert len(state.calls()) == before
    products = plan["entities"]["products"]
    assert products["read"] == 40 == products["create"] + products["skip"]
    assert products["reasons"]["out_of_stock"] >= 1
    assert (plan["settings_version"], draft["settings_version"]) == (1, None)
    assert draft["entities"]["products"]["create"] > products["create"]
    assert draft["fingerprint"] != plan["fingerprint"]
    run = store.json("run", "main", "--plan", plan["fingerprint"])
    assert (run["state"], run["plan"]) == ("succeeded", plan["fingerprint"])
    assert run["books"]["products"]["created"] == products["create"]
    assert len(clerk.objects(state, PUBLIC, "products")) == products["create"]
    assert "stale" in store.error("run", "main", "--plan", plan["fingerprint"])


def test_records_are_written_one_line_each(store, tmp_path):
    store.json("refresh", "main")
    path = tmp_path / "records.ndjson"
    plan = store.json("preview", "main", "--records", str(path))
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert {frozenset(record) for record in records} == {
        frozenset({"entity", "id", "key", "action", "reasons", "payload"})
    }
    products = [record for record in records if record["entity"] == "products"]
    counts = plan["entities"]["products"]
    for action in ("create", "skip"):
        assert sum(record["action"] == action for record in products) == counts[action]


def test_a_draft_may_ask_for_what_was_never_read(store):
    store.json("refresh", "main")
    plan = store.json("preview", "main", "--set", "include_customers=yes", "include_pages=yes")
    assert plan["entities"]["customers"]["not_read"]["calls"] > 0
    assert "not read yet" in store("preview", "main", "--set", "include_pages=yes").out


def test_a_run_is_reported_alike_everywhere(store):
    run = store.json("run", "main")
    assert (run["run"], run["kind"], run["state"]) == (1, "sync", "succeeded")
    for book in run["books"].values():
        parts = ("created", "updated", "unchanged", "skipped", "failed")
        assert book["read"] == sum(book[part] for part in parts)
    assert run["calls"]["lightspeed"]["total"] > 3
    assert run["waiting"] is None
    shown = store.json("show", "1")
    assert shown == {**run, "predicted": shown["predicted"]}  # which the run's own row cannot tell
    assert store.json("runs", "main") == [run]
    log = store.json("log", "1")
    assert log[-1].keys() == {"at", "level", "phase", "message", "detail"}
    assert log[-1]["at"].endswith("+00:00")
    assert store.json("store", "list")[0]["level"] == "green"
    for words in (("show", "1"), ("runs", "main"), ("log", "1"), ("store", "list")):
        assert store(*words).code == 0
    assert "Run 1: Succeeded" in store("show", "1").out
    assert store.json("run", "main")["books"]["products"]["created"] == 0


def test_plain_progress_goes_to_stderr_and_none_with_json(store):
    said = store("run", "main")
    assert said.err.endswith("Succeeded\n")
    assert said.out.startswith("Run 1: Succeeded")
    assert store("run", "main", "--json").err == ""


def test_a_run_of_some_records_sends_them_alone(store, state):
    store.json("refresh", "main")
    plan_path = store.data / "records"
    store.json("preview", "main", "--records", str(plan_path))
    records = [json.loads(line) for line in plan_path.read_text().splitlines()]
    some = [r["id"] for r in records if r["entity"] == "products" and r["action"] == "create"][:2]
    run = store.json("run", "main", "--only", f"products:{some[0]},{some[1]}")
    assert run["state"] == "succeeded"
    assert sorted(clerk.objects(state, PUBLIC, "products")) == sorted(some)


def test_only_chooses_among_several_entities_and_removes_nothing_else(store, state):
    store.json("run", "main")
    products, categories = (clerk.objects(state, PUBLIC, e) for e in ("products", "categories"))
    chosen, left_out, *_ = sorted(products)
    category = sorted(categories)[0]
    for id in (chosen, left_out):
        state.edit("product", id, isVisible=False)
    state.edit("category", category, title="Anders")
    words = ("--only", f"products:{chosen}", "--only", f"categories:{category}")
    run = store.json("run", "main", *words)
    assert (run["state"], run["books"]["products"]["removed"]) == ("succeeded", 1)
    assert run["books"]["categories"] == run["books"]["categories"] | {"read": 1, "updated": 1}
    assert clerk.deleted(state, PUBLIC, "products") == [chosen]
    assert clerk.objects(state, PUBLIC, "categories")[category]["name"] == "Anders"
    rest = store.json("run", "main")
    assert rest["books"]["products"]["removed"] == 1
    assert clerk.deleted(state, PUBLIC, "products") == [chosen, left_out]


@pytest.mark.parametrize("named", ["id", "key"])
def test_only_of_an_order_fetches_its_lines_alone(store, state, named):
    """By its number nothing was fetched."""
    store.json("refresh", "main")
    plan_path = store.data / "records"
    store.json("preview", "main", "--records", str(plan_path))
    records = [json.loads(line) for line in plan_path.read_text().splitlines()]
    order = next(r for r in records if r["reasons"] == ["lines_pending"])
    run = store.json("run", "main", "--only", f"orders:{order[named]}")
    assert (run["state"], run["calls"]["lightspeed"]["order_lines"]) == ("succeeded", 1)
    assert list(clerk.objects(state, PUBLIC, "orders")) == [order["key"]]


def test_an_unknown_id_chooses_nothing(store, state):
    run = store.json("run", "main", "--only", "products:77")
    assert (run["state"], run["books"]["products"]["read"]) == ("succeeded", 0)
    assert not any(clerk.counts(state, PUBLIC).values())


def test_records_that_fail_make_a_run_partial_and_can_be_retried(store, state):
    first = state.all("variant")[0]["product"]
    heavy = max(row["id"] for row in state.all("product") if row["isVisible"])
    big = {"nl": "<p>" + "zwaar " * 40_000 + "</p>"}
    state.edit("product", heavy, content=big, description={"nl": ""}, isVisible=True)
    store.json("settings", "set", "main", "include_out_of_stock=yes", "include_free_products=yes")
    clerk.set_switches(state, max_bytes=200_000)
    run = store.json("run", "main", code=3)
    assert (run["state"], run["books"]["products"]["failed"]) == ("partial", 1)
    assert run["errors"][0]["count"] == 1
    assert first in clerk.objects(state, PUBLIC, "products") or first != heavy
    assert store.json("show", "1")["state"] == "partial"
    clerk.set_switches(state, max_bytes=4_000_000)
    again = store.json("run", "main", "--retry", "1")
    assert (again["trigger"], again["state"]) == ("retry", "succeeded")
    assert heavy in clerk.objects(state, PUBLIC, "products")
    assert "nothing failed" in store.error("run", "main", "--retry", str(again["run"]))


def test_a_comparison_lists_what_clerk_lost_and_mends_it(store, state):
    store.json("run", "main")
    lost = list(clerk.objects(state, PUBLIC, "products"))[:3]
    clerk.lose(state, PUBLIC, "products", lost)
    found = store.json("run", "main", "--compare", code=3)
    assert (found["kind"], found["calls"]["lightspeed"]["total"]) == ("compare", 0)
    assert found["entities"]["products"]["missing"] == sorted(lost)
    assert not set(lost) & clerk.objects(state, PUBLIC, "products").keys()
    mended = store.json("run", "main", "--compare", "--mend")
    assert mended["entities"]["products"]["missing"] == sorted(lost)
    assert set(lost) <= clerk.objects(state, PUBLIC, "products").keys()
    assert "missing 0" in store("run", "main", "--compare").out


def test_a_plan_of_a_store_that_was_never_asked_is_refused_if_clerk_holds_anything(store, state):
    refused = Fault("clerk", "soft_error", "GET", "/v2/products", type="LogicalError")
    state.faults.add(refused)
    store.json("refresh", "main")
    state.faults.clear()
    plan = store.json("preview", "main")["fingerprint"]
    known = state.all("product")[0]["id"]
    product = {"id": known, "name": "Theirs", "description": "", "price": 1.0, "categories": []}
    more = {"image": "https://x.example/a.jpg", "url": "https://x.example/", "created_at": 1}
    clerk.overwrite(state, PUBLIC, "products", {known: {**product, **more}})
    assert "stale" in store.json("run", "main", "--plan", plan, code=2)["error"]
    assert clerk.objects(state, PUBLIC, "products").keys() == {known}


# -- holds ------------------------------------------------------------------------------------


@pytest.fixture
def held(store, state) -> Terminal:
    """A run that would remove every second product, held."""
    store.json("run", "main")
    store.json("settings", "set", "main", "removal_limit_min=3")
    for product in state.all("product")[::2]:
        state.edit("product", product["id"], isVisible=False)
    run = store.json("run", "main", code=4)
    assert (run["state"], run["holds"][0]["reason"]) == ("held", "removals")
    return store


def test_a_held_run_has_sent_nothing_and_goes_on_when_approved(held, state):
    before = set(clerk.objects(state, PUBLIC, "products"))
    [hold] = held.json("preview", "main")["holds"]
    assert len(before) == hold["of"]
    assert "approve 2" in held("show", "2").out
    approved = held.json("approve", "2")
    assert (approved["run"], approved["state"]) == (2, "succeeded")
    assert approved["books"]["products"]["removed"] == hold["count"]
    assert len(clerk.objects(state, PUBLIC, "products")) == hold["of"] - hold["count"]


def test_an_approval_does_not_cover_further_removals(held, state):
    for product in state.all("product"):
        state.edit("product", product["id"], isVisible=False)
    held.json("refresh", "main")
    again = held.json("approve", "2", code=4)
    assert (again["run"], again["state"]) == (2, "held")


def test_a_rejected_run_has_sent_nothing(held, state):
    before = set(clerk.objects(state, PUBLIC, "products"))
    rejected = held.json("reject", "2", "--note", "the supplier's file was cut")
    assert rejected["state"] == "rejected"
    told = [line["message"] for line in held.json("log", "2")]
    assert any("rejected by" in line and "file was cut" in line for line in told)
    assert set(clerk.objects(state, PUBLIC, "products")) == before
    assert "Rejected" in held.error("approve", "2")


@pytest.mark.parametrize("decision", ["approve", "reject", "cancel"])
def test_a_decision_is_asked_for_while_a_run_is_held_alone(held, decision):
    asked = labels("hold.removals")["change"]
    assert asked in held("show", "2").out
    assert asked in held("preview", "main").out
    told = held(decision, "2")
    assert told.code in (0, 1)
    assert asked not in told.out
    shown = held("show", "2").out
    assert "would be removed" in shown
    assert asked not in shown


# -- records ----------------------------------------------------------------------------------


def test_explain_gives_every_reason_and_what_would_help(store, state):
    hidden = state.all("product")[0]["id"]
    state.edit("product", hidden, isVisible=False)
    store.json("refresh", "main")
    story = store.json("explain", "main", "product", str(hidden))
    assert (story["found"], story["decision"]) == (True, "exclude")
    assert "hidden" in story["reasons"]
    assert story["would_include"] is None
    assert "invisible in Lightspeed" in store("explain", "main", "product", str(hidden)).out


def test_explain_shows_what_would_be_sent(store, state):
    store.json("run", "main")
    sent, payload = next(iter(clerk.objects(state, PUBLIC, "products").items()))
    story = store.json("explain", "main", "product", str(sent))
    assert (story["decision"], story["payload"]) == ("include", payload)
    assert story["clerk"]["confirmed_at"].endswith("+00:00")
    assert "Clerk.io confirmed it" in store("explain", "main", "product", str(sent)).out


def test_an_unknown_record_is_no_error(store):
    store.json("refresh", "main")
    story = store.json("explain", "main", "order", "no-such-order")
    assert (story["found"], story["payload"]) == (False, None)
    assert "before" in story["not_read"]
    assert "not found" in store("explain", "main", "order", "no-such-order").out


def test_export_writes_the_feed(store, tmp_path):
    store.json("refresh", "main")
    feed = store.json("export", "main", str(tmp_path / "feed"))
    products = feed["files"]["products"]
    lines = Path(products["path"]).read_text(encoding="utf-8").splitlines()
    assert len(lines) == products["records"] > 0
    assert store("export", "main", str(tmp_path / "feed")).code == 0


def test_export_leaves_no_file_of_what_goes_no_longer(store, tmp_path):
    store.json("settings", "set", "main", "include_customers=yes", "include_pages=yes")
    store.json("refresh", "main")
    folder = tmp_path / "feed"
    first = store.json("export", "main", str(folder))
    assert first["removed"] == []
    gone = {str(folder / f"{name}.ndjson") for name in ("customers", "pages")}
    assert gone <= {file["path"] for file in first["files"].values()}
    others = {folder / name for name in ("customers.csv", "mine.ndjson", ".customers")}
    for path in (*others, folder / ".customers.ndjson.part"):
        path.write_text("somebody's")
    store.json("settings", "set", "main", "include_customers=no", "include_pages=no")
    second = store.json("export", "main", str(folder))
    assert set(second["removed"]) == gone
    kept = {Path(file["path"]) for file in second["files"].values()}
    assert set(folder.iterdir()) == others | kept
    (folder / "pages.ndjson").write_text("")
    assert "pages.ndjson: removed" in store("export", "main", str(folder)).out


# -- windows, other runs, Ctrl-C --------------------------------------------------------------


@pytest.fixture
def narrow(idle, state) -> Iterator[Terminal]:
    """A desk whose key has so small a window that the first run must wait for the next one."""
    with Sandbox(state, windows=Limits(five_minutes=8)) as sandbox:
        move(idle.data / "desk.db", sandbox.url)
        yield idle


def test_a_run_that_must_wait_says_so(narrow):
    run = narrow.json("run", "main", "--no-wait", code=5)
    assert run["state"] == "waiting"
    assert run["waiting"].keys() == {"until", "window", "side", "why"}
    assert run["waiting"]["side"] is None
    assert run["waiting"]["window"] == "5min"
    assert "Waiting until" in narrow("show", "1").out
    assert narrow.json("run", "main", "--no-wait", code=5)["run"] == 1
    assert narrow.json("cancel", "1")["state"] == "cancelled"
    assert "Cancelled" in narrow.error("cancel", "1")


@pytest.mark.parametrize("helped", ["unblocked", "another key"])
def test_a_waiting_run_goes_on_when_its_keys_may_ask_again(store, state, monkeypatch, helped):
    state.faults.add(
        Fault("lightspeed", "too_many", times=3, retry_after="seconds", seconds=315_360_000)
    )
    waiting = store.json("run", "main", "--no-wait", code=5)
    state.faults.clear()
    if helped == "unblocked":
        store.json("shop", "key", "unblock", "fietsen", "1")
    else:
        state.add_key("ef56" * 8, "0178" * 8)
        monkeypatch.setenv("LIGHTSPEED_API_KEY", "ef56" * 8)
        monkeypatch.setenv("LIGHTSPEED_API_SECRET", "0178" * 8)
        store.json("shop", "key", "add", "fietsen", "--unchecked")
    assert store.json("run", "main", "--no-wait")["run"] == waiting["run"]


def test_a_second_run_of_a_store_is_refused_with_the_first_ones_number(narrow):
    narrow.json("run", "main", "--no-wait", code=5)
    with shop_lock(narrow.data, "fietsen") as mine:
        assert mine
        Desk(narrow.data).update_run(1, {"state": "running"})  # whoever has the lock took it up
        assert "run 1" in narrow.error("run", "main", code=5)
        assert "run" in narrow.error("shop", "remove", "fietsen")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_cancels_the_run(narrow, number):
    with process(narrow, "run", "main") as run:
        line_with(run.stderr, "Waiting until")
        run.send_signal(number)
        out, err = run.communicate(timeout=120)
    assert run.returncode == 1
    assert "Run 1: Cancelled" in out
    assert "run 1 cancelled" in err
    assert narrow.json("show", "1")["state"] == "cancelled"


@pytest.fixture
def slow(store, state) -> Terminal:
    """A store whose shop answers so slowly that a run can be met on its way."""
    lightspeed.set_switches(state, delay=0.2)
    return store


STOPPING = "stopping at the next checkpoint; Ctrl-C again ends at once"


def under_way(store: Terminal) -> bool:
    """Whether run 1 has read something and still runs."""
    runs = store.json("runs", "main")
    return bool(runs) and runs[0]["state"] == "running" and runs[0]["calls"] != {}


def test_cancel_from_elsewhere_ends_a_running_run_at_its_next_checkpoint(slow, state):
    with process(slow, "run", "main") as run:
        wait_for(lambda: under_way(slow))
        assert slow.json("cancel", "1")["run"] == 1
        out, err = run.communicate(timeout=120)
    assert run.returncode == 1
    assert "Run 1: Cancelled" in out
    assert err.endswith("run 1 cancelled\n")
    assert slow.json("show", "1")["state"] == "cancelled"
    assert "Cancelled" in slow.error("cancel", "1")
    lightspeed.set_switches(state, delay=0)
    again = slow.json("run", "main")
    assert (again["run"], again["state"]) == (2, "succeeded")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_a_running_run_at_its_next_checkpoint(slow, number):
    with process(slow, "--json", "run", "main") as run:
        wait_for(lambda: under_way(slow))
        run.send_signal(number)
        out, err = run.communicate(timeout=120)
    assert run.returncode == 1
    assert json.loads(out)["state"] == "cancelled"
    assert err.splitlines() == [STOPPING, "run 1 cancelled"]


def test_a_second_ctrl_c_ends_at_once_and_the_run_can_be_resumed(store, state):
    state.faults.add(Fault("lightspeed", "timeout_before", path="catalog"))
    with real_process(store, "run", "main") as run:
        wait_for(lambda: hanging(state))
        run.send_signal(signal.SIGINT)
        line_with(run.stderr, STOPPING)
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=120)
    assert run.returncode == 1
    assert err.endswith("error: interrupted\n")
    assert "Traceback" not in err
    state.faults.clear()
    resumed = store.json("run", "main")
    assert (resumed["run"], resumed["state"]) == (1, "succeeded")


def test_ctrl_c_leaves_a_run_to_the_worker_that_drives_it(slow, state):
    slow("store", "pause", "main")
    with process(slow, "worker") as worker:
        line_with(worker.stderr, "worker for")
        with process(slow, "--json", "run", "main") as run:
            wait_for(lambda: under_way(slow))
            run.send_signal(signal.SIGINT)
            out, err = run.communicate(timeout=120)
        assert run.returncode == 5
        assert json.loads(out)["state"] == "running"
        assert "python -m sync show 1" in err
        lightspeed.set_switches(state, delay=0)
        wait_for(lambda: slow.json("show", "1")["state"] == "succeeded")
        worker.send_signal(signal.SIGTERM)
        worker.communicate(timeout=120)


def test_cancel_ends_a_run_that_a_worker_drives(slow):
    slow("store", "pause", "main")
    with process(slow, "worker") as worker:
        line_with(worker.stderr, "worker for")
        with process(slow, "run", "main") as run:
            wait_for(lambda: under_way(slow))
            slow.json("cancel", "1")
            out, _ = run.communicate(timeout=120)
        assert (run.returncode, "Run 1: Cancelled" in out) == (1, True)
        worker.send_signal(signal.SIGTERM)
        worker.communicate(timeout=120)
    assert worker.returncode == 0


def test_a_killed_run_is_resumed_under_its_old_number(store, state):
    state.faults.add(Fault("lightspeed", "timeout_before", path="catalog"))
    with process(store, "run", "main") as run:
        wait_for(lambda: hanging(state))
        run.kill()
        run.wait(timeout=120)
    assert store.json("show", "1")["state"] == "running"
    [listed] = store.json("store", "list")
    assert (listed["level"], listed["code"]) == ("amber", "stuck")
    assert "Run 1" in listed["status"]
    state.faults.clear()
    resumed = store.json("run", "main")
    assert (resumed["run"], resumed["state"]) == (1, "succeeded")
    assert "died" in store("log", "1").out


def hanging(state) -> bool:
    """Whether a call has met a fault, which is logged only when its client is gone."""
    with state.read() as db:
        return bool(db.execute("select sum(matched) from faults").fetchone()[0])


def test_a_reader_who_leaves_is_no_error(store):
    store.json("refresh", "main")
    with real_process(store, "explain", "main", "product", "1", "--json") as run:
        run.stdout.close()
        assert run.stderr.read() == ""
        assert run.wait(timeout=120) == 0
    with real_process(store, "run", "main") as run:
        run.stderr.close()
        assert run.wait(timeout=120) == 0


def shell(sync: Terminal, line: str, **environ: str) -> subprocess.CompletedProcess:
    """A command as a shell starts it, its streams led where the line says."""
    command = f"{shlex.quote(sys.executable)} -m sync --data {shlex.quote(str(sync.data))} {line}"
    return subprocess.run(
        command, shell=True, cwd=ROOT, capture_output=True, env={**os.environ, **environ}
    )


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&- <&-"])
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("preview main", 0),
        ("--json preview main", 0),
        ("preview nope", 2),
        ("--json preview nope", 2),
        ("-vv runs main", 0),
    ],
)
def test_a_closed_stream_swallows_what_it_is_given(idle, words, code, closed):
    done = shell(idle, f"{words} {closed}")
    assert done.returncode == code
    assert b"Traceback" not in done.stdout + done.stderr
    if closed == "2>&-":
        assert bool(done.stdout) is (code == 0 or "--json" in words)


@pytest.mark.parametrize("lost", [">&-", "2>&-", ">/dev/full", "2>/dev/full"])
def test_a_run_is_done_whatever_its_streams_are(store, lost):
    done = shell(store, f"run main {lost}")
    assert done.returncode == (1 if lost == ">/dev/full" else 0), done
    assert [run["state"] for run in store.json("runs", "main")] == ["succeeded"]


@pytest.mark.parametrize(("words", "code"), [("preview main", 0), ("preview nope", 2)])
def test_what_cannot_be_written_is_one_line(idle, words, code):
    for line in (words, f"--json {words}"):
        done = shell(idle, f"{line} >/dev/full")
        assert done.returncode == (code or 1), done
        assert done.stderr.count(b"\n") == 1, done
        assert done.stderr.startswith(b"error: "), done
        assert shell(idle, f"{line} 2>/dev/full").returncode == code


@pytest.mark.parametrize(
    "environ",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
)
def test_a_stream_of_few_characters_gets_others_instead(idle, environ):
    note = "\N{RIGHTWARDS ARROW} \N{BICYCLE} \xe9 \u0142"
    idle.json("settings", "set", "main", "include_pages=yes", "--note", note)
    told = shell(idle, "--json settings history main", **environ)
    assert (told.returncode, told.stderr) == (0, b"")
    encoding = environ.get("PYTHONIOENCODING", "ascii")
    assert json.loads(told.stdout.decode(encoding))[0]["note"] == note
    assert told.stdout.isascii()
    for words in ("settings history main", "--lang de settings show main", "--lang de show 9"):
        done = shell(idle, words, **environ)
        assert done.returncode == (2 if "9" in words else 0)
        assert b"Traceback" not in done.stderr


# -- what goes wrong --------------------------------------------------------------------------


def test_a_wrong_key_fails_in_one_line(store, state):
    state.remove_key(KEY)
    said = store("run", "main", "--json")
    assert (said.code, said.json["state"]) == (1, "failed")
    assert said.err.count("\n") == 1
    assert "refused the key •••ab12" in said.err
    assert "refused the key" in store.error("shop", "check", "fietsen", code=1)
    assert store.json("store", "list")[0]["level"] == "red"


def test_wrong_clerk_keys_fail_in_one_line(store, state):
    clerk.revoke(state, PRIVATE)
    said = store("run", "main", "--json")
    assert (said.code, said.json["state"]) == (1, "failed")
    assert said.err.startswith("run 1 failed: ")


@pytest.mark.parametrize("wrong", ["passphrase", "file"])
def test_a_shop_that_cannot_be_restored_leaves_no_desk(idle, tmp_path, monkeypatch, wrong):
    file = tmp_path / "shop.zip"
    monkeypatch.setenv("SYNC_PASSPHRASE", "a passphrase of some length")
    idle.json("backup", str(file), "--shop", "fietsen")
    if wrong == "file":
        with zipfile.ZipFile(file, "a") as packed, pytest.warns(UserWarning, match="Duplicate"):
            packed.writestr("desk.db", b"something else")
    else:
        monkeypatch.setenv("SYNC_PASSPHRASE", "another one of some length")
    new = Terminal(tmp_path / "new", idle.capsys)
    new.error("restore", str(file))
    assert not new.data.exists()


def test_a_data_folder_that_cannot_be_used_is_an_error(sync, tmp_path):
    (tmp_path / "data").write_text("a file")
    assert "data" in sync.error("shop", "list", code=1)


def test_a_file_that_is_no_database_is_an_error(sync):
    sync.data.mkdir()
    (sync.data / "desk.db").write_text("no database, surely not one " * 100)
    assert "no SQLite database" in sync.error("shop", "list", code=1)


def test_a_key_file_of_other_data_is_an_error(idle, monkeypatch):
    monkeypatch.setenv("SYNC_KEY", "no key at all")
    assert "SYNC_KEY" in idle.error("shop", "check", "fietsen", code=1)


INTO_FILES = (
    "preview main --records PATH",
    "preview main --set include_pages=yes --blame --records PATH",
    "held main --on TODAY --records PATH",
    "report main PATH",
    "bundle main PATH",
    "backup PATH",
    "backup PATH --shop fietsen",
)
INTO_FOLDERS = ("export main PATH", "report main there.html --csv PATH")


@pytest.mark.parametrize("line", [*INTO_FILES, *INTO_FOLDERS])
def test_a_path_that_cannot_be_written_is_refused_before_any_work(
    store, state, tmp_path, monkeypatch, line
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYNC_PASSPHRASE", "a passphrase of some length")
    store.json("refresh", "main")
    store.json("run", "main")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("mine")
    bad = ["file/inside", "n" * 300, "file/inside/deeper"]
    bad += ["nowhere/inside", "folder", "folder/"] if line in INTO_FILES else ["file"]
    today = datetime.fromtimestamp(store.clock.now(), UTC).date().isoformat()
    before, audited = set(tmp_path.rglob("*")), len(store.json("audit", "list"))
    for path in bad:
        told = store.error(*line.replace("PATH", path).replace("TODAY", today).split())
        assert path.split("/")[0] in told
        assert "data folder" not in told
    assert set(tmp_path.rglob("*")) == before
    assert len(store.json("audit", "list")) == audited
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("line", INTO_FILES[4:])
def test_a_file_that_is_there_is_not_written_over(store, tmp_path, monkeypatch, line):
    monkeypatch.setenv("SYNC_PASSPHRASE", "a passphrase of some length")
    there = tmp_path / "there.zip"
    there.write_text("mine")
    assert "there.zip" in store.error(*line.replace("PATH", str(there)).split())
    assert there.read_text() == "mine"


# -- worker -----------------------------------------------------------------------------------


def test_a_worker_drives_scheduled_and_queued_runs(store):
    with process(store, "worker") as worker:
        wait_for(lambda: store.json("runs", "main"))
        assert store.json("runs", "main")[0]["trigger"] == "schedule"
        wait_for(lambda: store.json("runs", "main")[0]["finished"])
        run = store.json("run", "main")
        assert (run["run"], run["trigger"], run["state"]) == (2, "manual", "succeeded")
        assert "already" in store.error("worker")
        worker.send_signal(signal.SIGTERM)
        _, err = worker.communicate(timeout=120)
    assert worker.returncode == 0, err


def test_an_embedded_worker_ends_when_its_stdin_is_closed(store):
    command = [sys.executable, "-m", "sync", "--data", str(store.data), "worker", "--embedded"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stderr=pipe, text=True) as worker:
        try:
            line_with(worker.stderr, "worker for")
            worker.stdin.close()
            assert worker.wait(timeout=60) == 0
        finally:
            worker.kill()
    assert store.json("run", "main")["state"] == "succeeded"


def test_the_list_of_stores_tells_the_last_success_and_the_next_run(store):
    store.json("run", "main")
    [listed] = store.json("store", "list")
    assert listed["code"] == "succeeded"
    assert listed["last_success"] is not None
    assert listed["next_due"] > listed["last_success"]
    assert (listed["active"], listed["held"]) == (None, None)


# -- the demo ---------------------------------------------------------------------------------


def test_the_demo_is_ready_to_preview_and_run(sync):
    size = ("--products", "30", "--orders", "20")
    made = sync.json("demo", *size)
    assert (made["shop"], made["store"]) == ("demo", "demo")
    assert made["run"]["state"] == "succeeded"
    assert (sync.data / "sandbox.db").exists()
    assert sync.json("preview", "demo")["entities"]["products"]["read"] == 30
    assert sync.json("run", "demo")["state"] == "succeeded"
    again = sync("demo")
    assert again.code == 0
    assert "python -m sync preview demo" in again.out
    assert sync.json("demo")["api_url"] == made["api_url"]
    assert sync.json("preview", "demo")["entities"]["products"]["unchanged"] > 0
    [shop] = sync.json("shop", "list")
    assert (shop["keys"], shop["stores"], shop["demo"]) == (2, ["demo"], True)
    [word] = re.findall(r"explain demo product \d+", again.out)
    assert sync.json(*word.split())["reasons"] == ["hidden"]


def test_a_store_of_the_demo_talks_to_its_stand_in_unless_an_address_is_given(sync, monkeypatch):
    url = sync.json("demo", "--products", "30", "--orders", "20")["api_url"]
    add = ("store", "add", "demo", "--language", "de")
    for name, *more in (["Demo DE"], ["Elsewhere", "--api-url", "https://clerk.example"]):
        monkeypatch.setenv("CLERK_PUBLIC_KEY", f"public of {name}")
        monkeypatch.setenv("CLERK_PRIVATE_KEY", f"private of {name}")
        sync.json(*add, name, *more)
    known = {row.slug: row.api_url for row in Desk(sync.data).stores()}
    assert known == {"demo": url, "demo-de": url, "elsewhere": "https://clerk.example"}


def test_the_demos_stand_ins_are_served_once(sync):
    url = sync.json("demo", "--products", "30", "--orders", "20")["api_url"]
    state = State(sync.data / "sandbox.db")
    with Sandbox(state, port=int(url.rpartition(":")[2])):
        assert sync.json("shop", "check", "demo")["shop"] == "demo"
    assert sync.json("shop", "check", "demo")["shop"] == "demo"


def test_a_worker_serves_a_demo_made_after_its_start(sync):
    with process(sync, "worker") as worker:
        line_with(worker.stderr, "worker for")
        sync.json("demo", "--products", "30", "--orders", "20")
        assert sync.json("run", "demo")["state"] == "succeeded"


def test_a_real_shop_named_demo_is_left_alone(sync):
    sync.json("shop", "add", "Demo", "--domain", "d.example", "--cluster", "eu1", "--unchecked")
    assert "real shop" in sync.error("demo", "--products", "5", "--orders", "5")


# -- nobody there ------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "https://nowhere.invalid"])
def test_a_shop_that_cannot_be_reached_fails_in_one_line(sync, url):
    assert sync(*ADD_SHOP, "--api-url", url).code == 0
    said = sync("shop", "check", "b", "--json")
    assert said.code == 1
    assert said.err == f"error: {said.json['error']}\n"
    assert "\n" not in said.json["error"]
