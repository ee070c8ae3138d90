"""What pages read of runs: records, holds, log, progress, lists."""

import csv
import io
import json

import orjson
import pytest

from sync import answers, explain, run
from sync.cli import main
from sync.database import opened
from sync.documents import as_json
from sync.errors import Message
from sync.openshop import opened_shop
from sync.sandbox.windows import Limits
from sync.store import SORTS, UsageError, Wanted
from sync.texts import numbers, text
from tests.conftest import KEY, PRIVATE, PUBLIC, SECRET, Place, placed

sent = pytest.mark.after("sync", include_customers="yes", include_pages="yes")


@pytest.fixture
def done(place: Place) -> int:
    """The id of the run that sent everything, in a test that is marked so."""
    return place.desk.runs(place.store)[0].id


@sent
def test_outcomes_are_the_books(place: Place, done: int):
    books = place.desk.run(done).books
    counts = run.outcome_counts(place.desk, done)
    assert counts
    for entity, counted in counts.items():
        assert counted == {"created": books[entity]["created"]}
    whole = run.outcomes(place.desk, done, limit=10_000)
    assert whole["total"] == len(whole["rows"]) == sum(c["created"] for c in counts.values())
    assert all(row["title"] for row in whole["rows"])


@sent
def test_outcomes_come_page_by_page_and_filtered(place: Place, done: int):
    whole = run.outcomes(place.desk, done, limit=10_000)["rows"]
    pages = [run.outcomes(place.desk, done, limit=50, offset=n)["rows"] for n in (0, 50, 100)]
    assert [row for page in pages for row in page] == whole[:150]
    some = run.outcomes(place.desk, done, entity="pages", outcome="created", limit=10_000)
    assert some["rows"] == [row for row in whole if row["entity"] == "pages"]
    assert run.outcomes(place.desk, done, outcome="failed") == {"total": 0, "rows": []}


@sent
def test_outcomes_are_searched_by_title_and_id_without_regard_to_case(place: Place, done: int):
    rows = run.outcomes(place.desk, done, limit=10_000)["rows"]
    wanted = next(row for row in rows if not row["title"].isascii())
    for search in (wanted["title"].upper(), str(wanted["id"])):
        assert wanted in run.outcomes(place.desk, done, search=search)["rows"]
    assert run.outcomes(place.desk, done, search="no such thing")["total"] == 0


@sent
def test_exports_hold_every_row(place: Place, done: int):
    rows = run.outcomes(place.desk, done, limit=10_000)["rows"]
    assert orjson.loads(b"".join(run.export_outcomes(place.desk, done, "json"))) == rows
    text = b"".join(run.export_outcomes(place.desk, done, "csv")).decode("utf-8-sig")
    read = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["title"] for row in read] == [row["title"] for row in rows]
    assert orjson.loads(b"".join(run.export_outcomes(place.desk, done, "json", search="%"))) == []
    with pytest.raises(UsageError, match="csv, json"):
        run.export_outcomes(place.desk, done, "xlsx")


@sent
def test_a_finished_run_has_every_phase_behind_it(place: Place, done: int):
    seen = as_json(run.progress(place.desk, done))
    assert {phase["state"] for phase in seen["phases"]} == {"done"}
    assert seen["finish"] is None
    for entity, sent in seen["to_send"].items():
        assert sent["sent"] == sent["of"], entity
    assert seen["lines"]["missing"] == 0
    assert seen["calls"] == place.desk.run(done).calls


def test_a_queued_run_has_every_phase_before_it(place: Place):
    queued = run.request(place.desk, place.store, "refresh")
    seen = as_json(run.progress(place.desk, queued.id))
    assert {phase["state"] for phase in seen["phases"]} == {"next"}
    assert [phase["phase"] for phase in seen["phases"]] == [
        "access",
        "catalogue",
        "orders",
        "reviews",
        "counts",
        "asking",
    ]
    assert seen["planned"] == {}
    assert seen["since"]


@sent
def test_a_log_is_filtered_by_level_text_and_page(place: Place, done: int):
    for level, key in (("warning", "Größe fehlt"), ("debug", "größe gelesen")):
        place.desk.log(done, level, "plan", Message("log.key_refused", key=key))
    whole = run.log_lines(place.desk, done)
    assert whole["total"] == len(whole["rows"])
    [warned] = run.log_lines(place.desk, done, level="warning")["rows"]
    assert "Größe fehlt" in warned["message"]
    assert run.log_lines(place.desk, done, search="GRÖSSE")["total"] == 2
    assert run.log_lines(place.desk, done, search="no such thing")["total"] == 0
    with pytest.raises(UsageError, match="allowed: debug, info"):
        run.log_lines(place.desk, done, level="fatal")
    last = run.log_lines(place.desk, done, limit=2, offset=whole["total"] - 2)["rows"]
    assert ["fehlt" in last[0]["message"], "gelesen" in last[1]["message"]] == [True, True]


