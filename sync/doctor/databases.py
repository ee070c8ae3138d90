"""The databases of a data folder: schema, damage, and whether each shop's file is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from sync.database import damage, message_of, sqlite3
from sync.doctor.checks import Check, failed, is_beyond
from sync.errors import Message
from sync.forgotten import Forgotten, ForgottenError
from sync.openshop import opened_shop
from sync.store import Desk, ShopRow, StoreRow


def desk(open_desk: Callable[[], Desk]) -> tuple[Desk | None, Check]:
    """The desk, if it can be opened, and what there is to say of its schema."""
    try:
        opened = open_desk()
        stores = len(opened.stores())
        counts = {"shops": len(opened.shops()), "stores": stores}
        return opened, Check("desk", True, Message("doctor.desk", **counts))
    except (sqlite3.Error, OSError) as error:
        return None, _unusable("desk", error, "desk.db")


def files(desk: Desk) -> Iterator[Check]:
    """Whether each shop that was read has its file, and can use it."""
    wrong = False
    for shop in desk.shops():
        for check in _file(desk, shop):
            wrong = True
            yield check
    if not wrong:
        yield Check("files", True, Message("doctor.files"))


def _file(desk: Desk, shop: ShopRow) -> Iterator[Check]:
    stores, name = desk.stores(shop), f"shops/{shop.slug}.db"
    if not desk.shop_file(shop).exists():
        if any(desk.newest_books(store) for store in stores):
            lost = Message("doctor.file_lost", file=name)
            yield Check("files", False, lost, Message("doctor.file_lost_todo"), shop.slug)
        return
    try:
        _look_inside(desk, stores)
        Forgotten(desk.data_dir, shop.slug).look()
    except (sqlite3.Error, OSError) as error:
        yield _unusable("files", error, name, shop.slug)
    except ForgottenError as error:
        yield failed("files", error, shop=shop.slug)


def _look_inside(desk: Desk, stores: list[StoreRow]) -> None:
    """StorageError unless the file is this shop's, and of this version."""
    for store in stores[:1]:
        with opened_shop(desk, store) as room:
            room.ledger.version()


def integrity(data_dir: Path) -> Iterator[Check]:
    """What is damaged in the databases; reads all of them."""
    shops = data_dir / "shops"
    names = ["desk.db", *(f"shops/{path.name}" for path in sorted(shops.glob("*.db")))]
    found = [name for name in names if (data_dir / name).exists()]
    bad = [check for name in found if (check := _damage(data_dir, name))]
    yield from bad
    if found and not bad:
        yield Check("integrity", True, Message("doctor.integrity", files=len(found)))


def _damage(data_dir: Path, name: str) -> Check | None:
    try:
        problem = damage(data_dir / name)
    except (sqlite3.Error, OSError) as error:
        return _unusable("integrity", error, name)
    if problem is None:
        return None
    told = Message("doctor.damaged", file=name, said=" ".join(problem.split()))
    return Check("integrity", False, told, Message("doctor.restore_todo", file=name))


def _unusable(name: str, error: Exception, file: str, shop: str | None = None) -> Check:
    """A file that cannot be used, and what to do about it."""
    if is_beyond(error):
        todo = Message("doctor.restore_todo", file=file)
        return Check(name, False, message_of(error), todo, shop)
    return failed(name, error, shop=shop)
