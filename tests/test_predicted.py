"""A run's plan against what was sent: each difference has its reason, and they add up."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sync import run
from sync.cli import main
from sync.sandbox import clerk
from sync.sandbox.faults import Fault
from sync.store import RunRow
from tests.conftest import PUBLIC, Place


def compared(place: Place, row: RunRow) -> dict[str, dict[str, int]]:
    """The differences by entity, once it is seen that they add up."""
    found = run.predicted(place.desk, row)
    told: dict[str, dict[str, int]] = {}
    for entity, each in found.items():
        gaps = {gap.what: gap.count for gap in each.differences}
        planned, sent = each.planned, each.sent
        assert planned["create"] + planned["update"] + gaps.get("came", 0) == (
            sent["created"] + sent["updated"] + gaps.get("refused", 0) + gaps.get("not_sent", 0)
        )
        assert planned["remove"] == sent["removed"] + gaps.get("not_removed", 0)
        assert planned["lines"] == sum(gaps.get(what, 0) for what in ("came", "stayed", "pending"))
        if gaps:
            told[entity] = gaps
    return told


def test_orders_go_beyond_the_plan_once_their_lines_are_there(place: Place):
    place.set(include_orders="all")
    row = place.run()
    assert row.state == "succeeded"
    told = compared(place, row)
    assert set(told) == {"orders"}
    assert told["orders"]["came"] == row.books["orders"]["created"]
    assert compared(place, place.run()) == {}


def test_what_clerk_refuses_is_named_by_its_ids(place: Place, capsys: pytest.CaptureFixture[str]):
    fault = Fault("clerk", "soft_error", "POST", "/v2/products", type="LogicalError")
    place.state.faults.add(fault)
    row = place.run()
    told = compared(place, row)
    assert told["products"].keys() == {"refused"}
    assert main(["show", str(row.id), "--json", "--data", str(place.desk.data_dir)]) == 0
    gaps: list[Any] = json.loads(capsys.readouterr().out)["predicted"]["products"]["differences"]
    assert len(gaps[0]["ids"]) == gaps[0]["count"] == row.books["products"]["failed"]
    (wrong,) = run.went_wrong(place.desk, row)
    for found in (
        run.wrong_records(place.desk, row.id, wrong)["rows"],
        run.outcomes(place.desk, row.id, outcome="failed", by_sales=True)["rows"],
    ):
        ranked = [each["sold"].revenue if each["sold"] else 0 for each in found]
        assert ranked == sorted(ranked, reverse=True)
        assert ranked[0] > 0


@pytest.mark.after("sync")
def test_what_is_shown_otherwise_afterwards_is_told(place: Place):
    key = next(iter(place.objects("products")))
    mine = {key: {**place.objects("products")[key], "name": "Somebody else's"}}
    clerk.overwrite(place.state, PUBLIC, "products", mine)
    row = place.run(resend="categories")
    while "products" not in compared(place, row):  # until the sample meets it
        row = place.run()
    assert compared(place, row)["products"] == {"otherwise": 1}


def test_a_run_that_ended_before_its_plan_foretold_nothing(place: Place):
    row = run.request(place.desk, place.store, "sync")
    assert run.predicted(place.desk, row) == {}
    assert run.predicted(place.desk, run.cancel(place.desk, row.id)) == {}


@pytest.mark.parametrize("kind", ["refresh", "compare", "queued"])
def test_a_run_without_a_plan_shows_null(place: Place, capsys: pytest.CaptureFixture[str], kind):
    row = run.request(place.desk, place.store, "sync") if kind == "queued" else place.run(kind)
    assert main(["show", str(row.id), "--json", "--data", str(place.desk.data_dir)]) == 0
    assert json.loads(capsys.readouterr().out)["predicted"] is None
