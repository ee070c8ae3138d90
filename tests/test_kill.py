"""kill -9 anywhere loses nothing: the run goes on under its id and ends as if nothing had been."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sync import run
from sync.entities import ENTITIES
from tests.conftest import Place, fill_file, placed
from tests.lives import KILLED, AfterCall, AtStatement, BeforeCall, Death, live

ROOT = Path(__file__).parents[1]
IN_FLIGHT = 4
EVERYTHING = {
    "include_customers": "yes",
    "include_pages": "yes",
    "include_orders": "all",
    "include_review_score": "yes",
}
STATEMENTS = 3_000  # a sync of the tiny shop makes about as many


@dataclass(frozen=True)
class Undisturbed:
    """What one sync from nothing to its end leaves behind."""

    fresh: Callable[[Path], AbstractContextManager[Place]]
    objects: dict[str, dict[Any, Any]]
    books: dict[str, Any]
    calls: int


def undisturbed(filled: Path, folder: Path, page_size: str) -> Undisturbed:
    fresh = partial(placed, filled)
    with fresh(folder) as place:
        place.set(**EVERYTHING, page_size=page_size)
        done = place.run()
        assert done.state == "succeeded"
        assert set(lines_fetched(place).values()) == {1}
        objects = {entity: place.objects(entity) for entity in ENTITIES}
        return Undisturbed(fresh, objects, done.books, len(place.state.calls()))


@pytest.fixture(scope="module")
def small(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return undisturbed(tiny, tmp_path_factory.mktemp("small"), "10")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    filled = fill_file(tmp_path_factory.mktemp("filled") / "sandbox.db", products=600, orders=300)
    return undisturbed(filled, tmp_path_factory.mktemp("large"), "50")


def killed_and_resumed(whole: Undisturbed, folder: Path, page_size: str, death: Death) -> None:
    """One life ended by `death`, one that goes on to the end: the same as the undisturbed sync."""
    with whole.fresh(folder) as place:
        place.set(**EVERYTHING, page_size=page_size)
        queued = run.request(place.desk, place.store, "sync")
        died = live(place.desk.data_dir, queued.id, death) == KILLED
        # A page that is asked for ahead may turn out not to be needed: one call more or less.
        assert died or isinstance(death, AtStatement) or place.calls() < death.nth
        resumed = run.request(place.desk, place.store, "sync") if died else queued
        assert resumed.id == queued.id
        assert not died or live(place.desk.data_dir, resumed.id) == 0
        is_as_undisturbed(place, queued.id, whole, lives=2)


def is_as_undisturbed(place: Place, run_id: int, whole: Undisturbed, *, lives: int) -> None:
    done = place.desk.run(run_id)
    assert (done.state, done.message) == ("succeeded", None)
    assert done.books == whole.books
    for entity in ENTITIES:
        assert place.objects(entity) == whole.objects[entity]
        assert place.confirmed(entity) == whole.objects[entity]
    # The answers to the calls in flight died with the process; nothing else is paid for again.
    assert sum(n - 1 for n in lines_fetched(place).values()) <= IN_FLIGHT * (lives - 1)


def lines_fetched(place: Place) -> Counter[str]:
    paths = (call.path for call in place.state.calls(side="lightspeed"))
    return Counter(path for path in paths if "/orders/" in path and path.endswith("/products.json"))


def in_turn(whole: Undisturbed, folder: Path, page_size: str, deaths: Iterable[Death]) -> None:
    for number, death in enumerate(deaths):
        try:
            killed_and_resumed(whole, folder / str(number), page_size, death)
        except AssertionError as error:
            pytest.fail(f"{death}: {error}")


def test_killed_at_every_eighth_call(small: Undisturbed, tmp_path: Path):
    kinds = (AfterCall, BeforeCall)
    deaths = [kinds[n // 8 % 2](n) for n in range(1, small.calls + 1, 8)]
    in_turn(small, tmp_path, "10", deaths)


def test_killed_between_any_two_statements(small: Undisturbed, tmp_path: Path):
    chosen = random.Random(7).sample(range(1, STATEMENTS), 4)
    in_turn(small, tmp_path, "10", map(AtStatement, chosen))


@pytest.mark.soak
@pytest.mark.parametrize("kind", [AfterCall, BeforeCall])
def test_killed_at_every_call(small: Undisturbed, tmp_path: Path, kind: Callable[[int], Death]):
    in_turn(small, tmp_path, "10", map(kind, range(1, small.calls + 1)))


@pytest.mark.soak
def test_killed_at_fifty_calls_of_a_large_sync(large: Undisturbed, tmp_path: Path):
    chosen = random.Random(8).sample(range(1, large.calls + 1), 50)
    in_turn(large, tmp_path, "50", map(AfterCall, chosen))


@pytest.mark.soak
def test_killed_at_two_hundred_statements(small: Undisturbed, tmp_path: Path):
    chosen = random.Random(9).sample(range(1, STATEMENTS), 200)
    in_turn(small, tmp_path, "10", map(AtStatement, chosen))


def test_a_run_that_gets_on_survives_any_number_of_deaths(small: Undisturbed, tmp_path: Path):
    with small.fresh(tmp_path) as place:
        place.set(**EVERYTHING, page_size="10")
        queued = run.request(place.desk, place.store, "sync")
        lives = 1
        while live(place.desk.data_dir, queued.id, AfterCall(6), ahead=lives * 400) == KILLED:
            lives += 1
            assert lives < small.calls
        assert lives > 8
        is_as_undisturbed(place, queued.id, small, lives=lives)


def test_a_run_that_dies_at_the_same_call_each_time_fails(small: Undisturbed, tmp_path: Path):
    with small.fresh(tmp_path) as place:
        place.set(**EVERYTHING)
        queued = run.request(place.desk, place.store, "sync")
        exits = [live(place.desk.data_dir, queued.id, BeforeCall(1)) for _ in range(6)]
        assert exits == [KILLED] * 5 + [0]
        assert place.desk.run(queued.id).state == "failed"
        assert "died 5 times" in str(place.desk.run(queued.id).message)
        again = run.request(place.desk, place.store, "sync")
        assert live(place.desk.data_dir, again.id) == 0
        is_as_undisturbed(place, again.id, small, lives=1)


def command(place: Place, *words: str) -> list[str]:
    return [sys.executable, "-m", "sync", "--data", str(place.desk.data_dir), "--json", *words]


def test_the_command_line_resumes_a_killed_run_under_its_id(place: Place, wait_for):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = subprocess.Popen(
        command(place, "run", "main"),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: place.calls() >= 20)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == KILLED
    interrupted = place.desk.active_run(place.store)
    assert interrupted is not None
    done = subprocess.run(
        command(place, "run", "main"), cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["run"] == interrupted.id


@pytest.mark.after("sync")
@pytest.mark.parametrize("nth", range(1, 10))
def test_tags_of_one_name_are_whole_after_a_death_at_any_of_their_calls(place: Place, nth: int):
    products = sorted(place.objects("products"))[:3]
    for product in products:
        made = {"isVisible": True, "url": {"nl": "x"}, "title": {"nl": "actie"}}
        number = place.state.put("tag", made)
        place.state.put("tag_product", {"tag": number, "product": product})
    place.set(custom_attributes="actie")
    queued = run.request(place.desk, place.store, "sync")
    assert live(place.desk.data_dir, queued.id, AfterCall(nth)) == KILLED
    assert run.request(place.desk, place.store, "sync").id == queued.id
    assert live(place.desk.data_dir, queued.id) == 0
    sent = place.objects("products")
    assert {product for product in sent if sent[product]["actie"]} == set(products)
