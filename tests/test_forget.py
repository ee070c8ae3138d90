"""Whoever is forgotten is gone: from every file here, from Clerk.io, and from all later runs."""

from __future__ import annotations

import io
import json
import re
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sync import backup, cli, explain, forget, recording, run
from sync.database import opened
from sync.engine.upkeep import Upkeep
from sync.errors import Message
from sync.forgotten import KEY_FILE, Forgotten, ForgottenError, list_path
from sync.ledger import balanced
from sync.sandbox import clerk
from sync.sandbox.faults import Fault
from sync.sandbox.state import State
from sync.store import Desk, Refused, StoreRow, shop_lock
from tests import lives
from tests.conftest import PRIVATE, PUBLIC, Left, Place, again, fill_file
from tests.lives import KILLED, AfterCall, AtStatement, BeforeCall, Death

EVERYBODY = {"include_orders": "all", "include_customers": "yes", "collect_emails": "yes"}
ADDRESS, FIRST, LAST = "canary.person@forget.example", "Canarina", "Vogelsang"
CANARIES = (ADDRESS.encode(), FIRST.encode(), LAST.encode())


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small shop whose customer with the most orders has a name and an address that nothing else
    holds."""
    path = fill_file(tmp_path_factory.mktemp("filled") / "sandbox.db", products=14, orders=40)
    with closing(State(path)) as state:
        orders: dict[int, list[int]] = {}
        for order in state.all("order"):
            if order["customer"]:
                orders.setdefault(order["customer"], []).append(order["id"])
        number = max(orders, key=lambda each: len(orders[each]))
        person = {"email": ADDRESS, "firstname": FIRST, "middlename": "", "lastname": LAST}
        state.edit("customer", number, **person)
        for each in orders[number]:
            state.edit("order", each, **person)
    return path


def named(place: Place) -> int:
    """The id of the customer with that name."""
    return next(c["id"] for c in place.state.all("customer") if c["firstname"] == FIRST)


def bytes_of(place: Place) -> bytes:
    """All files of the data folder, one after the other."""
    files = sorted(path for path in place.desk.data_dir.rglob("*") if path.is_file())
    return b"".join(path.read_bytes() for path in files)


def orders_of(place: Place, number: int) -> set[str]:
    """The numbers of the customer's orders that Clerk.io has."""
    mine = {o["number"] for o in place.state.all("order") if o["customer"] == number}
    return mine & place.objects("orders").keys()


def assert_gone(place: Place, number: int, orders: set[str]) -> None:
    """Nobody at Clerk.io and in no file; the orders are there, and name nobody."""
    assert number not in place.objects("customers")
    assert ADDRESS not in {each.get("email") for each in place.objects("customers").values()}
    held = place.objects("orders")
    assert orders <= held.keys()
    assert all(held[each].keys().isdisjoint({"customer", "email"}) for each in orders)
    assert not [canary for canary in CANARIES if canary in bytes_of(place)]


@pytest.mark.parametrize("addresses", ["yes", "no"])
def test_whoever_is_forgotten_is_gone_and_stays_so(place: Place, addresses: str):
    number = named(place)
    synced(place, collect_emails=addresses)
    orders, before = orders_of(place, number), place.preview()["entities"]
    assert orders
    assert all(canary in bytes_of(place) for canary in CANARIES)
    told = forget.forget(place.desk, place.store, str(number))
    assert told.finished
    assert told.document()["clerk"] == {"main": {"asked": 1, "deleted": 1, "resent": len(orders)}}
    assert {place for place, n in told.forgotten.items() if n} >= {"mirror", "ledger"}
    assert_gone(place, number, orders)
    at_once = place.preview()["entities"]
    assert [at_once[entity]["update"] for entity in at_once] == [0] * len(at_once)
    for kind, options in (
        ("refresh", {}),
        ("sync", {}),
        ("sync", {"full": True}),
        ("sync", {"resend": "all"}),
        ("compare", {}),
    ):
        done = place.run(kind, **options)
        assert done.state == "succeeded", done.errors
        assert balanced(done.books)
        assert_gone(place, number, orders)
    after = place.preview()["entities"]
    for entity in ("customers", "orders"):
        assert after[entity]["read"] == before[entity]["read"]
    assert after["customers"]["reasons"] == {"forgotten": 1}
    assert [after[entity]["update"] for entity in after] == [0] * len(after)


