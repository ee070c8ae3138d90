"""A backup of one shop, which also brings it to another desk."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.fernet import Fernet

from sync import forget
from sync.backup import forgotten
from sync.backup.archive import DESK, BackupError, Manifest, manifest_of, unpack, write
from sync.backup.numbers import disown, is_nobodys, renumber
from sync.backup.passphrase import new_salt, sealer, unsealed
from sync.backup.rows import Numbers, keep_one, put_in
from sync.backup.whole import SANDBOX, SEALED, Made, workshop
from sync.clock import iso
from sync.database import (
    Database,
    immediate,
    migrate,
    opened,
    snapshot,
    snapshot_apart,
    unkept,
)
from sync.ledger.schema import migrations as ledger_tables
from sync.mirror.schema import migrations as mirror_tables
from sync.names import normal_name
from sync.store import (
    Desk,
    Refused,
    ShopRow,
    checked_url,
    clean_domain,
    shop_lock,
)
from sync.store.checks import clean_name
from sync.store.schema import migrations as desk_tables


def back_up_shop(desk: Desk, shop: ShopRow, file: Path, passphrase: str) -> Made:
    """Write one shop with its stores, their settings, runs and local copy into a new file, its keys
    sealed under the passphrase. BackupError, StorageError."""
    desk.must("backup", shop)
    desk.still_there(shop)
    salt = new_salt()
    seal = sealer(passphrase, salt)
    with workshop(file.parent) as shelf, unkept():
        name = f"shops/{shop.slug}.db"
        (shelf / "shops").mkdir(mode=0o700)
        members: dict[str, Path | bytes] = {DESK: _part(desk, shop, shelf, seal)}
        if desk.shop_file(shop).exists():
            snapshot(desk.shop_file(shop), shelf / name)
            members[name] = shelf / name
        if shop.demo and (desk.data_dir / SANDBOX).exists():
            snapshot_apart(desk.data_dir / SANDBOX, shelf / SANDBOX)
            members[SANDBOX] = shelf / SANDBOX
        members |= _forgotten(desk.data_dir, shop, seal)
        made = iso(desk.clock.now()) or ""
        about = Manifest("shop", made, "sealed", {}, salt, shop.slug)
        digest = write(file, members, about)
    size = file.stat().st_size
    desk.audit("backup", shop.slug, after={"bytes": size, "sha256": digest})
    return Made(size, digest, "sealed")


def _part(desk: Desk, shop: ShopRow, shelf: Path, seal: Fernet) -> Path:
    """A copy of desk.db with nothing in it but the shop."""
    whole, part = shelf / "whole.db", shelf / DESK
    snapshot(desk.path, whole)

    def sealed(token: str) -> str:
        return seal.encrypt(desk.vault.open(token).reveal().encode()).decode()

    with opened(whole) as db, immediate(db):
        keep_one(db, shop.id, sealed)
    snapshot(whole, part)  # once more: what went is in none of its pages
    return part


def _forgotten(data_dir: Path, shop: ShopRow, seal: Fernet) -> Iterator[tuple[str, bytes]]:
    listed, key = data_dir / "shops" / f"{shop.slug}.forgotten", data_dir / forgotten.KEY
    if listed.is_file() and key.is_file():
        yield f"shops/{listed.name}", listed.read_bytes()
        yield f"{forgotten.KEY}{SEALED}", seal.encrypt(key.read_bytes())


def restore_shop(
    desk: Desk, file: Path, passphrase: str, stand_in: Callable[[], str] | None = None
) -> str:
    """Bring a shop from its backup into the desk, all of it or nothing; returns its slug. Stores
    and runs get new numbers; a demo's stand-ins, which come along, the address that `stand_in`
    gives. Refused if the shop's slug or one of its stores' is taken, or their Clerk.io keys are
    another store's; BackupError."""
    desk.must("restore")
    with workshop(desk.data_dir) as shelf, unkept():
        manifest = unpack(file, shelf)
        if manifest.kind != "shop":
            raise BackupError("is_whole", file=file)
        opener = sealer(passphrase, manifest.salt)
        slug = manifest.shop
        if not _is_slug(slug):  # files are named by it
            raise BackupError("no_backup", file=file)
        with shop_lock(desk.data_dir, slug) as free:
            if not free:
                raise Refused("shop_busy", shop=slug)
            _bring_in(desk, shelf, slug, opener, stand_in)
    forget.apply_lists(desk)
    return slug


def check_shop(file: Path, passphrase: str) -> None:
    """BackupError if a shop's backup is damaged or its keys are under another passphrase: for
    whoever would make a desk for it."""
    manifest_of(file, whole=True)
    with TemporaryDirectory(prefix="sync-desk-") as name, unkept():
        manifest = unpack(file, Path(name), only=DESK)
        opener = sealer(passphrase, manifest.salt)
        sealed = "SELECT key FROM api_key UNION SELECT public_key FROM store"
        with opened(Path(name) / DESK) as part:
            for (token,) in part.execute(sealed):
                unsealed(opener, token.encode())


def _is_slug(text: object) -> bool:
    return isinstance(text, str) and normal_name(text).replace("_", "-") == text != ""


