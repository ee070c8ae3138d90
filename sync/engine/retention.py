"""What is kept, where, for how long and how much of it; and forgetting what is older."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sync import rules
from sync.clock import iso
from sync.database import Scope, immediate, migrate, opened, sqlite3
from sync.entities import wants
from sync.ledger import forget_history, forget_outcomes
from sync.ledger.schema import migrations as ledger_tables
from sync.mirror import Mirror, facts
from sync.mirror.schema import migrations as mirror_tables
from sync.store import Desk, ShopRow, shop_lock
from sync.store.retention import KINDS, usual_days

_DAY: Final = 86400.0
_PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    "runs": ("desk", "shops"),
    "alerts": ("desk",),
    "drafts": ("desk",),
    "audit": ("desk",),
    "backups": ("backups",),
}
_IN_DESK: Final = {
    "runs": "SELECT count(*), min(at) FROM run_log",
    "alerts": "SELECT count(*), min(at) FROM alert",
    "drafts": "SELECT count(*), min(at) FROM draft",
    "audit": "SELECT count(*), min(at) FROM audit",
}
_IN_SHOP: Final = {
    "runs": "SELECT count(*), min(at) FROM outcome",
    "history": "SELECT count(*), min(at) FROM history",
    "orders": "SELECT count(*), min(CASE WHEN created > 0 THEN created END) FROM orders",
    "customers": "SELECT count(*), NULL FROM customer",
    "recordings": "SELECT count(DISTINCT run), min(at) FROM exchange",
}
logger = logging.getLogger("sync.engine")


@dataclass(frozen=True)
class Kept:
    """A kind of data: for how many `days` it is kept (`usual` unless somebody sets them), how many
    of it there are, in which files, and from when the oldest is (ISO 8601 UTC)."""

    kind: str
    days: int
    usual: int
    count: int
    oldest: str | None
    files: tuple[str, ...]


def kept(desk: Desk) -> list[Kept]:
    """Every kind, as far as one sees the shops; a file that cannot be read counts as empty."""
    found: dict[str, list[tuple[int, float | None]]] = {kind: [] for kind in KINDS}
    _count(found, desk.path, _IN_DESK, desk.scope)
    for shop in desk.shops():
        if desk.shop_file(shop).exists():
            _count(found, desk.shop_file(shop), _IN_SHOP)
    from sync.backup.nightly import FOLDER  # with what packs and seals

    files = [path.stat().st_mtime for path in (desk.data_dir / FOLDER).glob("*.zip")]
    found["backups"].append((len(files), min(files, default=None)))
    return [_kept(desk, kind, rows) for kind, rows in found.items()]


def _count(
    found: dict[str, list[tuple[int, float | None]]],
    path: Path,
    asked: Mapping[str, str],
    scope: Scope = (),
) -> None:
    try:
        with opened(path, scope) as db:
            for kind, sql in asked.items():
                found[kind].append(db.execute(sql).fetchone())
    except sqlite3.Error as error:
        logger.warning("what is kept in %s could not be counted: %s", path.name, error)


def _kept(desk: Desk, kind: str, rows: list[tuple[int, float | None]]) -> Kept:
    first = min((at for _, at in rows if at is not None), default=None)
    files = _PLACES.get(kind, ("shops",))
    return Kept(
        kind, desk.days_kept(kind), usual_days(kind), sum(n for n, _ in rows), iso(first), files
    )


# -- forgetting -----------------------------------------------------------------------------


def forget_what_is_old(desk: Desk) -> None:
    """Forget all that is older than it may be. What fails for one kind holds up no other."""
    days = {kind: desk.days_kept(kind) for kind in KINDS}
    now = desk.clock.now()
    doings: Mapping[str, Callable[[], object]] = {
        "runs": lambda: forget_old(desk, days["runs"]),
        "alerts": lambda: desk.forget_alerts(now - days["alerts"] * _DAY),
        "history": lambda: forget_old_history(desk, days["history"]),
        "orders": lambda: _in_each_shop(desk, _forget_orders, days["orders"]),
        "customers": lambda: _in_each_shop(desk, _forget_customers, days["customers"]),
        "recordings": lambda: _in_each_shop(desk, _forget_recordings, days["recordings"]),
        "drafts": desk.forget_drafts,
        "audit": lambda: desk.shorten_audit(now - days["audit"] * _DAY),
    }
    for kind, do in doings.items():
        try:
            if n := do():
                logger.info("%s: %s older than %s days are forgotten", kind, n, days[kind])
        except sqlite3.Error as error:
            logger.error("%s: what is old could not be forgotten: %s", kind, error)


def forget_old(desk: Desk, days: int) -> int:
    """Forget log lines and outcomes of runs that ended more than `days` ago; the runs and their
    books stay. Returns how many runs that were. What a crash leaves is found again."""
    forgotten = 0
    while old := desk.logged_runs(before=desk.clock.now() - days * _DAY):
        for shop in desk.shops():
            if shop.id in old and desk.shop_file(shop).exists():
                forget_outcomes(desk.shop_file(shop), old[shop.id])
        runs = [run for ids in old.values() for run in ids]
        desk.forget_logs(runs)
        forgotten += len(runs)
    return forgotten


def forget_old_history(desk: Desk, days: int) -> None:
    """Forget how Clerk.io was filled more than `days` ago."""
    for shop in desk.shops():
        if desk.shop_file(shop).exists():
            forget_history(desk.shop_file(shop), desk.clock.now() - days * _DAY)


def _in_each_shop(desk: Desk, do: Callable[[Desk, ShopRow, Mirror, int], int], days: int) -> int:
    """Do it in the mirror of each shop that nobody works on; the others come another day."""
    forgotten = 0
    for shop in desk.shops():
        with _at_rest(desk, shop) as mirror:
            forgotten += do(desk, shop, mirror, days) if mirror else 0
    return forgotten


@contextmanager
def _at_rest(desk: Desk, shop: ShopRow) -> Iterator[Mirror | None]:
    path = desk.shop_file(shop)
    active = any(desk.unended_run(store) for store in desk.stores(shop))
    if active or not path.exists():
        yield None
        return
    with shop_lock(desk.data_dir, shop.slug) as free:
        if not free:
            yield None
            return
        migrate(path, mirror_tables, ledger_tables)
        with opened(path) as db:
            yield Mirror(db, desk.clock.now)


def _forget_orders(desk: Desk, shop: ShopRow, mirror: Mirror, days: int) -> int:
    """Forget orders that came so many days before the first one that any store includes."""
    now = desk.clock.now()
    all_settings = [desk.settings(store).settings for store in desk.stores(shop)]
    wanted = [each for each in all_settings if wants(each, "orders")]
    firsts = [rules.order_cutoff(each.include_orders, int(now)) for each in wanted]
    if None in firsts:
        return 0
    first = min((each for each in firsts if each is not None), default=int(now))
    return mirror.drop_orders(before=first - days * int(_DAY))


def _forget_recordings(desk: Desk, _shop: ShopRow, mirror: Mirror, days: int) -> int:
    """Forget the calls of recorded runs that were made so many days ago."""
    with immediate(mirror.db) as conn:
        sql = "DELETE FROM exchange WHERE at < ?"
        return int(conn.execute(sql, [desk.clock.now() - days * _DAY]).rowcount)


def _forget_customers(desk: Desk, shop: ShopRow, mirror: Mirror, days: int) -> int:
    """Forget customers and subscribers of a shop that no store sends customers of, that Clerk.io
    has none of, and that were read last so many days ago."""
    stores = desk.stores(shop)
    if any(wants(desk.settings(store).settings, "customers") for store in stores):
        return 0
    read = mirror.fact(facts.CUSTOMERS_STATE).get("since", 0)
    sent = mirror.number("SELECT count(*) FROM ledger WHERE entity = 'customers'")
    if sent or read > desk.clock.now() - days * _DAY:
        return 0
    return mirror.drop_people()
