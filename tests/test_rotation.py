"""Another main key: every secret sealed anew, whatever happens meanwhile; and one that is lost."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from pathlib import Path

import orjson
import pytest
from cryptography.fernet import Fernet

from sync import run
from sync.causes import cause_of
from sync.cli import main
from sync.database import opened
from sync.store import Desk, Refused, os_lock
from sync.vault import Vault, VaultError
from tests.conftest import KEY, PRIVATE, PUBLIC, SECRET, Place

ROOT = Path(__file__).parents[1]
URL, NAME = "jsons://hooks.example/token-of-the-target", "Somebody"


def filled(folder: Path) -> Desk:
    """A desk with two keys and two stores."""
    desk = Desk(folder)
    shop = desk.add_shop("Shop", domain="", cluster="eu1")
    for number in (1, 2):
        desk.add_key(shop, f"{KEY}-{number}", f"{SECRET}-{number}")
        pair = {"public": f"{PUBLIC}-{number}", "private": f"{PRIVATE}-{number}"}
        desk.add_store(shop, f"Store {number}", language="nl", **pair)
    desk.add_alert_target("ops", URL, service="json", lang="en")
    desk.begin_forgetting(shop, {"person": NAME})
    return desk


def secrets(desk: Desk) -> list[str]:
    keys = [each for row in desk.keys(desk.shop("shop")) for each in (row.key, row.secret)]
    pairs = [each for store in desk.stores() for each in desk.clerk_keys(store)]
    url = desk.alert_url(desk.alert_target("ops"))
    [left] = desk.forgetting(desk.shop("shop")).values()
    return [*(secret.reveal() for secret in (*keys, *pairs, url)), left["person"]]


def tokens(desk: Desk) -> list[str]:
    """Everything in desk.db that looks sealed, wherever it stands."""
    with opened(desk.path) as db:
        tables = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        rows = [row for (name,) in tables for row in db.execute(f'SELECT * FROM "{name}"')]
    return re.findall(r"gAAAA[\w=-]{60,}", repr(rows))


def keys_in(folder: Path) -> list[str]:
    return (folder / "secret.key").read_text().split()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return filled(tmp_path / "data")


def test_everything_sealed_is_sealed_with_the_new_key_alone(desk: Desk):
    before, [old] = secrets(desk), keys_in(desk.data_dir)
    assert desk.rotate_vault() == len(before) == 10
    [new] = keys_in(desk.data_dir)
    assert new != old
    assert secrets(Desk(desk.data_dir)) == before
    found = tokens(desk)
    assert len(found) == 10
    assert all(Fernet(new).decrypt(token) for token in found)
    assert (desk.data_dir / "secret.key").stat().st_mode & 0o777 == 0o600
    [entry] = [each for each in desk.audited() if each.action == "vault rotate"]
    assert entry.after == {"sealed": 10}


def test_a_desk_without_secrets_has_nothing_to_seal(tmp_path: Path):
    assert Desk(tmp_path).rotate_vault() == 0


def test_a_process_that_lives_meanwhile_goes_on(desk: Desk):
    """It knows the old key, and has rows that it read before."""
    other = Desk(desk.data_dir)
    before, stores = secrets(other), other.stores()
    desk.rotate_vault()
    assert [s.reveal() for store in stores for s in other.clerk_keys(store)] == before[4:8]
    assert secrets(other) == before
    shop = other.shop("shop")
    other.add_key(shop, "new-key", "new-secret")
    assert secrets(Desk(desk.data_dir))[4:6] == ["new-key", "new-secret"]


def test_keys_that_are_added_all_the_while_can_be_opened(desk: Desk):
    """Three rotations while somebody adds keys without a pause: none is sealed with one that is
    dropped."""
    over = threading.Event()
    added: list[str] = []

    def add() -> None:
        other = Desk(desk.data_dir)
        shop = other.shop("shop")
        while not over.is_set():
            other.add_key(shop, f"key-{len(added)}-{KEY}", SECRET)
            added.append(f"key-{len(added)}-{KEY}")

    adding = threading.Thread(target=add)
    adding.start()
    try:
        for _ in range(3):
            desk.rotate_vault()
    finally:
        over.set()
        adding.join()
    fresh = Desk(desk.data_dir)
    assert fresh.unopened() == []
    assert {row.key.reveal() for row in fresh.keys(fresh.shop("shop"))} >= set(added)


def test_two_at_once_are_refused(desk: Desk):
    with os_lock(desk.data_dir / "rotation.lock"), pytest.raises(Refused, match="already"):
        desk.rotate_vault()


# Forks a child for each line that a rotation runs through; the child is killed there.
_KILLED_ANYWHERE = """
import os, shutil, signal, sys
from pathlib import Path
from sync.store import Desk, sealed
from sync import keyfile, vault

home, step = Path(sys.argv[1]), int(sys.argv[2])
lines = 1 - step
files = {each.__file__ for each in (sealed, keyfile, vault)}

