"""What pages read of runs: records, holds, log, progress, lists."""

import csv
import io

import orjson
import pytest

from sync import run
from sync.store import UsageError
from tests.conftest import Place


@pytest.fixture
def done(place: Place) -> int:
    """The id of a run that sent everything."""
    place.set(include_customers="yes", include_pages="yes")
    return place.run().id


def test_outcomes_are_the_books(place: Place, done: int):
    books = place.desk.run(done).books
    counts = run.outcome_counts(place.desk, done)
    assert counts
    for entity, counted in counts.items():
        assert counted == {"created": books[entity]["created"]}
    whole = run.outcomes(place.desk, done, limit=10_000)
    assert whole["total"] == len(whole["rows"]) == sum(c["created"] for c in counts.values())
    assert all(row["title"] for row in whole["rows"])


def test_outcomes_come_page_by_page_and_filtered(place: Place, done: int):
    whole = run.outcomes(place.desk, done, limit=10_000)["rows"]
    pages = [run.outcomes(place.desk, done, limit=50, offset=n)["rows"] for n in (0, 50, 100)]
    assert [row for page in pages for row in page] == whole[:150]
    some = run.outcomes(place.desk, done, entity="pages", outcome="created", limit=10_000)
    assert some["rows"] == [row for row in whole if row["entity"] == "pages"]
    assert run.outcomes(place.desk, done, outcome="failed") == {"total": 0, "rows": []}


def test_outcomes_are_searched_by_title_and_id_without_regard_to_case(place: Place, done: int):
    rows = run.outcomes(place.desk, done, limit=10_000)["rows"]
    wanted = next(row for row in rows if not row["title"].isascii())
    for search in (wanted["title"].upper(), str(wanted["id"])):
        assert wanted in run.outcomes(place.desk, done, search=search)["rows"]
    assert run.outcomes(place.desk, done, search="no such thing")["total"] == 0


def test_exports_hold_every_row(place: Place, done: int):
    rows = run.outcomes(place.desk, done, limit=10_000)["rows"]
    assert orjson.loads(b"".join(run.export_outcomes(place.desk, done, "json"))) == rows
    text = b"".join(run.export_outcomes(place.desk, done, "csv")).decode("utf-8-sig")
    read = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["title"] for row in read] == [row["title"] for row in rows]
    assert orjson.loads(b"".join(run.export_outcomes(place.desk, done, "json", search="%"))) == []
    with pytest.raises(UsageError, match="csv, json"):
        run.export_outcomes(place.desk, done, "xlsx")


def test_a_finished_run_has_every_phase_behind_it(place: Place, done: int):
    seen = run.progress(place.desk, done)
    assert {phase["state"] for phase in seen["phases"]} == {"done"}
    assert seen["finish"] is None
    for entity, sent in seen["to_send"].items():
        assert sent["sent"] == sent["of"], entity
    assert seen["lines"]["missing"] == 0
    assert seen["calls"] == place.desk.run(done).calls


def test_a_queued_run_has_every_phase_before_it(place: Place):
    queued = run.request(place.desk, place.store, "refresh", who="test")
    seen = run.progress(place.desk, queued.id)
    assert {phase["state"] for phase in seen["phases"]} == {"next"}
    assert [phase["phase"] for phase in seen["phases"]] == [
        "access",
        "catalogue",
        "orders",
        "reviews",
    ]
    assert seen["planned"] == {}
    assert seen["since"]


def test_a_log_is_filtered_by_level_text_and_page(place: Place, done: int):
    place.desk.log(done, "warning", "plan", "Größe fehlt")
    place.desk.log(done, "debug", "plan", "größe gelesen")
    whole = run.log_lines(place.desk, done)
    assert whole["total"] == len(whole["rows"])
    assert [r["message"] for r in run.log_lines(place.desk, done, level="warning")["rows"]] == [
        "Größe fehlt"
    ]
    assert run.log_lines(place.desk, done, search="GRÖSSE")["total"] == 2
    assert run.log_lines(place.desk, done, search="no such thing")["total"] == 0
    backwards = run.log_lines(place.desk, done, newest_first=True, limit=2)["rows"]
    assert [r["message"] for r in backwards] == ["größe gelesen", "Größe fehlt"]


def test_runs_are_listed_by_state_kind_trigger_and_store(place: Place, done: int):
    place.run("refresh")
    listed = run.list_runs(place.desk, store=place.store)
    assert [row["kind"] for row in listed["rows"]] == ["refresh", "sync"]
    assert all(row["took_s"] > 0 for row in listed["rows"])
    for filters, total in (
        ({"kinds": ["sync"]}, 1),
        ({"states": ["failed"]}, 0),
        ({"triggers": ["manual"], "states": ["succeeded", "failed"]}, 2),
        ({"since": place.desk.clock.now() + 1}, 0),
        ({"limit": 1, "offset": 1}, 2),
    ):
        assert run.list_runs(place.desk, **filters)["total"] == total
    [point] = run.trend(place.desk, place.store)
    assert point["run"] == done
    assert point["created"] > 0


def test_settings_of_a_run_are_compared_with_those_of_now(place: Place, done: int):
    assert run.compare_settings(place.desk, done)["differences"] == []
    place.set(page_size="100")
    compared = run.compare_settings(place.desk, done)
    assert compared["now"] == compared["used"] + 1
    assert compared["differences"] == [{"setting": "page_size", "used": "250", "now": "100"}]