@pytest.mark.parametrize("named_by", ["id", "email", "order"])
@pytest.mark.after("sync", **EVERYBODY)
def test_a_forgotten_customer_is_told_of_as_such(place: Place, named_by: str):
    number = named(place)
    order = min(orders_of(place, number))
    key = {"id": str(number), "email": f" {ADDRESS.upper()}", "order": order}[named_by]
    assert forget.forget(place.desk, place.store, key).finished
    for asked in (str(number), ADDRESS):
        story = explain.explain(place.desk, place.store, "customer", asked)
        assert (story.found, story.decision, story.reasons) == (True, "exclude", ["forgotten"])
        assert story.id != number
        assert explain.sentence(story)
    lines = [line for line in place.records() if line["reasons"] == ["forgotten"]]
    assert [(line["entity"], line["action"], line["payload"]) for line in lines] == [
        ("customers", "skip", None)
    ]


# -- who is meant -----------------------------------------------------------------------------


def synced(place: Place, **settings: str) -> Place:
    place.set(**EVERYBODY | settings)
    assert place.run().state == "succeeded"
    return place


def test_all_of_one_address_and_guests_are_one_person(place: Place):
    number = named(place)
    other = next(c["id"] for c in place.state.all("customer") if c["id"] != number)
    place.state.edit("customer", other, email=ADDRESS.upper(), firstname="Other", lastname="Name")
    guest = next(o for o in place.state.all("order") if o["customer"] not in (number, other))
    place.state.edit("order", guest["id"], customer=None, email=ADDRESS)
    synced(place)
    orders = orders_of(place, number) | orders_of(place, other) | {guest["number"]}
    assert forget.forget(place.desk, place.store, ADDRESS).finished
    assert_gone(place, number, orders & place.objects("orders").keys())
    assert other not in place.objects("customers")
    assert place.preview()["entities"]["customers"]["reasons"] == {"forgotten": 2}


def test_an_address_in_many_people_s_orders_is_nobody_s_own(place: Place):
    """The staff's address in orders that they took by telephone brings no other customer along."""
    number, staff = named(place), "staff@shop.example"
    for order in place.state.all("order"):
        place.state.edit("order", order["id"], email=staff)
    synced(place)
    orders = orders_of(place, number)
    told = forget.forget(place.desk, place.store, str(number))
    assert told.document()["clerk"]["main"]["resent"] == len(orders)
    assert_gone(place, number, orders)
    assert sum(o.get("email") == staff for o in place.objects("orders").values()) > len(orders)


def test_a_number_that_may_mean_two_people_is_refused_naming_both(place: Place):
    number = named(place)
    other = next(o for o in place.state.all("order") if o["customer"] not in (None, number))
    place.state.edit("order", other["id"], number=str(number))
    synced(place)
    with pytest.raises(Refused) as refused:
        forget.forget(place.desk, place.store, str(number))
    assert str(number) in str(refused.value)
    assert str(other["customer"]) in str(refused.value)
    assert not Forgotten(place.desk.data_dir, "shop")


@pytest.mark.parametrize("key", ["424242", "nobody@forget.example", "BF9999999"])
@pytest.mark.after("sync", **EVERYBODY)
def test_nobody_is_refused_without_an_echo(place: Place, key: str):
    with pytest.raises(Refused) as refused:
        forget.forget(place.desk, place.store, key)
    assert refused.value.code == "refusal.nobody"
    assert key not in str(refused.value)
    assert not list_path(place.desk.data_dir, "shop").exists()


@pytest.mark.parametrize(
    "address",
    ['"Canary Person"@forget.example', "canary\\person@forget.example", "KÜKEN@forget.example"],
)
def test_an_address_is_found_however_files_write_it(place: Place, address: str):
    """In JSON a quote is more than a quote; so it is in the name that an error repeats."""
    number, last = named(place), f'{LAST} "Piep"'
    place.state.edit("customer", number, email=address, lastname=last)
    for order in place.state.all("order"):
        if order["customer"] == number:
            place.state.edit("order", order["id"], email=address.swapcase())
    synced(place)
    [done] = place.desk.runs(place.store)
    said = {"message": f"{FIRST} {last}", "detail": None, "count": 1, "sample": None, "link": None}
    place.desk.update_run(done.id, {"errors": [said]})
    assert forget.forget(place.desk, place.store, address.swapcase()).finished
    assert number not in place.objects("customers")
    assert not [canary for canary in CANARIES if canary in bytes_of(place)]


# -- all stores, and what Clerk.io does -------------------------------------------------------


def second_store(place: Place) -> StoreRow:
    clerk.add_store(place.state, "public-of-another", "private-of-another", "Other")
    return place.desk.add_store(
        place.desk.shop("shop"),
        "Other",
        language="nl",
        public="public-of-another",
        private="private-of-another",
        api_url=place.store.api_url,
    )


