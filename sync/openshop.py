"""What a run works with: the shop's file, its clients, its inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from sync import forecast
from sync.budget import Budget, MemoryBook
from sync.clerk import ClerkClient, clerk_url
from sync.database import StorageError, kept, migrate, opened, sqlite3
from sync.entities import ENTITIES
from sync.errors import Message
from sync.forgotten import Forgotten
from sync.http import Http
from sync.ledger import Journal, Ledger
from sync.ledger.schema import migrations as ledger_tables
from sync.lightspeed import CLUSTERS, Key, LightspeedClient
from sync.mirror import Mirror, facts
from sync.mirror.facts import Fact
from sync.mirror.schema import migrations as mirror_tables
from sync.plan import PlanInputs, inputs_of
from sync.plan.inputs import Only
from sync.settings import Settings
from sync.store import Desk, DeskBook, KeyRow, Refused, ShopRow, StoreRow
from sync.store.numbers import OWNER

_OWNER: Final[Fact[dict[str, Any] | None]] = Fact(OWNER, None)


@dataclass
class OpenShop:
    """One store's rooms over one open connection to its shop's file."""

    desk: Desk
    shop: ShopRow
    store: StoreRow
    mirror: Mirror
    ledger: Ledger

    def plan_inputs(
        self, settings: Settings, only: Only | None = None, as_of: float | None = None
    ) -> PlanInputs:
        """The store's inputs under settings; `as_of` as the mirror has it unless given."""
        made = inputs_of(
            self.mirror,
            self.ledger,
            self.shop,
            self.store,
            settings,
            now=self.desk.clock.now(),
            only=only,
        )
        made.lost = self.lost()
        if as_of is not None:
            made.as_of = int(as_of)
        return made

    @property
    def path(self) -> Path:
        """Where the shop's file is."""
        return self.desk.shop_file(self.shop)

    def lost(self) -> Mapping[str, int]:
        """Records by entity that Clerk.io was left with and that this file knows nothing of: it is
        not the one that they were noted in."""
        noted = self.mirror.fact(self._lost)
        if noted is not None:
            return noted
        return {} if self.ledger.version() else self.desk.confirmed_before(self.store)

    @property
    def _lost(self) -> Fact[Mapping[str, int] | None]:
        return facts.lost(self.store.id)

    def note_loss(self) -> None:
        """Keep in mind what is lost, for what is read and sent from now on hides it."""
        lost = self.lost()
        if lost:
            self.mirror.note(self._lost, lost)

    def accept_loss(self) -> None:
        """A person knows of it, or nothing was lost."""
        if self.lost():
            self.mirror.note(self._lost, {})

    def is_older(self) -> bool:
        """Whether the file knows less of the store than desk.db does: an older one was put back."""
        newest = self.desk.newest_books(self.store)
        known = self.mirror.number("SELECT max(run) FROM book")
        return not self.lost() and self.ledger.version() > 0 and known < newest

    def journal(self, run: int) -> Journal:
        return Journal(self.ledger.db, run)

    @cached_property
    def budget(self) -> Budget:
        """The windows of the shop's keys, shared through desk.db; a run books from it."""
        return budget_of(self.desk, self.shop, holder="run")

    def windows(self) -> list[forecast.KeyWindows]:
        """What the windows of the shop's keys have left; nothing for a shop without a key."""
        if not self.desk.key_ids(self.shop):
            return []
        return forecast.from_rows(looked_at(self.desk, self.shop).windows())

    def lightspeed(
        self,
        *,
        person: bool,
        stop: Callable[[], bool],
        note: Callable[[Message], None] = lambda _: None,
        http_for: Callable[..., Http] = Http,
    ) -> LightspeedClient:
        return lightspeed_client(
            self.desk,
            self.shop,
            self.budget,
            self.store.language,
            person=person,
            stop=stop,
            note=note,
            http_for=http_for,
        )

    def clerk(self, stop: Callable[[], bool], http_for: Callable[..., Http] = Http) -> ClerkClient:
        public, private = self.desk.clerk_keys(self.store)
        return ClerkClient(
            api_url=self.store.api_url,
            public=public,
            private=private,
            clock=self.desk.clock,
            stop=stop,
            stand_in=self.store.api_url == self.shop.stand_in,
            http_for=http_for,
        )

    @property
    def hosts(self) -> dict[str, str]:
        """Where each side is: what is out is out for all who ask there."""
        lightspeed = self.shop.api_url or CLUSTERS[self.shop.cluster]
        urls = {"lightspeed": lightspeed, "clerk": clerk_url(self.store.api_url)}
        return {side: urlsplit(url).netloc for side, url in urls.items()}

    def shop_settings(self, mine: Settings) -> list[Settings]:
        """Settings of every store of the shop, the run's own in place of this store's."""
        others = [s for s in self.desk.stores(self.shop) if s.id != self.store.id]
        return [mine, *(self.desk.settings(other).settings for other in others)]


