"""The files of a data folder: which SQLite, what goes wrong with them, and how it is said."""

from __future__ import annotations

import errno
import fcntl
import gc
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from pages.components import worker as beside
from sync import database, status
from sync.cli import main
from sync.database import StorageError, opened, worded
from sync.engine import upkeep
from sync.store import Desk, os_lock
from tests.conftest import placed
from tests.pages import conftest as pages
from tests.pages.conftest import texts

data, nothing, synced, visit = pages.data, pages.nothing, pages.synced, pages.visit
_alone, client = pages._alone, pages.client


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 0), True),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 4), False),
        ((4, 0, 0), False),
    ],
)
def test_which_sqlite_can_lose_pages(version, affected):
    assert database.loses_pages(version) is affected


def test_sqlite_utils_and_the_house_use_one_driver():
    with closing(database.Database.memory()) as db:
        with pytest.raises(database.sqlite3.OperationalError):
            db.execute("SELECT * FROM nothing")
        assert isinstance(db.conn, database.sqlite3.Connection)


# -- folders that cannot be written -----------------------------------------------------------


@contextmanager
def disk(folder: Path, size: str) -> Iterator[Path]:
    """A small disk of its own at that folder; skipped where nobody may mount one."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        gc.collect()
        subprocess.run(["umount", "-l", str(folder)], check=True)


def remount(folder: Path, mode: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{mode}", str(folder)], check=True)


def fill_up(folder: Path) -> None:
    with (folder / "other programs").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 4096)


@pytest.fixture(params=["readonly", "full"])
def useless(request: pytest.FixtureRequest, synced: Path, tmp_path: Path, monkeypatch):
    """(the code of the trouble, a data folder in it)."""
    with disk(tmp_path / "disk", "24m") as place:
        folder = place / "data"
        shutil.copytree(synced, folder)
        Desk(folder)
        for path in folder.rglob("*.db-*"):
            path.unlink()
        if request.param == "readonly":
            remount(place, "ro")
        else:
            fill_up(place)
        monkeypatch.setenv("SYNC_DATA", str(folder))
        yield request.param, folder
        if request.param == "readonly":
            remount(place, "rw")


LOOKS = (
    "shop list",
    "shop key list shop",
    "store list",
    "settings show main",
    "settings history main",
    "preview main",
    "runs main",
    "show 2",
    "log 2",
    "explain main product {product}",
)
WRITES = (
    "settings set main page_size=100",
    "run main",
    "refresh main",
    "store pause main",
    "shop set shop reserve=20",
)


def said(words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(words.split())
    return code, capsys.readouterr().err


def test_looking_needs_no_write(useless, capsys):
    code, folder = useless
    with opened(folder / "shops" / "shop.db") as db:
        product = db.execute("SELECT min(id) FROM product").fetchone()[0]
    for words in LOOKS:
        assert said(words.format(product=product), capsys) == (0, ""), (code, words)


def test_what_cannot_be_written_is_said_in_one_line(useless, capsys):
    code, folder = useless
    for words in WRITES:
        number, told = said(words, capsys)
        assert number == 1, words
        assert len(told.strip().splitlines()) == 1, told
        assert str(folder) in told
        assert any(word in told for word in ("read-only", "full")), (code, words, told)


@pytest.mark.parametrize("page", ["overview", "settings", "runs", "lookup", "shops", "preview"])
def test_pages_show_what_is_there(useless, visit, page: str):
    app = visit(page, store="main", lang="en")
    assert not app.exception
    shown = texts(app).replace("\\", "")
    assert "is full" not in shown
    assert "read-only" not in shown
    assert {"preview": "A sync would", "settings": "Include"}.get(page, "") in shown


def test_start_and_save_say_it_on_the_page(useless, visit):
    code, _ = useless
    app = visit("runs", store="main", lang="en")
    app.button(key="runs:sync").click().run()
    assert not app.exception
    shown = texts(app).replace("\\", "")
    assert ("is full" in shown) or ("read-only" in shown), (code, shown)


# -- files that are something else ------------------------------------------------------------


def a_folder(path: Path) -> None:
    path.mkdir()


def junk(path: Path) -> None:
    path.write_bytes(b"no database\n" * 500)


def of_a_newer_version(path: Path) -> None:
    Desk(path.parent)
    with opened(path) as db:
        db.conn.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('desk', '999_later', '2099-01-01')"
        )


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (a_folder, "is a folder where a file should be"),
        (junk, "is no SQLite database"),
        (of_a_newer_version, "was made by a newer version"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "de"])
def test_a_desk_db_that_is_none_is_said_in_one_line(tmp_path, capsys, visit, made, told, lang):
    made(tmp_path / "desk.db")
    for words in ("shop list", "run main", "store list --json"):
        code, line = said(f"--data {tmp_path} {words}", capsys)
        assert code == 1
        assert told in line
        assert len(line.strip().splitlines()) == 1
    with pytest.raises(StorageError) as raised:
        Desk(tmp_path)
    assert str(tmp_path) in raised.value.text(lang)


def test_a_page_says_it_too(nothing: Path, visit):
    nothing.mkdir()
    junk(nothing / "desk.db")
    app = visit("overview", lang="en")
    assert not app.exception
    assert "is no SQLite database" in texts(app).replace("\\", "")


def test_a_data_folder_that_is_a_file_is_said_in_one_line(tmp_path: Path, capsys):
    (tmp_path / "data").write_text("")
    code, line = said(f"--data {tmp_path / 'data'} shop list", capsys)
    assert code == 1
    assert str(tmp_path / "data") in line
    assert len(line.strip().splitlines()) == 1


# -- locks ------------------------------------------------------------------------------------


def no_locks(*_: object) -> None:
    raise OSError(errno.ENOLCK, "No locks available")


def test_a_share_without_locks_is_said_and_looked_at(data: Path, visit, capsys, monkeypatch):
    monkeypatch.setattr(fcntl, "flock", no_locks)
    for words in ("run main", "worker"):
        code, line = said(words, capsys)
        assert code == 1
        assert "gives no locks" in line
        assert len(line.strip().splitlines()) == 1
    assert said("store list", capsys) == (0, "")
    app = visit("overview", lang="en")
    assert not app.exception
    assert "gives no locks" not in texts(app)
    app = visit("runs", store="main", lang="en")
    app.button(key="runs:sync").click().run()
    assert not app.exception
    assert "gives no locks" in texts(app)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "full"),
        (errno.EDQUOT, "full"),
        (errno.EROFS, "readonly"),
        (errno.EACCES, "no_permission"),
        (errno.ENOLCK, "no_locks"),
        (errno.EISDIR, "is_folder"),
        (errno.EIO, "io"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "de"])
def test_each_trouble_of_a_file_is_said_with_its_folder(number: int, code: str, lang: str):
    told = worded(OSError(number, "x", "/somewhere/data/desk.db"))
    assert isinstance(told, StorageError)
    assert told.fault == code
    assert "/somewhere/data" in told.text(lang)
    assert "\n" not in told.text(lang)


def test_an_affected_sqlite_is_named_on_the_overview(data: Path, visit, monkeypatch):
    assert status.notices() == [] or database.loses_pages()
    monkeypatch.setattr(status, "loses_pages", lambda: True)
    assert "can lose saved data" in texts(visit("overview", lang="en"))


# -- the nightly check ------------------------------------------------------------------------


def spoil(path: Path) -> None:
    """Overwrite pages in the middle of a database."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2 // 4096 * 4096)
        file.write(b"\xff" * 4096 * 3)


