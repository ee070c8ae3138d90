"""Answers that hold until something of a store is written."""

import pytest

from pages.components import context, unmoved
from sync.database import immediate
from sync.mirror import facts
from sync.openshop import opened_shop
from sync.store import Desk


@pytest.fixture
def desk(data, monkeypatch) -> Desk:
    """The desk of somebody who may see all."""
    desk = Desk(data)
    monkeypatch.setattr(context, "desk", lambda: desk)
    return desk


def test_who_only_opens_a_shop_has_moved_nothing(desk):
    store = desk.store("main")
    before = unmoved._moved(store)
    with opened_shop(desk, store) as shop:
        assert shop.mirror.languages()
        assert unmoved._moved(store) == before
    assert unmoved._moved(store) == before


def test_who_writes_has(desk):
    store = desk.store("main")
    before = unmoved._moved(store)
    with opened_shop(desk, store) as shop:
        with immediate(shop.mirror.db):
            shop.mirror.note(facts.SHOP, {"id": 2})
        written = unmoved._moved(store)
        assert written != before
    assert unmoved._moved(store) not in (before, written)


def test_the_plan_is_made_once_while_nothing_moves(desk):
    store = desk.store("main")
    plan = unmoved.prepared(store)
    assert unmoved.prepared(store) == plan
    with opened_shop(desk, store) as shop, immediate(shop.mirror.db):
        shop.mirror.moved("shop")
    assert unmoved.prepared(store).key != plan.key
