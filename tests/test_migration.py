"""A data folder that version 0.2.1 made: a read, three syncs under two settings versions, and a run
that is held before it removes a product. Its keys are those of the tests.

`tests/data/data-0.2.1.zip` was made with that version's own code and stays as it is.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from sync import explain, preview, run, status
from sync.database import opened, sqlite3
from sync.entities import ENTITIES
from sync.inspection.inspector import OTHER_WRITER
from sync.ledger import balanced
from sync.mirror import facts
from sync.openshop import opened_shop
from sync.sandbox.oddities import Oddity, set_oddities
from sync.sandbox.serve import Sandbox
from sync.sandbox.state import State
from sync.store import Desk
from tests.conftest import KEY, NO_LIMITS, PRIVATE, PUBLIC, SECRET, Place

FOLDER = Path(__file__).parent / "data" / "data-0.2.1.zip"
STATES = {1: "succeeded", 2: "succeeded", 3: "succeeded", 4: "succeeded", 5: "held"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy, unpacked."""
    with zipfile.ZipFile(FOLDER) as packed:
        packed.extractall(tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def old(tiny: Path, folder: Path, tmp_path: Path) -> Iterator[Place]:
    """Today's code on the folder, with stand-ins behind it."""
    state_file = tmp_path / "sandbox.db"
    state_file.write_bytes(tiny.read_bytes())
    with Sandbox(State(state_file), windows=NO_LIMITS) as sandbox:
        with opened(folder / "desk.db") as db:
            for table in ("shop", "store"):
                db.conn.execute(f"UPDATE {table} SET api_url = ?", [sandbox.url])
        desk = Desk(folder)
        yield Place(sandbox, sandbox.state, desk, desk.store("main"))


def rows(path: Path) -> dict[str, list[tuple]]:
    """Every row of every table, by the columns that it had."""
    with closing(sqlite3.connect(path)) as db:
        tables = [r[0] for r in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {
            table: sorted(map(repr, db.execute(f"SELECT * FROM {table}")))
            for table in tables
            if not table.startswith(("sqlite_", "_sqlite"))
        }


def columns(path: Path) -> dict[str, list[str]]:
    with closing(sqlite3.connect(path)) as db:
        return {
            table: [r[1] for r in db.execute(f"PRAGMA table_info({table})")] for table in rows(path)
        }


def test_what_it_noted_of_another_writer_is_known_by_its_code(folder: Path):
    words = ("someone else writes to this store in Clerk.io: what was sent again is lost", "other")
    noted = [{"message": word, "count": 1, "sample": None, "link": None} for word in words]
    with closing(sqlite3.connect(folder / "desk.db")) as db, db:
        db.execute("UPDATE run SET errors = ? WHERE id = 4", [orjson.dumps(noted).decode()])
    errors = Desk(folder).run(4).errors
    assert [error.pop("detail", None) for error in errors] == [OTHER_WRITER.as_json(), None]
    assert errors == noted


def test_nothing_of_the_desk_is_lost(folder: Path):
    path = folder / "desk.db"
    had, before = columns(path), rows(path)
    Desk(folder)
    with closing(sqlite3.connect(path)) as db:
        for table, names in had.items():
            listed = ", ".join(f'"{name}"' for name in names)
            if table == "audit":  # what was done is a JSON value by now
                listed = listed.replace('"detail"', "ifnull(after ->> '$', '')")
            now = sorted(map(repr, db.execute(f"SELECT {listed} FROM {table}")))
            assert now == before[table], table
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_everything_of_it_can_be_read(old: Place):
    desk, store = old.desk, old.store
    shop = desk.shop("shop")
    assert [(k.key.reveal(), k.secret.reveal()) for k in desk.keys(shop)] == [(KEY, SECRET)]
    assert [key.reveal() for key in desk.clerk_keys(store)] == [PUBLIC, PRIVATE]
    assert [version.version for version in desk.history(store)] == [3, 2, 1]
    assert desk.settings(store).settings.include_customers
    assert {row.id: row.state for row in desk.runs(store)} == STATES
    for number in STATES:
        assert run.report(desk, desk.run(number)).run == number
        assert run.progress(desk, number).run == number
        assert desk.run_log(number)
    assert balanced(desk.run(3).books)
    assert desk.run(3).books["customers"]["created"] > 0
    assert status.store_status(desk, store)["code"] == "held"
    assert old.preview()["entities"]["products"]["read"] == 14
    for entity in ("products", "orders"):
        prepared = preview.prepared(desk, store)
        assert preview.rows(desk, store, prepared.key, entity).total > 0
    source = min(old.confirmed("products"))
    story = explain.explain(desk, store, "product", source)
    assert (story.found, story.clerk is not None) == (True, True)


def test_what_was_confirmed_is_still_confirmed(folder: Path, old: Place):
    with opened(folder / "shops" / "shop.db") as db:
        known = db.execute("SELECT count(*) FROM ledger").fetchone()[0]
    with opened_shop(old.desk, old.store) as shop:
        assert sum(shop.ledger.count(entity) for entity in ENTITIES) == known
        assert not shop.lost()
        assert not shop.is_older()


def test_its_held_run_can_be_decided_and_another_one_works(old: Place):
    assert run.hold_rows(old.desk, 5)["total"] > 0
    assert run.reject(old.desk, 5).state == "rejected"
    old.set(removal_limit_percent="100")
    done = old.run(full=True)
    assert done.id == 6
    assert done.state in ("succeeded", "partial"), done.message
    assert balanced(done.books)
    later = [old.run() for _ in range(3)]  # its Clerk.io has nothing of what was confirmed
    assert [row.id for row in later] == [7, 8, 9]
    assert sum(book["created"] + book["updated"] for book in later[-1].books.values()) == 0


def test_scores_and_languages_are_read_anew(folder: Path, old: Place):
    with closing(sqlite3.connect(folder / "shops" / "shop.db")) as db, db:
        db.execute("INSERT INTO review VALUES (900000001, 5, 1, 4, 1)")
    with opened_shop(old.desk, old.store) as shop:
        kept = shop.mirror.conn.execute("SELECT product, score FROM review WHERE id = 900000001")
        assert kept.fetchall() == [(5, 4.0)]
        assert shop.mirror.fact(facts.daily("access", "nl")) is None
        assert shop.mirror.fact(facts.daily("reviews")) is None
    old.set(include_review_score="yes", removal_limit_percent="100")
    review = next(row for row in old.state.all("review") if row["isVisible"])
    set_oddities(old.state, Oddity("/reviews", review["id"], "score", "4.5"))
    old.run()
    with opened_shop(old.desk, old.store) as shop:
        score = shop.mirror.conn.execute("SELECT score FROM review WHERE id = ?", [review["id"]])
        assert score.fetchall() == [(4.5,)]
        assert all("id" in row for row in shop.mirror.fact(facts.LANGUAGES))


def test_numbers_go_on_from_where_they_were(old: Place):
    desk = old.desk
    shop = desk.add_shop("Second", domain="", cluster="eu1")
    assert shop.id == 2
    desk.remove_shop(shop)
    assert desk.add_shop("Third", domain="", cluster="eu1").id == 3
