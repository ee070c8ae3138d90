"""Shops, keys and stores from the command line: tried before they are stored, and looked after."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.budget import Budget, KeyState, MemoryBook, Spent
from sync.cli import COMMANDS
from sync.database import opened
from sync.openshop import budget_of
from sync.sandbox.faults import Fault
from sync.sandbox.lightspeed import set_switches
from sync.sandbox.serve import Sandbox
from sync.sandbox.state import State
from sync.store import Desk, DeskBook, Refused
from sync.store.checks import STORE_OPTIONS
from tests.conftest import KEY, PRIVATE, PUBLIC, SECRET, HastyClock, Place, connect
from tests.test_cli import Terminal

OTHER_KEY, OTHER_SECRET = "7c" * 16, "8d" * 16
ADD = ("--domain", "www.shop.example", "--cluster", "eu1")
TEN_YEARS = 10 * 365 * 86400


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in ("SYNC_DATA", "SYNC_KEY", "LC_ALL", "LC_MESSAGES", "LANG", "SYNC_HTTP_TIMEOUT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SYNC_USER", "ines")
    monkeypatch.setenv("COLUMNS", "200")
    secrets = {"LIGHTSPEED_API_KEY": KEY, "LIGHTSPEED_API_SECRET": SECRET}
    secrets |= {"CLERK_PUBLIC_KEY": "public-of-another", "CLERK_PRIVATE_KEY": "private-of-another"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def sync(place: Place, capsys) -> Terminal:
    """Commands on the desk of a shop `shop` with the store `main`, behind the stand-ins."""
    return Terminal(place.desk.data_dir, capsys)


@pytest.fixture
def empty(tmp_path: Path, capsys) -> Terminal:
    return Terminal(tmp_path / "empty", capsys)


@pytest.fixture
def stand_in(filled: Path, tmp_path: Path) -> Iterator[Sandbox]:
    for file in filled.parent.glob("sandbox.db*"):
        shutil.copy(file, tmp_path / file.name)
    with Sandbox(State(tmp_path / "sandbox.db"), windows=None) as served:
        yield served


# -- shop add, key add ------------------------------------------------------------------------


def test_a_shop_is_added_once_its_key_is_taken(empty, stand_in):
    added = empty.json("shop", "add", "Fiets", *ADD, "--api-url", stand_in.url)
    assert (added["shop"], added["keys"], added["url_language"]) == ("fiets", 1, "auto")
    assert empty.json("shop", "check", "fiets")["domain"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"LIGHTSPEED_API_SECRET": "e" * 32}, "refused the key"),
        ({"url": "http://127.0.0.1:1"}, "no connection"),
    ],
)
def test_a_key_that_is_not_taken_is_not_stored(empty, stand_in, monkeypatch, change, words):
    url = change.pop("url", stand_in.url)
    for name, value in change.items():
        monkeypatch.setenv(name, value)
    add = ("shop", "add", "Fiets", *ADD, "--api-url", url)
    assert words in empty.error(*add, code=1)
    assert empty.json("shop", "list") == []
    assert empty.json(*add, "--unchecked")["keys"] == 1


def test_another_key_is_tried_too(sync, place, monkeypatch):
    monkeypatch.setenv("LIGHTSPEED_API_KEY", OTHER_KEY)
    monkeypatch.setenv("LIGHTSPEED_API_SECRET", OTHER_SECRET)
    assert "refused the key" in sync.error("shop", "key", "add", "shop", code=1)
    assert len(sync.json("shop", "key", "list", "shop")) == 1
    place.state.add_key(OTHER_KEY, OTHER_SECRET)
    added = sync.json("shop", "key", "add", "shop")
    assert (added["blocked_until"], added["refused_since"]) == (None, None)


# -- stores -----------------------------------------------------------------------------------


def test_a_store_is_added_with_its_schedule_off_unless_asked(sync):
    assert sync.json("store", "add", "shop", "Nu", "--language", "nl")["paused"] is True


def test_a_store_may_be_added_with_its_schedule_on(sync):
    add = ("store", "add", "shop", "Nu", "--language", "nl", "--schedule", "on")
    assert sync.json(*add)["paused"] is False


@pytest.mark.parametrize("known", [True, False])
def test_a_language_that_the_shop_does_not_have_is_refused(sync, place, known):
    if known:
        assert place.run("refresh").state == "succeeded"
    said = sync.error("store", "add", "shop", "French", "--language", "fr")
    assert "'fr' is not active" in said
    assert "nl" in said
    assert [row["store"] for row in sync.json("store", "list")] == ["main"]


def test_a_language_that_cannot_be_asked_about_is_taken(sync, place):
    place.state.faults.add(Fault("lightspeed", "html"))
    assert sync.json("store", "add", "shop", "French", "--language", "fr")["language"] == "fr"


@pytest.mark.parametrize(
    ("name", "value"), [("CLERK_PUBLIC_KEY", PUBLIC), ("CLERK_PRIVATE_KEY", PRIVATE)]
)
def test_a_clerk_key_of_another_store_is_refused_and_the_store_named(
    sync, monkeypatch, name, value
):
    monkeypatch.setenv(name, value)
    said = sync.error("store", "add", "shop", "Second", "--language", "nl")
    assert "store main (Main)" in said
    assert value not in said
    assert len(sync.json("store", "list")) == 1


def test_options_of_a_store_are_kept_and_audited(sync, place):
    changed = sync.json("store", "set", "main", "patrol_days=7", "outlier_hold=true")
    wanted = {**STORE_OPTIONS, "patrol_days": "7", "outlier_hold": "yes"}
    assert changed == {"store": "main", "options": wanted}
    assert place.desk.options(place.store) == wanted
    entry = place.desk.audited()[0]
    assert (entry.action, entry.subject) == ("store set", "main")
    assert entry.before == {"outlier_hold": "no", "patrol_days": "0"}
    assert entry.after == {"outlier_hold": "yes", "patrol_days": "7"}


@pytest.mark.parametrize(
    "assignment",
    [
        "colour=red",
        "outlier_hold=perhaps",
        "outlier_k=0",
        "outlier_k=nan",
        "patrol_days=-1",
        "patrol_days=1.5",
        "patrol_days=auto",
        "fresh_orders_h=1e9",
        "fresh_products_h=",
        "fresh_products_h=99999",
    ],
)
def test_an_option_that_cannot_be_changes_nothing(sync, place, assignment):
    sync.error("store", "set", "main", "outlier_k=5", assignment)
    assert place.desk.options(place.store) == STORE_OPTIONS


# -- SYNC_HTTP_TIMEOUT ------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["abc", "0", "-1", "inf", "nan", "1e9", "1000000000", "３"])
def test_a_time_out_that_is_none_is_one_line(sync, monkeypatch, value):
    monkeypatch.setenv("SYNC_HTTP_TIMEOUT", value)
    assert "SYNC_HTTP_TIMEOUT" in sync.error("shop", "check", "shop")


@pytest.mark.parametrize("command", [c for c in COMMANDS if len(c) == 2 and c[1] in ("list",)])
def test_it_is_said_by_commands_that_make_no_call_too(sync, monkeypatch, command):
    monkeypatch.setenv("SYNC_HTTP_TIMEOUT", "abc")
    assert "SYNC_HTTP_TIMEOUT" in sync.error(*command)


# -- blocks -----------------------------------------------------------------------------------


def headers(remaining: str, reset: str) -> dict[str, str]:
    return {
        "x-ratelimit-limit": "300/3000/12000",
        "x-ratelimit-remaining": remaining,
        "x-ratelimit-reset": reset,
    }


@pytest.mark.parametrize(
    "told",
    [
        {"retry-after": str(TEN_YEARS)},
        {"retry-after": "999999999"},
        {"retry-after": "Thu, 01 Jan 2099 00:00:00 GMT"},
        {"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"},
        {"retry-after": "1e30"},
        {"retry-after": "-5"},
        {"retry-after": "soon"},
        headers("200/2000/9000", "100/2000/20000") | {"retry-after": str(TEN_YEARS)},
        headers("-1/-1/-1", "99999999/99999999/99999999"),
        headers("-1/-1/-1", "junk"),
        headers("-1/-1/-1", "-1/-1/-1"),
        headers("0/0/0", "400000/400000/400000"),
    ],
)
def test_an_absurd_wait_ends_after_an_hour_with_one_call(told):
    clock = HastyClock()
    budget = Budget(MemoryBook(), [1], reserve=0, clock=clock)
    budget.record_result(budget.book(person=True), told, 429)
    with pytest.raises(Spent) as spent:
        budget.book(person=True)
    assert spent.value.until - clock.now() <= 3601
    clock.sleep(3602)
    asking = budget.book(person=True)
    budget.record_result(asking, told, 429)
    with pytest.raises(Spent):
        budget.book(person=True)


def test_only_one_call_asks_after_an_absurd_wait():
    clock = HastyClock()
    budget = Budget(MemoryBook(), [1], reserve=0, clock=clock)
    told = headers("200/2000/9000", "100/2000/20000") | {"retry-after": str(TEN_YEARS)}
    budget.record_result(budget.book(person=True), told, 429)
    clock.sleep(3602)
    asking = budget.book(person=True)
    with pytest.raises(Spent):
        budget.book(person=True)
    budget.record_result(asking, headers("200/2000/9000", "100/2000/20000"), 200)
    assert budget.book(person=True)


def test_a_block_of_years_that_was_stored_before_ends_too():
    clock = HastyClock()
    state = KeyState(blocked_at=clock.now() - 2 * 86400, blocked_until=clock.now() + TEN_YEARS)
    assert Budget(MemoryBook({1: state}), [1], reserve=0, clock=clock).book(person=True)


def blocked(place: Place, seconds: int = 1800) -> None:
    budget = budget_of(place.desk, place.desk.shop("shop"))
    budget.record_result(budget.book(person=True), {"retry-after": str(seconds)}, 429)


def test_check_says_until_when_no_call_can_be_made(sync, place):
    blocked(place)
    said = sync.error("shop", "check", "shop", code=5)
    assert "no call to Lightspeed can be made before" in said


def test_a_block_is_listed_and_forgotten_on_wish(sync, place):
    blocked(place)
    [key] = sync.json("shop", "key", "list", "shop")
    assert key["blocked_until"] is not None
    sync.json("shop", "key", "unblock", "shop", "1")
    [key] = sync.json("shop", "key", "list", "shop")
    assert key["blocked_until"] is None
    assert sync.json("shop", "check", "shop")["shop"] == "shop"
    assert "no key 9" in sync.error("shop", "key", "unblock", "shop", "9")


# -- a refused key beside a good one ----------------------------------------------------------


def with_revoked_key(place: Place) -> None:
    """A second key, which Lightspeed no longer takes."""
    place.desk.add_key(place.desk.shop("shop"), OTHER_KEY, OTHER_SECRET)


def log(place: Place, run: int) -> str:
    return "\n".join(str(line["message"]) for line in place.desk.run_log(run))


def test_a_run_goes_on_with_the_good_key_and_says_so(place):
    with_revoked_key(place)
    done = place.run()
    assert done.state == "succeeded", done.message
    assert (
        log(place, done.id).count("Lightspeed refused the key •••7c7c; the other keys go on") == 1
    )
    shop = place.desk.shop("shop")
    assert [*budget_of(place.desk, shop).blocks()] == [2]


def test_each_run_says_so_and_the_refused_key_is_left_alone(place):
    with_revoked_key(place)
    place.run()
    refused = [call for call in place.state.calls(side="lightspeed") if call.status == 401]
    again = place.run()
    assert "•••7c7c" in log(place, again.id)
    assert [c for c in place.state.calls(side="lightspeed") if c.status == 401] == refused


def test_only_refused_keys_fail_a_run(place):
    with_revoked_key(place)
    place.state.remove_key(KEY)
    done = place.run()
    assert (done.state, "refused the key" in (done.message or "")) == ("failed", True)


def test_check_names_the_refused_key(sync, place):
    with_revoked_key(place)
    found = sync.json("shop", "check", "shop")
    assert [(key["id"], bool(key["refused"])) for key in found["keys"]] == [(1, False), (2, True)]
    assert "Key 2 is refused" in sync("shop", "check", "shop").out
    listed = sync.json("shop", "key", "list", "shop")
    assert [key["refused_since"] is not None for key in listed] == [False, True]


def test_a_key_that_is_taken_again_is_no_longer_refused(place):
    with_revoked_key(place)
    place.run()
    place.state.add_key(OTHER_KEY, OTHER_SECRET)
    budget = budget_of(place.desk, place.desk.shop("shop"))
    budget.forget_block(2)
    place.run("refresh")
    assert budget.blocks() == {}


def test_unblocking_a_key_that_is_not_blocked_forgets_no_call(strict_place: Place):
    strict_place.run("refresh")
    budget = budget_of(strict_place.desk, strict_place.desk.shop("shop"))

    def ours() -> dict[str, int | None]:
        return {row["window"]: row["ours"] for row in budget.windows() if row["window"] != "second"}

    before = ours()
    assert all(before.values())
    budget.forget_block(1)
    assert ours() == before


# -- the storefront ---------------------------------------------------------------------------


def urls(place: Place) -> set[bool]:
    """Whether the addresses of products carry the language part."""
    made = [line["payload"] for line in place.records() if line["entity"] == "products"]
    return {"/nl/" in payload["url"] for payload in made if payload}


@pytest.mark.after("refresh")
@pytest.mark.parametrize(
    ("answer", "form", "with_language"),
    [("all", "all", True), ("not_default", "not_default", False), ("both", "all", True)],
)
def test_check_learns_the_form_of_the_addresses(sync, place, answer, form, with_language):
    set_switches(place.state, storefront=answer)
    found = sync.json("shop", "check", "shop")
    assert found["storefront"]["form"] == form
    assert urls(place) == {with_language}
    assert "Storefront: addresses" in sync("shop", "check", "shop").out


@pytest.mark.after("refresh")
def test_what_was_said_for_certain_outlives_silence(sync, place):
    set_switches(place.state, storefront="not_default")
    sync.json("shop", "check", "shop")
    set_switches(place.state, storefront="off")
    found = sync.json("shop", "check", "shop")
    assert (found["storefront"]["form"], found["storefront"]["got"]["all"]) == (None, 503)
    assert urls(place) == {False}
    assert place.desk.storefront(place.desk.shop("shop")) == found["storefront"]


@pytest.mark.after("refresh")
def test_a_storefront_that_was_never_heard_keeps_the_language_part(sync, place):
    set_switches(place.state, storefront="off")
    sync.json("shop", "check", "shop")
    assert urls(place) == {True}


@pytest.mark.after("sync")
def test_a_choice_beats_the_storefront_and_updates_what_was_sent(sync, place):
    before = place.preview()
    assert before["entities"]["products"]["update"] == 0
    changed = sync.json("shop", "set", "shop", "url_language=not_default")
    assert changed["url_language"] == "not_default"
    after = place.preview()
    assert after["fingerprint"] != before["fingerprint"]
    assert after["entities"]["products"]["update"] > 0
    assert urls(place) == {False}
    assert "auto, all, not_default" in sync.error("shop", "set", "shop", "url_language=none")


def test_other_languages_always_carry_theirs(place):
    german = place.desk.add_store(
        place.desk.shop("shop"), "German", language="de", public="p2", private="q2"
    )
    place.desk.set_shop(place.desk.shop("shop"), {"url_language": "not_default"})
    second = Place(place.sandbox, place.state, place.desk, german)
    second.run("refresh")
    made = [line["payload"] for line in second.records() if line["entity"] == "products"]
    assert {"/de/" in payload["url"] for payload in made if payload} == {True}


@pytest.mark.after("refresh")
def test_the_storefront_gets_neither_cookies_nor_keys(sync, place):
    sync.json("shop", "check", "shop")
    asked = place.state.calls(side="storefront")
    assert [call.path.count("/") for call in asked] == [2, 1]
    assert [call.query for call in asked] == [{}, {}]


def test_before_the_first_read_there_is_nothing_to_ask(sync, place):
    assert sync.json("shop", "check", "shop")["storefront"] is None
    assert place.state.calls(side="storefront") == []


@pytest.mark.after("refresh")
def test_another_domain_has_said_nothing_yet(sync, place):
    set_switches(place.state, storefront="not_default")
    sync.json("shop", "check", "shop")
    sync.json("shop", "set", "shop", "domain=www.other.example")
    assert place.desk.shop("shop").url_form is None


def test_a_desk_book_reads_states_without_the_newer_fields(place, tmp_path):
    desk = Desk(tmp_path / "second", clock=place.desk.clock)
    store = connect(desk, place.sandbox.url)
    book = DeskBook(desk)
    assert book.edit(1, lambda state: state.refused_at) == 0
    assert desk.shop_by_id(store.shop_id).url_language == "auto"
    with pytest.raises(Refused):
        desk.set_shop(desk.shop_by_id(store.shop_id), {"url_language": "x"})


# -- the audit trail ---------------------------------------------------------------------------


def test_the_command_line_lists_and_verifies_it(sync, place):
    place.desk.pause(place.store, True)
    listed = sync.json("audit", "list")
    assert [entry["id"] for entry in listed] == sorted((e["id"] for e in listed), reverse=True)
    assert (listed[0]["action"], listed[0]["who"]) == ("store pause", place.desk.person.name)
    assert sync.json("audit", "verify") == {"ok": True, "entries": len(listed)}
    assert sync.json("audit", "list", "--since", "2001-01-01") == listed
    with opened(place.desk.path) as db:
        db.execute("DROP TRIGGER audit_stays")
        db.execute("UPDATE audit SET who = 'other' WHERE id = 2")
    told = sync.json("audit", "verify", code=1)
    assert told == {"ok": False, "entries": len(listed), "broken": 2}


# -- backups ----------------------------------------------------------------------------------


def test_a_backup_goes_out_and_comes_back_over_the_command_line(
    sync, place, tmp_path, capsys, monkeypatch
):
    whole, one = tmp_path / "all.zip", tmp_path / "shop.zip"
    made = sync.json("backup", str(whole))
    assert made.keys() == {"file", "bytes", "sha256"}
    assert "key that opens all secrets" in sync("backup", str(tmp_path / "again.zip")).out
    assert "another name" in sync.error("backup", str(whole))
    monkeypatch.setenv("SYNC_PASSPHRASE", "too short")
    assert "12 characters" in sync.error("backup", str(one), "--shop", "shop")
    monkeypatch.setenv("SYNC_PASSPHRASE", "long enough for anybody")
    sync.json("backup", str(one), "--shop", "shop")

    new = Terminal(tmp_path / "new", capsys)
    assert new.json("restore", str(whole)) == {"restored": ["shop"]}
    assert [row["store"] for row in new.json("store", "list")] == ["main"]
    assert "not empty" in new.error("restore", str(whole))
    assert "exists already" in new.error("restore", str(one))
    other = Terminal(tmp_path / "other", capsys)
    assert other.json("restore", str(one)) == {"restored": ["shop"]}
    assert [row["was"] for row in other.json("settings", "history", "main")] == [1]
    assert "wrong" not in other("runs", "main").err
    monkeypatch.setenv("SYNC_PASSPHRASE", "long enough for somebody else")
    assert "passphrase" in Terminal(tmp_path / "third", capsys).error("restore", str(one))
