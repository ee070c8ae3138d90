"""Reading back between runs: paced, looked at twice, listed with causes, sent again if wanted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sync import status
from sync.answers import patrol_report, problems
from sync.cli import main
from sync.engine.patrolling import REST, Patrolling
from sync.engine.upkeep import Upkeep
from sync.inspection import patrol as rules
from sync.ledger import PatrolBook
from sync.openshop import opened_shop
from sync.sandbox import clerk
from sync.sandbox.faults import Fault
from sync.store import shop_lock
from tests.conftest import PUBLIC, HastyClock, Place, begun

DAY, HOUR = 86_400.0, 3600.0


@pytest.fixture
def patrolled(tiny: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """The shop after its first sync, to be read back within one day."""
    with begun(request, tiny, tmp_path) as made:
        made.desk.set_options(made.store, {"patrol_days": "1"})
        yield made


def later(place: Place, seconds: float, patrolling: Patrolling | None = None) -> int:
    """Let the time pass, the patrol going round each minute, in a long time each ten; returns the
    calls it made."""
    clock, before = place.desk.clock, place.calls("clerk")
    assert isinstance(clock, HastyClock)
    patrolling = patrolling or Patrolling(place.desk, lambda: False)
    step = 60 if seconds < HOUR / 2 else 600
    for _ in range(int(seconds // step)):
        clock.sleep(step)
        patrolling.go_round()
    return place.calls("clerk") - before


def stands(place: Place) -> Any:
    """How far the patrol is."""
    told = patrol_report(place.desk, place.store).patrol
    assert told is not None
    return told


def spoil(place: Place, entity: str, **values: Any) -> Any:
    """Somebody changes one record in Clerk.io."""
    key = next(iter(place.objects(entity)))
    clerk.overwrite(place.state, PUBLIC, entity, {key: {**place.objects(entity)[key], **values}})
    return key


@pytest.mark.after("sync")
def test_all_is_read_back_within_the_days_and_not_more_often(patrolled: Place):
    kinds = sum(bool(patrolled.objects(entity)) for entity in ("products", "categories", "orders"))
    assert later(patrolled, DAY) == kinds
    told = stands(patrolled)
    assert told["asked"] == told["of"] > 0
    assert later(patrolled, DAY) == kinds
    (row,) = status.fleet(patrolled.desk)
    assert row["patrol"]["finished"]
    assert row["patrol"]["missing"] == 0


@pytest.mark.after("sync")
def test_no_hour_has_more_than_twenty_calls(patrolled: Place, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rules, "AT_ONCE", 1)
    monkeypatch.setattr(rules, "_DAY", HOUR)  # more is wanted than an hour allows
    calls = [later(patrolled, HOUR / 4) for _ in range(6)]
    hours = [sum(calls[n : n + 4]) for n in range(3)]
    assert max(hours) == rules.MOST_CALLS


@pytest.mark.after("sync")
def test_a_difference_counts_at_the_second_look_and_is_sent_again_only_if_wanted(
    patrolled: Place,
):
    key = spoil(patrolled, "products", name="By hand")
    patrolling = Patrolling(patrolled.desk, lambda: False)
    later(patrolled, 120, patrolling)
    assert patrol_report(patrolled.desk, patrolled.store).records == []
    assert patrolled.preview()["entities"]["products"]["update"] == 0
    later(patrolled, 600, patrolling)
    (found,) = patrol_report(patrolled.desk, patrolled.store).records
    assert (found.key, found.kind, found.fields) == (key, "different", ("name",))
    assert found.title not in (None, "", "By hand")  # as the shop calls it
    assert (found.state, found.causes[0]) == ("listed", "by_hand")
    assert patrolled.preview()["entities"]["products"]["update"] == 0
    (problem,) = problems(patrolled.desk)
    assert (problem.code, problem.cause, problem.records) == ("patrol.different", "by_hand", 1)

    patrolled.desk.set_options(patrolled.store, {"patrol_resend": "yes"})
    later(patrolled, DAY + HOUR, patrolling)
    assert patrol_report(patrolled.desk, patrolled.store).records[0].state == "sending"
    assert patrolled.run().books["products"]["updated"] == 1
    assert patrolled.objects("products")[key]["name"] != "By hand"
    assert patrol_report(patrolled.desk, patrolled.store).records == []
    assert problems(patrolled.desk) == []


@pytest.mark.after("sync")
def test_what_shows_late_is_never_counted(patrolled: Place):
    whole = patrolled.objects("products")
    key = spoil(patrolled, "products", name="Late")
    patrolling = Patrolling(patrolled.desk, lambda: False)
    later(patrolled, 120, patrolling)
    clerk.overwrite(patrolled.state, PUBLIC, "products", {key: whole[key]})
    later(patrolled, DAY, patrolling)
    assert patrol_report(patrolled.desk, patrolled.store).records == []


@pytest.mark.after("sync")
def test_many_missing_point_to_another_sync(patrolled: Place, capsys: pytest.CaptureFixture[str]):
    clerk.lose(patrolled.state, PUBLIC, "products", list(patrolled.objects("products")))
    later(patrolled, 900)
    found = patrol_report(patrolled.desk, patrolled.store).records
    assert {each.kind for each in found} == {"missing"}
    assert {each.causes[0] for each in found} == {"own_sync"}
    assert main(["patrol", "main", "--json", "--data", str(patrolled.desk.data_dir)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["key"] for each in told["records"]] == [each.key for each in found]


@pytest.mark.after("sync")
def test_a_run_goes_first_and_what_it_sent_meanwhile_is_left_out(
    patrolled: Place, monkeypatch: pytest.MonkeyPatch
):
    patrolling = Patrolling(patrolled.desk, lambda: False)
    with shop_lock(patrolled.desk.data_dir, "shop") as mine:
        assert mine
        assert later(patrolled, 300, patrolling) == 0
    key = spoil(patrolled, "products", name="By hand")
    asking = patrolling._asking

    def and_a_run(*args: Any) -> Any:
        ask = asking(*args)

        def asked() -> Any:
            shown = ask()
            patrolled.run(resend="products")  # the shop is free meanwhile
            return shown

        return asked

    monkeypatch.setattr(patrolling, "_asking", and_a_run)
    later(patrolled, 120, patrolling)
    monkeypatch.undo()
    later(patrolled, 900, patrolling)
    assert patrolled.objects("products")[key]["name"] != "By hand"
    assert patrol_report(patrolled.desk, patrolled.store).records == []


@pytest.mark.after("sync")
def test_an_answer_that_does_not_come_is_told_and_asked_for_again(patrolled: Place):
    patrolled.state.faults.add(Fault("clerk", "soft_error", "GET", times=1, type="LogicalError"))
    patrolling = Patrolling(patrolled.desk, lambda: False)
    later(patrolled, 60, patrolling)
    told = stands(patrolled)
    assert told["problem"]["code"] == "clerk.error"
    assert told["asked"] == 0
    later(patrolled, REST + 120, patrolling)
    told = stands(patrolled)
    assert told["problem"] is None
    assert told["asked"] > 0


@pytest.mark.after("sync")
def test_nothing_is_asked_where_it_is_off_or_paused(patrolled: Place):
    patrolled.desk.pause(patrolled.store, True)
    assert later(patrolled, HOUR) == 0
    patrolled.desk.pause(patrolled.store, False)
    patrolled.desk.set_options(patrolled.store, {"patrol_days": "0"})
    assert later(patrolled, HOUR) == 0
    assert patrol_report(patrolled.desk, patrolled.store).patrol is None


@pytest.mark.after("sync")
def test_a_death_between_asking_and_noting_loses_no_record_and_counts_its_call(
    patrolled: Place, monkeypatch: pytest.MonkeyPatch
):
    class Death(BaseException):
        """As if the process was killed."""

    def dies(*_: Any) -> Any:
        raise Death

    patrolling = Patrolling(patrolled.desk, lambda: False)
    monkeypatch.setattr(patrolling, "_asking", lambda *_: dies)
    with pytest.raises(Death):
        later(patrolled, 60, patrolling)
    with opened_shop(patrolled.desk, patrolled.store) as shop:
        now = PatrolBook(shop.ledger).round()
        assert now is not None
        assert (len(now.recent), now.asked, now.after) == (1, 0, None)
    later(patrolled, DAY)
    assert stands(patrolled)["asked"] == stands(patrolled)["of"]


@pytest.mark.after("sync")
def test_a_worker_goes_round_by_itself(patrolled: Place):
    before = patrolled.calls("clerk")
    named = []

    def at_once(job: Callable[[], None], name: str) -> None:
        named.append(name)
        if name == "reading back":
            job()

    upkeep = Upkeep(patrolled.desk)
    for _ in range(3):
        upkeep.tick(at_once)
        patrolled.desk.clock.sleep(30)
    assert named.count("reading back") == 2
    assert patrolled.calls("clerk") == before + 1
