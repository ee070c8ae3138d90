"""Backups: everything in one file or one shop, and the desk made from it again."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from sync import backup, run
from sync.backup import BackupError
from sync.database import immediate, opened
from sync.engine.upkeep import back_up as back_up_nightly
from sync.openshop import opened_shop
from sync.sandbox.state import State as Sandbox
from sync.store import Desk, Refused, State, UsageError
from sync.vault import KEY_FILE, VaultError
from tests.conftest import KEY, PRIVATE, PUBLIC, SECRET, Place

ROOT = Path(__file__).parents[1]

PHRASE = "a passphrase of some length"
after_a_sync = pytest.mark.after("sync", include_customers="yes", collect_emails="yes")


def _rows(path: Path) -> dict[str, list[str]]:
    """All rows of a database by table."""
    with opened(path) as db:
        named = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name != 'sqlite_sequence'"
        tables = [name for (name,) in db.execute(named)]
        return {t: sorted(map(repr, db.execute(f'SELECT * FROM "{t}"'))) for t in tables}


def _there(desk: Desk, place: Place) -> Place:
    """The same shop and stand-ins from another data folder."""
    return Place(place.sandbox, place.state, desk, desk.store("main"))


def _texts(file: Path) -> bytes:
    """What is in a backup, unpacked."""
    with zipfile.ZipFile(file) as packed:
        return b"".join(packed.read(name) for name in packed.namelist())


def _is_unchanged(place: Place) -> None:
    """Everything is known to be at Clerk.io: another sync sends nothing."""
    before = place.calls("clerk")
    done = place.run()
    assert done.state == State.SUCCEEDED
    assert {book["created"] + book["updated"] for book in done.books.values()} == {0}
    assert place.calls("clerk") - before <= 4  # the sample that is read back


@after_a_sync
@pytest.mark.parametrize("phrase", ["", PHRASE])
def test_a_whole_desk_comes_back_as_it_was(place: Place, tmp_path: Path, phrase):
    desk, file = place.desk, tmp_path / "all.zip"
    shops = {"desk.db": desk.path, "shop.db": desk.shop_file(desk.shop("shop"))}
    made = backup.back_up(desk, file, phrase)
    before = {name: _rows(path) for name, path in shops.items()}
    assert (made.bytes, made.key) == (file.stat().st_size, "sealed" if phrase else "inside")
    assert file.stat().st_mode & 0o777 == 0o600
    key = (desk.data_dir / KEY_FILE).read_bytes()
    assert (key.strip() in _texts(file)) is not bool(phrase)

    folder = tmp_path / "new"
    assert backup.restore(file, folder, desk.clock, phrase) == ["shop"]
    new = Desk(folder, clock=desk.clock)
    assert _rows(new.shop_file(new.shop("shop"))) == before["shop.db"]
    after = _rows(new.path)
    last = {table: (rows, before["desk.db"][table]) for table, rows in after.items()}
    assert {table for table, (now, then) in last.items() if now != then} == {"audit"}
    assert new.audited()[0].action == "restore"
    assert new.verify_audit().broken is None
    assert [key.reveal() for key in new.clerk_keys(new.store("main"))] == [PUBLIC, PRIVATE]
    assert [each.key.reveal() for each in new.keys(new.shop("shop"))] == [KEY]
    assert (folder / KEY_FILE).stat().st_mode & 0o777 == 0o600
    _is_unchanged(_there(new, place))


def test_without_the_passphrase_nothing_comes_back(place: Place, tmp_path: Path):
    backup.back_up(place.desk, tmp_path / "all.zip", PHRASE)
    folder = tmp_path / "new"
    for wrong in ("another passphrase", "short"):
        with pytest.raises(BackupError):
            backup.restore(tmp_path / "all.zip", folder, place.desk.clock, wrong)
        assert not folder.exists()
    assert [path.name for path in tmp_path.glob(".*")] == []  # no half-made folder


def test_a_key_from_the_environment_is_not_inside(place: Place, tmp_path: Path, monkeypatch):
    key = (place.desk.data_dir / KEY_FILE).read_text().strip()
    (place.desk.data_dir / KEY_FILE).unlink()
    monkeypatch.setenv("SYNC_KEY", key)
    made = backup.back_up(Desk(place.desk.data_dir), tmp_path / "all.zip")
    assert made.key == "elsewhere"
    assert key.encode() not in _texts(tmp_path / "all.zip")
    backup.restore(tmp_path / "all.zip", tmp_path / "new", place.desk.clock)
    assert Desk(tmp_path / "new").keys(place.desk.shop("shop"))[0].secret.reveal() == SECRET
    monkeypatch.delenv("SYNC_KEY")
    with pytest.raises(VaultError):
        Desk(tmp_path / "new").keys(place.desk.shop("shop"))


def _flip(file: Path) -> None:
    """Change one byte in the middle of the largest member."""
    with zipfile.ZipFile(file) as packed:
        largest = max(packed.infolist(), key=lambda info: info.compress_size)
    data = bytearray(file.read_bytes())
    data[largest.header_offset + 100 + largest.compress_size // 2] ^= 0xFF
    file.write_bytes(data)


def _swap(file: Path) -> None:
    """Exchange a member for another content of the same size, with a checksum that fits."""
    with zipfile.ZipFile(file) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    members["desk.db"] = bytes(len(members["desk.db"]))
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in members.items():
            packed.writestr(name, content)


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


DAMAGES: dict[str, Callable[[Path], None]] = {
    "flipped": _flip,
    "swapped": _swap,
    "short": lambda file: os.truncate(file, file.stat().st_size // 2),
    "empty": lambda file: os.truncate(file, 0),
    "no zip": lambda file: os.truncate(file, 3),
    "a folder": _folder,
    "gone": lambda file: file.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("one", [False, True])
def test_a_damaged_backup_is_refused_and_leaves_nothing(place: Place, tmp_path, damage, one):
    file, folder = tmp_path / "made.zip", tmp_path / "new"
    if one:
        backup.back_up_shop(place.desk, place.desk.shop("shop"), file, PHRASE)
        Desk(folder)
    else:
        backup.back_up(place.desk, file)
    DAMAGES[damage](file)
    restored = partial(backup.restore_shop, Desk(folder), file, PHRASE) if one else None
    with pytest.raises(BackupError):
        (restored or partial(backup.restore, file, folder, place.desk.clock))()
    assert folder.exists() is one
    left = {path.name for path in folder.rglob("*")} - {"desk.db", "shops", "shop.lock"}
    assert {name for name in left if not name.startswith("desk.db-")} == set()


def _first_bytes(file: Path) -> None:
    """Make the packed data of the first member begin with what no packer writes."""
    with zipfile.ZipFile(file) as packed:
        first = packed.infolist()[0]
    data = bytearray(file.read_bytes())
    more = int.from_bytes(data[first.header_offset + 28 :][:2], "little")
    begin = first.header_offset + 30 + len(first.filename) + more
    data[begin : begin + 4] = b"\xff" * 4
    file.write_bytes(data)


def _header(at: int, value: int) -> Callable[[Path], None]:
    """Change a byte in what the end of the file says of its first member."""

    def change(file: Path) -> None:
        data = bytearray(file.read_bytes())
        data[data.find(b"PK\x01\x02") + at] = value
        file.write_bytes(data)

    return change


def _manifest(old: str, new: str) -> Callable[[Path], None]:
    """Let the manifest say something else; regular expressions."""

    def changed(name: str, content: bytes) -> bytes:
        if name != "manifest.json":
            return content
        said, times = re.subn(old.encode(), new.encode(), content)
        assert times
        return said

    return lambda file: _rewritten(file, changed)


HOSTILE: dict[str, Callable[[Path], None]] = {
    "no such stream": _first_bytes,
    "encrypted": _header(8, 1),
    "packed in an unknown way": _header(10, 99),
    "packed in another way": _header(10, 14),
    "a size below 0": _manifest(r'"bytes":\d+', '"bytes":-5'),
    "a size that is a text": _manifest(r'"bytes":(\d+)', r'"bytes":"\1"'),
    "a size with a fraction": _manifest(r'"bytes":(\d+)', r'"bytes":\1.5'),
    "a size that is true": _manifest(r'"bytes":\d+', '"bytes":true'),
    "a salt that is a number": _manifest(r'"salt":"[^"]*"', '"salt":5'),
    "an unknown kind": _manifest(r'"kind":"\w+"', '"kind":"all"'),
    "no desk": _manifest(r'"desk\.db"', '"disk.db"'),
    "no members": _manifest(r'"members":\{.*\}\}', '"members":{}'),
    "a file for the folder": _manifest(r'"desk\.db"', '"shops":{"bytes":0,"sha256":""},"desk.db"'),
}


@pytest.mark.parametrize("one", [False, True])
def test_a_file_that_a_stranger_made_is_refused_in_words(
    place: Place, elsewhere: Desk, tmp_path: Path, one
):
    made, folder = tmp_path / "made.zip", tmp_path / "new"
    if one:
        backup.back_up_shop(place.desk, place.desk.shop("shop"), made, PHRASE)
    else:
        backup.back_up(place.desk, made)
    before = _rows(elsewhere.path)
    for name, damage in HOSTILE.items():
        file = Path(shutil.copy(made, tmp_path / f"{name}.zip"))
        damage(file)
        if one:
            restored = partial(backup.restore_shop, elsewhere, file, PHRASE)
        else:
            restored = partial(backup.restore, file, folder, place.desk.clock)
        with pytest.raises(BackupError):
            restored()
        assert not folder.exists(), name
        assert _rows(elsewhere.path) == before, name


def test_a_name_that_leads_elsewhere_is_refused(place: Place, tmp_path: Path):
    file = tmp_path / "made.zip"
    backup.back_up(place.desk, file)
    with zipfile.ZipFile(file) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    manifest = members.pop("manifest.json").replace(b'"desk.db"', b'"../desk.db"')
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in {**members, "manifest.json": manifest}.items():
            packed.writestr(name.replace("desk.db", "../desk.db"), content)
    with pytest.raises(BackupError):
        backup.restore(file, tmp_path / "new", place.desk.clock)
    assert not (tmp_path / "desk.db").exists()


@pytest.mark.parametrize("slug", ["*", "?hop", "../shop", "a/b", "shop.db", "", "[a-z]*", "Shop"])
def test_a_shop_of_a_name_that_is_none_takes_no_file_along(place: Place, tmp_path: Path, slug):
    """Files are named by it, and those that a killed restore left are looked for by it."""
    file = tmp_path / "made.zip"
    backup.back_up_shop(place.desk, place.desk.shop("shop"), file, PHRASE)
    _rewritten(file, lambda name, content: _named(name, content, slug))
    run.preview(place.desk, place.store)
    before = sorted(path.name for path in place.desk.data_dir.rglob("*.db"))
    with pytest.raises(BackupError, match="no backup"):
        backup.restore_shop(place.desk, file, PHRASE)
    assert sorted(path.name for path in place.desk.data_dir.rglob("*.db")) == before


def _named(name: str, content: bytes, slug: str) -> bytes:
    named = f'"shop":"{slug}"'.encode()
    return content.replace(b'"shop":"shop"', named) if name == "manifest.json" else content


def _rewritten(file: Path, change: Callable[[str, bytes], bytes]) -> None:
    with zipfile.ZipFile(file) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in members.items():
            packed.writestr(name, change(name, content))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE shop SET api_url = 'http://127.0.0.1:6379', demo = 1",
        "UPDATE shop SET api_url = 'https://10.0.0.1'",
        "UPDATE shop SET domain = '169.254.169.254'",
        "UPDATE store SET api_url = 'http://evil.example'",
        "UPDATE store SET slug = '../main'",
        "UPDATE shop SET name = ''",
    ],
)
def test_what_nobody_could_type_does_not_come_in_by_a_backup(
    place: Place, elsewhere: Desk, tmp_path: Path, monkeypatch, change
):
    monkeypatch.delenv("SYNC_ALLOW_PRIVATE")
    with opened(place.desk.path) as db, db.conn:
        for table in ("shop", "store"):
            db.execute(f"UPDATE {table} SET api_url = NULL")
        db.execute(change)
    file, shop = tmp_path / "made.zip", place.desk.shop("shop")
    backup.back_up_shop(place.desk, shop, file, PHRASE)
    before = _rows(elsewhere.path)
    with pytest.raises(UsageError):
        backup.restore_shop(elsewhere, file, PHRASE)
    assert _rows(elsewhere.path) == before


def test_nothing_is_written_over(place: Place, tmp_path: Path):
    file = tmp_path / "made.zip"
    file.write_text("mine")
    with pytest.raises(BackupError):
        backup.back_up(place.desk, file)
    assert file.read_text() == "mine"
    backup.back_up(place.desk, tmp_path / "all.zip")
    used = tmp_path / "used"
    used.mkdir()
    (used / "note.txt").write_text("mine")
    with pytest.raises(BackupError):
        backup.restore(tmp_path / "all.zip", used, place.desk.clock)
    assert [path.name for path in used.iterdir()] == ["note.txt"]


def test_it_is_of_one_moment_while_others_write(place: Place, tmp_path: Path):
    """Two rows that are always changed together are the same in the copy."""
    path = place.desk.shop_file(place.desk.shop("shop"))
    with opened_shop(place.desk, place.store):
        pass
    stop = threading.Event()

    def write() -> None:
        n = 0
        while not stop.is_set():
            n += 1
            with opened(path) as db, immediate(db):
                for key in ("one", "two"):
                    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [key, str(n)])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for n in range(5):
            file, folder = tmp_path / f"{n}.zip", tmp_path / f"new{n}"
            backup.back_up(place.desk, file)
            backup.restore(file, folder, place.desk.clock)
            with opened(folder / "shops" / "shop.db") as db:
                found = dict(db.execute("SELECT key, value FROM meta WHERE key IN ('one', 'two')"))
            assert found.get("one") == found.get("two")
    finally:
        stop.set()
        writer.join()


# -- one shop ---------------------------------------------------------------------------------


@pytest.fixture
def elsewhere(place: Place, tmp_path: Path) -> Desk:
    """Another desk, with a shop, a store and runs that have the numbers of the first one's."""
    desk = Desk(tmp_path / "elsewhere", clock=place.desk.clock)
    shop = desk.add_shop("Other", domain="www.other.example", cluster="eu1")
    desk.add_key(shop, "a" * 32, "b" * 32)
    for number in range(3):
        store = desk.add_store(
            shop,
            f"Other {number}",
            language="nl",
            public=f"p{number}" * 9,
            private=f"q{number}" * 9,
        )
        queued = desk.queue_run(store, "sync", trigger="manual")
        desk.update_run(queued.id, {"state": State.FAILED, "finished": desk.clock.now()})
    return desk