def _bring_in(
    desk: Desk, shelf: Path, slug: str, opener: Fernet, stand_in: Callable[[], str] | None
) -> None:
    migrate(shelf / DESK, desk_tables)
    file = shelf / "shops" / f"{slug}.db"
    migrate(file, mirror_tables, ledger_tables)

    def clear(token: str) -> str:
        return unsealed(opener, token.encode()).decode()

    with opened(shelf / DESK) as part:
        _refuse_odd(part, slug, _moved_demo(part, shelf, stand_in))
        _refuse_taken(desk, part, slug, clear)  # before a file there is looked at: it may be in use
        desk.settle_numbers()
        with _placing(desk, shelf, slug) as place, desk.together() as db:
            numbers = put_in(db, part, desk.clock.now(), lambda t: desk.vault.seal(clear(t)))
            _take_over(file, numbers)
            _bring_forgotten(desk.data_dir, shelf, slug, opener)
            told = {"stores": len(numbers.stores), "runs": len(numbers.runs)}
            desk.audit("restore", slug, after=told)
            place()


def _moved_demo(part: Database, shelf: Path, stand_in: Callable[[], str] | None) -> str | None:
    """Give a demo whose stand-ins are in the backup an address of its own: where they were,
    something else may be by now. Returns it, None where there is no such demo."""
    shop = next(part.query("SELECT * FROM shop"), {"demo": 0})
    if not shop["demo"] or stand_in is None or not (shelf / SANDBOX).exists():
        return None
    url = stand_in()
    with immediate(part):
        part.execute("UPDATE store SET api_url = ? WHERE api_url = ?", [url, shop["api_url"]])
        part.execute("UPDATE shop SET api_url = ?", [url])
    return url


def _refuse_odd(part: Database, slug: str, stand_in: str | None) -> None:
    """UsageError for what nobody could have typed here: the file may be a stranger's."""
    shops = list(part.query("SELECT * FROM shop"))
    if [shop["slug"] for shop in shops] != [slug]:
        raise Refused("unknown_shop_yet", slug=slug)
    clean_domain(shops[0]["domain"])
    for row in (*shops, *part.query("SELECT * FROM store")):
        if not _is_slug(row["slug"]):
            raise Refused("empty_name", name=row["slug"])
        clean_name(row["name"])
        checked_url(row["api_url"], stand_in)


def _refuse_taken(desk: Desk, part: Database, slug: str, clear: Callable[[str], str]) -> None:
    if slug in {shop.slug for shop in desk.shops()}:
        raise Refused("shop_exists", slug=slug)
    for row in part.query("SELECT * FROM store"):
        if desk.find_store(row["slug"]):
            raise Refused("store_exists", slug=row["slug"])
        owner = desk.clerk_owner(clear(row["public_key"]), clear(row["private_key"]))
        if owner is not None:
            raise Refused("clerk_keys_taken", store=owner.slug, name=owner.name)


def _take_over(file: Path, numbers: Numbers) -> None:
    """Give the shop's file the new numbers; whoever opens it first notes whose it is."""
    with opened(file) as db, immediate(db):
        renumber(db, numbers.stores, numbers.runs)
        disown(db)


@contextmanager
def _placing(desk: Desk, shelf: Path, slug: str) -> Iterator[Callable[[], None]]:
    """What puts the shop's file, and a demo's stand-ins, into their places, from which they go
    again if the rest fails. A shop's file that nobody owns was left there by a restore that was
    killed before it was written down."""
    name = f"shops/{slug}.db"
    place, placed, aside = desk.data_dir / name, list[Path](), list[tuple[Path, Path]]()

    def put() -> None:
        place.parent.mkdir(mode=0o700, exist_ok=True)
        if (shelf / SANDBOX).exists():
            aside.extend(_set_aside(desk.data_dir))
        for each in (name, SANDBOX):
            if (shelf / each).exists():
                os.link(shelf / each, desk.data_dir / each)
                placed.append(desk.data_dir / each)

    if place.exists() and not is_nobodys(place):
        raise Refused("file_left", slug=slug)
    for left in place.parent.glob(f"{slug}.db*"):
        left.unlink()
    try:
        yield put
    except BaseException:
        for each in placed:
            each.unlink()
        for there, before in aside:
            there.rename(before)
        raise


def _set_aside(data_dir: Path) -> Iterator[tuple[Path, Path]]:
    """Give what the stand-ins of a demo left that was removed another name; yields the new and the
    old one."""
    number = next(n for n in count(1) if not (data_dir / f"sandbox-{n}.db").exists())
    for end in ("", "-wal", "-shm"):
        before, there = data_dir / f"{SANDBOX}{end}", data_dir / f"sandbox-{number}.db{end}"
        if before.exists():
            before.rename(there)
            yield there, before


def _bring_forgotten(data_dir: Path, shelf: Path, slug: str, opener: Fernet) -> None:
    sealed, listed = shelf / f"{forgotten.KEY}{SEALED}", shelf / "shops" / f"{slug}.forgotten"
    if sealed.exists() and listed.exists():
        key = unsealed(opener, sealed.read_bytes()).decode("ascii")
        forgotten.join(data_dir / forgotten.KEY, key)
        forgotten.join(data_dir / "shops" / listed.name, listed.read_text(encoding="ascii"))
