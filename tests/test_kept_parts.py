"""What is kept of one plan and used for the next is what would be made from scratch."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync import preview
from sync.documents import as_json
from sync.entities import ENTITIES
from sync.openshop import OpenShop
from sync.plan import decide
from sync.preview.cache import Cache
from sync.preview.plans import opened_cache, part_of
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


def told(shop: OpenShop, draft: Mapping[str, str]) -> dict[str, Any]:
    """All that a plan says: its numbers, its rows, and whose doing they are."""
    desk, store = shop.desk, shop.store
    made = preview.prepared(desk, store, draft)
    with opened_cache(desk, store) as cache:
        parts = [part_of(cache, made.key, entity) for entity in ENTITIES]
        sql = "SELECT source, key, action, reasons, step, stays, hash FROM plan_row WHERE part = ?"
        rows = [sorted(cache.conn.execute(sql, [part.id]), key=str) for part in parts]
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