def test_a_damaged_file_turns_its_stores_red_until_it_is_good_again(data: Path, monkeypatch):
    desk = Desk(data)
    path = data / "shops" / "shop.db"
    assert upkeep.check_files(desk) == []
    good = path.read_bytes()
    spoil(path)
    monkeypatch.setattr(upkeep, "CHECK_AGAIN", 0.0)
    assert upkeep.check_files(desk) == ["shops/shop.db"]
    for lang in ("en", "de"):
        found = status.store_status(desk, desk.store("main"), lang)
        assert (found["level"], found["code"]) == ("red", "damaged")
        assert "shops/shop.db" in found["sentence"]
    path.write_bytes(good)
    assert upkeep.check_files(desk) == []
    assert status.store_status(desk, desk.store("main"))["level"] == "green"


def test_a_file_is_looked_through_once_a_day(data: Path):
    desk = Desk(data)
    upkeep.check_files(desk)
    before = desk.checked()
    upkeep.check_files(desk)
    assert desk.checked() == before
    assert set(before) == {"desk.db", "shops/shop.db"}


def test_the_worker_s_log_is_bounded(data: Path, monkeypatch):
    log = data / "worker.log"
    monkeypatch.setattr(upkeep, "MOST_LOG", 1000)
    with log.open("ab") as writer:
        for _ in range(50):
            writer.write(b"x" * 99 + b"\n")
            writer.flush()
            upkeep.bound_log(data)
    assert log.stat().st_size <= 1100
    assert (data / "worker.log.1").stat().st_size <= 1100