def looked_at(desk: Desk, shop: ShopRow) -> Budget:
    """The budget over all API keys of a shop as it stands; nothing is booked or written."""
    keys = desk.key_ids(shop)
    book = MemoryBook(DeskBook(desk).states(keys))
    return Budget(book, keys, reserve=shop.reserve / 100, clock=desk.clock)


def budget_of(
    desk: Desk, shop: ShopRow, *, holder: str = "", keys: Sequence[KeyRow] | None = None
) -> Budget:
    """The budget over all API keys of a shop, or just these."""
    ids = [key.id for key in (desk.keys(shop) if keys is None else keys)]
    reserve = shop.reserve / 100
    return Budget(DeskBook(desk), ids, reserve=reserve, clock=desk.clock, holder=holder)


def lightspeed_client(
    desk: Desk,
    shop: ShopRow,
    budget: Budget,
    language: str,
    *,
    person: bool,
    stop: Callable[[], bool] = lambda: False,
    note: Callable[[Message], None] = lambda _: None,
    keys: Sequence[KeyRow] | None = None,
    retries: int = 5,
    http_for: Callable[..., Http] = Http,
) -> LightspeedClient:
    """A client with all keys of the shop side by side, or just these."""
    pairs = [Key(row.id, row.key, row.secret) for row in (keys or desk.keys(shop))]
    if not pairs:
        raise Refused("no_api_key", shop=shop.slug)
    return LightspeedClient(
        cluster=shop.cluster,
        api_url=shop.api_url,
        stand_in=shop.demo,
        language=language,
        keys=pairs,
        budget=budget,
        clock=desk.clock,
        person=person,
        stop=stop,
        note=note,
        retries=retries,
        http_for=http_for,
    )


@contextmanager
def opened_shop(desk: Desk, store: StoreRow) -> Iterator[OpenShop]:
    """The shop's file, brought to its newest schema, for one operation. What is opened meanwhile
    is opened once."""
    with kept():
        desk.still_there(store)
        shop = desk.shop_by_id(store.shop_id)
        path = desk.shop_file(shop)
        migrate(path, mirror_tables, ledger_tables)
        with opened(path) as db:
            mirror = Mirror(db, desk.clock.now, Forgotten(desk.data_dir, shop.slug))
            _claimed(desk, shop, mirror, path)
            yield OpenShop(desk, shop, store, mirror, Ledger(db, store.id))


def _claimed(desk: Desk, shop: ShopRow, mirror: Mirror, path: Path) -> None:
    """Note in the shop's file whose it is; StorageError if it is another one's."""
    mine = {"desk": desk.id, "shop": shop.id}
    owner = mirror.fact(_OWNER)
    if owner is None:
        with suppress(sqlite3.Error):  # to look needs no write
            mirror.note(_OWNER, mine)
    elif owner != mine:
        raise StorageError("swapped", path.absolute())


def only_of(options: Mapping[str, Any]) -> Only | None:
    """The subset a run is restricted to, if any."""
    chosen = options.get("only")
    if not chosen:
        return None
    return {entity: frozenset(chosen.get(entity, ())) for entity in ENTITIES}
