"""Who may do what, and the trail of who did it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pages.components import audit_words
from sync import alerts, backup, bundle, doctor, explain, feed, forget, preview, run, setup, shapes
from sync.access import ACTIONS, SIGN_INS, Person, Role
from sync.database import opened, sqlite3
from sync.openshop import opened_shop
from sync.store import Desk, Entry, Forbidden, Target, UsageError
from sync.texts import LANGUAGES, catalogue, labels
from tests.conftest import Place

PHRASE = "a passphrase of some length"
PAIR = ("k" * 32, "s" * 32)


def _held(place: Place) -> int:
    desk = place.desk
    queued = desk.queue_run(place.store, "sync", trigger="manual")
    desk.update_run(queued.id, {"state": "held", "holds": []})
    return queued.id


def _queued(place: Place) -> int:
    return place.desk.queue_run(place.store, "sync", trigger="manual").id


def _target(desk: Desk) -> Target:
    """Where alerts of the shop would go; nobody listens there."""
    shop = desk.shop("shop")
    return desk.add_alert_target("T", "json://127.0.0.1:9", service="json", lang="en", of=shop)


def _removed(place: Place) -> Path:
    """A backup of the shop, which is not there any more."""
    file = place.desk.data_dir / "shop.zip"
    backup.back_up_shop(place.desk, place.desk.shop("shop"), file, PHRASE)
    place.desk.remove_shop(place.desk.shop("shop"))
    return file


def _customer(place: Place) -> int:
    told = place.state.all("customer")[0]
    with opened_shop(place.desk, place.store) as shop:
        shop.mirror.put_customers([shapes.customer(told)], 1)
    return int(told["id"])


# What each action is, done by a desk to the shop `shop` and the store `main`, after its making.
DOINGS = {
    "shop add": lambda d, p, _: d.add_shop("New", domain="new.example", cluster="eu1"),
    "shop set": lambda d, p, _: setup.edit_shop(d, d.shop("shop"), {"reserve": "20"}),
    "shop remove": lambda d, p, _: setup.remove_shop(d, d.shop("shop"), d.shop("shop").name),
    "key add": lambda d, p, _: setup.add_key(d, d.shop("shop"), *PAIR, checked=False),
    "key remove": lambda d, p, key: d.remove_key(d.shop("shop"), key),
    "key check": lambda d, p, _: setup.check_shop(d, d.shop("shop")),
    "key unblock": lambda d, p, key: setup.forget_block(d, d.shop("shop"), key),
    "store add": lambda d, p, _: d.add_store(
        d.shop("shop"), "New", language="nl", public="p" * 9, private="q" * 9
    ),
    "store set": lambda d, p, _: d.set_options(p.store, {"outlier_k": "5"}),
    "store keys": lambda d, p, _: d.set_clerk_keys(p.store, "p" * 9, "q" * 9),
    "store remove": lambda d, p, _: run.remove_store(d, p.store),
    "store pause": lambda d, p, _: d.pause(p.store, True),
    "store resume": lambda d, p, _: d.pause(p.store, False),
    "settings": lambda d, p, _: run.change_settings(
        d, p.store, lambda now: now.changed({"page_size": "50"}), note=""
    ),
    "run sync": lambda d, p, _: run.request(d, p.store, "sync"),
    "run refresh": lambda d, p, _: run.request(d, p.store, "refresh"),
    "run compare": lambda d, p, _: run.request(d, p.store, "compare"),
    "approve": lambda d, p, number: run.approve(d, number),
    "reject": lambda d, p, number: run.reject(d, number),
    "cancel": lambda d, p, number: run.cancel(d, number),
    "bundle": lambda d, p, _: bundle.bundle(d, p.store),
    "alert add": lambda d, p, _: _target(d),
    "alert remove": lambda d, p, target: d.remove_alert_target(target),
    "alert test": lambda d, p, target: alerts.test(d, target.name),
    "alert mute": lambda d, p, target: d.mute_alert_target(target, d.clock.now() + 60),
    "backup": lambda d, p, _: backup.back_up(d, d.data_dir / "made.zip"),
    "restore": lambda d, p, file: backup.restore_shop(d, file, PHRASE),
    "reveal": lambda d, p, _: preview.reveal(d, p.store, "customers", 1),
    "explain": lambda d, p, _: explain.explain_whole(d, p.store, "customer", "1"),
    "export feed": lambda d, p, _: feed.export(d, p.store, d.data_dir / "feed"),
    "export records": lambda d, p, _: run.preview(d, p.store, records=[].append),
    "export table": lambda d, p, _: preview.as_csv(d, p.store, "", "products"),
    "retention": lambda d, p, _: d.keep({"audit": 400}),
    "audit": lambda d, p, _: d.audited(),
    "export audit": lambda d, p, _: d.export_audit(),
    "forget": lambda d, p, number: forget.forget(d, p.store, str(number)),
    "vault rotate": lambda d, p, _: d.rotate_vault(),
    "doctor": lambda d, p, _: doctor.examine(d.data_dir, lambda: d),
}
BEFORE = {
    "key remove": lambda p: p.desk.add_key(p.desk.shop("shop"), *PAIR),
    "key unblock": lambda p: p.desk.key_ids(p.desk.shop("shop"))[0],
    "store resume": lambda p: p.desk.pause(p.store, True),
    "restore": _removed,
    **dict.fromkeys(("alert remove", "alert test", "alert mute"), lambda p: _target(p.desk)),
    "approve": _held,
    "reject": _held,
    "cancel": _queued,
    "forget": _customer,
}
PERSONS = {
    "nobody": Person("x"),
    "viewer": Person("x", Role.VIEWER),
    "operator": Person("x", Role.OPERATOR),
    "admin": Person("x", Role.ADMIN),
    "operator here": Person("x", None, {"shop": Role.OPERATOR}),
    "admin here": Person("x", Role.VIEWER, {"shop": Role.ADMIN}),
    "admin elsewhere": Person("x", None, {"other": Role.ADMIN}),
}
# What belongs to no shop.
_FOR_ALL = {
    *("shop add", "retention", "backup", "restore"),
    *("audit", "export audit", "vault rotate", "doctor"),
}


def _expected(name: str, action: str) -> bool:
    role = {"operator here": Role.OPERATOR, "admin here": Role.ADMIN}.get(name)
    if role is None or action in _FOR_ALL:
        role = {"viewer": Role.VIEWER, "operator": Role.OPERATOR, "admin": Role.ADMIN}.get(name)
    return role is not None and role >= ACTIONS[action]


def test_every_action_is_in_the_table():
    assert DOINGS.keys() == ACTIONS.keys()


@pytest.mark.parametrize("action", DOINGS)
def test_an_action_is_done_by_those_whose_role_allows_it_and_by_no_one_else(place: Place, action):
    """The least rights first: what is refused leaves everything as it was."""
    state = BEFORE.get(action, lambda _: None)(place)
    allowed = []
    for name, person in PERSONS.items():
        desk, trail = place.desk.on_behalf(person), len(place.desk.audited())
        sent = place.calls(), place.calls("clerk")
        if _expected(name, action):
            allowed.append(person)
            continue
        # A shop that somebody does not see is not there for them.
        with pytest.raises(Forbidden if person.sees("shop") else UsageError):
            DOINGS[action](desk, place, state)
        assert len(place.desk.audited()) == trail
        assert (place.calls(), place.calls("clerk")) == sent
    DOINGS[action](place.desk.on_behalf(allowed[-1]), place, state)
    if action != "audit":
        found = [each for each in place.desk.audited() if (each.who, each.action) == ("x", action)]
        assert found
        assert set(_unworded(found)) == set()


def _unworded(entries: list[Entry]) -> Iterator[str]:
    """Fields for which the Audit page has no word."""
    for entry in entries:
        for name in {**(entry.before or {}), **(entry.after or {})}:
            mine = audit_words.FIELDS.get(entry.action, "{}").format(name)
            usual = f"audit.field.{name.replace(' ', '_')}"
            yield from {name} if catalogue("en").keys().isdisjoint({mine, usual}) else ()


def _trail(place: Place) -> Desk:
    for paused in (True, False) * 3:
        place.desk.pause(place.store, paused)
    return place.desk


def test_an_unbroken_trail_is_verified_and_says_before_and_after(place: Place):
    run.change_settings(
        place.desk, place.store, lambda now: now.changed({"page_size": "50"}), note=""
    )
    last = place.desk.audited()[0]
    assert (last.before, last.after) == (
        {"version": 1, "page_size": "250"},
        {"version": 2, "page_size": "50"},
    )
    entries, broken = place.desk.verify_audit()
    assert broken is None
    assert entries == last.id


def _unguarded(desk: Desk, sql: str) -> None:
    """Change the trail as somebody could who has the file."""
    with opened(desk.path) as db:
        db.execute("DROP TRIGGER audit_stays")
        db.execute("DROP TRIGGER audit_goes")
        db.execute(sql)


@pytest.mark.parametrize(
    ("sql", "broken"),
    [
        ("UPDATE audit SET who = 'other' WHERE id = 3", 3),
        ("UPDATE audit SET after = '1' WHERE id = 1", 1),
        ("DELETE FROM audit WHERE id = 2", 2),
        ("DELETE FROM audit WHERE id > (SELECT max(id) - 1 FROM audit)", "last"),
        ("UPDATE audit SET at = at + 1 WHERE id = (SELECT max(id) FROM audit)", "last"),
    ],
)
def test_a_changed_or_missing_entry_breaks_the_chain(place: Place, sql, broken):
    desk = _trail(place)
    last = desk.audited()[0].id
    _unguarded(desk, sql)
    assert desk.verify_audit().broken == (last if broken == "last" else broken)


@pytest.mark.parametrize("sql", ["UPDATE audit SET who = 'x'", "DELETE FROM audit"])
def test_the_trail_only_grows(place: Place, sql):
    desk = _trail(place)
    with opened(desk.path) as db, pytest.raises(sqlite3.IntegrityError, match="only grows"):
        db.execute(sql)


def test_old_entries_go_and_the_rest_can_still_be_verified(place: Place):
    desk = _trail(place)
    kept = desk.audited(limit=2)
    assert desk.shorten_audit(kept[-1].at) == kept[-1].id - 1
    assert desk.audited() == kept
    assert desk.verify_audit() == (2, None)
    assert desk.shorten_audit(desk.clock.now() + 1) == 2
    desk.pause(place.store, True)
    assert desk.audited()[0].id == kept[0].id + 1
    assert desk.verify_audit() == (1, None)


def test_the_trail_is_searched_by_words_and_time(place: Place):
    desk = _trail(place)
    first = desk.audited()[-1]
    assert [e.action for e in desk.audited(text="Resume main", limit=1)] == ["store resume"]
    assert desk.audited(text="nothing of that") == []
    assert desk.audited(until=first.at + 0.5)[-1] == first
    assert desk.count_audited(text="pause store") == len(desk.audited(text="store pause")) > 2


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_action_has_words(lang):
    assert {action.replace(" ", "_") for action in (*ACTIONS, *SIGN_INS)} == labels(
        "audited", lang
    ).keys()
