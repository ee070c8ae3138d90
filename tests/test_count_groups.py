"""Counting what is alike at once gives the numbers that deciding one by one gives."""

import random
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.database import immediate
from sync.entities import ENTITIES
from sync.ledger import OutboxRow
from sync.mirror.base import OrderStatus
from sync.openshop import OpenShop, opened_shop
from sync.plan import AlikeOrders, Decision, PlanInputs, build, count, count_alike, decide
from sync.settings import Settings
from sync.shapes import catalog_product
from tests.bench import synthetic

PRODUCTS, ORDERS = 40, 80
yes_or_no = st.sampled_from(["yes", "no"])
DRAFTS = st.fixed_dictionaries(
    {},
    optional={
        "include_out_of_stock": yes_or_no,
        "include_orders": st.sampled_from(["none", "3m", "1y", "all"]),
        "accepted_order_statuses": st.sampled_from(
            ["", "completed_shipped, cancelled", "cancelled, completed, on_hold"]
        ),
        "collect_emails": yes_or_no,
        "order_id": st.sampled_from(["id", "number"]),
        "include_free_products": yes_or_no,
        "include_review_score": yes_or_no,
        "include_variant_data": yes_or_no,
        "include_variant_stock": yes_or_no,
        "variant_stock_tracking": yes_or_no,
        "image_size": st.sampled_from(["300x400x1", "90x90x2"]),
        "price_tax": st.sampled_from(["incl", "excl"]),
        "removed_products": st.sampled_from(["delete", "hide"]),
        "import_products": yes_or_no,
        "import_orders": yes_or_no,
        "custom_attributes": st.sampled_from(["", "Materiaal"]),
    },
)
SOME = st.floats(0, 1)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenShop]:
    desk, store = synthetic.make_store(tmp_path_factory.mktemp("count_groups"))
    with opened_shop(desk, store) as opened:
        synthetic.fill(opened, products=PRODUCTS, variants=2, orders=ORDERS)
        yield opened


def deliver(inputs: PlanInputs, share: float, dice: random.Random) -> None:
    """Confirm a share of what the plan would send, as a run does."""
    rows: list[OutboxRow] = []
    touched: dict[str, list[tuple[int | str, int, str]]] = {}

    def take(made: Decision) -> None:
        if made.touch:
            touched.setdefault(made.entity, []).append((made.source, made.rev, made.mapkey))
        if made.method and dice.random() < share:
            rows.append(made.row(0))

    build(inputs, take)
    with immediate(inputs.mirror.db):
        inputs.ledger.confirm(rows, 1, synthetic.NOW)
        for entity, changes in touched.items():
            inputs.ledger.mark_current(entity, changes)


def change(shop: OpenShop, share: float, dice: random.Random) -> None:
    """Read a share of the shop anew, in which anything may have changed."""
    products = [synthetic.product(n, 2, dice) for n in range(PRODUCTS) if dice.random() < share]
    for row in products:
        row |= dice.choice([{"title": f"T{dice.random()}"}, {"image": False}, {"url": "/"}, {}])
        odd = {dice.choice(["priceIncl", "priceExcl"]): dice.choice([None, "12,95", -1])}
        for variant in row["variants"].values():
            variant |= odd if dice.random() < 0.3 else {}
        row["isVisible"] = dice.random() < 0.7
    orders = [synthetic.order(n, ORDERS, PRODUCTS, dice) for n in range(ORDERS)]
    orders = [order for order in orders if dice.random() < share]
    for order in orders:
        order["email"] = dice.choice(["", order["email"]])
        order["customer"] = dice.choice([None, order["customer"]])
        order["incl"] = order["incl"] + dice.choice([0, 1])
        if dice.random() < 0.3:
            order["lines"] = dice.choice([None, []])
        if dice.random() < 0.2:
            order["number"] = dice.choice(
                ["", "A1", "A2", str(50_000_000 + dice.randrange(ORDERS))]
            )
        if dice.random() < 0.1:
            order["created"] = dice.choice([0, order["created"] - 60])
        for line in order["lines"] or []:
            line["excl"] = dice.choice([line["incl"], line["excl"]])
            if dice.random() < 0.1:
                line[dice.choice(["incl", "excl"])] = None
    shop.mirror.put_products("nl", [(catalog_product(row), row) for row in products], 1)
    if orders:
        shop.mirror.put_orders(orders)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    sent=st.lists(st.tuples(DRAFTS, SOME, SOME), min_size=1, max_size=3),
    drafts=st.lists(DRAFTS, min_size=1, max_size=4),
    seed=st.integers(0, 1000),
)
def test_counting_at_once_agrees_with_deciding_one_by_one(
    shop: OpenShop,
    sent: list[tuple[dict[str, str], float, float]],
    drafts: list[dict[str, str]],
    seed: int,
):
    dice = random.Random(seed)
    shop.ledger.drop()
    deliver(shop.plan_inputs(Settings.from_values({"removed_products": "hide"})), 1, dice)
    for draft, delivered, changed in sent:
        deliver(shop.plan_inputs(Settings.from_values(draft)), delivered, dice)
        change(shop, changed, dice)
    for draft in [sent[-1][0], *drafts]:
        inputs = shop.plan_inputs(Settings.from_values(draft))
        decided = build(inputs, lambda made: None)
        at_once = build(inputs)
        assert at_once.counts == decided.counts, draft
        assert at_once.fingerprint == decided.fingerprint
        agree_on_orders(inputs)


