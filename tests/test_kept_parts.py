"""What is kept of one plan and used for the next is what would be made from scratch."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync import preview
from sync.documents import as_json
from sync.entities import ENTITIES
from sync.openshop import OpenShop, opened_shop
from sync.plan import decide
from sync.preview.cache import PARTS, Cache, Part, PlanGone
from sync.preview.plans import opened_cache, opened_snapshot, part_of, planned
from sync.settings import Settings
from sync.shapes import catalog_product
from tests.bench import synthetic
from tests.test_count_groups import SOME, change, deliver, shop, yes_or_no

__all__ = ["shop"]

PERIODS = ["none", "3m", "1y", "2y", "all", "2026-01-01"]
# What decides most often, and of the rest what may take away that nothing else moved.
DRAFTS = st.fixed_dictionaries(
    {},
    optional={
        "include_out_of_stock": yes_or_no,
        "include_free_products": yes_or_no,
        "include_orders": st.sampled_from(PERIODS),
        "accepted_order_statuses": st.sampled_from(
            ["", "completed_shipped, cancelled", "cancelled, completed, on_hold"]
        ),
        "removed_products": st.sampled_from(["delete", "hide"]),
        "import_products": yes_or_no,
        "image_size": st.sampled_from(["300x400x1", "90x90x2"]),
        "include_variant_data": yes_or_no,
        "price_tax": st.sampled_from(["incl", "excl"]),
        "custom_attributes": st.sampled_from(["", "Materiaal"]),
        "order_id": st.sampled_from(["id", "number"]),
    },
)


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    sent=st.lists(st.tuples(DRAFTS, SOME, SOME), min_size=1, max_size=2),
    drafts=st.lists(DRAFTS, min_size=2, max_size=4),
    seed=st.integers(0, 1000),
)
def test_after_any_change_the_kept_answer_is_the_one_made_from_scratch(
    shop: OpenShop,
    sent: list[tuple[dict[str, str], float, float]],
    drafts: list[dict[str, str]],
    seed: int,
):
    dice = random.Random(seed)
    for draft, delivered, changed in sent:
        kept = [told(shop, each) for each in drafts]
        forget_plans(shop)
        for each, answer in zip(reversed(drafts), reversed(kept), strict=True):
            forget_plans(shop)
            assert told(shop, each) == answer, each
        deliver(shop.plan_inputs(Settings.from_values(draft)), delivered, dice)
        change(shop, changed, dice)
        assert told(shop, drafts[0]) == told_from_scratch(shop, drafts[0])


def told_from_scratch(shop: OpenShop, draft: Mapping[str, str]) -> dict[str, Any]:
    forget_plans(shop)
    return told(shop, draft)


_ROWS = "SELECT source, key, action, reasons, step, stays, hash FROM plan_row WHERE part = ?"


def told(shop: OpenShop, draft: Mapping[str, str]) -> dict[str, Any]:
    """All that a plan says: its numbers, its rows, and whose doing they are."""
    desk, store = shop.desk, shop.store
    made = preview.prepared(desk, store, draft)
    parts, rows = [], []
    for entity in ENTITIES:
        with opened_cache(desk, store, entity, [made.key]) as cache:
            part = part_of(cache, made.key, entity)
            parts.append(part)
            rows.append(sorted(cache.conn.execute(_ROWS, [part.id]), key=str))
    shown = [
        sorted(preview.rows(desk, store, made.key, entity, limit=1000).rows, key=str)
        for entity in ENTITIES
    ]
    for entity, shown_rows in zip(ENTITIES, rows, strict=True):
        hashes = {row[0]: row[-1] for row in shown_rows}
        assert dict(payloads(shop, draft, entity)).items() <= hashes.items()
    return {
        "numbers": as_json(made.preview) | {"finish": None},
        "counts": [part.counts for part in parts],
        "kinds": [sorted(part.kinds) for part in parts],
        "rows": rows,
        "shown": shown,
        "blame": preview.blamed(desk, store, draft),
    }


def payloads(
    shop: OpenShop, draft: Mapping[str, str], entity: str
) -> Iterator[tuple[int | str, bytes]]:
    """The hash of each payload that a run would make."""
    settings = shop.desk.settings(shop.store).settings.changed(draft)
    for made in decide(shop.plan_inputs(settings), entity):
        if made.whole is not None and made.action != "remove":
            yield made.source, made.whole


def forget_plans(shop: OpenShop) -> None:
    with opened_cache(shop.desk, shop.store) as cache:
        cache.conn.execute("COMMIT")
        for table in ("plan", "plan_part", "plan_row", "plan_detail"):
            cache.conn.execute(f"DELETE FROM {table}")


def test_parts_that_another_process_finishes_meanwhile_are_as_good_as_ones_own(
    shop: OpenShop, monkeypatch: pytest.MonkeyPatch
):
    """Nobody had them when one looked; they are there once one begins to make them."""
    first = told(shop, {})
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Cache, "part", lambda *_: None)
        assert told(shop, {}) == first


def test_what_was_hidden_and_is_shown_again_has_the_payload_of_all_others(shop: OpenShop):
    dice = random.Random(1)
    for visible in (True, False, True):
        row = synthetic.product(1, 2, dice) | {"isVisible": visible, "stamp": visible}
        shop.mirror.put_products("nl", [(catalog_product(row), row)], 1)
        deliver(shop.plan_inputs(Settings.from_values({"removed_products": "hide"})), 1, dice)
    assert orjson.loads(shop.ledger.payload("products", row["id"]) or b"")["index"] is True
    assert told(shop, {"image_size": "90x90x2"})


# -- parts that leave rows to another one ------------------------------------------------------

LEANING = {"products": {"include_out_of_stock": "yes"}, "orders": {"include_orders": "3m"}}


@pytest.fixture
def untouched(tmp_path: Path) -> Iterator[OpenShop]:
    desk, store = synthetic.make_store(tmp_path)
    with opened_shop(desk, store) as opened:
        synthetic.fill(opened, products=60, variants=2, orders=200)
        preview.prepared(desk, store)
        yield opened


@pytest.mark.parametrize("entity", LEANING)
def test_what_goes_is_the_same_before_and_after_all_rows_are_there(
    untouched: OpenShop, entity: str
):
    with opened_snapshot(untouched.desk, untouched.store) as snapshot:
        part = planned(snapshot, LEANING[entity]).parts[entity]
        assert _rows(snapshot.cache, part.id) < _all(part)
        going = snapshot.cache.going(part.id)
        snapshot.cache.complete(part.id)
        assert _rows(snapshot.cache, part.id) == _all(part)
        assert snapshot.cache.going(part.id) == going != frozenset()


@pytest.mark.parametrize("entity", LEANING)
def test_a_part_that_others_have_rows_from_is_kept_for_as_long_as_they_need_it(
    untouched: OpenShop, entity: str
):
    """More drafts are asked than parts are kept; the plan of the saved settings is used by none of
    them, but for the rows that they left to it."""
    desk, store = untouched.desk, untouched.store
    wanted = told_from_scratch(untouched, LEANING[entity])
    forget_plans(untouched)
    preview.prepared(desk, store)
    with opened_snapshot(desk, store) as snapshot:
        leaning = planned(snapshot, LEANING[entity])
        model = _model_of(snapshot.cache, part := leaning.ids[entity])
        later = [desk.clock.now() + 1000, part]  # as one that is looked at again and again
        snapshot.cache.conn.execute("UPDATE plan_part SET used = ? WHERE id = ?", later)
    for other in _others():
        preview.prepared(desk, store, other)
    with opened_snapshot(desk, store) as snapshot:
        assert snapshot.cache.part_by_id(model)
    assert told(untouched, LEANING[entity]) == wanted


@pytest.mark.parametrize("entity", LEANING)
def test_of_two_that_complete_a_part_at_once_neither_loses_a_row(untouched: OpenShop, entity: str):
    with (
        opened_snapshot(untouched.desk, untouched.store) as snapshot,
        opened_snapshot(untouched.desk, untouched.store) as beside,
    ):
        part = planned(snapshot, LEANING[entity]).parts[entity]
        half = _some_of_the_model(snapshot.cache, part.id)
        for cache in (beside.cache, snapshot.cache):
            cache.complete(part.id)
            assert _rows(cache, part.id) == _all(part) > half


def test_a_part_cannot_lean_on_one_that_was_thrown_away(untouched: OpenShop):
    with opened_snapshot(untouched.desk, untouched.store) as snapshot:
        saved = planned(snapshot, {}).parts["orders"]
        drafted = planned(snapshot, LEANING["orders"]).parts["orders"]
        snapshot.cache.conn.execute("DELETE FROM plan_part WHERE id = ?", [saved.id])
        with pytest.raises(PlanGone):
            snapshot.cache.lean(drafted.id, saved)


def _others() -> Iterator[dict[str, str]]:
    """More drafts than parts are kept, none of which is made from another one."""
    for number in range(PARTS + 2):
        month = f"2025-{number + 1:02}-01"
        yield {"image_size": f"{90 + number}x90x1", "price_tax": "excl", "include_orders": month}


def _all(part: Part) -> int:
    return sum(n for *_, n in part.kinds)


def _rows(cache: Cache, part: int) -> int:
    return cache.conn.execute("SELECT count(*) FROM plan_row WHERE part = ?", [part]).fetchone()[0]


def _model_of(cache: Cache, part: int) -> int:
    sql = "SELECT model FROM plan_part WHERE id = ? AND NOT whole"
    return cache.conn.execute(sql, [part]).fetchone()[0]


def _some_of_the_model(cache: Cache, part: int) -> int:
    """As if it had been interrupted: some rows are there, and it is not whole."""
    model = _model_of(cache, part)
    cache.conn.execute(
        "INSERT OR IGNORE INTO plan_row"
        " SELECT ?, source, key, action, reasons, step, stays, hash, 0 FROM plan_row"
        " WHERE part = ? LIMIT 7",
        [part, model],
    )
    return _rows(cache, part)
