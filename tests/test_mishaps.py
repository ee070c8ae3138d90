"""What befalls a computer: two at once, a full disk, a locked or missing file, a long sleep."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from sync import database, engine, run
from sync.database import Database, Migrations, sqlite3
from sync.entities import ENTITIES
from sync.ledger.schema import migrations as ledger_migrations
from sync.mirror import raw_product
from sync.mirror.packing import packed
from sync.mirror.schema import migrations as mirror_migrations
from sync.run import More, Session, record_result
from sync.sandbox.faults import Fault
from sync.sandbox.windows import Limits
from sync.store import Desk, RunActive, UsageError, shop_lock
from sync.store.schema import migrations as desk_migrations
from tests.conftest import HastyClock, Place, begun, connect, placed
from tests.lives import KILLED, AfterCall, Suspended, born, live, together

EVERYTHING = {"include_customers": "yes", "include_pages": "yes", "include_orders": "all"}


@pytest.fixture
def small_place(tiny: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    with begun(request, tiny, tmp_path, settings=EVERYTHING | {"page_size": "10"}) as made:
        yield made


def is_whole(place: Place) -> None:
    """Both sides agree, and a further run has nothing to send."""
    for entity in ENTITIES:
        assert place.confirmed(entity) == place.objects(entity)
    done = place.run()
    assert done.state == "succeeded"
    assert all(book["created"] == book["updated"] == 0 for book in done.books.values())


# -- two at once ------------------------------------------------------------------------------


def test_of_four_processes_that_start_a_store_at_once_one_runs(small_place: Place):
    ended = together(4, small_place.desk.data_dir, "main")
    assert {run_id for _, run_id in ended} == {1}
    assert {state for state, _ in ended} - {"active"} == {"succeeded"}
    assert len(small_place.desk.runs(small_place.store)) == 1
    paths = [(c.method, c.path, tuple(c.query.items())) for c in small_place.state.calls()]
    lines = [path for path in paths if path[1].endswith("/products.json") and "/orders/" in path[1]]
    assert len(lines) == len(set(lines)) > 0
    assert paths.count(("GET", "/nl/shop.json", ())) == 1


def test_processes_that_open_a_new_data_folder_at_once_share_it(tmp_path: Path):
    data = tmp_path / "data"
    ended = together(6, data, None)
    assert sorted(ended) == [("shop", n) for n in range(6)]
    desk = Desk(data)
    keys = [desk.keys(shop)[0].key.reveal() for shop in desk.shops()]
    assert len(set(keys)) == 6


# -- the disk ---------------------------------------------------------------------------------


@contextmanager
def disk_of(pages: int, name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A disk on which that file cannot grow beyond so many pages."""
    connect_to = sqlite3.connect

    def connected(path: str, *args: Any, **options: Any) -> sqlite3.Connection:
        connection = connect_to(path, *args, **options)
        if Path(path).name == name:
            connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", connected)
        yield


@pytest.mark.parametrize("spare", [0, 15])
def test_a_full_disk_fails_the_run_and_loses_nothing(
    small_place: Place, monkeypatch: pytest.MonkeyPatch, spare: int
):
    small_place.preview()
    with closing(sqlite3.connect(small_place.desk.shop_file(small_place.desk.shop("shop")))) as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
    with disk_of(pages + spare, "shop.db", monkeypatch):
        failed = small_place.run()
    assert failed.state == "failed"
    assert "full" in str(failed.message)
    assert small_place.run().state == "succeeded"
    is_whole(small_place)


# -- locked -----------------------------------------------------------------------------------


