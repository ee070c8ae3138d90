"""House rules that no single file shows: who imports whom, and what never appears."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "sync").rglob("*.py"))
PACKAGES = [path for path in SOURCES if path.name == "__init__.py"]
PURE = {
    "access",
    "causes",
    "commalist",
    "entities",
    "errors",
    "manual",
    "settings",
    "statuses",
    "texts",
    "shapes",
    "rules",
    "mapping",
    "names",
    "personal",
    "forecast",
    "freshness",
    "lenient",
    "schedule",
    "tables",
    "usual",
}
GROUND = {
    "addresses",
    "clock",
    "database",
    "documents",
    "forgotten",
    "keyfile",
    "patience",
    "unpack",
}
FLOORS = (
    {"vault", "wire", "budget"},
    {"http"},
    {"lightspeed", "clerk"},
    {"store", "mirror", "ledger"},
    {"plan", "fleet", "recording"},
    {"openshop"},
    {"extract", "explain", "survey", "guard", "deliver", "feed", "storefront", "forget"},
    {"inspection"},
    {"run", "setup", "status", "backup"},
    {"overview", "preview", "health"},
    {"answers", "doctor"},
    {"alerts", "bundle"},
    {"engine"},
    {"demo"},
    {"cli", "__main__"},
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
COMPONENTS = ROOT / "pages" / "components"
# The Preview page tries settings out with the fields of the Settings page.
BORROWED = {"preview": {"settings"}}
ROOMS = PURE | GROUND | FLOOR.keys() | {"sandbox"}
MACHINE_PATHS = re.compile(r"(?<![\w.~-])/(?:work|root|tmp|home)(?:/\w|\b(?!/))")


def room_of(path: Path) -> str:
    return path.relative_to(ROOT / "sync").parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "sync":
            yield from (f"sync.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "sync.relative" if node.level else node.module or ""


def rooms_imported(path: Path) -> set[str]:
    parts = (name.split(".") for name in imported(path))
    return {part[1] for part in parts if part[0] == "sync" and len(part) > 1}


def allowed(room: str) -> set[str]:
    """The rooms that `room` may import beside itself."""
    if room in PURE:
        return PURE
    if room == "sandbox":
        return set()
    if room in GROUND:
        return {"errors", "texts"}
    below = {other for other, floor in FLOOR.items() if floor < FLOOR[room]}
    front = {"sandbox", "cli"} if room in {"cli", "__main__"} else set()
    front |= {"sandbox"} if room == "demo" else set()
    return PURE | GROUND | below | front


def repository_files() -> list[Path]:
    """Every text file that is or would be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return [p for p in paths if p.is_file() and p.suffix not in {".png", ".ico", ".woff2"}]


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_downwards_only(path):
    room = room_of(path)
    if room == "__init__":
        assert rooms_imported(path) == set()
        return
    assert room in ROOMS, f"{room} has no floor in this test"
    assert rooms_imported(path) - {room} <= allowed(room)