@after_a_sync
def test_a_shop_moves_to_another_desk_with_all_it_knows(place: Place, elsewhere, tmp_path):
    desk, file = place.desk, tmp_path / "shop.zip"
    desk.queue_run(place.store, "refresh", trigger="manual")
    backup.back_up_shop(desk, desk.shop("shop"), file, PHRASE)
    said = _texts(file)
    secrets = (KEY, SECRET, PUBLIC, PRIVATE, PHRASE, (desk.data_dir / KEY_FILE).read_text().strip())
    assert [secret for secret in secrets if secret.encode() in said] == []

    others = [elsewhere.runs(store) for store in elsewhere.stores()]
    assert backup.restore_shop(elsewhere, file, PHRASE) == "shop"
    there = _there(elsewhere, place)
    assert [elsewhere.runs(store) for store in elsewhere.stores() if store.slug != "main"] == others
    was = {row.was: row for row in elsewhere.runs(there.store)}
    assert was.keys() == {row.id for row in desk.runs(place.store)}
    assert not {row.id for row in was.values()} & {row.id for rows in others for row in rows}
    first = next(row for row in desk.runs(place.store) if row.kind == "sync")
    assert was[first.id].books == first.books
    assert (
        run.outcomes(elsewhere, was[first.id].id, limit=5)["total"]
        == (run.outcomes(desk, first.id, limit=5)["total"])
    )
    assert [row.state for row in was.values() if row.kind == "refresh"] == [State.CANCELLED]
    versions = elsewhere.history(there.store)
    assert [row.was for row in versions] == [row.version for row in desk.history(place.store)]
    assert [key.reveal() for key in elsewhere.clerk_keys(there.store)] == [PUBLIC, PRIVATE]
    assert there.confirmed("products") == place.confirmed("products") != {}
    _is_unchanged(there)