# -- rights -----------------------------------------------------------------------------------


def rights(folder: Path) -> set[str]:
    found = {f"{path.stat().st_mode & 0o777:o}" for path in folder.rglob("*") if path.is_file()}
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    return found | {f"folder {path.stat().st_mode & 0o777:o}" for path in folders}


def test_files_of_the_data_folder_are_closed_to_others(tmp_path: Path, tiny: Path):
    before = os.umask(0)
    try:
        with placed(tiny, tmp_path) as place, opened(place.desk.path) as kept:
            kept.conn.execute("SELECT 1 FROM shop").fetchone()
            place.run()
            assert rights(place.desk.data_dir) == {"600", "folder 700"}
    finally:
        os.umask(before)


def test_what_an_older_version_left_open_is_closed(data: Path):
    for path in (data, *data.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    outside = data.parent / "outside.db"
    outside.write_text("")
    outside.chmod(0o644)
    (data / "shops" / "link.db").symlink_to(outside)
    Desk(data)
    (data / "shops" / "link.db").unlink()
    assert rights(data) == {"600", "folder 700"}
    assert outside.stat().st_mode & 0o777 == 0o644


def test_a_folder_that_is_no_desk_s_is_left_as_it_is(tmp_path: Path):
    tmp_path.chmod(0o755)
    (tmp_path / "other.db").write_text("")
    (tmp_path / "other.db").chmod(0o644)
    Desk(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o755


# -- the worker beside the dashboard ----------------------------------------------------------


def test_a_second_dashboard_starts_no_worker_every_half_minute(data: Path, monkeypatch):
    started: list[int] = []

    class Ended:
        def poll(self) -> int:
            return 2

    def start() -> Ended:
        started.append(1)
        return Ended()

    monkeypatch.setenv("SYNC_EMBEDDED", "1")
    monkeypatch.setattr(beside, "_start", start)
    monkeypatch.setattr(beside, "_child", None)
    monkeypatch.setattr(beside, "_started", float("-inf"))
    monkeypatch.setattr(beside, "AGAIN", 0.0)
    with os_lock(data / "worker.lock"):
        for _ in range(5):
            beside.ensure()
        assert len(started) == 1
    beside.ensure()
    assert len(started) == 2


def test_a_folder_that_cannot_be_written_gets_no_worker_and_no_error(tmp_path, monkeypatch):
    (tmp_path / "data").write_text("")
    monkeypatch.setenv("SYNC_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SYNC_EMBEDDED", "1")
    monkeypatch.setattr(beside, "_child", None)
    monkeypatch.setattr(beside, "_started", float("-inf"))
    beside.ensure()
    assert not beside.starting()