@sent
def test_a_log_is_read_and_searched_in_the_readers_language(place: Place, done: int):
    begun = text("phase.plan", "de")
    assert begun in [line["message"] for line in run.log_lines(place.desk, done, lang="de")["rows"]]
    assert run.log_lines(place.desk, done, lang="de", search=begun.upper())["total"] == 1
    assert run.log_lines(place.desk, done, search=begun)["total"] == 0


@sent
def test_a_line_of_an_older_version_is_shown_as_it_was_written(place: Place, done: int):
    with opened(place.desk.path) as db:
        db.execute("UPDATE run_log SET message = 'as it was', detail = NULL")
    said = {line["message"] for line in run.log_lines(place.desk, done, lang="de")["rows"]}
    assert said == {"as it was"}


@sent
@pytest.mark.parametrize("began", [0.0, 0.3, 0.5, 0.7, 0.96])
@pytest.mark.parametrize("seconds", [0.2, 0.46, 0.5, 0.6, 21.4, 21.5, 59.6, 3599.9])
def test_a_run_took_as_long_in_a_terminal_as_on_a_page(
    place: Place, done: int, capsys: pytest.CaptureFixture[str], began: float, seconds: float
):
    """Wherever in a second it began."""
    started = 1_800_000_000 + began
    place.desk.update_run(done, {"started": started, "finished": started + seconds})
    [listed] = run.list_runs(place.desk, Wanted(ids=[done]))["rows"]
    said = numbers.duration(listed.took_s)
    base = ["--data", str(place.desk.data_dir)]
    assert main([*base, "show", str(done)], clock=place.desk.clock) == 0
    told = capsys.readouterr().out.replace("\n", ", ")
    assert text("cli.run.took", took=said) in told.split(", ")
    assert main([*base, "runs", place.store.slug], clock=place.desk.clock) == 0
    [line] = [each for each in capsys.readouterr().out.splitlines() if each.startswith(f"{done} ")]
    assert f" {said} " in line
    assert main([*base, "show", str(done), "--json"], clock=place.desk.clock) == 0
    assert json.loads(capsys.readouterr().out)["took_s"] == listed.took_s


@sent
def test_runs_are_listed_by_state_kind_trigger_day_and_store(place: Place, done: int):
    place.run("refresh")
    listed = run.list_runs(place.desk, Wanted(store=place.store.id))
    assert [row.kind for row in listed["rows"]] == ["refresh", "sync"]
    for row in listed["rows"]:
        kept = place.desk.run(row.run)
        assert row.took_s == pytest.approx(kept.finished - kept.started, abs=0.06)
    began = place.desk.run(done).started
    for wanted, total in (
        (Wanted(kinds=["sync"]), 1),
        (Wanted(states=["failed"]), 0),
        (Wanted(triggers=["manual"], states=["succeeded", "failed"]), 2),
        (Wanted(since=place.desk.clock.now() + 1), 0),
        (Wanted(since=began, until=began + 0.001), 1),
        (Wanted(store=place.store.id + 1), 0),
    ):
        assert run.list_runs(place.desk, wanted)["total"] == total
        assert sum(place.desk.count_states(wanted).values()) >= total
    assert run.list_runs(place.desk, Wanted(), limit=1, offset=1)["total"] == 2


@sent
@pytest.mark.parametrize("sort", SORTS)
def test_runs_are_sorted_by_each_column(place: Place, done: int, sort: str):
    place.run("refresh")
    up, down = (
        [row.run for row in run.list_runs(place.desk, Wanted(), sort=sort, down=way)["rows"]]
        for way in (False, True)
    )
    assert sorted(up) == sorted(down)
    if sort == "calls":
        calls = {row.run: row.calls for row in run.list_runs(place.desk, Wanted())["rows"]}
        assert [calls[number] for number in up] == sorted(calls.values())


@sent
def test_a_run_is_found_by_its_number_what_it_says_who_began_it_and_its_records(
    place: Place, done: int
):
    said = Message("clerk.said", said="AuthenticationError: no such key")
    bad = place.run("refresh").id
    place.desk.update_run(bad, {"state": "failed", "message": str(said), "detail": said.as_json()})

    def found(search: str, lang: str = "en") -> list[int]:
        wanted = run.searched(place.desk, Wanted(store=place.store.id), search, lang)
        return [row.run for row in run.list_runs(place.desk, wanted, lang=lang)["rows"]]

    record = run.outcomes(place.desk, done, entity="products", limit=1)["rows"][0]["id"]
    assert found(str(done)) == found(f"#{done}") == [done]
    assert found("no SUCH key") == [bad]
    assert found(text("cause.clerk_key.name", "de"), "de") == [bad]
    assert found(str(record)) == [done]
    assert done in found(place.desk.run(done).who)
    assert found("nothing says this") == []


