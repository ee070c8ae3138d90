"""Counting what is alike at once gives the numbers that deciding one by one gives."""

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.ledger import ENTITIES
from sync.plan import Case, Counts, build, count
from sync.workshop import opened_shop
from tests.conftest import Place

yes_or_no = st.sampled_from(["yes", "no"])
DRAFTS = st.fixed_dictionaries(
    {},
    optional={
        "include_out_of_stock": yes_or_no,
        "include_orders": st.sampled_from(["none", "3m", "6m", "1y", "2026-06-01"]),
        "accepted_order_statuses": st.sampled_from(
            ["", "completed_shipped", "completed_shipped, cancelled", "cancelled, new, on_hold"]
        ),
        "collect_emails": yes_or_no,
        "include_free_products": yes_or_no,
        "include_hidden_categories": yes_or_no,
        "include_review_score": yes_or_no,
        "include_variant_data": yes_or_no,
        "include_variant_stock": yes_or_no,
        "variant_stock_tracking": yes_or_no,
        "image_size": st.sampled_from(["300x400x1", "90x90x2"]),
        "price_tax": st.sampled_from(["shop", "incl", "excl"]),
        "removed_products": st.sampled_from(["delete", "hide"]),
        "import_products": yes_or_no,
        "import_orders": yes_or_no,
        "auto_detect_attributes": yes_or_no,
        "custom_attributes": st.sampled_from(["", "Materiaal, Gewicht", "data01"]),
        "removal_limit_percent": st.just("100"),
    },
)
SENT = DRAFTS.map(lambda draft: {**draft, "import_products": "yes", "import_orders": "yes"})
KINDS = ("title", "price", "stock", "hidden", "gone", "status", "customer", "total")


def change(place: Place, kind: str, dice: random.Random) -> None:
    """Change something in the shop, with its stamp."""
    state = place.state
    product = dice.choice(state.all("product"))["id"]
    variant = dice.choice(state.all("variant"))
    order = dice.choice(state.all("order"))
    if kind == "title":
        state.edit("product", product, title=f"Titel {dice.random()}")
    elif kind == "price":
        state.edit("variant", variant["id"], priceIncl=9.5, priceExcl=dice.choice([9.5, 7.85]))
    elif kind == "stock":
        state.edit("variant", variant["id"], stockLevel=dice.choice([0, 7]))
    elif kind == "hidden":
        state.edit("product", product, isVisible=dice.random() < 0.5)
    elif kind == "gone" and state.count("product") > 30:
        state.delete("product", product)
    elif kind == "status":
        status = dice.choice(["cancelled", "on_hold", "completed_shipped", "completed_picked_up"])
        state.edit("order", order["id"], status=status)
    elif kind == "customer":
        state.edit("order", order["id"], email=dice.choice(["", "a@shop.example"]))
    elif kind == "total":
        state.edit("order", order["id"], priceIncl=order["priceIncl"] + 1)


def one_by_one(case: Case) -> dict[str, Counts]:
    return build(case, lambda made: None).counts


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    sent=SENT,
    changes=st.lists(st.sampled_from(KINDS), max_size=6),
    drafts=st.lists(DRAFTS, min_size=1, max_size=4),
    seed=st.integers(0, 1000),
)
def test_counting_at_once_agrees_with_deciding_one_by_one(
    place: Place,
    sent: dict[str, str],
    changes: list[str],
    drafts: list[dict[str, str]],
    seed: int,
):
    dice = random.Random(seed)
    place.set(**sent)
    place.run()
    for kind in changes:
        change(place, kind, dice)
    place.run("refresh")
    saved = place.desk.settings(place.store).settings
    with opened_shop(place.desk, place.store) as shop:
        for draft in [{}, *drafts]:
            case = shop.case(saved.changed(draft))
            at_once = {entity: count(case, entity) for entity in ENTITIES}
            assert at_once == one_by_one(case), draft
            assert build(case).fingerprint == build(case, lambda made: None).fingerprint