@pytest.mark.after("sync", **EVERYBODY)
def test_every_store_of_the_shop_loses_the_person(place: Place):
    number = named(place)
    orders, other = orders_of(place, number), second_store(place)
    there = Place(place.sandbox, place.state, place.desk, other)
    synced(there, collect_emails="no")
    told = forget.forget(place.desk, place.store, ADDRESS).document()
    assert told["clerk"].keys() == {"main", "other"}
    assert {done["deleted"] for done in told["clerk"].values()} == {1}
    assert_gone(place, number, orders)
    held = clerk.objects(place.state, "public-of-another", "orders")
    assert all("customer" not in held[each] for each in orders)
    assert number not in clerk.objects(place.state, "public-of-another", "customers")
    assert clerk.forgotten(place.state, PUBLIC) == [("email", ADDRESS)]
    assert clerk.forgotten(place.state, "public-of-another") == [("customer", str(number))]


@pytest.mark.parametrize(
    "switches",
    [
        {"keep_unnamed": True, "forget_orders": False},
        {"keep_unnamed": True},
        {"stale_reads": 2},
        {"refusals": "200"},
    ],
    ids=str,
)
@pytest.mark.after("sync", **EVERYBODY)
def test_orders_are_sent_until_they_name_nobody(place: Place, switches: dict[str, Any]):
    number = named(place)
    orders = orders_of(place, number)
    clerk.set_switches(place.state, **switches)
    told = forget.forget(place.desk, place.store, str(number))
    assert told.finished
    assert told.document()["clerk"]["main"]["resent"] == len(orders)
    assert_gone(place, number, orders)
    done = place.run()
    assert (done.state, balanced(done.books)) == ("succeeded", True)
    assert_gone(place, number, orders)


@pytest.mark.after("sync", **EVERYBODY)
def test_a_side_that_does_not_answer_is_told_and_a_repeat_finishes(place: Place):
    number = named(place)
    orders = orders_of(place, number)
    place.state.faults.add(Fault("clerk", "status", code=503))
    told = forget.forget(place.desk, place.store, min(orders))
    assert (told.finished, told.waits) == (False, True)
    assert "error" in told.document()["clerk"]["main"]
    assert not [canary for canary in CANARIES if canary in bytes_of(place)]
    place.state.faults.clear()
    again = forget.forget(place.desk, place.store, min(orders))  # the order names nobody by now
    assert again.finished
    assert again.forgotten == told.forgotten
    assert_gone(place, number, orders)
    assert place.desk.shops_forgetting() == []


@pytest.mark.after("sync", **EVERYBODY)
def test_keys_that_are_refused_are_no_wait(place: Place):
    number = named(place)
    clerk.revoke(place.state, PRIVATE)
    told = forget.forget(place.desk, place.store, str(number))
    assert (told.finished, told.waits) == (False, False)


@pytest.mark.after("sync", **EVERYBODY)
def test_a_worker_goes_on_by_itself(place: Place):
    number = named(place)
    orders = orders_of(place, number)
    with shop_lock(place.desk.data_dir, "shop"):
        told = forget.forget(place.desk, place.store, str(number))
        assert (told.busy, told.waits, told.finished) == (True, True, False)
        assert place.desk.shops_forgetting()
    upkeep = Upkeep(place.desk)
    upkeep.tick(lambda work, _name: work())
    assert_gone(place, number, orders)
    assert place.desk.shops_forgetting() == []


# -- what is here -----------------------------------------------------------------------------


def test_a_run_under_way_skips_the_person_and_its_books_balance(place: Place):
    """The plan was made with the person: what waits in its outbox goes without."""
    number = named(place)
    place.set(**EVERYBODY)
    for method, path in (("POST", "customers"), ("GET", "account")):
        place.state.faults.add(Fault("clerk", "status", method, path, code=503))
    asked = run.request(place.desk, place.store, "sync")
    waiting = place.drive(asked.id, wait=False)
    assert waiting.state == "waiting", waiting.message
    place.state.faults.clear()
    told = forget.forget(place.desk, place.store, str(number))
    assert told.finished
    assert told.forgotten["outbox"] >= 1
    place.desk.clock.sleep(86_400)
    done = place.drive(waiting.id)
    assert (done.state, balanced(done.books)) == ("succeeded", True), done.errors
    assert_gone(place, number, orders_of(place, number))


