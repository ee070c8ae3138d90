"""Everything that can be wrong with an installation, looked at in one go.

It works on a folder that is missing, read-only or damaged, and asks both APIs no more than a person
may who checks a shop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

from sync.database import kept, sqlite3
from sync.doctor import databases, folder, keys, people, sides, stores
from sync.doctor.checks import NAMES, Check, Diagnosis, failed, heading
from sync.store import Desk
from sync.store.retention import usual_days

__all__ = ["NAMES", "Check", "Diagnosis", "examine", "heading"]

Around = Callable[[Desk], AbstractContextManager[object]]


def examine(
    data_dir: Path, open_desk: Callable[[], Desk], *, around: Around = lambda _: nullcontext()
) -> Diagnosis:
    """Look at everything; `around` lasts while the APIs are asked. Forbidden where the person of
    the desk may not."""
    with kept():
        found = list(_looked_at(data_dir, open_desk, around))
    return Diagnosis(tuple(sorted(found, key=lambda check: NAMES.index(check.name))))


def _looked_at(data_dir: Path, open_desk: Callable[[], Desk], around: Around) -> Iterator[Check]:
    there = folder.folder(data_dir)
    yield there
    yield folder.sqlite()
    try:
        desk_there, folder_there = folder.has_desk(data_dir), data_dir.is_dir()
    except OSError:  # of which the first check has told
        return
    if not desk_there:
        if folder_there:
            yield from databases.integrity(data_dir)
        return
    yield from folder.rights(data_dir)
    yield folder.disk(data_dir)
    yield from databases.integrity(data_dir)
    desk, told = databases.desk(open_desk)
    yield told
    yield folder.backup(data_dir, desk.days_kept("backups") if desk else usual_days("backups"))
    if desk is not None:
        desk.must("doctor")
        with suppress(sqlite3.Error):  # a folder that is only read is looked at all the same
            desk.audit("doctor", "")
        yield from _of_desk(desk, around)


def _of_desk(desk: Desk, around: Around) -> Iterator[Check]:
    looks: tuple[tuple[str, Callable[[], Iterator[Check]]], ...] = (
        ("files", lambda: databases.files(desk)),
        ("signin", lambda: people.signin(desk)),
        ("forgotten", lambda: people.forgotten(desk)),
        ("vault", lambda: iter([keys.vault(desk)])),
        ("worker", lambda: iter([stores.worker(desk)])),
        ("own_sync", lambda: stores.own_sync(desk)),
        ("storefront", lambda: stores.storefront(desk)),
        ("reach", lambda: _asked(desk, around)),
    )
    for name, look in looks:
        try:
            yield from look()
        except (sqlite3.Error, OSError) as error:  # the others go on
            yield failed(name, error)


def _asked(desk: Desk, around: Around) -> Iterator[Check]:
    with around(desk):
        hosts = sides.asked(desk.shops(), desk.stores(), desk.clock)
        if not hosts:
            return
        yield from sides.reach(hosts)
        yield sides.clock(hosts)
        yield from keys.taken(desk, hosts)
