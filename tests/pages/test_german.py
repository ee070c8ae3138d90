"""What went wrong is told in the reader's language, wherever a page shows it."""

import pytest

from sync import run
from sync.errors import Message
from sync.http import NoAddress
from sync.lightspeed.answers import LightspeedDown
from sync.mirror import OddRow
from sync.openshop import opened_shop
from sync.store import State
from sync.texts import text
from tests.pages.conftest import texts

DOWN = LightspeedDown("lightspeed.unreached", why=NoAddress("http.no_address", host="api.x"))
IN_ENGLISH = "Lightspeed cannot be reached: the address of api.x is unknown"
IN_GERMAN = "Lightspeed ist nicht erreichbar: Die Adresse von api.x ist unbekannt"
NO_TAGS = Message("read.tags", why=DOWN)


def said(app) -> str:
    """What the page says, without the marks that keep it from being Markdown."""
    return texts(app).replace("\\", "").replace("\u2060", "")


@pytest.fixture
def failed(desk, store):
    """The store's newest run: failed, with a note and a record that failed."""
    row = run.request(desk, store, "sync")
    with opened_shop(desk, store) as shop:
        journal = shop.journal(row.id)
        journal.note(NO_TAGS, desk.clock.now(), entity="products")
        source = shop.mirror.conn.execute("SELECT id FROM product").fetchone()[0]
        journal.record("products", source, source, "failed", 1.0, message=DOWN.message)
    desk.update_run(row.id, {"started": desk.clock.now()})
    return run.end(desk, desk.run(row.id), State.FAILED, message=DOWN.message)


def test_a_stored_run_keeps_its_sentence_code_and_values(desk, failed):
    assert (failed.message, failed.said) == (IN_ENGLISH, DOWN.message)
    report = run.report(desk, failed)
    assert (report.message, report.detail["code"]) == (IN_ENGLISH, "lightspeed.unreached")
    told = {(error["message"], error["detail"]["code"]) for error in report.errors}
    assert told == {
        (IN_ENGLISH, "lightspeed.unreached"),
        (f"tags could not be read: {IN_ENGLISH}", "read.tags"),
    }


@pytest.mark.parametrize(("lang", "line"), [("en", IN_ENGLISH), ("de", IN_GERMAN)])
def test_a_failed_run_says_why_on_its_page_and_on_the_overview(visit, failed, lang, line):
    shown = said(visit("run", lang=lang, run=str(failed.id)))
    assert line in shown
    assert NO_TAGS.text(lang) in shown
    assert line in said(visit("overview", lang=lang))
    assert (IN_ENGLISH in shown) == (lang == "en")


def test_a_record_s_row_and_story_say_why_it_failed(desk, visit, failed):
    app = visit("run", lang="de", run=str(failed.id))
    app.session_state["run:tab"] = text("run.tab.records", "de")
    app.run()
    told = [str(cell) for frame in app.dataframe for cell in frame.value.to_numpy().ravel()]
    assert IN_GERMAN in told
    [record] = [row for row in run.outcomes(desk, failed.id)["rows"] if row["outcome"] == "failed"]
    app = visit("lookup", lang="de", entity="product", id=str(record["id"]))
    told = [str(cell) for frame in app.dataframe for cell in frame.value.to_numpy().ravel()]
    assert any(IN_GERMAN in cell for cell in told)


def test_a_run_of_an_older_version_has_but_its_sentence(desk, visit, failed):
    old = [{"message": IN_ENGLISH, "count": 2, "sample": None, "link": None}]
    desk.update_run(failed.id, {"detail": None, "errors": old})
    shown = said(visit("run", lang="de", run=str(failed.id)))
    assert IN_ENGLISH in shown


def test_a_record_that_nobody_has_is_told_of_in_german(data, visit):
    app = visit("preview", lang="de", entity="product", id="999999")
    assert "999999 ist weder in der lokalen Kopie noch in Clerk.io" in said(app)


def test_a_refused_click_on_the_preview_is_told_in_german(desk, store, visit):
    app = visit("preview", lang="de")
    desk.remove_store(store)
    app.button(key="preview.refresh").click().run()
    assert "wurde inzwischen entfernt" in said(app)
    assert "no longer exists" not in said(app)


def test_a_run_that_was_taken_over_is_told_of_in_german(desk, store, visit):
    held = run.request(desk, store, "sync")
    desk.update_run(held.id, {"state": "held"})
    run.request(desk, store, "sync")
    shown = said(visit("run", lang="de", run=str(held.id)))
    assert "Ein neuerer Lauf des Stores ist an seine Stelle getreten." in shown


def test_a_row_that_cannot_be_read_is_called_by_what_is_wrong_with_it(desk, store, visit):
    shapeless = Message("shape.no_id", kind="products")
    what = Message("read.row_id", path="catalog", id=777, why=shapeless)
    with opened_shop(desk, store) as shop:
        row = OddRow("catalog", store.language, "products", 777, what, 1)
        shop.mirror.put_odd(row, b"x", 1, apart=True)
    shown = said(visit("lookup", lang="de", entity="product", id="777"))
    assert what.text("de") in shown
    assert what.text() not in shown