@after_a_sync
def test_a_shop_can_come_back_to_its_own_desk_after_it_was_removed(place: Place, tmp_path: Path):
    desk, file = place.desk, tmp_path / "shop.zip"
    before = place.confirmed("orders")
    backup.back_up_shop(desk, desk.shop("shop"), file, PHRASE)
    with pytest.raises(Refused) as refused:
        backup.restore_shop(desk, file, PHRASE)
    assert refused.value.code == "refusal.shop_exists"
    desk.remove_shop(desk.shop("shop"))
    backup.restore_shop(desk, file, PHRASE)
    there = _there(desk, place)
    assert there.store.id > place.store.id
    assert there.confirmed("orders") == before
    _is_unchanged(there)


@pytest.mark.parametrize("taken", ["shop", "store", "keys", "file", "phrase", "whole"])
def test_what_is_taken_refuses_it_and_changes_nothing(place: Place, elsewhere, tmp_path, taken):
    file, phrase = tmp_path / "shop.zip", PHRASE
    backup.back_up_shop(place.desk, place.desk.shop("shop"), file, PHRASE)
    other = elsewhere.shop("other")
    if taken == "shop":
        elsewhere.add_shop("Shop", domain="www.x.example", cluster="eu1")
    elif taken == "store":
        elsewhere.add_store(other, "Main", language="nl", public="r" * 9, private="s" * 9)
    elif taken == "keys":
        elsewhere.set_clerk_keys(elsewhere.store("other-1"), PUBLIC, PRIVATE)
    elif taken == "file":
        backup.restore_shop(elsewhere, file, PHRASE)
        with opened_shop(elsewhere, elsewhere.store("main")):
            pass
        with opened(elsewhere.path) as db:
            db.execute("DELETE FROM shop WHERE slug = 'shop'")
    elif taken == "phrase":
        phrase = "another passphrase"
    else:
        file.unlink()
        backup.back_up(place.desk, file, PHRASE)
    before = _rows(elsewhere.path)
    with pytest.raises(BackupError if taken in ("phrase", "whole") else Refused):
        backup.restore_shop(elsewhere, file, phrase)
    assert _rows(elsewhere.path) == before


