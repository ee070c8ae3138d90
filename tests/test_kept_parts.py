"""What is kept of one plan and used for the next is what would be made from scratch."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync import preview
from sync.documents import as_json
from sync.entities import ENTITIES
from sync.openshop import OpenShop
from sync.preview.plans import opened_cache, part_of
from sync.settings import Settings
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
    return {
        "numbers": as_json(made.preview) | {"finish": None},
        "counts": [part.counts for part in parts],
        "kinds": [sorted(part.kinds) for part in parts],
        "rows": rows,
        "shown": shown,
        "blame": preview.blamed(desk, store, draft),
    }


def forget_plans(shop: OpenShop) -> None:
    with opened_cache(shop.desk, shop.store) as cache:
        cache.conn.execute("COMMIT")
        for table in ("plan", "plan_part", "plan_row", "plan_detail"):
            cache.conn.execute(f"DELETE FROM {table}")
