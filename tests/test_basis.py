"""Nothing that a plan reads is missing from what its decisions are said to be made from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from sync import mapping
from sync.database import sqlite3
from sync.entities import ENTITIES, KINDS, scope
from sync.ledger import LOST
from sync.mirror import Mirror, facts
from sync.mirror.facts import Fact
from sync.openshop import OpenShop, opened_shop
from sync.plan import Counts, PlanInputs, basis, decide
from sync.preview.detail import detail_rows, details_id
from sync.settings import SETTINGS, Settings
from sync.store import StoreRow
from sync.survey import attribute_products
from tests.conftest import Place, placed
from tests.test_mapping import CHANGES_PAYLOADS, DECIDES_WHO_GOES

T = TypeVar("T")
OTHER_VALUES = DECIDES_WHO_GOES | {key: value for key, (value, _) in CHANGES_PAYLOADS.items()}
DRAFTS: tuple[dict[str, str], ...] = (
    {"include_customers": "yes", "include_pages": "yes", "custom_attributes": "Materiaal"},
    {"include_customers": "yes", "include_pages": "yes", "collect_emails": "yes"},
    {},
)
# Whoever writes one of these moves a version: of its part of the mirror, or of the ledger.
TABLES = {
    *("category", "customer", "odd_row", "orders", "page", "product", "product_extra"),
    *(
        "product_metafield",
        "product_tag",
        "renumbered",
        "ledger",
        "ledger_payload",
        "ledger_version",
    ),
}


class WatchedSettings:
    """Settings that note which of them are read."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        if name in SETTINGS:
            self.read.add(name)
        return getattr(self.settings, name)


class WatchedMirror(Mirror):
    """A mirror that notes which facts are read, by key with their scope."""

    read: dict[str, str]

    def fact(self, fact: Fact[T]) -> T:
        self.read[fact.key] = fact.scope
        return super().fact(fact)


