"""Rows of a plan as a page reads them: they are the preview's own records."""

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from sync import preview, run
from sync.clock import SystemClock
from sync.documents import as_json
from sync.entities import ENTITIES
from sync.mirror import facts
from sync.openshop import opened_shop
from sync.plan import sold
from sync.preview import outlook
from sync.preview.cache import PARTS, PLANS
from sync.preview.listing import MOVES, SORTS
from sync.preview.steps import STEPS
from sync.store import Desk, UsageError
from tests.conftest import Left, Place, again
from tests.test_agreement import DRAFTS


@pytest.fixture
def filled_place(filled: Path, tmp_path: Path, runs_left: Callable[..., Left]) -> Iterator[Place]:
    """With everything read and sent, and then a little changed."""
    everything = dict.fromkeys(
        ("include_customers", "include_pages", "include_hidden_categories"), "yes"
    )
    with again(runs_left(filled, "sync", everything), tmp_path) as place:
        place.set(include_hidden_categories="no")
        yield place


def all_of(place: Place, key: str, entity: str, **ways: Any) -> list[dict[str, Any]]:
    return preview.rows(place.desk, place.store, key, entity, limit=10_000, **ways).rows


def without_finish(document: Mapping[str, Any]) -> dict[str, Any]:
    return {**document, "finish": None}


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(draft=DRAFTS)
def test_rows_are_the_records_of_the_preview(filled_place: Place, draft: dict[str, str]):
    place = filled_place
    made = preview.prepared(place.desk, place.store, draft)
    assert without_finish(as_json(made.preview)) == without_finish(place.preview(draft))
    lines = place.records(draft)
    for entity in ENTITIES:
        shown = {row["id"]: row for row in all_of(place, made.key, entity)}
        told = {line["id"]: line for line in lines if line["entity"] == entity}
        assert shown.keys() == told.keys()
        for number, line in told.items():
            row = shown[number]
            assert [row["key"], row["action"], row["reasons"]] == [
                line["key"],
                seen_action(line),
                line["reasons"],
            ]
            payload = line["payload"] or {}
            for name in ("price", "stock", "image", "sku"):
                if entity == "products" and payload:
                    assert row[name] == payload.get(name)
        check_numbers(place, made.key, entity, list(told.values()))


def seen_action(line: Mapping[str, Any]) -> str:
    """A page tells an order that goes once its lines are read from one that is left out."""
    return "follow" if line["reasons"] == ["lines_pending"] else str(line["action"])


def check_numbers(place: Place, key: str, entity: str, lines: list[dict[str, Any]]) -> None:
    """Facets and picture say what the rows are, and every part opens its records."""
    found = preview.facets(place.desk, place.store, key, entity)
    assert found.actions == Counter(map(seen_action, lines))
    assert found.reasons == Counter(reason for line in lines for reason in line["reasons"])
    flow = preview.flow(place.desk, place.store, key, entity)
    assert flow.total + flow.unchanged == len(lines)
    assert [each.step for each in flow.parts if each.step] == [*STEPS[entity], "gone"]
    for part in flow.parts:
        ends = {line["id"] for line in lines if ends_in(line, part)}
        opened = all_of(place, key, entity, actions=[part.action], step=part.step)
        assert {row["id"] for row in opened} == ends
        assert part.count == len(ends)


def ends_in(line: Mapping[str, Any], part: preview.FlowPart) -> bool:
    """Whether a record is one of a part: of what is left out by its first reason."""
    first = line["reasons"][0].partition(":")[0] if line["reasons"] else None
    return seen_action(line) == part.action and (part.step is None or first in part.reasons)


def test_an_empty_mirror_has_no_rows(place: Place):
    made = preview.prepared(place.desk, place.store)
    assert without_finish(as_json(made.preview)) == without_finish(place.preview())
    for entity in ENTITIES:
        assert preview.rows(place.desk, place.store, made.key, entity).total == 0
        assert preview.flow(place.desk, place.store, made.key, entity).total == 0


def test_a_second_look_plans_nothing_and_a_change_plans_anew(filled_place: Place):
    place = filled_place
    first = preview.prepared(place.desk, place.store)
    assert preview.prepared(place.desk, place.store).key == first.key
    assert preview.prepared(place.desk, place.store, {"image_size": "90x90x1"}).key != first.key
    place.set(include_out_of_stock="yes")
    second = preview.prepared(place.desk, place.store)
    assert second.key != first.key
    assert second.preview.entities["products"].create > 0
    place.run()
    third = preview.prepared(place.desk, place.store)
    assert third.preview.entities["products"].create == 0
    with pytest.raises(preview.PlanGone, match="load it again"):
        preview.rows(place.desk, place.store, first.key, "products")


