"""SQLite finds single rows by an index. Whether it does is its planner's choice, which differs from
version to version: a statement that names a row's number and looks through all rows of a language
costs nothing in a small shop and hours in a large one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from sync import answers, overview, preview, run
from sync.database import opened, script, sqlite3
from sync.engine import claim, hand_back
from sync.engine.upkeep import queue_due
from sync.explain import explain
from sync.store import Desk, Wanted
from tests.conftest import HastyClock, Place

# Columns by which single rows, or the rows of one record, are meant.
_SINGLE = re.compile(
    r"\b(?<!\.)(id|product|variant|source|order_id|number|slug)\s*=\s*(?:\?\d*|:\w+)"
)
_VERB = re.compile(r"\s*(SELECT|UPDATE|DELETE)\b", re.IGNORECASE)

Statements = Counter[tuple[str, str]]


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Statements:
    """File and text of every statement from here on, in order, and how often it ran."""
    found: Statements = Counter()
    connect = sqlite3.connect

    class Noting(sqlite3.Connection):
        file = ""

        def execute(self, sql: str, *args: Any) -> Any:
            found[self.file, sql] += 1
            return super().execute(sql, *args)

        def executemany(self, sql: str, rows: Iterable[Any]) -> Any:
            found[self.file, sql] += 1
            return super().executemany(sql, rows)

    def noted(path: str, *args: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(path, *args, **options, factory=Noting)
        connection.file = str(path)
        return connection

    monkeypatch.setattr(sqlite3, "connect", noted)
    return found


def test_single_rows_are_found_by_an_index(place: Place, statements: Statements) -> None:
    everything = {"include_customers": "yes", "include_pages": "yes", "include_review_score": "yes"}
    place.set(**everything, include_orders="all")
    assert place.run().state == "succeeded"
    for kind in ("product", "order"):
        for row in place.state.all(kind)[:3]:
            place.state.edit(kind, row["id"], code="changed")
    assert place.run().state == "succeeded"
    assert place.run(full=True).state == "succeeded"
    explain(place.desk, place.store, "product", "1")
    single = [key for key in statements if _VERB.match(key[1]) and _SINGLE.search(_outer(key[1]))]
    assert len(single) >= 20
    slow = {sql: plan for file, sql in single for plan in [_plan(file, sql)] if _is_scan(sql, plan)}
    assert slow == {}


def test_what_sold_is_found_by_an_index(place: Place, statements: Statements) -> None:
    """It is a list of its own, made anew: without an index it is read once for each record."""
    assert place.run().state == "succeeded"
    plan = preview.prepared(place.desk, place.store)
    statements.clear()
    preview.rows(place.desk, place.store, plan.key, "products", sort="sold")
    ended = place.desk.runs(place.store, limit=1)[0]
    run.outcomes(place.desk, ended.id, by_sales=True)
    run.wrong_records(place.desk, ended.id, run.Wrong("some", [], [], 1, {}, None, None))
    joined = [key for key in statements if "sold_in" in key[1]]
    assert len(joined) == 3
    slow = [sql for file, sql in joined if "(product=?)" not in " ".join(_plan(file, sql))]
    assert slow == []


def test_what_a_record_was_is_found_by_the_record(place: Place, statements: Statements):
    """And not among all that changed since."""
    assert place.run().state == "succeeded"
    came = place.desk.clock.now()
    place.desk.clock.sleep(60)
    place.set(image_size="90x90x2")
    assert place.run().state == "succeeded"
    statements.clear()
    assert answers.held(place.desk, place.store, came, came + 3600).entities["products"].changed
    lines = [key for key in statements if "FROM history" in key[1] and "source = ?" in key[1]]
    assert len(lines) == 1
    assert all("source=?" in " ".join(_plan(*key)) for key in lines)


# Without an index, or the part of one: all runs, keys, or log lines, by the names they have.
_READS_ALL = re.compile(r"SCAN (run|r|q|w|l|api_key|k|run_log|alert|a|alert_delivery|d)$")
_RUNS_ALL = re.compile(r"SCAN (run|r)$")  # budgets are read of all keys in one go
MANY = """
INSERT INTO shop (id, slug, name, domain, cluster, created)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
  SELECT i, 'shop' || i, 'Shop', '', 'eu1', 0 FROM n;
INSERT INTO store (id, slug, name, shop_id, language, public_key, private_key, created)
  SELECT id, slug, name, id, 'nl', '', '', 0 FROM shop;