@pytest.mark.after("sync", **EVERYBODY)
def test_logs_errors_and_notes_name_the_person_no_more(place: Place):
    number = named(place)
    last = place.desk.runs(place.store)[0].id
    said = f"{FIRST} {LAST} <{ADDRESS}>"
    place.desk.log(last, "warning", "", Message("message.old", said=said))
    error = {"message": said, "detail": None, "count": 1, "sample": f"customers {number}"}
    place.desk.update_run(last, {"errors": [error | {"link": None}]})
    with opened(place.desk.path) as db:  # a team that bears the customer's name stays as it is
        db.execute("UPDATE store SET name = ?", [f"{FIRST} {LAST}"])
    log = place.desk.data_dir / "worker.log"
    log.write_text(f"before {said} after\n")
    told = forget.forget(place.desk, place.store, str(number))
    assert told.forgotten["logs"] >= 4
    assert re.fullmatch(r"before \*+ <\*+> after\n", log.read_text())
    [error] = place.desk.run(last).errors
    assert error["sample"] is None
    assert place.desk.store("main").name == f"{FIRST} {LAST}"
    with opened(place.desk.path) as db:
        db.execute("UPDATE store SET name = 'Main'")
    forget.forget(place.desk, place.store, str(number))
    assert not [canary for canary in CANARIES if canary in bytes_of(place)]
    assert place.desk.verify_audit().broken is None
    actions = [(entry.action, entry.subject) for entry in place.desk.audited()[:2]]
    assert actions == [("forget", "shop")] * 2


def test_what_a_recorded_run_said_of_the_person_goes(place: Place):
    number = named(place)
    place.set(**EVERYBODY)
    done = place.run(record=True)
    with opened(place.desk.shop_file(place.desk.shop("shop"))) as db:
        db.execute(
            "UPDATE exchange SET path = ? WHERE n = 1", [f"/v2/customers?customers=[{number}]"]
        )
    told = forget.forget(place.desk, place.store, str(number))
    assert told.forgotten["recordings"] >= 2
    calls = list(recording.lines(place.desk, done))
    assert calls[0]["path"] == "/v2/customers?customers=[•••]"
    assert str(number) not in str(calls)
    assert any(call["received"] for call in calls)


@pytest.mark.parametrize("by", ["run", "worker"])
@pytest.mark.after("sync", **EVERYBODY)
def test_whoever_a_restored_file_brings_back_is_forgotten_anew(
    place: Place, tmp_path: Path, by: str
):
    number = named(place)
    orders, folder = orders_of(place, number), place.desk.data_dir
    for name in ("desk.db", "shops/shop.db"):
        with opened(folder / name) as db:
            db.execute("VACUUM INTO ?", [str(tmp_path / Path(name).name)])
    assert forget.forget(place.desk, place.store, str(number)).finished
    for path in folder.rglob("*.db-*"):
        path.unlink()
    shutil.copy(tmp_path / "desk.db", folder / "desk.db")
    shutil.copy(tmp_path / "shop.db", folder / "shops/shop.db")
    assert ADDRESS.encode() in bytes_of(place)
    if by == "run":
        assert place.run("refresh").state == "succeeded"
    else:
        forget.apply_lists(place.desk)
    assert not [canary for canary in CANARIES if canary in bytes_of(place)]
    forget.carry_on_all(place.desk)
    assert_gone(place, number, orders)
    forget.apply_lists(place.desk)
    assert place.desk.shops_forgetting() == []


@pytest.mark.after("sync", **EVERYBODY)
def test_an_older_backup_comes_back_without_the_person(place: Place, tmp_path: Path):
    number, folder, there = named(place), place.desk.data_dir, tmp_path / "there"
    backup.back_up(place.desk, tmp_path / "whole.zip")
    backup.back_up_shop(place.desk, place.desk.shop("shop"), tmp_path / "one.zip", "phrase" * 3)
    assert forget.forget(place.desk, place.store, str(number)).finished
    (there / "shops").mkdir(parents=True)
    for name in (KEY_FILE, "shops/shop.forgotten"):
        shutil.copy(folder / name, there / name)
    backup.restore(tmp_path / "whole.zip", there, place.desk.clock)
    elsewhere = Place(place.sandbox, place.state, Desk(there, clock=place.desk.clock), place.store)
    place.desk.remove_shop(place.desk.shop("shop"))
    backup.restore_shop(place.desk, tmp_path / "one.zip", "phrase" * 3)
    back = Place(place.sandbox, place.state, place.desk, place.desk.store("main"))
    for each in (elsewhere, back):
        assert not [canary for canary in CANARIES if canary in bytes_of(each)]
        assert each.preview()["entities"]["customers"]["reasons"] == {"forgotten": 1}


