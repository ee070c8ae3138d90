"""How long each kind of data is kept: shown, set by an administrator, and kept to."""

import pytest

from sync import engine
from sync.cli import main
from sync.mirror import facts
from sync.openshop import opened_shop
from sync.store import Refused
from sync.store.retention import KINDS
from tests.conftest import Place

DAY = 86_400


def number(place: Place, sql: str) -> int:
    with opened_shop(place.desk, place.store) as shop:
        return shop.mirror.number(sql)


def kept(place: Place) -> dict[str, engine.Kept]:
    return {each.kind: each for each in engine.kept(place.desk)}


def test_the_days_are_set_noted_and_shown(place: Place, capsys: pytest.CaptureFixture[str]):
    place.run()
    assert {kind: each.days for kind, each in kept(place).items()} == {
        kind: usual.days for kind, usual in KINDS.items()
    }
    words = ["--data", str(place.desk.data_dir), "retention"]
    assert main([*words, "runs=30", "audit=365"]) == 0
    shown = {line.split()[0]: line.split() for line in capsys.readouterr().out.splitlines()}
    assert (shown["runs"][1], shown["audit"][1], shown["history"][1]) == ("30", "365", "400")
    last = place.desk.audited()[0]
    assert (last.action, last.before, last.after) == (
        "retention",
        {"runs": 90, "audit": 730},
        {"runs": 30, "audit": 365},
    )
    assert kept(place)["runs"].days == 30
    assert kept(place)["orders"].count == number(place, "SELECT count(*) FROM orders")


@pytest.mark.parametrize("wrong", [{"runs": 0}, {"audit": 7}, {"runs": "ten"}, {"cats": 5}])
def test_what_makes_no_sense_is_refused_whole(place: Place, wrong: dict[str, str]):
    with pytest.raises(Refused):
        place.desk.keep({"history": 10, **wrong})
    assert place.desk.days_kept("history") == KINDS["history"].days


@pytest.mark.after("sync", include_orders="all")
def test_orders_that_no_store_includes_go_and_come_again(place: Place):
    desk, now = place.desk, place.desk.clock.now()
    every = number(place, "SELECT count(*) FROM orders")
    engine.forget_what_is_old(desk)
    assert number(place, "SELECT count(*) FROM orders") == every
    place.set(include_orders="3m")
    desk.keep({"orders": 1})
    engine.forget_what_is_old(desk)
    left = number(place, "SELECT count(*) FROM orders")
    assert 0 < left < every
    assert number(place, "SELECT min(created) FROM orders") > now - 95 * DAY
    with opened_shop(desk, place.store) as shop:
        assert shop.mirror.fact(facts.ORDERS_STATE)["from"] > now - 95 * DAY
    assert place.run().state == "succeeded"
    assert number(place, "SELECT count(*) FROM orders") == left
    place.set(include_orders="all")
    assert place.run().state == "succeeded"
    assert number(place, "SELECT count(*) FROM orders") == every
    assert place.confirmed("orders") == place.objects("orders")


@pytest.mark.after("sync", include_customers="yes")
def test_customers_that_no_store_sends_go_once_clerk_has_none(place: Place):
    place.set(include_customers="no", removal_limit_percent="100", removal_limit_min="999999")
    place.desk.clock.sleep(31 * DAY)
    engine.forget_what_is_old(place.desk)
    assert number(place, "SELECT count(*) FROM customer") > 0
    place.run()
    assert not place.objects("customers")
    engine.forget_what_is_old(place.desk)
    assert number(place, "SELECT count(*) FROM customer") == 0
    assert number(place, "SELECT count(*) FROM subscription") == 0
    place.set(include_customers="yes")
    assert place.run().state == "succeeded"
    assert place.objects("customers")


def test_a_shop_that_is_worked_on_is_left_for_another_day(place: Place):
    place.run()
    every = number(place, "SELECT count(*) FROM orders")
    place.set(include_orders="none")
    place.desk.keep({"orders": 1})
    queued = place.desk.queue_run(place.store, "sync", trigger="manual")
    engine.forget_what_is_old(place.desk)
    assert number(place, "SELECT count(*) FROM orders") == every
    place.desk.update_run(queued.id, {"state": "cancelled", "finished": 1.0})
    engine.forget_what_is_old(place.desk)
    assert number(place, "SELECT count(*) FROM orders") < every
