"""Who may see some shops only sees nothing of the others, whatever is asked, and can still work."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from sync import answers, explain, fleet, overview, run, setup, status
from sync.access import Person, Role
from sync.database import opened
from sync.errors import Message
from sync.store import Desk, Refused, RunActive, RunRow, ShopRow, StoreRow, UsageError, Wanted
from sync.store.scope import FOR_ALL, HIDDEN
from tests.conftest import PRIVATE, PUBLIC

URL = "http://127.0.0.1:9"
SECRET = "geheim"  # in everything that the other shop has
# What changes something: its caller must have been let through to that very shop.
WRITES = {
    *("begin_forgetting", "note_forgetting", "end_forgetting"),
    *("add_key", "add_shop", "add_store", "audit", "change_draft", "change_state", "choose"),
    *("drop_draft", "end_run", "end_waits", "forget_drafts", "forget_logs", "keep_key_check"),
    *("keep_storefront", "log", "note_check", "note_confirmed", "pause", "queue_run"),
    *("remove_key", "remove_shop", "remove_store", "requeue_dead", "save_settings"),
    *("set_clerk_keys", "set_options", "set_shop", "settle_numbers", "side_answers"),
    *("side_failed", "take_probe", "together", "update_run"),
    *("add_alert", "add_alert_target", "add_delivery", "forget_alerts", "keep_alert_pace"),
    *("keep_alert_standings", "keep_freshness", "mark_deliveries", "mute_alert_target"),
    *("note_alert_result", "note_made_up", "note_patrol", "remove_alert_target"),
}
# What opens or names what it was given, or asks nothing about shops.
GIVEN = {
    "alert_scope",
    "days_kept",
    "alert_url",
    "signin_holds",
    "schema",
    "end_signin",
    "clerk_keys",
    "shop_file",
    "opened",
    "whole",
    "on_behalf",
    "must",
    "may",
    "sees",
    "choice",
    "outage",
    "outages",
}


@dataclass
class Two:
    """A desk with two shops, and the same one as it is for who may see the first one only."""

    whole: Desk
    seen: Desk
    shop: ShopRow
    store: StoreRow
    run: RunRow
    other_shop: ShopRow
    other: StoreRow
    other_run: RunRow


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Two:
    """Each shop with a key, a store, a draft, and a run that has a log line. Only to look at."""
    return made(tmp_path_factory.mktemp("two"))


def made(folder: Path) -> Two:
    desk = Desk(folder)
    each = [_shop(desk.on_behalf(Person.local(name)), name) for name in ("Open", SECRET)]
    desk.note_check(f"shops/{SECRET}.db", "damaged")
    (shop, store, row), (other_shop, other, other_run) = each
    return Two(
        desk,
        desk.on_behalf(Person("a", None, {"open": Role.ADMIN})),
        shop,
        store,
        row,
        other_shop,
        other,
        other_run,
    )


def _shop(desk: Desk, name: str) -> tuple[ShopRow, StoreRow, RunRow]:
    shop = desk.add_shop(name, domain=f"www.{name.lower()}.example", cluster="eu1", api_url=URL)
    desk.add_key(shop, f"{name}-key", f"{name}-secret")
    keys = {"public": f"{name}{PUBLIC}", "private": f"{name}{PRIVATE}"}
    store = desk.add_store(shop, f"{name} nl", language="nl", api_url=URL, **keys)
    desk.change_draft(store, "somebody", lambda draft: _noted(draft, name))
    row = run.request(desk, store, "sync")
    desk.log(row.id, "info", "", Message("message.old", said=name))
    return shop, store, desk.run(row.id)


def _noted(draft: Any, note: str) -> Any:
    draft.changes["collect_emails"] = ("no", "yes")
    return draft


def test_each_table_tells_of_shops_or_of_none(tmp_path: Path) -> None:
    with opened(Desk(tmp_path).path) as db:
        tables = {
            name
            for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            if not name.startswith(("sqlite_", "_"))
        }
    assert tables == HIDDEN.keys() | FOR_ALL


def _questions() -> list[str]:
    known = {name for name, _ in inspect.getmembers(Desk, callable) if not name.startswith("_")}
    assert known >= WRITES | GIVEN
    return sorted(known - WRITES - GIVEN)


@pytest.mark.parametrize("name", _questions())
def test_a_desk_answers_nothing_about_shops_that_are_not_seen(two: Two, name: str) -> None:
    """Each question with the ids, slugs and rows of the other shop."""
    values: dict[str, Any] = {
        "store": two.other,
        "shop": two.other_shop,
        "row": two.other,
        "store_id": two.other.id,
        "shop_id": two.other_shop.id,
        "run_id": two.other_run.id,
        "run": two.other_run.id,
        "runs": [two.other_run.id],
        "name": SECRET,
        "slug": two.other.slug,
        "text": SECRET,
        "who": SECRET,
        "wanted": Wanted(store=two.other.id),
        "number": two.whole.drafts(two.other)[0].id,
        "person": "somebody",
        "public": f"{SECRET}{PUBLIC}",
        "private": f"{SECRET}{PRIVATE}",
        "kind": "sync",
        "version": 1,
        "most": 9,
        "limit": 9,
        "since": 0.0,
        "before": 9e9,
    }
    ask = getattr(two.seen, name)
    if name in {"store", "shop"}:
        values["slug"] = two.other.slug if name == "store" else two.other_shop.slug
    args, rest = [], {}
    for each in inspect.signature(ask).parameters.values():
        wanted = values[each.name] if each.default is each.empty else each.default
        if each.name == "store" and each.annotation == "int":
            wanted = two.other.id
        if each.kind is each.KEYWORD_ONLY:
            rest[each.name] = wanted
        else:
            args.append(wanted)
    found: Any = None
    try:
        found = ask(*args, **rest)
        found = list(found) if isinstance(found, Iterator) else found
    except (Refused, RunActive) as refused:
        found = refused.message.values.get("known")
    if name == "clerk_owner":
        assert found is not None  # a store's keys are its own, whoever asks
        return
    assert SECRET not in repr(found)
    assert two.other_run.id not in _numbers(found)


def _numbers(found: Any) -> set[int]:
    """Run ids in an answer: a list of them, or keys of a dict."""
    return (
        {each for each in found if isinstance(each, int)}
        if isinstance(found, list | dict)
        else set()
    )


LISTS: dict[str, Callable[[Desk], Any]] = {
    "standings": fleet.standings,
    "due": fleet.due_stores,
    "pasts": lambda desk: fleet.pasts(desk, 9),
    "budgets": lambda desk: fleet.budgets(desk, fleet.standings(desk)),
    "overview": overview.overview,
    "mark": overview.mark,
    "shops": setup.shop_standings,
    "status": status.fleet,
    "damaged": status.damaged_files,
    "problems": answers.problems,
    "search": lambda desk: explain.anything(desk, None, SECRET),
    "searched": lambda desk: explain.anything(desk, None, ""),
    "runs": lambda desk: run.list_runs(desk, Wanted()),
    "days": lambda desk: run.days(desk, None, UTC),
}


TELLING = LISTS.keys() - {"due", "pasts", "budgets", "mark", "problems", "days"}


@pytest.mark.parametrize("name", LISTS)
def test_no_list_has_shops_that_are_not_seen(two: Two, name: str) -> None:
    """First as who may see all, so that nothing is kept from one for the other."""
    assert SECRET in repr(LISTS[name](two.whole)) or name not in TELLING
    assert SECRET not in repr(LISTS[name](two.seen))


def test_a_shop_s_file_opens_only_for_who_sees_it(two: Two) -> None:
    number = two.other_run.id
    asked: list[Callable[[], Any]] = [
        lambda: run.progress(two.seen, number),
        lambda: run.outcomes(two.seen, number),
        lambda: answers.compare(two.seen, two.run.id, number),
        lambda: explain.lookup(two.seen, two.other, "1"),
        lambda: answers.known_since(two.seen, two.other),
        lambda: explain.anything(two.seen, two.other, "1"),
    ]
    for ask in asked:
        with pytest.raises(UsageError):
            ask()


def test_who_sees_one_shop_can_work_on_it(tmp_path: Path) -> None:
    """Nothing that is written goes to what only shows a part, and afterwards that part is shown."""
    two = made(tmp_path)
    desk, store, shop = two.seen, two.store, two.shop
    run.cancel(desk, two.run.id)
    assert desk.run(two.run.id).state == "cancelled"
    desk.log(two.run.id, "info", "", Message("message.old", said="b"))
    row = run.request(desk, store, "refresh")
    desk.update_run(row.id, {"phase": "orders"})
    assert [each.id for each in desk.runs(store)] == [row.id, two.run.id]
    changed = desk.settings(store).settings.changed({"collect_emails": "yes"})
    run.change_settings(desk, store, changed, note="")
    assert [each.version for each in desk.history(store)] == [2, 1]
    desk.drop_draft(store, "somebody")
    assert desk.drafts(store) == []
    second = desk.add_key(shop, "second", "secret")
    desk.remove_key(shop, second)
    assert len(desk.keys(shop)) == 1
    assert desk.pause(store, True).paused
    with pytest.raises(UsageError), desk.together():
        desk.remove_key(shop, second)
    assert len(desk.shops()) == 1
    assert [each.slug for each in desk.shops()] == ["open"]
    assert len(two.whole.shops()) == 2