def test_what_is_told_beside_the_records_is_that_of_the_moment(filled_place: Place):
    place = filled_place
    before = preview.prepared(place.desk, place.store)
    with opened_shop(place.desk, place.store) as shop:
        shop.mirror.note(facts.lost(place.store.id), {"products": 3})
    after = preview.prepared(place.desk, place.store)
    assert after.key == before.key
    assert "ledger_lost" in [hold.reason for hold in after.preview.holds]
    assert without_finish(as_json(after.preview)) == without_finish(place.preview())


def test_rows_are_searched_filtered_sorted_and_paged(filled_place: Place):
    place = filled_place
    key = preview.prepared(place.desk, place.store).key
    every = all_of(place, key, "products")
    wanted = next(row for row in every if row["sku"])
    for typed in (str(wanted["id"]), wanted["sku"].lower(), f" {wanted['title'].upper()} "):
        assert wanted in all_of(place, key, "products", search=typed)
    assert all_of(place, key, "products", search="%") == [r for r in every if "%" in r["title"]]
    skipped = all_of(place, key, "products", actions=["skip"])
    assert skipped == [row for row in every if row["action"] == "skip"]
    hidden = all_of(place, key, "products", reasons=["hidden", "free_product"])
    assert hidden == [r for r in every if {"hidden", "free_product"} & set(r["reasons"])]
    pages = [
        preview.rows(
            place.desk, place.store, key, "products", sort="price", limit=7, offset=start
        ).rows
        for start in range(0, len(every), 7)
    ]
    prices = [row["price"] for page in pages for row in page]
    known = [price for price in prices if price is not None]
    assert known == sorted(known)
    assert prices == known + [None] * (len(every) - len(known))


def test_every_column_sorts_both_ways(filled_place: Place):
    place = filled_place
    key = preview.prepared(place.desk, place.store).key
    every = len(all_of(place, key, "products"))
    for sort, descending in product(SORTS, (False, True)):
        found = all_of(place, key, "products", sort=sort, descending=descending)
        values = [row[sort] for row in found if row[sort] is not None]
        if sort == "title":
            values = [value.casefold() for value in values]
        if sort == "sold":
            values = [value.revenue for value in values]
        assert values == sorted(values, reverse=descending), sort
        assert len(found) == every


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(draft=DRAFTS)
def test_the_records_that_a_draft_moves_are_those_that_are_counted(
    filled_place: Place, draft: dict[str, str]
):
    place = filled_place
    saved = preview.prepared(place.desk, place.store).key
    key = preview.prepared(place.desk, place.store, draft).key
    counted = preview.effect(place.desk, place.store, draft).entities
    for entity in ENTITIES:
        found = preview.moved(place.desk, place.store, key, saved, entity)
        every = all_of(place, key, entity, saved=saved)
        assert Counter(row["move"] for row in every if row["move"]) == found
        for move in MOVES:
            shown = all_of(place, key, entity, moves=[move], saved=saved)
            gone = getattr(counted[entity], move) - len(shown)  # from Lightspeed: they have no row
            assert len(shown) == found.get(move, 0)
            assert gone == 0 or (move == "enter" and gone > 0)
            assert {row["move"] for row in shown} <= {move}


def test_without_a_draft_no_record_moves(filled_place: Place):
    place = filled_place
    key = preview.prepared(place.desk, place.store).key
    assert {row["move"] for row in all_of(place, key, "products")} == {None}


@pytest.mark.parametrize(
    ("ways", "said"), [({"sort": "colour"}, "unknown sort"), ({"entity": "brands"}, "entity")]
)
def test_bad_names_are_refused(place: Place, ways: dict[str, str], said: str):
    key = preview.prepared(place.desk, place.store).key
    with pytest.raises(UsageError, match=said):
        preview.rows(place.desk, place.store, key, **{"entity": "products", **ways})


def test_no_row_and_no_record_shows_an_address(filled_place: Place):
    place = filled_place
    place.set(collect_emails="yes")
    place.run()
    place.set(collect_emails="no")
    key = preview.prepared(place.desk, place.store).key
    for entity in ("orders", "customers"):
        every = all_of(place, key, entity)
        assert every
        assert "@" not in str(every)
        assert "@" not in str(
            [preview.record(place.desk, place.store, entity, row["id"]) for row in every[:10]]
        )


def test_two_processes_prepare_one_plan_at_once(filled_place: Place):
    place = filled_place
    place.set(include_out_of_stock="yes")
    start = multiprocessing.get_context("spawn")
    with start.Pool(2) as pool:
        asked = (place.desk.data_dir, place.store.slug)
        first, second = pool.starmap(prepared_key, [asked, asked])
    assert first == second == preview.prepared(place.desk, place.store).key
    rows = all_of(place, first, "products")
    assert len(rows) == len({row["id"] for row in rows}) > 0


