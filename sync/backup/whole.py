"""A backup of the whole desk, and the desk made from it again."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from sync import forget
from sync.backup import forgotten
from sync.backup.archive import DESK, BackupError, Manifest, manifest_of, unpack, write
from sync.backup.passphrase import new_salt, sealer, unsealed
from sync.clock import Clock, iso
from sync.database import StorageError, opened, snapshot, snapshot_apart, unkept
from sync.keyfile import KEY_FILE
from sync.store import Desk, is_locked

KEYS: Final = (KEY_FILE, forgotten.KEY)
_PLAIN: Final = ("access.toml",)
SEALED: Final = ".sealed"
SANDBOX: Final = "sandbox.db"  # the demo's stand-ins may write it in this very process
_TRIES: Final = 3


class Made(NamedTuple):
    """A backup: its size, its SHA-256, and where the vault's key is: inside, sealed, elsewhere."""

    bytes: int
    sha256: str
    key: str


def back_up(desk: Desk, file: Path, passphrase: str = "") -> Made:
    """Write the whole desk into a new file, while everything runs: each database as it is at one
    moment, the desk's first, so that no run is known only to a shop's file. With a passphrase the
    key files are sealed under it, else they lie inside in the clear. BackupError, StorageError."""
    desk.must("backup")
    salt = new_salt() if passphrase else ""
    with workshop(file.parent) as shelf:
        members: dict[str, Path | bytes] = dict(_databases(desk.data_dir, shelf))
        members |= _plain_files(desk.data_dir, list(members))
        keys = {name: (desk.data_dir / name).read_bytes() for name in _keys_of(desk.data_dir)}
        if passphrase:
            seal = sealer(passphrase, salt).encrypt
            keys = {name + SEALED: seal(key) for name, key in keys.items()}
        where = "sealed" if passphrase else "inside"
        if not any(name.startswith(KEY_FILE) for name in keys):
            where = "elsewhere"
        made = iso(desk.clock.now()) or ""
        digest = write(file, {**members, **keys}, Manifest("whole", made, where, {}, salt))
    size = file.stat().st_size
    desk.audit("backup", file.name, after={"bytes": size, "sha256": digest})
    return Made(size, digest, where)


@contextmanager
def workshop(folder: Path) -> Iterator[Path]:
    """A folder of its own, for nobody else, beside where the file will be."""
    if not folder.is_dir():
        raise BackupError("no_folder", folder=folder)
    with tempfile.TemporaryDirectory(prefix=".sync-desk-", dir=folder) as name:
        yield Path(name)


def _databases(data_dir: Path, shelf: Path) -> dict[str, Path]:
    """Copies of desk.db and of the file of each shop in it, by their names. A shop that is removed
    meanwhile makes them be taken anew."""
    for attempt in range(_TRIES):
        copies = shelf / str(attempt)
        (copies / "shops").mkdir(parents=True, mode=0o700)
        snapshot(data_dir / DESK, copies / DESK)
        with opened(copies / DESK) as db:
            slugs = [slug for (slug,) in db.execute("SELECT slug FROM shop ORDER BY slug")]
        names = [DESK, *(f"shops/{slug}.db" for slug in slugs), SANDBOX]
        names = [name for name in names if (data_dir / name).exists()]
        try:
            for name in names[1:]:
                take = snapshot_apart if name == SANDBOX else snapshot
                take(data_dir / name, copies / name)
        except StorageError:
            if all((data_dir / name).exists() for name in names):
                raise
            continue
        return {name: copies / name for name in names}
    raise BackupError("moving")


def _plain_files(data_dir: Path, databases: list[str]) -> dict[str, Path]:
    lists = [Path(name).with_suffix(".forgotten").as_posix() for name in databases]
    names = [*_PLAIN, *(name for name in lists if name.startswith("shops/"))]
    return {name: data_dir / name for name in names if (data_dir / name).is_file()}


def _keys_of(data_dir: Path) -> list[str]:
    found = [name for name in KEYS if (data_dir / name).exists()]
    for name in found:
        if (data_dir / name).is_symlink():
            raise BackupError("link", file=name)
    return found


def restore(file: Path, data_dir: Path, clock: Clock, passphrase: str = "") -> list[str]:
    """Make a whole desk from its backup in an empty folder, all of it or nothing; returns the slugs
    of its shops. Lists of the forgotten may lie there already: they go on. BackupError."""
    _refuse_used(data_dir)
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    with workshop(data_dir.parent) as shelf:
        made = shelf / "data"
        made.mkdir(mode=0o700)
        manifest = unpack(file, made)
        if manifest.kind != "whole":
            raise BackupError("is_shop", file=file, shop=manifest.shop)
        _unseal(made, manifest, passphrase)
        (made / "shops").mkdir(mode=0o700, exist_ok=True)
        _join_forgotten(made, data_dir)
        with unkept():
            desk = Desk(made, clock=clock)  # brought to this version's schema
            slugs = [shop.slug for shop in desk.shops()]
            desk.audit("restore", file.name, after={"shops": slugs})
            forget.apply_lists(desk)
        _take_place(made, data_dir)
    return slugs


def needs_passphrase(file: Path) -> bool:
    """Whether a backup can be restored with its passphrase only. BackupError."""
    return bool(manifest_of(file).salt)


def _refuse_used(data_dir: Path) -> None:
    """BackupError if anything but lists of the forgotten, empty folders and locks lies there."""
    if not data_dir.exists():
        return
    if not data_dir.is_dir():
        raise BackupError("not_empty", folder=data_dir)
    for path in data_dir.rglob("*"):
        spare = path.suffix in (".forgotten", ".lock") or path.name == forgotten.KEY
        if not (spare or path.is_dir()) or is_locked(path):
            raise BackupError("not_empty", folder=data_dir)


def _unseal(made: Path, manifest: Manifest, passphrase: str) -> None:
    if not manifest.salt:
        return
    opener = sealer(passphrase, manifest.salt)
    for path in made.glob(f"*{SEALED}"):
        key = unsealed(opener, path.read_bytes())
        bare = path.with_name(path.name.removesuffix(SEALED))
        with os.fdopen(os.open(bare, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as to:
            to.write(key)
        path.unlink()


def _join_forgotten(made: Path, data_dir: Path) -> None:
    """Put together what the backup and the folder say of the forgotten, and what a restore that was
    killed took out of the folder."""
    for before in (data_dir, _aside(data_dir)):
        _bring_lists(before, made)


def _bring_lists(there: Path, to: Path) -> None:
    for path in [*there.glob("shops/*.forgotten"), *there.glob(forgotten.KEY)]:
        to.mkdir(mode=0o700, exist_ok=True)
        forgotten.join(to / path.relative_to(there), path.read_text(encoding="ascii"))


def _aside(data_dir: Path) -> Path:
    return data_dir.with_name(f".{data_dir.name}.forgotten")


def _take_place(made: Path, data_dir: Path) -> None:
    """Let the finished folder stand where the empty one is, in one step. Whoever is killed before
    it leaves the lists of the forgotten where the next restore looks for them."""
    aside = _aside(data_dir)
    _bring_lists(data_dir, aside)
    for path in sorted(data_dir.rglob("*"), reverse=True) if data_dir.exists() else ():
        path.rmdir() if path.is_dir() else path.unlink()
    made.replace(data_dir)
    shutil.rmtree(aside, ignore_errors=True)