def agree_on_orders(inputs: PlanInputs) -> None:
    """What is decided for all orders that are alike is what is decided for each."""
    alike: list[AlikeOrders] = []
    assert count_alike(inputs, alike.append) == count(inputs, "orders", lambda made: None)
    orders = [(order, each.decision) for each in alike for order in each.orders]
    one_by_one = {made.source: made for made in decide(inputs, "orders")}
    shown = inputs.ledger.hashes("orders", list(one_by_one))
    assert len(orders) == len(one_by_one)
    for order, told in orders:
        made = one_by_one[order.source]
        assert (made.key, made.action, made.reasons) == (order.key, told.action, told.reasons)
        assert order.known == shown.get(order.source)
        assert told.whole == made.whole


def test_a_product_that_was_hidden_is_not_taken_for_changed(shop: OpenShop):
    values = {"removed_products": "hide"}
    rows = [synthetic.product(n, 2, random.Random(n)) for n in range(PRODUCTS)]
    shop.ledger.drop()
    for visible in (True, False, True):
        shown = [{**row, "isVisible": visible} for row in rows]
        shop.mirror.put_products("nl", [(catalog_product(row), row) for row in shown], 1)
        deliver(shop.plan_inputs(Settings.from_values(values)), 1, random.Random(1))
        hidden = shop.mirror.number("SELECT count(*) FROM ledger WHERE hidden")
        assert hidden == (0 if visible else PRODUCTS)
    inputs = shop.plan_inputs(Settings.from_values(values | {"custom_attributes": "Nergens"}))
    counts = build(inputs).counts["products"]
    assert counts == build(inputs, lambda made: None).counts["products"]
    assert (counts.update, counts.unchanged) == (0, counts.confirmed)


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_subset_is_counted_alone(shop: OpenShop, entity: str):
    only = {"products": frozenset([1001]), "orders": frozenset([50_000_001])}
    counts = count(shop.plan_inputs(Settings.from_values({}), only), entity)
    assert counts.read == len(only.get(entity, ()))


def _has_number(shop: OpenShop, made: Decision) -> bool:
    """Whether an order is named by its key: not another one too, which Clerk.io knows by an earlier
    number."""
    if made.entity != "orders":
        return True
    sql = "SELECT count(*) FROM orders WHERE id = ?1 AND number <> '' AND NOT EXISTS"
    sql += " (SELECT 1 FROM orders other WHERE other.number = ?2 AND other.id <> ?1)"
    return bool(shop.mirror.number(sql, made.source, made.key))


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sent=DRAFTS, draft=DRAFTS, share=SOME, seed=st.integers(0, 1000))
def test_some_records_are_decided_as_among_all(
    shop: OpenShop, sent: dict[str, str], draft: dict[str, str], share: float, seed: int
):
    """Chosen by id, orders by number too; with products that are gone and ids nobody has."""
    dice = random.Random(seed)
    shop.ledger.drop()
    deliver(
        shop.plan_inputs(Settings.from_values({**sent, "include_out_of_stock": "yes"})), 1, dice
    )
    change(shop, share, dice)
    with immediate(shop.mirror.db) as conn:
        conn.execute("UPDATE ledger SET source = source + 7000 WHERE source % 9 = 0")
    drafted = Settings.from_values(draft)
    for entity in ENTITIES:
        every = list(decide(shop.plan_inputs(drafted), entity))
        some = [made for made in every if dice.random() < share]
        keys = Counter(made.key for made in every)
        names = [
            made.key
            if keys[made.key] == 1 and _has_number(shop, made) and dice.random() < 0.5
            else made.source
            for made in some
        ]
        asked = frozenset([*names, 99, "no such number"])
        assert list(decide(shop.plan_inputs(drafted, {entity: asked}), entity)) == some, entity
    assert not list(decide(shop.plan_inputs(drafted, {}), "products"))


def test_how_many_orders_have_a_status_follows_every_write(shop: OpenShop):
    counted = shop.mirror.order_statuses()
    assert shop.mirror.order_statuses() is counted
    assert sum(each.orders for each in counted) == ORDERS
    with opened_shop(shop.desk, shop.store) as other:
        for mirror, status in ((other.mirror, "of another"), (shop.mirror, "of this one")):
            number = mirror.number("SELECT max(id) FROM orders")
            mirror.conn.execute("UPDATE orders SET status = ? WHERE id = ?", [status, number])
            assert OrderStatus(status, None, 1) in [
                each._replace(custom=None) for each in shop.mirror.order_statuses()
            ]
