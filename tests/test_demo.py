"""The demo shop as a page makes it; as a command it is in tests/test_cli.py."""

from __future__ import annotations

import pytest

from sync import demo
from sync.store import Desk, Refused
from sync.store.files import os_lock

SMALL = demo.Size(products=20, orders=20)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "data")


def test_it_is_told_how_far_it_is_and_its_read_is_queued(desk):
    told = []
    queued = demo.make(desk, SMALL, told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    assert queued.kind == "refresh"
    assert desk.store_by_id(queued.store_id).paused
    assert demo.make(desk, SMALL).id == queued.id


def test_ended_half_way_it_begins_anew(desk):
    def left(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo.make(desk, SMALL, left)
    assert desk.shops() == []
    assert demo.make(desk, SMALL).kind == "refresh"


def test_two_at_once_do_not_make_it_twice(desk):
    with os_lock(desk.data_dir / "demo.lock"), pytest.raises(Refused, match="just making"):
        demo.make(desk, SMALL)