def prepared_key(data: Path, slug: str) -> str:
    desk = Desk(data)
    return preview.prepared(desk, desk.store(slug)).key


@pytest.mark.after("refresh")
def test_arriving_lines_leave_a_plan_current_for_a_minute(place: Place):
    clock = HandClock(place.desk.clock.now())
    desk = Desk(place.desk.data_dir, clock=clock)
    before = preview.prepared(desk, place.store)
    pending = before.preview.entities["orders"].lines_missing
    assert pending > 0
    row = preview.rows(desk, place.store, before.key, "orders", step="lines_read").rows[0]
    with opened_shop(desk, place.store) as shop:
        shop.mirror.put_lines(row["id"], [])
    assert preview.prepared(desk, place.store).preview.entities["orders"].lines_missing == (pending)
    clock.sleep(61)
    after = preview.prepared(desk, place.store)
    assert after.key == before.key
    assert after.preview.entities["orders"].lines_missing == pending - 1
    opened = preview.rows(desk, place.store, after.key, "orders", step="with_products").rows
    assert row["id"] in [each["id"] for each in opened]


class HandClock(SystemClock):
    """Stands still until it is told to go on."""

    def __init__(self, at: float) -> None:
        self.at = at

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


def test_only_a_few_plans_are_kept_and_none_of_a_store_that_is_gone(filled_place: Place):
    place = filled_place
    shop = place.desk.shop("shop")
    keys = {"public": "p" * 16, "private": "q" * 16}
    other = place.desk.add_store(shop, "Other", language="nl", **keys)
    preview.prepared(place.desk, other)
    sizes = [f"{side}x90x1" for side in range(90, 102)]
    for size in sizes:
        preview.prepared(place.desk, place.store, {"image_size": size})
        preview.effect(place.desk, place.store, {"image_size": size, "price_tax": "excl"})
    assert kept(place, "SELECT count(*) FROM plan WHERE store = 1") == PLANS
    assert kept(place, "SELECT count(*) FROM plan_part WHERE store = 1") <= PARTS * len(ENTITIES)
    for table, column in (("plan_row", "part"), ("plan_detail", "details")):
        names = "SELECT id FROM plan_part UNION SELECT details FROM plan_part"
        assert kept(place, f"SELECT count(*) FROM {table} WHERE {column} NOT IN ({names})") == 0
    assert kept(place, "SELECT count(*) FROM plan WHERE store <> 1") == 1
    run.remove_store(place.desk, other)
    place.set(include_pages="no")
    preview.prepared(place.desk, place.store)
    for table in ("plan", "plan_part"):
        assert kept(place, f"SELECT count(*) FROM {table} WHERE store <> 1") == 0


def kept(place: Place, sql: str) -> int:
    with opened_shop(place.desk, place.store) as shop:
        return shop.mirror.number(sql)


def test_what_does_not_go_is_ranked_by_what_it_sold(filled_place: Place):
    place = filled_place
    made = preview.prepared(place.desk, place.store)
    ways = {"actions": ("skip",), "sort": "sold", "descending": True}
    rows = all_of(place, made.key, "products", **ways)
    with opened_shop(place.desk, place.store) as shop:
        found = sold(shop.plan_inputs(place.desk.settings(place.store).settings))
    ranked = [row["sold"].revenue for row in rows if row["sold"]]
    assert ranked == sorted(ranked, reverse=True)
    assert all(row["sold"] == found.get(row["id"]) for row in rows)
    assert ranked, "nothing left out was sold"
    assert all(row["sold"] is None for row in all_of(place, made.key, "products"))


DRAFTS_THAT_TAKE_OUT: list[dict[str, str]] = [
    {},
    {"include_customers": "no"},
    {"include_pages": "no", "include_customers": "no", "import_products": "no"},
    {"include_orders": "none"},
]


@pytest.mark.parametrize("draft", DRAFTS_THAT_TAKE_OUT)
def test_the_headline_counts_each_record_once(filled_place: Place, draft: dict[str, str]):
    """A record that leaves is left out and removed, one that is gone is removed alone."""
    place = filled_place
    with opened_shop(place.desk, place.store) as shop:
        shop.mirror.conn.execute(
            "DELETE FROM product WHERE id IN (SELECT source FROM ledger"
            " WHERE entity = 'products' LIMIT 3)"
        )
    made = preview.prepared(place.desk, place.store, draft)
    actions = Counter(
        row["action"] for entity in ENTITIES for row in all_of(place, made.key, entity)
    )
    sums = outlook.totals(made.preview)
    assert sums["known"] == actions.total()
    assert sums["unsent"] == actions["skip"]
    assert sums["remove"] == actions["remove"]