@pytest.fixture(scope="module")
def lived_in(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Everything was read and sent once, with all that can be sent."""
    with placed(filled, tmp_path_factory.mktemp("basis")) as place:
        place.set(include_out_of_stock="yes", include_customers="yes", include_pages="yes")
        place.run()
        place.set(include_out_of_stock="no")
        yield place


@pytest.fixture(params=["confirmed", "new"])
def store(lived_in: Place, request: pytest.FixtureRequest) -> StoreRow:
    """A store that Clerk.io has much of, and one that it has nothing of."""
    desk = lived_in.desk
    if request.param == "confirmed":
        return lived_in.store
    known = {store.slug: store for store in desk.stores()}
    keys = {"public": "p" * 16, "private": "q" * 16}
    shop = desk.shop("shop")
    return known.get("new") or desk.add_store(shop, "New", language="nl", **keys)


def changed(settings: Settings, key: str) -> Settings:
    """Settings with another value of one of them."""
    now = settings.values()[key]
    value = next(v for v in (OTHER_VALUES[key], SETTINGS[key].default) if v != now)
    return settings.changed({key: value})


def watched(shop: OpenShop, draft: dict[str, str]) -> tuple[PlanInputs, WatchedSettings]:
    """Inputs whose settings are watched, from after they were made."""
    settings = WatchedSettings(Settings.from_values(draft))
    inputs = shop.plan_inputs(settings)  # type: ignore[arg-type]
    settings.read.clear()
    return inputs, settings


@pytest.mark.parametrize("draft", DRAFTS, ids=str)
@pytest.mark.parametrize("entity", ENTITIES)
def test_each_setting_that_decides_is_named(
    lived_in: Place, store: StoreRow, entity: str, draft: dict[str, str]
):
    with opened_shop(lived_in.desk, store) as shop:
        inputs, settings = watched(shop, draft)
        assert list(decide(inputs, entity))
        read, key = set(settings.read), basis.part_key(inputs, entity)
        assert f"import_{entity}" in read
        for name in read:
            other = shop.plan_inputs(changed(settings.settings, name))
            assert basis.part_key(other, entity) != key, name


@pytest.mark.parametrize("entity", ENTITIES)
def test_each_setting_that_a_list_shows_by_is_named(lived_in: Place, entity: str):
    with opened_shop(lived_in.desk, lived_in.store) as shop:
        inputs, settings = watched(shop, {})
        sources = [made.source for made in decide(inputs, entity)]
        settings.read.clear()
        assert list(detail_rows(inputs, entity, sources))
        read, key = set(settings.read), details_id(inputs, entity)
        assert read or entity != "products"
        for name in read:
            other = shop.plan_inputs(changed(settings.settings, name))
            assert details_id(other, entity) != key, name


def test_each_setting_that_a_survey_goes_by_is_named(lived_in: Place):
    with opened_shop(lived_in.desk, lived_in.store) as shop:
        inputs, settings = watched(shop, {"custom_attributes": "Materiaal"})
        mapping.attribute_sources(attribute_products(inputs), inputs.context, inputs.tags)
        assert settings.read <= {"custom_attributes", "auto_detect_attributes"}


@pytest.mark.parametrize("entity", ENTITIES)
def test_each_table_and_fact_that_is_read_is_named(lived_in: Place, store: StoreRow, entity: str):
    tables: set[str] = set()

    def note(action: int, name: str | None, *_: object) -> int:
        if action == sqlite3.SQLITE_READ and name and not name.startswith("sqlite_"):
            tables.add(name)
        return sqlite3.SQLITE_OK

    with opened_shop(lived_in.desk, store) as shop:
        shop.mirror = mirror = WatchedMirror(shop.mirror.db)
        mirror.read = {}
        mirror.conn.set_authorizer(note)
        inputs = shop.plan_inputs(Settings.from_values(DRAFTS[0]))
        before, mirror.read = mirror.read, {}
        assert list(decide(inputs, entity))
        mirror.conn.set_authorizer(None)
    assert KINDS[entity].table in tables
    assert tables - {"meta", "json_each"} <= TABLES
    named = {facts.complete(entity, "nl").key}
    scopes = {scope(entity, "nl"), "shop"}
    assert {key for key, of in mirror.read.items() if of not in scopes} <= named
    # What the mapping key is made with moves that key, whatever scope it has.
    named = {facts.as_of("nl").key, facts.lost(store.id).key}
    assert facts.SHOP.key in before
    assert {key for key, of in before.items() if not of} <= named


def test_what_moves_names_what_it_moves(lived_in: Place):
    with opened_shop(lived_in.desk, lived_in.store) as shop:
        inputs = shop.plan_inputs(Settings.from_values(DRAFTS[0]))
        for part in ("catalog:nl", "orders", "customers", "pages:nl", "catalog:de", "shop"):
            before = {entity: basis.part_key(inputs, entity) for entity in ENTITIES}
            shop.mirror.moved(part)
            moved = {e for e in ENTITIES if basis.part_key(inputs, e) != before[e]}
            wanted = {e for e in ENTITIES if part in (scope(e, "nl"), "shop")}
            assert moved == wanted, part


def test_a_confirmed_or_doubted_record_moves_every_name(lived_in: Place):
    with opened_shop(lived_in.desk, lived_in.store) as shop:
        inputs = shop.plan_inputs(Settings.from_values({}))
        before = {entity: basis.part_key(inputs, entity) for entity in ENTITIES}
        source = next(made.source for made in decide(inputs, "products"))
        shop.ledger.distrust("products", source, LOST)
        assert all(basis.part_key(inputs, entity) != before[entity] for entity in ENTITIES)


def test_every_setting_moves_the_fingerprint(lived_in: Place):
    with opened_shop(lived_in.desk, lived_in.store) as shop:
        settings = Settings.from_values({})
        names = {
            name: fingerprint_of(shop.plan_inputs(made))
            for name, made in {
                "": settings,
                **{key: changed(settings, key) for key in SETTINGS},
            }.items()
        }
    assert len(set(names.values())) == len(names)


def fingerprint_of(inputs: PlanInputs) -> str:
    """Of a plan without records: what is counted has no say here."""
    return basis.fingerprint(inputs, {entity: Counts() for entity in ENTITIES})
