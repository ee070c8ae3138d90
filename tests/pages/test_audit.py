"""The audit trail: who sees it, what it says, and whether its chain is whole."""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from pages.components import audit, format, signin
from pages.components.texts import in_language
from sync import run
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
    assert first["changes"] == f"{text('shops.option.outlier_k', lang)}: 4 → 6"
    assert first["who"] == desk.person.name


WORDS = {
    "de": ("Einstellungen gespeichert", "Nein → Ja", "Auslöser: Von Hand; Nur: Produkte 1"),
    "en": ("Settings saved", "No → Yes", "Started by: By hand; Only: Products 1"),
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_it_says_in_words_is_found_by_them(desk: Desk, store: StoreRow, visit, lang):
    wanted = {"include_review_score": "yes", "page_size": "50"}
    run.change_settings(desk, store, lambda now: now.changed(wanted), note="")
    asked = {"only": {"products": [1]}}
    queued = desk.queue_run(store, "sync", trigger="manual", options=asked)
    action, moved, said = WORDS[lang]
    told = visit("audit", lang=lang, q=action).dataframe[0].value
    assert list(told["action"]) == [action]
    assert f"{text('setting.include_review_score.label', lang)}: {moved}" in told["changes"].iloc[0]
    told = visit("audit", lang=lang, q=said.split(":")[0]).dataframe[0].value
    assert told["changes"].iloc[0] == f"{text('audit.field.run', lang)}: {queued.id}; {said}"


def test_its_search_is_in_the_address_and_finds_by_words(desk: Desk, store: StoreRow, visit):
    desk.set_options(store, {"outlier_k": "6"})
    app = visit("audit", lang="en", q="OUTLIER main")
    assert list(app.dataframe[0].value["action"]) == [text("audited.store_set")]
    [found] = desk.audited(text="OUTLIER " * 5000)
    assert found.action == "store set"
    assert desk.audited(text=" ".join(map(str, range(5000)))) == []
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


@pytest.mark.parametrize("lang", LANGUAGES)
def test_its_export_has_the_readers_words_and_time(desk: Desk, store, visit, lang):
    queued = run.request(desk, store, "sync")
    run.cancel(desk, queued.id)
    desk.set_options(store, {"outlier_k": "6"})
    zone = ZoneInfo("Europe/Amsterdam")
    with in_language(lang), format.in_zone(zone):
        export = signin.later(partial(audit._export, ""))
    with ThreadPoolExecutor(1) as thread:
        told = thread.submit(export).result().decode("utf-8-sig")
    at = {each.id: datetime.fromtimestamp(each.at, zone) for each in desk.audited()}
    table = visit("audit", lang=lang).dataframe[0].value
    head, *lines = csv.reader(told.splitlines(), delimiter=";" if lang == "de" else ",")
    assert head[:-1] == [text(f"audit.column.{name}", lang) for name in table.columns]
    shown = {row["id"]: row for row in table.to_dict("records")}
    assert len(lines) >= 3
    for number, moment, who, action, subject, changes, _ in lines:
        row = shown[int(number)]
        if lang == "de":
            assert moment == at[int(number)].strftime("%d.%m.%Y %H:%M:%S")
        assert (who, action, subject) == (row["who"], row["action"], row["subject"])
        assert changes == row["changes"]
    assert text("runs.number", lang, run=queued.id) in {line[4] for line in lines}
