"""Rows as files."""

import csv
import io
from datetime import datetime
from itertools import product
from typing import Any

import orjson
import pytest

from sync import preview, tables
from sync.entities import ENTITIES
from sync.personal import masking
from sync.texts import text
from tests.conftest import Place
from tests.test_preview_rows import all_of, filled_place

__all__ = ["filled_place"]
DRAFT = {"include_out_of_stock": "yes", "include_orders": "6m", "price_tax": "excl"}
WAYS: list[dict[str, Any]] = [
    {},
    {"search": "1"},
    {"actions": ["create", "update"]},
    {"reasons": ["hidden", "too_old"]},
    {"step": "sent"},
]


def test_ndjson_holds_the_lines_of_the_preview(filled_place: Place):
    place = filled_place
    key = preview.prepared(place.desk, place.store, DRAFT).key
    lines = place.records(DRAFT)
    for ways, entity in product(WAYS, ENTITIES):
        chosen = {row["id"] for row in all_of(place, key, entity, **ways)}
        made = preview.as_ndjson(place.desk, place.store, key, entity, **ways)
        assert [orjson.loads(line) for line in b"".join(made).splitlines()] == [
            masking.line(line)
            for line in lines
            if line["entity"] == entity and line["id"] in chosen
        ], ways


def test_ndjson_of_a_plan_that_has_moved_is_refused(filled_place: Place):
    place = filled_place
    key = preview.prepared(place.desk, place.store).key
    place.run()
    with pytest.raises(preview.PlanGone):
        list(preview.as_ndjson(place.desk, place.store, key, "products"))


def test_csv_holds_the_rows_in_their_order(filled_place: Place):
    place = filled_place
    key = preview.prepared(place.desk, place.store, DRAFT).key
    for ways, entity in product([*WAYS, {"sort": "price", "descending": True}], ENTITIES):
        made = b"".join(preview.as_csv(place.desk, place.store, key, entity, **ways))
        found = list(csv.DictReader(io.StringIO(made.decode("utf-8-sig"))))
        rows = all_of(place, key, entity, **ways)
        assert [row["id"] for row in found] == [str(row["id"]) for row in rows]
        assert [row["reasons"] for row in found] == [", ".join(row["reasons"]) for row in rows]


def test_a_sheet_is_in_the_words_and_the_habit_of_its_reader(filled_place: Place):
    place = filled_place
    key = preview.prepared(place.desk, place.store).key
    ways: dict[str, Any] = {"actions": ["skip"], "reasons": ["out_of_stock"]}
    [row, *_] = all_of(place, key, "products", **ways)
    whole = {"lang": "de", "as_in": tables.habit("de"), **ways}
    made = b"".join(preview.as_sheet(place.desk, place.store, key, "products", **whole))
    assert made.startswith(b"\xef\xbb\xbf")
    [first, *_] = csv.DictReader(io.StringIO(made.decode("utf-8-sig")), delimiter=";")
    assert first["Titel"] == row["title"]
    assert first["Aktion"] == text("action.skip", "de")
    assert text("reason.out_of_stock.name", "de") in first["Gründe"]
    assert first["Preis"] == str(row["price"]).replace(".", ",")
    assert first["Geändert"] == f"{datetime.fromisoformat(row['updated']):%d.%m.%Y %H:%M:%S}"


def test_a_cell_of_the_csv_is_never_a_formula(place: Place):
    first = place.state.all("product")[0]["id"]
    title = {"nl": '=HYPERLINK("x")'}
    place.state.edit("product", first, title=title)
    place.run("refresh", full=True)
    key = preview.prepared(place.desk, place.store).key
    made = b"".join(preview.as_csv(place.desk, place.store, key, "products", search="hyperlink"))
    (found,) = csv.DictReader(io.StringIO(made.decode("utf-8-sig")))
    assert found["title"] == '\'=HYPERLINK("x")'
