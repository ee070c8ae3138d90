"""What sets records apart is found, and chance is not taken for it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from fractions import Fraction
from math import comb
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import answers
from sync.answers.dimensions import DIMENSIONS, band
from sync.answers.fisher import chance, passing
from sync.answers.patterns import FEWEST
from sync.cli import main
from sync.openshop import OpenShop, opened_shop
from sync.shapes import catalog_product
from sync.store import Desk, Refused, StoreRow
from sync.texts import LANGUAGES
from tests.bench import synthetic
from tests.conftest import Place

PRODUCTS, PLANTED = 400, 60
BRANDS = ("Gazelle", "Vaude", "Ortlieb", "Nordisk")


@given(st.data())
def test_chance_is_that_of_the_exact_test(data: st.DataObject):
    of_all = data.draw(st.integers(1, 60))
    in_all, of_set = (data.draw(st.integers(0, of_all)) for _ in range(2))
    least, most = max(0, in_all + of_set - of_all), min(in_all, of_set)
    in_set = data.draw(st.integers(least, most))
    ways = sum(comb(in_all, k) * comb(of_all - in_all, of_set - k) for k in range(in_set, most + 1))
    exact = Fraction(ways, comb(of_all, of_set))
    assert chance(in_set, of_set, in_all, of_all) == pytest.approx(float(exact), rel=1e-9)


def test_what_passes_is_held_against_all_that_was_looked_at():
    assert passing([0.001, 0.004, 0.02], 4, 0.01) == 0.004  # ranks 1 to 3 of 4: .0025 .005 .0075
    assert passing([0.001, 0.004, 0.02], 100, 0.01) < 0
    assert passing([], 10, 0.01) < 0


@pytest.mark.parametrize(
    ("amount", "shown"), [(0, "0-1"), (9.99, "5-10"), (10, "10-20"), (10**9, "2000000-5000000")]
)
def test_a_band_holds_its_lower_edge(amount: float, shown: str):
    edges = (0, *(n * 10**power for power in range(7) for n in (1, 2, 5)))
    assert band(amount, edges) == shown


def row(number: int, brand: str, *, visible: bool) -> dict[str, Any]:
    made = synthetic.product(number, 2, random.Random(number))
    return {**made, "isVisible": visible, "brand": {"resource": {}, "title": brand}}


@pytest.fixture
def planted(tmp_path: Path) -> Iterator[tuple[Desk, StoreRow, OpenShop]]:
    """Of 400 products 60 are of one brand, all but two of which are hidden, with few others."""
    desk, store = synthetic.make_store(tmp_path)
    dice = random.Random(7)
    rows = []
    for number in range(PRODUCTS):
        brand = BRANDS[0] if number < PLANTED else dice.choice(BRANDS[1:])
        hidden = 2 <= number < PLANTED if number < PLANTED else dice.random() < 0.02
        rows.append(row(number, brand, visible=not hidden))
    with opened_shop(desk, store) as shop:
        synthetic.fill(shop, products=1, variants=1, orders=1)
        shop.mirror.put_products("nl", [(catalog_product(each), each) for each in rows], 1)
        yield desk, store, shop


def test_a_planted_pattern_is_found_first(planted: tuple[Desk, StoreRow, OpenShop]):
    desk, store, _ = planted
    found = answers.contrast(desk, store, "products", answers.by_reason("hidden"))
    first = found.patterns[0]
    assert (first.dimension, first.value) == ("brand", "Gazelle")
    assert (first.in_set, first.in_rest) == (PLANTED - 2, 2)
    assert found.set + found.rest >= PRODUCTS
    for lang in LANGUAGES:
        said = answers.what_is_different(found, lang)
        assert "Gazelle" in said
        assert "97 %" in said  # of the brand


@pytest.mark.parametrize("seed", range(8))
def test_noise_alone_has_no_pattern(planted: tuple[Desk, StoreRow, OpenShop], seed: int):
    desk, store, shop = planted
    ids = [row[0] for row in shop.mirror.stream("SELECT id FROM product")]
    drawn = frozenset(random.Random(seed).sample(ids, 80))
    found = answers.contrast(desk, store, "products", lambda snapshot, entity: drawn)
    assert (found.set, found.patterns) == (80, [])
    for lang in LANGUAGES:
        assert "80" in answers.what_is_different(found, lang)


def these(shop: OpenShop, sql: str, *args: object) -> answers.Chosen:
    """The set of the ids that a query gives."""
    ids = frozenset(row[0] for row in shop.mirror.stream(sql, *args))
    return lambda snapshot, entity: ids


def test_few_records_make_no_pattern(planted: tuple[Desk, StoreRow, OpenShop]):
    desk, store, shop = planted
    sql = "SELECT id FROM product WHERE brand = 'Gazelle' ORDER BY id LIMIT ?"
    for n in (FEWEST - 1, FEWEST):
        found = answers.contrast(desk, store, "products", these(shop, sql, n))
        assert bool(found.patterns) == (n == FEWEST), found


def test_every_dimension_of_every_entity_is_told(place: Place):
    place.run("refresh")
    for entity, dimensions in DIMENSIONS.items():
        with opened_shop(place.desk, place.store) as shop:
            inputs = shop.plan_inputs(place.desk.settings(place.store).settings)
            told = {name for _, pairs in answers.values(inputs, entity) for name, _ in pairs}
        assert told == set(dimensions)


@pytest.mark.after("sync")
def test_the_sets_are_those_of_the_plan_and_the_runs(place: Place):
    def of(entity: str, chosen: answers.Chosen) -> int:
        return answers.contrast(place.desk, place.store, entity, chosen).set

    lines = [line for line in place.records() if line["entity"] == "products"]
    for reason in ("hidden", "out_of_stock"):
        assert of("products", answers.by_reason(reason)) == sum(
            reason in line["reasons"] for line in lines
        )
    for action in ("skip", "unchanged"):
        assert of("products", answers.by_action(action)) == sum(
            line["action"] == action for line in lines
        )
    draft = {"include_out_of_stock": "yes"}
    moved = sum(line["reasons"] == ["out_of_stock"] for line in lines)
    assert of("products", answers.changed_by(draft)) == moved
    run = place.desk.runs(place.store)[0]
    assert of("products", answers.failed_in(run.id)) == 0
    began = place.desk.clock.now()
    leaving = [line["id"] for line in lines if line["action"] == "unchanged"][:6]
    for product in leaving:
        place.state.edit("product", product, isVisible=False, visibility="hidden")
    place.set(removal_limit_percent="100")
    place.run()
    assert of("products", answers.gone_since(began)) == len(leaving)
    with pytest.raises(Refused):
        of("customers", answers.by_reason("hidden"))


def test_the_command_line_gives_the_same(
    planted: tuple[Desk, StoreRow, OpenShop], capsys: pytest.CaptureFixture[str]
):
    desk, store, _ = planted
    words = ["--data", str(desk.data_dir), "contrast", store.slug, "products"]
    assert main([*words, "--reason", "hidden", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["patterns"][0] == {
        "dimension": "brand",
        "value": "Gazelle",
        "in_set": PLANTED - 2,
        "in_rest": 2,
    }
    assert main([*words, "--set", "image_size=90x90x2"]) == 0
    assert "Gazelle" not in capsys.readouterr().out.splitlines()[0]
    for wrong in (
        [],
        ["--reason", "hidden", "--action", "skip"],
        ["--gone-since", "yesterday"],
        ["--gone-since", "2999-01-01"],
        ["--gone-since", "2026-01-01", "--zone", "Europe/Nowhere"],
        ["--failed", "999"],
    ):
        assert main([*words, *wrong]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
