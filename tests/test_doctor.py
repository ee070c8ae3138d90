"""A look at the whole installation: each fault made for real, and told with what to do."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.fernet import Fernet

from sync import engine
from sync.cli import main
from sync.clock import SystemClock
from sync.database import opened
from sync.doctor import NAMES, Diagnosis, examine
from sync.forgotten import Forgotten
from sync.sandbox.faults import Fault
from sync.store import Desk, os_lock
from sync.texts import LANGUAGES
from tests.conftest import HastyClock, Place, begun
from tests.test_storage import a_folder, disk, junk, of_a_newer_version, remount, spoil

ALL = set(NAMES)


@pytest.fixture
def small(tiny: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    with begun(request, tiny, tmp_path) as made:
        yield made


def looked(data: Path, **options: Any) -> Diagnosis:
    found = examine(data, lambda: Desk(data, **options))
    for lang in LANGUAGES:
        document = found.document(lang)
        assert document["ok"] == all(check["ok"] for check in document["checks"])
        for check in document["checks"]:
            assert list(check) == ["name", "ok", "text", "todo", "shop", "store"]
            assert check["ok"] or check["todo"], check
            for text in (check["text"], check["todo"] or ""):
                assert "\n" not in text
                assert "{" not in text
    return found


def wrong(found: Diagnosis) -> dict[str, str]:
    """What failed, by name."""
    return {check.name: check.text.text() for check in found.checks if not check.ok}


def advised(found: Diagnosis) -> set[str]:
    return {check.name for check in found.checks if check.ok and check.todo}


def close(path: Path) -> None:
    """Nobody has it open any more: what was written is in the file itself."""
    with opened(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.mark.after("sync")
def test_where_nothing_is_wrong_everything_was_looked_at(small: Place):
    before = small.calls(), small.calls("clerk")
    with os_lock(small.desk.data_dir / "worker.lock"):
        found = looked(small.desk.data_dir)
    assert wrong(found) == {}
    assert {check.name for check in found.checks} == ALL - {"storefront", "signin", "forgotten"}
    assert advised(found) <= {"backup", "own_sync", "sqlite"}
    calls = small.state.calls()[sum(before) :]
    assert [call.path for call in calls if call.side == "lightspeed" and call.key] == [
        "/nl/account.json"
    ]
    assert len(calls) <= 4


@pytest.mark.after("sync")
def test_the_command_says_it_and_its_exit_code_too(small: Place, capsys):
    small.desk.pause(small.store, True)
    data = ["--data", str(small.desk.data_dir)]
    assert main([*data, "doctor", "--json"]) == 0
    assert orjson.loads(capsys.readouterr().out)["ok"] is True
    (small.desk.data_dir / "secret.key").unlink()
    assert main([*data, "doctor", "--json"]) == 1
    document = orjson.loads(capsys.readouterr().out)
    [check] = [check for check in document["checks"] if not check["ok"]]
    assert (document["ok"], check["name"]) == (False, "vault")
    for lang in LANGUAGES:
        assert main([*data, "doctor", "--lang", lang]) == 1
        assert "vault rotate --lost" in capsys.readouterr().out


# -- the folder -------------------------------------------------------------------------------


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path):
    found = looked(tmp_path / "typo")
    assert "there is no folder" in wrong(found)["folder"]
    assert not (tmp_path / "typo").exists()


def test_an_empty_folder_is_no_fault_and_stays_empty(tmp_path: Path):
    found = looked(tmp_path)
    assert (wrong(found), "folder" in advised(found)) == ({}, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["n" * 300, "file/inside", "locked", "locked/inside"])
def test_a_folder_that_nobody_may_look_into_has_its_check(tmp_path: Path, capsys, name: str):
    (tmp_path / "file").write_text("")
    (tmp_path / "locked").mkdir(mode=0o000)  # which root may look into all the same
    assert main(["--data", str(tmp_path / name), "--json", "doctor"]) in (0, 1)
    document = orjson.loads(capsys.readouterr().out)
    checks = {check["name"]: check for check in document["checks"]}
    assert document["ok"] is checks["folder"]["ok"] is (name == "locked" and os.geteuid() == 0)
    assert checks["folder"]["todo"]


@pytest.mark.after("sync")
def test_a_lost_desk_beside_files_of_shops_is_said(small: Place):
    for path in small.desk.data_dir.glob("desk.db*"):
        path.unlink()
    assert "desk.db is missing" in wrong(looked(small.desk.data_dir))["folder"]
    assert not (small.desk.data_dir / "desk.db").exists()


@pytest.mark.after("sync")
def test_a_read_only_folder_is_said_and_looked_through(small: Place, tmp_path: Path):
    close(small.desk.path)
    with disk(tmp_path / "disk", "24m") as place:
        shutil.copytree(small.desk.data_dir, place / "data")
        remount(place, "ro")
        try:
            told = wrong(looked(place / "data"))
        finally:
            remount(place, "rw")
    assert "read-only" in told["folder"]
    assert "vault" not in told
    assert "integrity" not in told


@pytest.mark.after("sync")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[grant]]", "who"),
        ('grant = "all"', "[[grant]]"),
        (None, "there is no access.toml"),
        ('[[grant]]\nwho = "@agency.example"\nrole = "viewer"\n', ""),
    ],
)
def test_a_file_of_grants_that_lets_nobody_in_is_said(
    small: Place, text, said, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SYNC_SIGNIN", "oidc")
    if text is not None:
        (small.desk.data_dir / "access.toml").write_text(text, encoding="utf-8")
    found = looked(small.desk.data_dir)
    [check] = [check for check in found.checks if check.name == "signin"]
    assert check.ok is not bool(said)
    assert said in check.text.text()


def test_a_list_of_the_forgotten_that_cannot_be_read_is_said(small: Place):
    Forgotten(small.desk.data_dir, "shop").add([1], [])
    assert "forgotten" not in wrong(looked(small.desk.data_dir))
    (small.desk.data_dir / "forgotten.key").unlink()
    assert "forgotten" in wrong(looked(small.desk.data_dir))


def test_too_little_room_is_said(small: Place, tmp_path: Path):
    close(small.desk.path)
    with disk(tmp_path / "disk", "24m") as place:
        shutil.copytree(small.desk.data_dir, place / "data")
        assert "are needed" in wrong(looked(place / "data"))["disk"]


@pytest.mark.after("sync")
def test_rights_are_taken_back_and_that_is_said(small: Place, capsys):
    data = small.desk.data_dir
    (data / "secret.key").chmod(0o644)
    data.chmod(0o755)
    [check] = [each for each in looked(data).checks if each.name == "rights"]
    assert (check.ok, f"{data.name}/, secret.key" in check.text.text()) == (True, True)
    assert (data / "secret.key").stat().st_mode & 0o777 == 0o600
    assert "rights" not in advised(looked(data))
    (data / "secret.key").chmod(0o640)
    assert main(["--data", str(data), "shop", "list"]) == 0
    assert "could read secret.key; they no longer can" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_another_owner_is_said(small: Place):
    os.chown(small.desk.data_dir / "secret.key", 65534, 65534)
    assert "owns secret.key" in wrong(looked(small.desk.data_dir))["rights"]


@pytest.mark.parametrize(("hours", "fails"), [(3, False), (47, False), (49, True)])
def test_an_old_backup_is_said(small: Place, hours: int, fails: bool):
    backups = small.desk.data_dir / "backups"
    backups.mkdir(mode=0o700)
    made = backups / "sync-desk-2026-01-01.zip"
    made.touch(0o600)
    then = SystemClock().now() - hours * 3600
    os.utime(made, (then, then))
    found = looked(small.desk.data_dir)
    assert ("backup" in wrong(found), "backup" in advised(found)) == (fails, False)


# -- the databases ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["desk.db", "shops/shop.db"])
@pytest.mark.after("sync")
def test_a_damaged_file_is_named(small: Place, name: str):
    path = small.desk.data_dir / name
    close(path)
    spoil(path)
    told = looked(small.desk.data_dir)
    assert name in wrong(told)["integrity"]


@pytest.mark.after("sync")
def test_a_file_that_is_no_database_is_named(small: Place):
    for path in (small.desk.data_dir / "shops").glob("shop.db*"):
        path.unlink()
    junk(small.desk.data_dir / "shops" / "shop.db")
    assert {"integrity", "files"} <= wrong(looked(small.desk.data_dir)).keys()


@pytest.mark.parametrize("made", [a_folder, junk])
def test_a_desk_that_is_none_is_said(tmp_path: Path, made):
    made(tmp_path / "desk.db")
    assert {"desk", "integrity"} <= wrong(looked(tmp_path)).keys()


def test_a_desk_of_a_newer_version_is_said(tmp_path: Path):
    of_a_newer_version(tmp_path / "desk.db")
    assert "a newer version" in wrong(looked(tmp_path))["desk"]


@pytest.mark.after("sync")
def test_a_missing_file_of_a_shop_is_named(small: Place):
    for path in (small.desk.data_dir / "shops").glob("shop.db*"):
        path.unlink()
    found = looked(small.desk.data_dir)
    assert "shops/shop.db is missing" in wrong(found)["files"]
    assert not (small.desk.data_dir / "shops" / "shop.db").exists()


# -- keys -------------------------------------------------------------------------------------


def test_keys_that_cannot_be_opened_are_named_with_the_reason(small: Place):
    path = small.desk.data_dir / "secret.key"
    path.write_text(Fernet.generate_key().decode())
    found = looked(small.desk.data_dir)
    assert "shop, main" in wrong(found)["vault"]
    assert "not sealed with the key in secret.key" in wrong(found)["vault"]
    path.write_text("nonsense")
    assert "holds no valid key" in wrong(looked(small.desk.data_dir))["vault"]


def test_a_rotation_that_was_interrupted_is_advice(small: Place):
    small.desk.vault.add_key()
    found = looked(small.desk.data_dir)
    assert (wrong(found).get("vault"), "vault" in advised(found)) == (None, True)


def test_keys_that_are_refused_are_told_with_the_steps(small: Place):
    small.state.faults.add(Fault("lightspeed", "status", code=401, path="account"))
    small.state.faults.add(Fault("clerk", "soft_error", type="AuthenticationError"))
    found = looked(small.desk.data_dir)
    assert {"lightspeed", "clerk"} <= wrong(found).keys()
    [clerk] = [check for check in found.checks if check.name == "clerk"]
    assert clerk.store == "main"
    assert clerk.todo is not None
    assert "“Sync Desk”" in clerk.todo.text("en")


@pytest.mark.parametrize("fault", [{"kind": "status", "code": 503}, {"kind": "html"}])
def test_sides_that_answer_nonsense_are_told(small: Place, fault: dict[str, Any]):
    for side in ("lightspeed", "clerk"):
        small.state.faults.add(Fault(side, **fault))
    found = looked(small.desk.data_dir, clock=HastyClock())
    assert {"lightspeed", "clerk"} <= wrong(found).keys()
    assert "reach" not in wrong(found)


def test_a_shop_without_a_key_is_said(small: Place):
    small.desk.add_shop("Empty", domain="", cluster="eu1", api_url=small.sandbox.url)
    [check] = [each for each in looked(small.desk.data_dir).checks if each.shop == "empty"]
    assert (check.name, check.ok) == ("lightspeed", False)


def test_a_window_that_is_spent_is_no_fault(small: Place):
    fault = Fault("lightspeed", "status", code=429, path="account", retry_after=600)
    small.state.faults.add(fault)
    found = looked(small.desk.data_dir, clock=HastyClock())
    [check] = [check for check in found.checks if check.name == "lightspeed"]
    assert (check.ok, "not asked now" in check.text.text()) == (True, True)


# -- the sides --------------------------------------------------------------------------------


def test_a_side_that_does_not_answer_is_said_once(small: Place):
    """A hundred shops behind it are not asked one by one."""
    with opened(small.desk.path) as db:
        db.execute("UPDATE shop SET api_url = 'http://127.0.0.1:9'")
    found = looked(small.desk.data_dir)
    assert "Lightspeed (127.0.0.1:9) does not answer" in wrong(found)["reach"]
    assert {check.name for check in found.checks} & {"lightspeed", "clerk"} == {"clerk"}


class Elsewhen(SystemClock):
    def __init__(self, ahead: float) -> None:
        self.ahead = ahead

    def now(self) -> float:
        return super().now() + self.ahead


@pytest.mark.parametrize(("ahead", "word"), [(-300, "slow"), (300, "fast"), (20, None)])
def test_a_wrong_clock_is_said(small: Place, ahead: int, word: str | None):
    told = wrong(looked(small.desk.data_dir, clock=Elsewhen(ahead)))
    assert word is None if "clock" not in told else word in told["clock"]
    assert ("clock" in told) == (word is not None)


# -- stores -----------------------------------------------------------------------------------


def test_no_worker_is_a_fault_where_a_store_has_a_schedule(small: Place):
    assert "no worker" in wrong(looked(small.desk.data_dir))["worker"]
    small.desk.pause(small.store, True)
    found = looked(small.desk.data_dir)
    assert ("worker" in wrong(found), "worker" in advised(found)) == (False, True)


def test_a_silent_storefront_is_advice(small: Place):
    told = {"at": "2026-01-01T00:00:00+00:00", "language": "nl", "asked": {}, "got": {}}
    small.desk.keep_storefront(small.desk.shop("shop"), {**told, "form": None})
    assert "storefront" in advised(looked(small.desk.data_dir))


def test_another_sync_into_the_store_is_a_fault(small: Place):
    queued = small.desk.queue_run(small.store, "sync", trigger="manual")
    engine.drive(small.desk, queued.id, stop=threading.Event())
    detail = {"code": "drift.other_writer", "values": {}}
    small.desk.update_run(queued.id, {"errors": [{"message": "x", "detail": detail}]})
    [check] = [each for each in looked(small.desk.data_dir).checks if each.name == "own_sync"]
    assert (check.ok, check.store) == (False, "main")
