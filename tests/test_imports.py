"""What a command loads: what it runs, and no more. A package that takes half a second to import
takes it from every command and from every worker."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sync.cli import COMMANDS, handler
from tests.conftest import Place

ROOT = Path(__file__).parents[1]
# The vault's cryptography, SQLite's driver, JSON, what packs.
PACKAGES = {"_cffi_backend", "_openssl", "cryptography"} | {
    *("isal", "orjson", "pysqlite3", "sync", "typing_extensions"),
}
# httpx and what it stands on, for whoever makes a call.
NETWORK = {"anyio", "certifi", "h11", "httpcore", "httpx", "idna", "sniffio"}
PURE = {
    "access",
    "commalist",
    "documents",
    "entities",
    "errors",
    "forecast",
    "freshness",
    "lenient",
    "names",
    "personal",
    "schedule",
    "settings",
} | {
    *("shapes", "statuses", "texts"),
}
GROUND = {
    "addresses",
    "clock",
    "database",
    "forgotten",
    "keyfile",
    "patience",
    "unpack",
    "vault",
}
LOOKS = {*PURE, *GROUND, "budget", "cli", "fleet", "status", "store"}
NO_WORK = {"preview", "sandbox"}  # of every room that there is
WORKERS = {"alerts", "explain", "overview"}  # what a worker tells of all stores, and by itself
_TOLD = """
import contextlib, io, json, sys
before = set(sys.modules)
from sync.cli import main
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    code = main(sys.argv[1:])
    assert code == 0, code
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def loaded(*words: str) -> tuple[set[str], set[str]]:
    """Packages, and rooms of ours, that a process has once the command is done."""
    command = [sys.executable, "-c", _TOLD, *words]
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    modules = [name.split(".") for name in json.loads(done.stdout)]
    packages = {name[0] for name in modules} - sys.stdlib_module_names
    usual = {name for name in packages if name.startswith(("__", "_sysconfigdata", "_distutils"))}
    return packages - usual, {name[1] for name in modules if name[0] == "sync" and len(name) > 1}


@pytest.mark.parametrize("words", [["--help"], ["store", "list"], ["store", "list", "--json"]])
def test_what_only_looks_loads_little(place: Place, words: list[str]):
    packages, rooms = loaded("--data", str(place.desk.data_dir), *words)
    assert packages - PACKAGES == set()
    assert rooms - LOOKS == set()


@pytest.mark.parametrize(
    ("words", "unused"),
    [(["run", "main"], NO_WORK | WORKERS), (["worker", "--embedded"], NO_WORK)],
)
def test_what_works_loads_no_stand_ins_and_nothing_to_draw_with(
    place: Place, words: list[str], unused: set[str]
):
    place.run()
    packages, rooms = loaded("--data", str(place.desk.data_dir), *words)
    assert packages - PACKAGES - NETWORK == set()
    assert rooms & unused == set()
    assert "run" in rooms


def test_what_makes_a_database_does_so_without_pandas(tmp_path: Path):
    """sqlite-utils takes it along where it is installed: 80 MiB that a worker never gives back."""
    packages, _ = loaded("--data", str(tmp_path / "new"), "store", "list")
    assert "sqlite_utils" in packages
    assert packages & {"numpy", "pandas", "pyarrow"} == set()


def test_every_command_has_its_function():
    assert all(callable(handler(command)) for command in COMMANDS)
