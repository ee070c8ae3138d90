"""SQLite finds single rows by an index. Whether it does is its planner's choice, which differs from
version to version: a statement that names a row's number and looks through all rows of a language
costs nothing in a small shop and hours in a large one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from sync.database import opened, sqlite3
from sync.explain import explain
from tests.conftest import Place

# Columns by which single rows, or the rows of one record, are meant.
_SINGLE = re.compile(
    r"\b(?<!\.)(id|product|variant|source|order_id|number|slug)\s*=\s*(?:\?\d*|:\w+)"
)
_VERB = re.compile(r"\s*(SELECT|UPDATE|DELETE)\b", re.IGNORECASE)

Statements = dict[tuple[str, str], None]


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Statements:
    """File and text of every statement from here on, in order."""
    found: Statements = {}
    connect = sqlite3.connect

    class Noting(sqlite3.Connection):
        file = ""

        def execute(self, sql: str, *args: Any) -> Any:
            found[self.file, sql] = None
            return super().execute(sql, *args)

        def executemany(self, sql: str, rows: Iterable[Any]) -> Any:
            found[self.file, sql] = None
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
        return [row[3] for row in db.conn.execute(f"EXPLAIN QUERY PLAN {sql}", values)]


def _is_scan(sql: str, plan: list[str]) -> bool:
    """Whether none of the columns that mean a single row is looked up."""
    columns = {found[1] for found in _SINGLE.finditer(_outer(sql))}
    looked_up = " ".join(plan)
    return not any(f"{column}=?" in looked_up for column in columns | {"rowid"})
