"""The five kinds of record fit what else knows them: settings, mirror, texts."""

from __future__ import annotations

import pytest

from sync.database import migrate, opened
from sync.entities import (
    ENTITIES,
    KINDS,
    PLURALS,
    REMOVABLE,
    Entity,
    id_in,
    imported,
    is_id,
    number_in,
    plural_of,
    scope,
    wants,
)
from sync.mirror import rows_sql
from sync.mirror.schema import migrations
from sync.settings import SETTINGS, Settings
from sync.texts import LANGUAGES, catalogue

EVERYTHING = Settings.from_values(
    {
        **{kind.imported_by: "yes" for kind in KINDS.values()},
        "include_orders": "all",
        "include_customers": "yes",
        "include_pages": "yes",
    }
)


@pytest.fixture(scope="module")
def shop_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("mirror") / "shop.db"
    migrate(path, migrations)
    return path


@pytest.mark.parametrize("kind", KINDS.values(), ids=ENTITIES)
def test_the_mirror_has_the_rows_and_columns_of_each_kind(shop_file, kind: Entity):
    with opened(shop_file) as db:
        columns = {row[1]: row[2] for row in db.execute(f"PRAGMA table_info({kind.table})")}
        db.execute(f"SELECT id FROM {rows_sql(kind.name)}", {"lang": "nl"}).fetchall()
    assert {"id", kind.asked_by} <= columns.keys()
    assert ("lang" in columns) == kind.by_language
    assert (columns["id"] == "INTEGER") == kind.numbered


@pytest.mark.parametrize("kind", KINDS.values(), ids=ENTITIES)
def test_each_setting_that_leaves_a_kind_out_does_so(kind: Entity):
    switches = [key for key in (kind.imported_by, kind.included_by) if key]
    assert switches == [f"{verb}_{kind.name}" for verb in ("import", "include")][: len(switches)]
    assert wants(EVERYTHING, kind.name)
    for key in switches:
        off = EVERYTHING.changed({key: "none" if SETTINGS[key].kind == "period" else "no"})
        assert not wants(off, kind.name)
        assert imported(off, kind.name) == (key != kind.imported_by)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_kind_has_its_names(lang: str):
    for kind in KINDS.values():
        assert {f"entity.{kind.name}", f"record.{kind.name}", f"kind_of.{kind.singular}"} <= (
            catalogue(lang).keys()
        )


def test_singular_and_plural_name_the_same_kind():
    assert [plural_of(singular) for singular in PLURALS] == list(ENTITIES)
    assert [plural_of(plural) for plural in ENTITIES] == list(ENTITIES)
    assert plural_of("spaceship") == "spaceship"


def test_what_a_language_has_is_a_scope_of_its_own():
    assert [scope(entity, "nl") for entity in ENTITIES] == [
        *("catalog:nl", "catalog:nl", "orders", "customers", "pages:nl")
    ]


def test_orders_and_categories_are_never_taken_out_of_clerk():
    assert set(ENTITIES) - set(REMOVABLE) == {"orders", "categories"}


@pytest.mark.parametrize("text", ["", "-1", "1.5", "1e3", " 1", "٣", "x", "9" * 19])
def test_a_text_that_is_no_number_is_no_id(text: str):
    assert number_in(text) is None
    for entity in ENTITIES:
        assert id_in(entity, text) == text or (entity, text) == ("customers", "-1")
        assert is_id(entity, text) == (entity == "pages")


def test_what_stands_in_for_a_forgotten_customer_has_an_id_below_0():
    assert id_in("customers", "-12") == -12
    assert id_in("customers", "-x") == "-x"
    assert id_in("orders", "-12") == "-12"


def test_an_id_is_a_number_but_for_pages():
    assert [id_in(entity, "012") for entity in ENTITIES] == [12, 12, 12, 12, "012"]
    assert id_in("pages", "textpage-12") == "textpage-12"
    assert number_in("9" * 18) == 10**18 - 1