INSERT INTO settings_version (store_id, version, "values", at, who, note)
  SELECT id, 1, '{}', 0, 'test', '' FROM shop;
INSERT INTO run (store_id, shop_id, kind, trigger, who, state, queued, started, finished, due,
  settings_version)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
  SELECT s.id, s.id, 'sync', 'schedule', 'test', 'succeeded', n.i, n.i, n.i, n.i, 1
  FROM store s, n;
UPDATE run SET state = CASE shop_id % 3 WHEN 0 THEN 'queued' WHEN 1 THEN 'running' ELSE 'waiting'
  END, until = 1, finished = NULL, side = CASE shop_id % 3 WHEN 2 THEN 'clerk' END,
  host = CASE shop_id % 3 WHEN 2 THEN 'x' END
  WHERE id IN (SELECT max(id) FROM run GROUP BY store_id)
"""


def test_what_a_worker_looks_for_is_found_by_an_index(tmp_path: Path, statements: Statements):
    """However many runs have ended: what is looked for again and again never reads them all."""
    desk = Desk(tmp_path, clock=HastyClock())
    with opened(desk.path) as db:
        script(db, MANY)
    shop, store = desk.shop("shop7"), desk.store("shop7")
    statements.clear()
    [*_, waiting] = desk.due_runs(300)
    queue_due(desk)
    claim(desk, waiting.id)
    hand_back(desk, waiting.id)
    desk.requeue_dead(shop.id, but=waiting.id)
    desk.outages()
    for probe in (False, True):
        desk.side_failed("clerk", "x", probe=probe)
    desk.outage("clerk", "x")
    desk.side_answers("clerk", "x")
    desk.end_waits(shop)
    for look in (desk.held_runs, desk.unended_run, desk.active_run, desk.newest_books):
        look(store)
    desk.confirmed_before(store)
    wanted = Wanted(store=store.id, since=1.0, until=9.0)
    desk.find_runs(wanted, limit=10)
    desk.count_states(wanted)
    desk.run_times(store.id, 1.0)
    desk.states_by_quarter(1.0)
    desk.last_states(store.id, 30)
    desk.runs_after(store.id, 1)
    desk.runs_before(store.id, 9, "sync", 50)
    desk.run_before(store, 9, "sync")
    desk.keys(shop)
    desk.stores(shop)
    desk.whole_syncs(store.id)
    desk.has_alert_targets()
    desk.due_deliveries()
    looks = [key for key in statements if _VERB.match(key[1])]
    assert len(looks) >= 20
    plans = {sql: _plan(file, sql) for file, sql in looks}
    slow = {sql: plan for sql, plan in plans.items() if any(map(_READS_ALL.match, plan))}
    assert slow == {}


def test_an_overview_takes_the_same_statements_for_any_number_of_stores(
    tmp_path: Path, statements: Statements
):
    desk = Desk(tmp_path, clock=HastyClock())
    with opened(desk.path) as db:
        script(db, MANY)
    statements.clear()
    seen = overview.overview(desk)
    overview.holds(desk, seen)
    assert len(seen.lines) == 300
    looks = {key: times for key, times in statements.items() if "SELECT" in key[1]}
    assert sum(looks.values()) < 12
    plans = {sql: _plan(file, sql) for file, sql in looks}
    slow = {sql: plan for sql, plan in plans.items() if any(map(_RUNS_ALL.match, plan))}
    assert slow == {}


def _outer(sql: str) -> str:
    """The statement without what stands in brackets."""
    while (shorter := re.sub(r"\([^()]*\)", "", sql)) != sql:
        sql = shorter
    return sql


def _plan(file: str, sql: str) -> list[str]:
    numbered = [int(n) for n in re.findall(r"\?(\d+)", sql)]
    values: Any = [1] * (max(numbered) if numbered else sql.count("?"))
    if names := re.findall(r":(\w+)", sql):
        values = dict.fromkeys(names, 1)
    with opened(Path(file)) as db:
        db.conn.create_function("customer_title", 1, str)  # the mirror's own
        return [row[3] for row in db.conn.execute(f"EXPLAIN QUERY PLAN {sql}", values)]


def _is_scan(sql: str, plan: list[str]) -> bool:
    """Whether none of the columns that mean a single row is looked up."""
    columns = {found[1] for found in _SINGLE.finditer(_outer(sql))}
    looked_up = " ".join(plan)
    return not any(f"{column}=?" in looked_up for column in columns | {"rowid"})