@pytest.mark.after("sync", **EVERYBODY)
def test_a_restore_that_is_killed_as_its_folder_takes_its_place_loses_no_list(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    number, folder, there = named(place), place.desk.data_dir, tmp_path / "there"
    backup.back_up(place.desk, tmp_path / "whole.zip")
    assert forget.forget(place.desk, place.store, str(number)).finished
    (there / "shops").mkdir(parents=True)
    for name in (KEY_FILE, "shops/shop.forgotten"):
        shutil.copy(folder / name, there / name)
    replace = Path.replace

    def killed(path: Path, to: Path) -> Path:
        if to == there:
            raise KeyboardInterrupt
        return replace(path, to)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            backup.restore(tmp_path / "whole.zip", there, place.desk.clock)
    assert not list(there.rglob("*.forgotten"))
    backup.restore(tmp_path / "whole.zip", there, place.desk.clock)
    back = Place(place.sandbox, place.state, Desk(there, clock=place.desk.clock), place.store)
    assert not [canary for canary in CANARIES if canary in bytes_of(back)]
    assert back.preview()["entities"]["customers"]["reasons"] == {"forgotten": 1}
    assert sorted(path.name for path in tmp_path.iterdir() if "forgotten" in path.name) == []


@pytest.mark.after("sync", **EVERYBODY)
def test_without_its_key_the_list_keeps_everything_still(place: Place):
    number = named(place)
    forget.forget(place.desk, place.store, str(number))
    (place.desk.data_dir / KEY_FILE).unlink()
    with pytest.raises(ForgottenError):
        bool(Forgotten(place.desk.data_dir, "shop"))
    done = place.run()
    assert (done.state, done.detail and done.detail["code"]) == ("failed", "forgotten.no_key")


# -- the command line --------------------------------------------------------------------------


@pytest.mark.after("sync", **EVERYBODY)
def test_the_command_reads_who_from_stdin_and_names_nobody(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    words = ["--data", str(place.desk.data_dir), "--json", "-vv", "forget", "main", "-"]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{ADDRESS}\n"))
    before = len(place.state.calls())
    assert cli.main(words, clock=place.desk.clock) == 0
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert told.keys() == {"shop", "forgotten", "clerk"}
    assert set(told["forgotten"]) == {
        *("mirror", "ledger", "outbox", "history", "outcomes", "plans", "recordings", "logs")
    }
    calls = {(call.method, call.path) for call in place.state.calls()[before:]}
    assert ("POST", "/v2/privacy/forget") in calls  # whose body has the address
    assert ("GET", "/v2/customers") not in calls  # whose URL would
    assert not [canary for canary in CANARIES if canary.decode() in said.out + said.err]


@pytest.mark.after("sync", **EVERYBODY)
def test_the_command_s_exit_code_says_what_is_left(
    place: Place, capsys: pytest.CaptureFixture[str]
):
    words = ["--data", str(place.desk.data_dir), "forget", "main"]
    place.state.faults.add(Fault("clerk", "status", code=503))
    assert cli.main([*words, ADDRESS], clock=place.desk.clock) == 5
    place.state.faults.clear()
    clerk.revoke(place.state, PRIVATE)
    assert cli.main([*words, ADDRESS], clock=place.desk.clock) == 1
    assert cli.main([*words, "424242"], clock=place.desk.clock) == 2
    clerk.add_store(place.state, PUBLIC, PRIVATE, "Test")
    assert cli.main([*words, ADDRESS], clock=place.desk.clock) == 0
    assert ADDRESS not in "".join(capsys.readouterr())


# -- kill -9 ----------------------------------------------------------------------------------


@pytest.mark.after("sync", **EVERYBODY)
def test_killed_anywhere_a_repeat_finishes_it(place: Place, tmp_path_factory: Any):
    number = named(place)
    orders, left = orders_of(place, number), Left(place.desk.data_dir.parent, 0.0)
    deaths: list[Death] = [*map(AtStatement, range(10, 610, 75)), *map(AfterCall, range(1, 4))]
    killed = 0
    for death in [*deaths, *map(BeforeCall, range(1, 4))]:
        with again(left, tmp_path_factory.mktemp("died")) as copy:
            killed += lives.forget(copy.desk.data_dir, "main", ADDRESS, death) == KILLED
            assert forget.forget(copy.desk, copy.store, ADDRESS).finished, death
            assert_gone(copy, number, orders)
            assert copy.desk.shops_forgetting() == []
            assert copy.desk.verify_audit().broken is None
    assert killed > len(deaths) // 2