@contextmanager
def locked(path: Path) -> Iterator[Callable[[], None]]:
    """Hold a database's write lock, at most until the given function is called."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield holder.rollback


def watch_statements(monkeypatch: pytest.MonkeyPatch, seen: Callable[[str, str], None]) -> None:
    """Tell of each statement on any database, as it begins."""
    connect_to = sqlite3.connect

    def connected(path: str, *args: Any, **options: Any) -> sqlite3.Connection:
        connection = connect_to(path, *args, **options)
        connection.set_trace_callback(lambda statement: seen(Path(path).name, statement))
        return connection

    monkeypatch.setattr(sqlite3, "connect", connected)


@pytest.mark.parametrize("name", ["desk.db", "shop.db"])
def test_a_run_waits_for_a_locked_database(
    small_place: Place, monkeypatch: pytest.MonkeyPatch, wait_for, name: str
):
    small_place.preview()
    row = run.request(small_place.desk, small_place.store, "sync")
    tried = threading.Event()

    def seen(file: str, statement: str) -> None:
        if file == name and statement.startswith(("BEGIN IMMEDIATE", "INSERT", "UPDATE")):
            tried.set()

    path = {
        "desk.db": small_place.desk.path,
        "shop.db": small_place.desk.data_dir / "shops/shop.db",
    }
    with locked(path[name]) as release:
        watch_statements(monkeypatch, seen)
        driver = threading.Thread(target=small_place.drive, args=(row.id,))
        driver.start()
        wait_for(tried.is_set)
        assert driver.is_alive()
        release()
        driver.join()
    assert small_place.desk.run(row.id).state == "succeeded"
    is_whole(small_place)


def test_a_shop_locked_for_too_long_fails_the_run_in_words(
    small_place: Place, monkeypatch: pytest.MonkeyPatch
):
    small_place.preview()
    with locked(small_place.desk.data_dir / "shops/shop.db"), monkeypatch.context() as patched:
        patched.setattr(database.connections, "BUSY_SECONDS", 0.05)
        failed = small_place.run()
    assert failed.state == "failed"
    assert "is locked by another program" in str(failed.message)
    assert small_place.run().state == "succeeded"
    is_whole(small_place)


def test_a_desk_locked_for_too_long_leaves_a_run_that_goes_on(
    small_place: Place, monkeypatch: pytest.MonkeyPatch
):
    row = run.request(small_place.desk, small_place.store, "sync")
    with locked(small_place.desk.path), monkeypatch.context() as patched:
        patched.setattr(database.connections, "BUSY_SECONDS", 0.05)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            small_place.drive(row.id)
    assert small_place.drive(row.id).state == "succeeded"
    is_whole(small_place)


# -- answers that are lost --------------------------------------------------------------------


@pytest.mark.parametrize("removed_products", ["delete", "hide"])
def test_a_product_whose_removal_was_not_confirmed_comes_back(
    hasty_place: Place, removed_products: str
):
    """Clerk.io did it, the answer was lost, and meanwhile the product is wanted again."""
    hasty_place.set(removed_products=removed_products)
    hasty_place.run()
    before = hasty_place.objects("products")
    product = min(before)
    hasty_place.state.faults.add(Fault("clerk", "reset", path="/v2/products"))
    hasty_place.state.edit("product", product, isVisible=False)
    assert hasty_place.run().state == "failed"
    assert hasty_place.objects("products").get(product, {}).get("index") is not True
    hasty_place.state.faults.clear()
    hasty_place.state.edit("product", product, isVisible=True)
    assert hasty_place.run().state == "succeeded"
    assert before[product].items() <= hasty_place.objects("products")[product].items()
    assert hasty_place.objects("products")[product].get("index", True) is True


@pytest.mark.after("sync")
def test_an_update_that_was_not_confirmed_is_taken_back(hasty_place: Place):
    product, before = min(hasty_place.objects("products").items())
    title = hasty_place.state.get("product", product)["title"]
    hasty_place.state.faults.add(Fault("clerk", "reset", path="/v2/products"))
    hasty_place.state.edit("product", product, title={"nl": "Anders", "en": "", "de": ""})
    assert hasty_place.run().state == "failed"
    assert hasty_place.objects("products")[product]["name"] == "Anders"
    hasty_place.state.faults.clear()
    hasty_place.state.edit("product", product, title=title)
    assert hasty_place.run().state == "succeeded"
    assert hasty_place.objects("products")[product]["name"] == before["name"]


# -- missing and old --------------------------------------------------------------------------


@pytest.mark.after("sync")
def test_a_shop_whose_file_is_gone_is_read_and_sent_again(small_place: Place):
    before = {entity: small_place.objects(entity) for entity in ENTITIES}
    for path in (small_place.desk.data_dir / "shops").glob("shop.db*"):
        path.unlink()
    assert small_place.preview()["entities"]["products"]["read"] == 0
    held = small_place.run()
    assert held.state == "held"
    assert {hold["reason"] for hold in held.holds} == {"ledger_lost"}
    run.approve(small_place.desk, held.id)
    done = small_place.drive(held.id)
    assert done.state == "succeeded"
    found = done.books["products"]  # Clerk.io was asked, and has them as they should be
    assert found["created"] + found["updated"] + found["unchanged"] == len(before["products"])
    assert {entity: small_place.objects(entity) for entity in ENTITIES} == before
    is_whole(small_place)


def test_a_run_whose_file_is_lost_between_two_lives_begins_anew(small_place: Place):
    queued = run.request(small_place.desk, small_place.store, "sync")
    assert live(small_place.desk.data_dir, queued.id, AfterCall(55)) == KILLED
    for path in (small_place.desk.data_dir / "shops").glob("shop.db*"):
        path.unlink()
    assert small_place.drive(queued.id).state == "succeeded"
    is_whole(small_place)


@pytest.mark.after("sync")
def test_the_file_of_a_shop_that_the_desk_does_not_know_is_not_adopted(small_place: Place):
    """Its ledger and run numbers belong to another desk."""
    for path in small_place.desk.data_dir.glob("desk.db*"):
        path.unlink()
    desk = Desk(small_place.desk.data_dir)
    with pytest.raises(UsageError, match=r"shop\.db"):
        connect(desk, small_place.sandbox.url)
    assert desk.shops() == []
    assert (small_place.desk.data_dir / "shops/shop.db").exists()


def made_by_an_older_version(path: Path, migrations: Migrations, last: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with database.opened(path) as db:
        migrations.apply(db, stop_before=last)


def names(db: Database, migrations: Migrations) -> list[str]:
    applied = migrations.applied(db)
    return [name for name in migrations.names() if name not in applied]


SCHEMAS = {
    "desk": desk_migrations,
    "mirror": mirror_migrations,
    "ledger": ledger_migrations,
}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_each_older_schema_is_brought_to_the_newest(tmp_path: Path, schema: str):
    migrations = SCHEMAS[schema]
    newest = tmp_path / "newest.db"
    database.migrate(newest, migrations)
    every = names(Database.memory(), migrations)
    for last in every[1:]:
        older = tmp_path / f"{last}.db"
        made_by_an_older_version(older, migrations, last)
        database.migrate(older, migrations)
        with database.opened(older) as db, database.opened(newest) as fresh:
            assert names(db, migrations) == []
            assert tables(db) == tables(fresh)


def test_products_of_an_older_mirror_keep_what_was_received(tmp_path: Path):
    path = tmp_path / "shop.db"
    made_by_an_older_version(path, mirror_migrations, "003_boxes")
    records = {number: {"id": number, "title": f"Lamp {number}"} for number in range(1, 301)}
    with database.opened(path) as db:
        old = {"lang": "nl", "base": 0, "rev": 0, "created": 0, "updated": 0, "visible": 1}
        old |= {"sellable": 1, "free": 0, "invalid": "", "title": "", "slug": "", "brand": ""}
        rows = (
            {**old, "id": number, "flat": b"{}", "raw": packed(raw), "seen": number % 2}
            for number, raw in records.items()
        )
        for row in rows:
            db.insert("product", row)
    database.migrate(path, mirror_migrations)
    with database.opened(path) as db:
        assert {each: raw_product(db.conn, "nl", each) for each in records} == records
        assert raw_product(db.conn, "nl", 301) is None


def test_what_an_older_mirror_took_for_values_is_read_anew(tmp_path: Path):
    path = tmp_path / "shop.db"
    made_by_an_older_version(path, mirror_migrations, "004_unreadable")
    with database.opened(path) as db:
        state = {"key": "catalog_state:nl", "value": '{"full_at":1795000000,"since":7}'}
        for row in (state, {"key": "seq", "value": "9"}):
            db.insert("meta", row)
    database.migrate(path, mirror_migrations)
    with database.opened(path) as db:
        kept = dict(db.execute("SELECT key, value FROM meta").fetchall())
    assert kept == {"catalog_state:nl": '{"full_at":0,"since":7}', "seq": "9"}


def tables(db: Database) -> dict[str, str]:
    rows = db.conn.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    return {name: " ".join(sql.split()) for name, sql in rows}


# -- suspended --------------------------------------------------------------------------------


def test_a_suspended_process_keeps_its_shop_and_goes_on(small_place: Place, wait_for):
    desk = small_place.desk
    queued = run.request(desk, small_place.store, "sync")
    life = born(desk.data_dir, queued.id, Suspended())
    assert life.pid is not None
    wait_for(lambda: is_stopped(life.pid))
    with pytest.raises(RunActive):
        run.request(desk, small_place.store, "sync")
    with shop_lock(desk.data_dir, "shop") as free:
        assert not free
    os.kill(life.pid, signal.SIGCONT)
    life.join(60)
    assert life.exitcode == 0
    assert desk.run(queued.id).state == "succeeded"
    is_whole(small_place)


def is_stopped(pid: int | None) -> bool:
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=True)
    return told.stdout.startswith(b"T")


@pytest.mark.parametrize("hours", [8, 60])
def test_hours_that_pass_in_mid_run_do_no_harm(tiny: Path, tmp_path: Path, hours: int):
    """The laptop slept: the run goes on within the windows of the new day."""
    clock = HastyClock()
    with placed(tiny, tmp_path, Limits(five_minutes=100), clock) as place:
        place.set(**EVERYTHING, page_size="10")
        row = run.request(place.desk, place.store, "sync")
        claimed = engine.claim(place.desk, row.id)
        assert claimed is not None
        with Session(place.desk, claimed, pause=lambda: place.calls() >= 20) as session:
            assert isinstance(session.advance(), More)
            record_result(session, More())
        clock.sleep(hours * 3600)
        done = place.drive(row.id)
        assert done.state == "succeeded"
        assert place.state.exceeded() == []
        is_whole(place)


@pytest.mark.parametrize("hours", [-30, 30])
def test_a_clock_that_is_set_right_misses_no_change(tiny: Path, tmp_path: Path, hours: int):
    """Only this computer's clock was wrong; Lightspeed's never was."""
    ours = HastyClock()
    with placed(tiny, tmp_path) as place:
        place.set(**EVERYTHING)
        place.desk.clock = ours
        ours.set_back(-hours * 3600)
        place.run()
        ours.set_back(hours * 3600)
        product = max(place.objects("products"))
        place.state.edit("product", product, title={"nl": "Nieuw", "en": "New", "de": "Neu"})
        assert place.run().state == "succeeded"
        assert place.objects("products")[product]["name"] == "Nieuw"
        is_whole(place)