def rotated(folder, last):
    seen = 0
    def trace(frame, event, arg):
        nonlocal seen
        if frame.f_code.co_filename not in files:
            return None
        if event == "line":
            seen += 1
            if seen == last:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace
    desk = Desk(folder)
    sys.settrace(trace)
    desk.rotate_vault()
    os._exit(0)

while True:
    lines += step
    folder = home.with_name(f"killed-{lines}")
    shutil.copytree(home, folder)
    child = os.fork()
    if not child:
        rotated(folder, lines)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status):
        print(lines, os.WEXITSTATUS(status))
        break
"""


@pytest.mark.parametrize("step", [11, pytest.param(1, marks=pytest.mark.soak)])
def test_killed_at_any_line_of_it_nothing_is_lost(desk: Desk, tmp_path: Path, step: int):
    before = secrets(desk)
    command = [sys.executable, "-c", _KILLED_ANYWHERE, str(desk.data_dir), str(step)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines, code = map(int, done.stdout.split())
    assert (lines > 100, code) == (True, 0), done.stderr
    halves = set()
    for number in range(1, lines, step):
        folder = tmp_path / f"killed-{number}"
        left = Desk(folder)
        assert secrets(left) == before, number
        halves.add(len(keys_in(folder)))
        if number % 5 == 0:
            assert left.rotate_vault() == 10
            assert len(keys_in(folder)) == 1
            assert len(list(folder.glob("secret.key*"))) == 1
            assert secrets(Desk(folder)) == before
    assert halves == {1, 2}


# -- SYNC_KEY ---------------------------------------------------------------------------------


def test_with_sync_key_the_new_one_is_put_first(tmp_path: Path, monkeypatch):
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    monkeypatch.setenv("SYNC_KEY", old)
    desk = filled(tmp_path)
    before = secrets(desk)
    with pytest.raises(Refused, match="put a new one before it"):
        desk.rotate_vault()
    monkeypatch.setenv("SYNC_KEY", f"{new},{old}")
    assert Desk(tmp_path).rotate_vault() == 10
    monkeypatch.setenv("SYNC_KEY", new)
    assert secrets(Desk(tmp_path)) == before
    assert not (tmp_path / "secret.key").exists()


# -- a lost key -------------------------------------------------------------------------------


def removed(path: Path) -> None:
    path.unlink()


def another(path: Path) -> None:
    path.write_text(Fernet.generate_key().decode())


def truncated(path: Path) -> None:
    path.write_text(path.read_text()[:20])


def emptied(path: Path) -> None:
    path.write_text("")


LOST = pytest.mark.parametrize("lose", [removed, another, truncated, emptied])


@LOST
def test_a_lost_key_changes_nothing_and_is_told_with_the_way_out(desk: Desk, lose, capsys):
    lose(desk.data_dir / "secret.key")
    before = tokens(desk)
    data = ["--data", str(desk.data_dir)]
    for words in (["vault", "rotate"], ["shop", "check", "shop"]):
        assert main([*data, *words]) != 0
        told = capsys.readouterr().err
        assert "enter the keys" in told
        assert "remove" not in told
    for words in (["shop", "list"], ["shop", "key", "list", "shop"], ["store", "list"]):
        assert main([*data, *words]) == 0
    assert tokens(desk) == before


@LOST
def test_keys_are_entered_again_and_everything_else_stays(desk: Desk, lose, monkeypatch, capsys):
    lose(desk.data_dir / "secret.key")
    lost = sorted(path.name for path in desk.data_dir.glob("secret.key"))
    data = ["--data", str(desk.data_dir)]
    assert main([*data, "vault", "rotate", "--lost", "--json"]) == 0
    assert orjson.loads(capsys.readouterr().out)["sealed"] == 0
    assert bool(list(desk.data_dir.glob("secret.key.lost-1"))) == bool(lost)
    fresh = Desk(desk.data_dir)
    shop = fresh.shop("shop")
    assert fresh.unopened() == ["shop", "store-1", "store-2", "ops"]
    with pytest.raises(VaultError):
        fresh.keys(shop)
    added = fresh.add_key(shop, KEY, SECRET)
    assert [row.id for row in fresh.keys(shop)] == [added]
    for old in (1, 2):
        fresh.remove_key(shop, old)
    for store in fresh.stores():
        fresh.set_clerk_keys(store, f"{PUBLIC}-{store.id}", f"{PRIVATE}-{store.id}")
    fresh.remove_alert_target(fresh.alert_target("ops"))
    assert fresh.unopened() == []
    assert fresh.rotate_vault() == 6
    assert len(Desk(desk.data_dir).history(fresh.store("store-1"))) == 1


@LOST
def test_a_run_without_its_keys_fails_with_the_reason_and_loses_nothing(place: Place, lose):
    place.run()
    path = place.desk.data_dir / "secret.key"
    kept, confirmed = path.read_text(), place.confirmed("products")
    lose(path)
    place.desk = Desk(place.desk.data_dir)
    done = place.run()
    assert (done.state, done.said and cause_of(done.said)) == ("failed", "vault")
    assert place.confirmed("products") == confirmed
    path.write_text(kept)
    assert place.run().state == "succeeded"


def test_a_desk_that_runs_stores_meanwhile_goes_on(place: Place):
    """With rows and clients from before the rotation."""
    assert place.run().state == "succeeded"
    queued = run.request(place.desk, place.store, "sync")
    assert Desk(place.desk.data_dir).rotate_vault() == 4
    assert place.drive(queued.id).state == "succeeded"
    assert place.run().state == "succeeded"


def test_other_clerk_keys_keep_what_was_confirmed(place: Place, monkeypatch, capsys):
    """The command asks Clerk.io first; a public key of another store is refused."""
    place.run()
    confirmed = place.confirmed("products")
    words = ["--data", str(place.desk.data_dir), "store", "keys", "main", "--json"]
    for public, private, code in ((PUBLIC, "wrong", 1), ("public-of-another", PRIVATE, 2)):
        monkeypatch.setenv("CLERK_PUBLIC_KEY", public)
        monkeypatch.setenv("CLERK_PRIVATE_KEY", private)
        assert main(words) == code
        assert ("“Sync Desk”" in capsys.readouterr().err) == (code == 1)
    (place.desk.data_dir / "secret.key").unlink()
    Desk(place.desk.data_dir).rotate_vault(lost=True)
    assert main(words) == 2
    assert "another Clerk.io store" in capsys.readouterr().err
    for name, value in (("PUBLIC", PUBLIC), ("PRIVATE", PRIVATE)):
        monkeypatch.setenv(f"CLERK_{name}_KEY", value)
    assert main(words) == 0
    assert place.confirmed("products") == confirmed


def test_what_still_opens_is_kept_when_the_rest_is_lost(desk: Desk):
    """Somebody began to enter keys under another one."""
    folder = desk.data_dir
    another(folder / "secret.key")
    half = Desk(folder)
    half.set_clerk_keys(half.store("store-1"), "public-new", "private-new")
    with pytest.raises(Refused, match="shop, store-2, ops cannot be opened"):
        half.rotate_vault()
    assert half.rotate_vault(lost=True) == 2
    fresh = Desk(folder)
    assert fresh.clerk_keys(fresh.store("store-1"))[1].reveal() == "private-new"
    assert fresh.unopened() == ["shop", "store-2", "ops"]


def test_a_store_is_known_by_its_public_key_where_that_cannot_be_opened(desk: Desk):
    first = desk.store("store-1")
    (desk.data_dir / "secret.key").unlink()
    fresh = Desk(desk.data_dir)
    assert fresh.has_public_key(first, f"{PUBLIC}-1") is True
    assert fresh.has_public_key(first, f"{PUBLIC}-2") is False
    assert fresh.clerk_owner(f"{PUBLIC}-2", "", but=first).slug == "store-2"


def test_stores_of_an_older_version_are_known_once_a_worker_ran(desk: Desk):
    with opened(desk.path) as db:
        db.execute("UPDATE store SET public_mark = NULL")
    store = desk.store("store-1")
    desk.note_public_keys()
    (desk.data_dir / "secret.key").unlink()
    assert Desk(desk.data_dir).has_public_key(store, f"{PUBLIC}-1") is True


def test_people_who_were_being_forgotten_are_to_be_named_again(desk: Desk, caplog):
    (desk.data_dir / "secret.key").unlink()
    fresh = Desk(desk.data_dir)
    fresh.rotate_vault(lost=True)
    assert fresh.shops_forgetting() == []
    assert "1 people were being forgotten" in caplog.text
    assert fresh.audited()[0].after == {"sealed": 0, "no longer known": 1}


# -- what is sealed ---------------------------------------------------------------------------


def test_the_first_key_seals_also_where_it_was_added_meanwhile(tmp_path: Path):
    vault, other = Vault(tmp_path, {}), Vault(tmp_path, {})
    token = vault.seal("some secret text")
    other.add_key()
    [new, old] = keys_in(tmp_path)
    assert Fernet(new).decrypt(vault.seal("more")) == b"more"
    assert Fernet(new).decrypt(vault.rotate(token)) == b"some secret text"
    assert Fernet(old).decrypt(token) == b"some secret text"


def test_nobody_seals_what_a_rotation_does_not_know():
    """A file that is missing here seals a column that stands in `SEALED`, or loses it."""
    known = {"shops", "stores", "forgetting", "alerts"}
    sealing = {
        path.relative_to(ROOT / "sync").as_posix()
        for path in (ROOT / "sync").rglob("*.py")
        if re.search(r"vault\.seal\b", path.read_text())
    }
    assert sealing == {*(f"store/{name}.py" for name in known), "backup/shop.py"}
