"""Errors of all runs and stores become problems: one for one cause, with how it stands."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from sync.answers import problems
from sync.cli import main
from sync.errors import Message
from sync.store import Desk, State, StoreRow
from tests.bench import synthetic
from tests.conftest import PRIVATE, PUBLIC

DOWN = Message("clerk.no_answer", status=500)
ROW = Message("read.row", path="products", why="x")
OLD = Message("message.old", said="from an older version")


@pytest.fixture
def desk(tmp_path) -> Desk:
    made, _ = synthetic.make_store(tmp_path)
    return made


def ended(desk: Desk, store: StoreRow, *errors: tuple[Message, int], state=State.PARTIAL) -> int:
    """A run of the store that ended with these errors."""
    row = desk.queue_run(store, "sync", trigger="manual")
    told = [
        {
            "message": message.text(),
            "detail": message.as_json(),
            "count": n,
            "sample": None,
            "link": None,
        }
        for message, n in errors
    ]
    changes = {"state": state, "finished": desk.clock.now(), "errors": told}
    desk.update_run(row.id, changes)
    return row.id


@pytest.mark.parametrize(
    ("runs", "state"),
    [
        ([1], "new"),
        ([0, 1], "new"),
        ([1, 1], "ongoing"),
        ([1, 0], "solved"),
        ([1, 0, 1], "back"),
        ([1, 0, 1, 1], "back"),
        ([0, 1, 1, 0, 0], "solved"),
    ],
)
def test_a_problem_stands_as_the_runs_say(desk: Desk, runs: Sequence[int], state: str):
    store = desk.store("bench")
    for has in runs:
        ended(desk, store, *([(ROW, 3)] if has else []))
    (found,) = problems(desk)
    assert (found.state, found.code, found.cause) == (state, "read.row", "bad_row")
    assert (found.stores, found.records) == (["bench"], 3)
    assert found.next


def test_stores_share_a_problem_and_the_worst_is_first(desk: Desk):
    first = desk.store("bench")
    keys = {"public": PUBLIC, "private": PRIVATE}
    second = desk.add_store(desk.shop("bench"), "Two", language="de", **keys)
    ended(desk, first, (DOWN, 1))
    ended(desk, first, (DOWN, 1), (OLD, 2))
    ended(desk, second, (DOWN, 4))
    found = {problem.code: problem for problem in problems(desk)}
    assert next(iter(found)) == OLD.code  # what is new stands before what goes on
    down, old = found[DOWN.code], found[OLD.code]
    assert (down.stores, down.records, down.state) == (["bench", second.slug], 5, "ongoing")
    assert (old.state, old.cause) == ("new", "other")
    assert problems(desk, second)[0].stores == [second.slug]
    ended(desk, second)
    assert problems(desk, second)[0].state == "solved"
    assert next(p for p in problems(desk) if p.code == DOWN.code).stores == ["bench"]


def test_what_people_end_says_nothing_and_what_fails_says_why(desk: Desk):
    store = desk.store("bench")
    ended(desk, store, (ROW, 1))
    ended(desk, store, state=State.CANCELLED)
    assert problems(desk)[0].state == "new"
    run = ended(desk, store, (ROW, 1), state=State.FAILED)
    desk.update_run(run, {"message": DOWN.text(), "detail": DOWN.as_json()})
    assert {p.code: p.state for p in problems(desk)} == {ROW.code: "ongoing", DOWN.code: "new"}


def test_the_command_line_lists_them(desk: Desk, capsys: pytest.CaptureFixture[str]):
    words = ["--data", str(desk.data_dir), "problems"]
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(words) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
    ended(desk, desk.store("bench"), (ROW, 2))
    assert main([*words, "bench", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert list(found) == [
        *("code", "cause", "state", "first", "last", "stores", "records", "who", "next"),
    ]
    assert main([*words, "--lang", "de"]) == 0
    assert "Neu" in capsys.readouterr().out
    assert main([*words, "nothing"]) == 2