def components_imported(path: Path) -> set[Path]:
    """The components that a file of `pages` imports, each as its file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pages."):
            module = ROOT.joinpath(*(node.module or "").split("."))
            files = [module / f"{alias.name}.py" for alias in node.names]
            found |= {file for file in [*files, module.with_suffix(".py")] if file.is_file()}
    return found


@pytest.mark.parametrize("folder", sorted(p.parent.name for p in COMPONENTS.glob("*/__init__.py")))
def test_the_components_of_a_page_import_the_shared_ones_and_each_other(folder):
    allowed_in = {COMPONENTS, COMPONENTS / folder}
    allowed_in |= {COMPONENTS / other for other in BORROWED.get(folder, set())}
    others = {
        str(file.relative_to(ROOT))
        for path in (COMPONENTS / folder).glob("*.py")
        for file in components_imported(path)
        if file.parent not in allowed_in
    }
    assert others == set()


def test_shared_components_know_no_page():
    users = {
        str(path.relative_to(ROOT))
        for path in COMPONENTS.glob("*.py")
        if any(file.parent != COMPONENTS for file in components_imported(path))
    }
    assert users == set()


def test_components_import_each_other_in_no_circle():
    below = {path: components_imported(path) for path in COMPONENTS.rglob("*.py")}
    while lowest := {path for path, others in below.items() if not others & below.keys()}:
        below = {path: others for path, others in below.items() if path not in lowest}
    assert sorted(str(path.relative_to(ROOT)) for path in below) == []


@pytest.mark.parametrize(
    ("library", "users"),
    [("httpx", ["sync/http/driver.py"]), ("httpcore", ["sync/http/driver.py", "sync/wire.py"])],
)
def test_what_reaches_the_network_is_imported_where_addresses_are_checked(library, users):
    found = [p for p in SOURCES if library in {n.split(".")[0] for n in imported(p)}]
    assert [str(p.relative_to(ROOT)) for p in found] == users


def test_only_one_file_imports_the_database_driver():
    """Two drivers in one process: errors that nobody catches, locks that are lost. The stand-ins
    share no code with the clients, and no file either."""
    drivers = {"sqlite3", "pysqlite3", "sqlite_utils", "apsw", "sqlean"}
    everything = [*SOURCES, ROOT / "app.py", ROOT / "asgi.py", *(ROOT / "pages").rglob("*.py")]
    everything += (ROOT / "tests").rglob("*.py")
    users = {
        str(path.relative_to(ROOT))
        for path in everything
        if drivers & {name.split(".")[0] for name in imported(path)}
    }
    stand_ins = {user for user in users if user.startswith(("sync/sandbox/", "tests/sandbox/"))}
    assert users - stand_ins == {"sync/database/driver.py"}


def test_the_desk_is_read_through_the_desk():
    """Whoever opens desk.db by its path sees the shops that are hidden from the person."""
    past = re.compile(r"\bopened\([\w.]*(desk|self)\.path\)")
    users = {str(p.relative_to(ROOT)) for p in SOURCES if past.search(p.read_text("utf-8"))}
    assert users == set()


def test_the_keys_of_a_mirror_s_facts_stand_in_one_file():
    """Beside it only whose file it is, which the desk reads where no mirror can be opened, and what
    a backup exchanges in a file."""
    keyed = re.compile(r"\bFact\(|\b(FROM|INTO) meta\b")
    found = {str(p.relative_to(ROOT)) for p in SOURCES if keyed.search(p.read_text("utf-8"))}
    found -= {path for path in found if path.startswith("sync/sandbox/")}
    table = {"sync/mirror/facts.py", "sync/mirror/base.py"}
    assert found == table | {"sync/store/numbers.py", "sync/openshop.py", "sync/backup/numbers.py"}


def test_sync_never_imports_streamlit():
    assert [p for p in SOURCES if "streamlit" in {n.split(".")[0] for n in imported(p)}] == []


def test_no_assert_steers_the_program():
    steering = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assert)
    ]
    assert steering == []


def test_no_test_sleeps():
    wanted = re.compile(r"\btime\.sleep\(|from time import .*\bsleep\b")
    sleepers = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if path != Path(__file__) and wanted.search(path.read_text(encoding="utf-8"))
    ]
    assert sleepers == []


def test_no_file_knows_the_machine_it_was_written_on():
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in repository_files()
        if path != Path(__file__)
        for match in MACHINE_PATHS.finditer(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def test_no_file_refers_to_a_document_that_is_not_here():
    """A path that leads out of the repository leads nowhere for whoever has only this one."""
    named = re.compile(r"(?<![\w/.:-])[\w./-]*\w\.md\b|(?:\.\./)+shared\b")
    missing = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in repository_files()
        if path != Path(__file__) and path.suffix in {".py", ".md", ".toml"}
        for name in named.findall(path.read_text(encoding="utf-8", errors="replace"))
        if not any((folder / name).is_file() for folder in (path.parent, ROOT, ROOT / "docs"))
    ]
    assert missing == []


@pytest.mark.parametrize("path", ["data/desk.db", "data/secret.key", ".streamlit/secrets.toml"])
def test_git_ignores_what_must_stay_here(path):
    answer = subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, check=False)
    if answer.returncode == 128:
        pytest.skip("not a git checkout")
    assert answer.returncode == 0


@pytest.mark.parametrize("package", PACKAGES, ids=lambda p: str(p.parent.relative_to(ROOT)))
def test_no_module_is_hidden_by_a_function_of_its_name(package):
    room = ".".join(package.parent.relative_to(ROOT).parts)
    modules = {path.stem for path in package.parent.glob("*.py")}
    tree = ast.parse(package.read_text(encoding="utf-8"))
    taken = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module != room
        for alias in node.names
    }
    assert taken & modules == set()