@pytest.mark.parametrize("taken", ["shop", "store", "keys"])
def test_whoever_has_it_is_named_before_a_file_that_lies_there(
    place: Place, elsewhere, tmp_path, taken
):
    """Told to move the file away, people would move that of a shop that is in use."""
    file = tmp_path / "shop.zip"
    backup.back_up_shop(place.desk, place.desk.shop("shop"), file, PHRASE)
    backup.restore_shop(elsewhere, file, PHRASE)
    with opened_shop(elsewhere, elsewhere.store("main")):
        pass
    left = elsewhere.shop_file(elsewhere.shop("shop"))
    code = "shop_exists"
    if taken != "shop":
        with opened(elsewhere.path) as db:
            db.execute("DELETE FROM shop WHERE slug = 'shop'")
        other, code = elsewhere.shop("other"), "store_exists"
        elsewhere.add_store(other, "Main", language="nl", public="r" * 9, private="s" * 9)
    if taken == "keys":
        with opened(elsewhere.path) as db:
            db.execute("DELETE FROM store WHERE slug = 'main'")
        elsewhere.set_clerk_keys(elsewhere.store("other-1"), PUBLIC, PRIVATE)
        code = "clerk_keys_taken"
    before = _rows(left)
    with pytest.raises(Refused) as refused:
        backup.restore_shop(elsewhere, file, PHRASE)
    assert refused.value.code == f"refusal.{code}"
    assert _rows(left) == before