@sent
def test_settings_of_a_run_are_compared_with_those_of_now(place: Place, done: int):
    assert run.compare_settings(place.desk, done)["differences"] == []
    place.set(page_size="100")
    compared = run.compare_settings(place.desk, done)
    assert compared["now"] == compared["used"] + 1
    assert compared["differences"] == [{"setting": "page_size", "used": "250", "now": "100"}]


@pytest.mark.after("sync", removal_limit_min="3")
def test_what_a_held_run_would_remove_is_listed_with_titles(place: Place):
    titles = {key: made["name"] for key, made in place.objects("products").items()}
    hidden, gone = sorted(titles)[:10], sorted(titles)[10:20]
    for product in hidden:
        place.state.edit("product", product, isVisible=False)
    for product in gone:
        place.state.delete("product", product)
    held = place.run()
    assert held.state == "held"
    rows = run.hold_rows(place.desk, held.id, limit=100)
    listed = {row["id"]: (row["title"], row["reasons"]) for row in rows["rows"]}
    assert rows["total"] == held.holds[0]["count"]
    for product in (*hidden, *gone):
        assert listed[product][0] == titles[product]
    assert listed[gone[0]][1] == ["gone"]
    sales = answers.sales(place.desk, place.store)
    assert {row["id"]: row["sold"] for row in rows["rows"]} == {n: sales.get(n) for n in listed}
    earned = [row["sold"].revenue if row["sold"] else 0 for row in rows["rows"]]
    assert any(earned)
    assert earned == sorted(earned, reverse=True)  # the ten that matter come first
    pages = [run.hold_rows(place.desk, held.id, limit=7, offset=n)["rows"] for n in (0, 7, 14)]
    assert [row for page in pages for row in page] == rows["rows"]
    found = run.hold_rows(place.desk, held.id, search=titles[gone[0]].upper())
    assert gone[0] in [row["id"] for row in found["rows"]]
    seen = as_json(run.progress(place.desk, held.id))
    assert {"phase": "plan", "state": "stopped"} in seen["phases"]


@pytest.mark.after("sync")
def test_a_removed_record_keeps_its_title(place: Place):
    product, title = next((key, made["name"]) for key, made in place.objects("products").items())
    place.state.delete("product", product)
    removed = place.run()
    [row] = run.outcomes(place.desk, removed.id, outcome="removed", search=title)["rows"]
    assert (row["id"], row["title"], row["reasons"]) == (product, title, ["gone"])


def test_a_waiting_run_says_what_is_left_and_when_it_is_done(tight_place: Place):
    place = tight_place
    place.set(include_orders="all")
    queued = run.request(place.desk, place.store, "sync")
    waiting = place.drive(queued.id, wait=False)
    assert waiting.state == "waiting"
    seen = as_json(run.progress(place.desk, waiting.id))
    assert seen["waiting"]["window"] == "day"
    assert 0 < seen["lines"]["missing"] < seen["lines"]["of"]
    assert {"phase": "lines", "state": "now"} in seen["phases"]
    assert seen["finish"] >= seen["waiting"]["until"]
    orders = seen["to_send"]["orders"]
    assert orders["of"] - orders["sent"] >= seen["lines"]["missing"]


@pytest.fixture
def tight_place(filled, tmp_path):
    """A shop whose key may make 40 calls a day."""
    with placed(filled, tmp_path, Limits(day=40)) as made:
        yield made


def test_the_list_that_is_being_read_is_shown(place: Place):
    queued = run.request(place.desk, place.store, "refresh")
    with opened_shop(place.desk, place.store) as shop:
        cursor = {"seen": 1, "page": 2, "before": 620, "tries": 0, "known": 0}
        shop.journal(queued.id).move("catalog", cursor)
    seen = as_json(run.progress(place.desk, queued.id))
    assert seen["reading"] == {"list": "catalog", "read": 500, "of": 620}


def test_a_customer_s_address_is_in_none_of_it(place: Place):
    place.set(include_customers="yes", collect_emails="yes")
    customer = min(row["id"] for row in place.state.all("customer"))
    place.state.edit("customer", customer, firstname="canary@shop.example", lastname="")
    done = place.run()
    place.set(include_customers="no", removal_limit_percent="0", removal_limit_min="1")
    held = place.run()
    assert held.state == "held"
    desk = place.desk
    told = [
        run.outcomes(desk, done.id, entity="customers", limit=1000),
        run.hold_rows(desk, held.id, limit=1000),
        run.log_lines(desk, done.id),
        run.progress(desk, held.id),
        b"".join(run.export_outcomes(desk, done.id, "csv")),
        explain.lookup(desk, place.store, "canary@shop.example"),
        explain.lookup(desk, place.store, str(customer)),
        explain.timeline(desk, place.store, "customer", customer),
    ]
    assert customer in [row["id"] for row in told[0]["rows"]]
    assert customer in [row["id"] for row in told[1]["rows"]]
    assert told[6][0]["id"] == customer
    assert "canary" not in repr(told)
    assert not [secret for secret in (KEY, SECRET, PUBLIC, PRIVATE) if secret in repr(told)]
