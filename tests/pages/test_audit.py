"""The audit trail: who sees it, what it says, and whether its chain is whole."""

from __future__ import annotations

import pytest

from sync.access import Person, Role
from sync.database import opened
from sync.store import Desk, Forbidden, StoreRow
from sync.texts import LANGUAGES, text
from tests.pages.conftest import texts


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_says_what_was_done_in_words_with_before_and_after(desk: Desk, store, visit, lang):
    desk.set_options(store, {"outlier_k": "6"})
    app = visit("audit", lang=lang)
    first = app.dataframe[0].value.iloc[0]
    assert first["action"] == text("audited.store_set", lang)
    assert first["changes"] == "outlier_k: 4 → 6"
    assert first["who"] == desk.person.name


def test_its_search_is_in_the_address_and_finds_by_words(desk: Desk, store: StoreRow, visit):
    desk.set_options(store, {"outlier_k": "6"})
    app = visit("audit", lang="en", q="OUTLIER main")
    assert list(app.dataframe[0].value["action"]) == [text("audited.store_set")]
    app = visit("audit", lang="en", q="nothing like it")
    assert text("table.none_match") in texts(app)


def test_a_broken_chain_is_said_with_its_first_entry(desk: Desk, store: StoreRow, visit):
    desk.pause(store, True)
    app = visit("audit", lang="en")
    verify = next(b for b in app.button if b.label == text("audit.verify"))
    verify.click().run()
    whole = desk.verify_audit()
    assert text("audit.whole", entries=whole.entries) in texts(app)
    with opened(desk.path) as db:
        db.execute("DROP TRIGGER audit_stays")
        db.execute("UPDATE audit SET who = 'other' WHERE id = 2")
    next(b for b in app.button if b.label == text("audit.verify")).click().run()
    assert text("audit.broken", entries=whole.entries, broken=2) in texts(app)


def test_what_is_taken_away_is_noted_and_is_not_everybodys(desk: Desk, store: StoreRow):
    entries = desk.export_audit()
    assert desk.audited()[0][3:7] == ("export audit", "audit", None, {"entries": len(entries)})
    with pytest.raises(Forbidden):
        desk.on_behalf(Person("x", Role.OPERATOR)).export_audit()