def test_a_shops_file_that_nobody_has_opened_yet_stays(place: Place, elsewhere, tmp_path):
    file = tmp_path / "shop.zip"
    backup.back_up_shop(place.desk, place.desk.shop("shop"), file, PHRASE)
    backup.restore_shop(elsewhere, file, PHRASE)
    with pytest.raises(Refused):
        backup.restore_shop(elsewhere, file, PHRASE)
    assert elsewhere.shop_file(elsewhere.shop("shop")).exists()


def test_what_a_killed_restore_left_is_no_obstacle(place: Place, elsewhere: Desk, tmp_path: Path):
    file = tmp_path / "shop.zip"
    backup.back_up_shop(place.desk, place.desk.shop("shop"), file, PHRASE)
    backup.restore_shop(elsewhere, file, PHRASE)
    with opened(elsewhere.path) as db:  # killed after the file was placed, before the commit
        db.execute("DELETE FROM shop WHERE slug = 'shop'")
    assert backup.restore_shop(elsewhere, file, PHRASE) == "shop"


# -- nightly ----------------------------------------------------------------------------------


def test_the_nights_of_a_week_are_kept(hasty_place: Place):
    desk = hasty_place.desk
    for _ in range(9):
        back_up_nightly(desk, 7)
        back_up_nightly(desk, 7)
        desk.clock.sleep(86_400)
    kept = sorted(path.name for path in (desk.data_dir / backup.FOLDER).iterdir())
    last = datetime.fromtimestamp(desk.clock.now() - 86_400, UTC).date()
    assert len(kept) == 7
    assert kept[-1] == f"sync-desk-{last.isoformat()}.zip"
    assert backup.newest(desk.data_dir).name == kept[-1]
    assert (desk.data_dir / backup.FOLDER).stat().st_mode & 0o777 == 0o700
    back_up_nightly(desk, 0)
    assert len(list((desk.data_dir / backup.FOLDER).iterdir())) == 7


def test_a_night_without_a_backup_stops_nothing_else(hasty_place: Place, caplog):
    (hasty_place.desk.data_dir / backup.FOLDER).write_text("a file in its place")
    back_up_nightly(hasty_place.desk, 7)
    assert "no backup was made" in caplog.text


def test_the_stand_ins_of_the_same_process_go_on_writing_their_file(place: Place, tmp_path: Path):
    """They bring another SQLite: of two in one process the second takes the first one's locks, and
    its log. What it wrote then nobody else would see."""
    state = Sandbox(place.desk.data_dir / "sandbox.db")
    state.set_fact("before", 1)
    backup.back_up(place.desk, tmp_path / "desk.zip")
    state.set_fact("after", 2)
    seen = "import sys; from pathlib import Path; from sync.sandbox.state import State;"
    seen += "print([State(Path(sys.argv[1])).fact(name) for name in ('before', 'after')])"
    told = subprocess.run(
        [sys.executable, "-c", seen, str(state.path)], cwd=ROOT, capture_output=True, text=True
    )
    state.close()
    assert told.stdout.strip() == "[1, 2]", told.stderr
    with zipfile.ZipFile(tmp_path / "desk.zip") as file:
        assert "sandbox.db" in file.namelist()
