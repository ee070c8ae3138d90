"""Each record that a draft moves is put on the settings that move it, and on no others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from sync import preview
from sync.cli import main
from sync.entities import ENTITIES
from sync.preview.blame import LARGEST, Blamed
from tests.conftest import Left, Place, again
from tests.test_agreement import DRAFTS
from tests.test_preview_record import contents, waiting

Key = tuple[str, int | str]
TWO = {"image_size": "90x90x2", "price_tax": "excl"}


@pytest.fixture
def filled_place(filled: Path, tmp_path: Path, runs_left: Callable[..., Left]) -> Iterator[Place]:
    """Everything read and sent under the default settings."""
    with again(runs_left(filled, "sync", {}), tmp_path) as place:
        yield place


def moves_of(place: Place, draft: Mapping[str, str]) -> dict[Key, str]:
    """What a draft moves, from the records of two previews and the ledger alone."""
    found: dict[Key, str] = {}
    before, after = contents(place, None), contents(place, dict(draft))
    for entity in ENTITIES:
        old, new = before[entity], after[entity]
        was, will = (
            waiting(place, each) if entity == "orders" else set() for each in (None, dict(draft))
        )
        for key in old.keys() | new.keys() | was | will:
            had, has = key in old or key in was, key in new or key in will
            if had and has:
                if key in old and key in new and old[key] != new[key]:
                    found[entity, key] = "change"
            elif has:
                found[entity, key] = "enter" if key in new else "follow"
            else:
                found[entity, key] = "leave"
    return found


def sources(place: Place, draft: Mapping[str, str]) -> dict[Key, int | str]:
    lines = [*place.records(), *place.records(dict(draft))]
    return {(line["entity"], line["key"]): line["id"] for line in lines}


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(draft=DRAFTS)
def test_the_blamed_settings_move_the_record_and_no_fewer_do(
    filled_place: Place, draft: dict[str, str]
):
    place = filled_place
    found = preview.blamed(place.desk, place.store, draft)
    moves, source = moves_of(place, draft), sources(place, draft)
    assert counted(found) == {
        (entity, move): sum(1 for (of, _), each in moves.items() if (of, each) == (entity, move))
        for entity, move in {(key[0], move) for key, move in moves.items()}
    }

    @cache
    def moved_by(names: tuple[str, ...]) -> frozenset[Key]:
        return frozenset(moves_of(place, {name: draft[name] for name in names}))

    for key in moves:
        blame = found.records[key[0]][source[key]]
        if blame.each:
            assert all(key in moved_by((name,)) for name in blame.settings), (key, blame)
        elif len(blame.settings) <= LARGEST:
            assert key in moved_by(blame.settings), (key, blame)
            fewer = (
                some
                for size in range(1, len(blame.settings))
                for some in combinations(blame.settings, size)
            )
            assert not any(key in moved_by(some) for some in fewer), (key, blame)


def counted(found: Blamed) -> dict[tuple[str, str], int]:
    numbers: dict[tuple[str, str], int] = {}
    for blame in found.blames:
        for entity, moves in blame.entities.items():
            for move, n in vars(moves).items():
                if n:
                    numbers[entity, move] = numbers.get((entity, move), 0) + n
    return numbers


def test_two_settings_are_blamed_together_for_what_neither_moves_alone(filled_place: Place):
    place = filled_place
    out = [each["id"] for each in place.records() if each["reasons"] == ["out_of_stock"]]
    sent = [each["id"] for each in place.records() if each["entity"] == "products"]
    place.set(import_products="no")
    draft = {"import_products": "yes", "include_out_of_stock": "yes", "image_size": "90x90x2"}
    found = preview.blamed(place.desk, place.store, draft)
    assert out
    for record in out:
        assert found.of("products", record) == ("include_out_of_stock", "import_products")
    changed = ("image_size", "import_products")
    assert changed in {found.of("products", record) for record in sent}
    assert {(blame.settings, blame.each) for blame in found.blames} == {
        (("include_out_of_stock", "import_products"), False),
        (changed, False),
    }


def test_settings_that_each_move_a_record_share_the_blame(filled_place: Place):
    place = filled_place
    found = preview.blamed(place.desk, place.store, TWO)
    shared = [blame for blame in found.blames if blame.each]
    assert [set(blame.settings) for blame in shared] == [set(TWO)]
    assert shared[0].entities["products"].change > 0


def test_a_draft_that_moves_nothing_blames_nobody(filled_place: Place):
    place = filled_place
    saved = place.desk.settings(place.store).settings.values()["image_size"]
    for draft in ({"image_size": saved}, {"removal_limit_percent": "77"}):
        assert preview.blamed(place.desk, place.store, draft).blames == []


def test_the_command_line_says_it_beside_the_preview(
    filled_place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    place = filled_place
    words = ["--data", str(place.desk.data_dir), "preview", place.store.slug]
    changed = ["--set", *(f"{key}={value}" for key, value in TWO.items())]
    lines = tmp_path / "records.ndjson"
    assert main([*words, *changed, "--blame", "--records", str(lines), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["settings_version"] is None
    assert {tuple(each["settings"]) for each in document["blame"]} >= {tuple(TWO)}
    found = preview.blamed(place.desk, place.store, TWO)
    for line in map(json.loads, lines.read_text().splitlines()):
        assert line["blame"] == list(found.of(line["entity"], line["id"]))
    assert main([*words, *changed, "--blame"]) == 0
    assert f"{', '.join(TWO)}, each of them alone: " in capsys.readouterr().out
    assert main([*words, "--blame"]) == 2
    assert "--set" in capsys.readouterr().err
