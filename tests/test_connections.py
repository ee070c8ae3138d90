"""How often a file is opened: once a page and once a run, whatever they ask of it."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from sync import database, run
from sync.database import as_of_now, kept, opened, sharing
from sync.openshop import opened_shop
from sync.store import Desk
from tests.conftest import Place
from tests.pages import conftest as pages

data, nothing, synced, visit = pages.data, pages.nothing, pages.synced, pages.visit
_alone, client = pages._alone, pages.client
Opened = Counter[str]


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Opened]:
    """Begin to count connections, by the name of their file."""

    def begun() -> Opened:
        found: Opened = Counter()
        connect = database.sqlite3.connect

        def counted(name: str, *args: Any, **options: Any) -> Any:
            found[Path(name).name] += 1
            return connect(name, *args, **options)

        monkeypatch.setattr(database.sqlite3, "connect", counted)
        return found

    return begun


# The plan's rows are written while its shop is read as of one moment: by a second connection.
PAGES = {
    "overview": {"desk.db": 1},
    "preview": {"desk.db": 1, "shop.db": 2},
    "settings": {"desk.db": 1, "shop.db": 2},
    "runs": {"desk.db": 1},
    "lookup": {"desk.db": 1, "shop.db": 1},
    "shops": {"desk.db": 1},
    "run": {"desk.db": 1, "shop.db": 1},
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.usefixtures("data")
def test_a_rerun_of_a_page_opens_each_file_once(visit, count, page: str):
    query = {"run": {"run": "2"}, "lookup": {"q": "1", "entity": "products"}}.get(page, {})
    app = visit(page, store="main", lang="en", **query)
    found = count()
    app.run()
    assert not app.exception
    assert found == PAGES[page]


def test_a_run_opens_each_file_once(place: Place, count):
    place.run("refresh")
    for _ in ("first", "unchanged"):
        queued = run.request(place.desk, place.store, "sync")
        found = count()
        assert place.drive(queued.id).state == "succeeded"
        assert found["shop.db"] == 1
        assert found["desk.db"] <= 5  # the run, and four calls at once that book their places


# -- what is kept -----------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file.db"
    with opened(path) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE t (n INTEGER)")
        db.conn.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(5000)])
    return path


def numbers(path: Path) -> int:
    with opened(path) as db:
        return int(db.execute("SELECT count(*) FROM t").fetchone()[0])


def test_what_is_kept_is_closed_at_the_end(file: Path, count):
    found = count()
    with kept():
        with kept():
            numbers(file)
        with opened(file) as db:
            pass
        db.execute("SELECT 1")
    with pytest.raises(database.sqlite3.ProgrammingError):
        db.execute("SELECT 1")
    assert found["file.db"] == 1
    numbers(file)
    assert found["file.db"] == 2


def test_operations_inside_each_other_have_connections_of_their_own(file: Path):
    with kept(), opened(file) as first, as_of_now(first):
        before = first.execute("SELECT count(*) FROM t").fetchone()
        with opened(file) as second:
            second.execute("DELETE FROM t")
        assert first.execute("SELECT count(*) FROM t").fetchone() == before


def test_a_file_that_was_replaced_is_opened_anew(file: Path, tmp_path: Path):
    other = tmp_path / "other.db"
    shutil.copy(file, other)
    with opened(other) as db:
        db.execute("DELETE FROM t WHERE n > 9")
    with kept():
        assert numbers(file) == 5000
        file.unlink()
        shutil.copy(other, file)
        assert numbers(file) == 10


def test_rows_that_nobody_read_to_the_end_hide_nothing_from_the_next(file: Path):
    with kept():
        with opened(file) as db:
            unread = db.execute("SELECT n FROM t ORDER BY n")
            unread.fetchone()
        with opened(file) as other:
            other.execute("DELETE FROM t WHERE n > 9")
        assert numbers(file) == 10


def test_a_connection_that_failed_is_not_used_again(file: Path, count):
    found = count()
    with kept():
        with suppress(ValueError), opened(file) as db, as_of_now(db):
            raise ValueError
        numbers(file)
    assert found["file.db"] == 2


def test_few_files_stay_open(tmp_path: Path):
    folder = Path("/proc/self/fd")
    with kept():
        before = len(list(folder.iterdir()))
        for n in range(40):
            with opened(tmp_path / f"{n}.db") as db:
                db.execute("CREATE TABLE t (n)")
        assert len(list(folder.iterdir())) - before <= 3 * database.MOST_IDLE


def test_threads_take_turns_with_what_is_kept(file: Path, count):
    found, others = count(), set(threading.enumerate())
    with kept(), ThreadPoolExecutor(4, initializer=sharing()) as threads:
        counts = list(threads.map(numbers, [file] * 200))
    assert counts == [5000] * 200
    assert found["file.db"] <= 4
    assert set(threading.enumerate()) <= others


# -- the schema -------------------------------------------------------------------------------


def grown(path: Path) -> None:
    with opened(path) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('mirror', '999_later', '2099-01-01')"
        )


def test_a_file_that_a_newer_version_changes_meanwhile_is_refused(place: Place):
    place.run("refresh")
    path = place.desk.shop_file(place.desk.shop("shop"))
    with opened_shop(place.desk, place.store):
        pass
    grown(path)
    with pytest.raises(database.StorageError) as error, opened_shop(place.desk, place.store):
        pass
    assert error.value.fault == "newer"


def test_a_file_that_is_removed_meanwhile_is_made_anew(place: Place):
    with opened_shop(place.desk, place.store) as shop:
        shop.mirror.next_seq()
    for path in (place.desk.data_dir / "shops").glob("shop.db*"):
        path.unlink()
    with opened_shop(place.desk, place.store) as shop:
        assert shop.mirror.number("SELECT count(*) FROM meta WHERE key = 'seq'") == 0


def test_a_copy_in_another_mode_is_written_beside_readers_again(tmp_path: Path):
    Desk(tmp_path / "data")
    path = tmp_path / "data" / "desk.db"
    with opened(path) as db:
        db.execute("VACUUM INTO ?", [str(tmp_path / "copy.db")])
    for each in path.parent.glob("desk.db*"):
        each.unlink()
    shutil.copy(tmp_path / "copy.db", path)
    Desk(tmp_path / "data")
    with opened(path) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
