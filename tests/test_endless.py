"""Answers that drip, and answers that are too large: given up on the clock and by their bytes."""

from __future__ import annotations

import gzip
import os
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sync import clerk, lightspeed
from sync.budget import Budget, MemoryBook
from sync.clerk import ClerkClient, Record
from sync.clock import SystemClock
from sync.http import Abandoned, BadAnswer, Http, TimedOut
from sync.lightspeed import Key, LightspeedClient
from sync.sandbox.faults import Fault
from sync.sandbox.serve import Sandbox
from sync.sandbox.state import State
from sync.unpack import TooLarge, Unpackable, unpacked
from sync.vault import Secret

DRIPS = ["drip", "drip_gzip", "drip_headers", "continue"]


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(State(tmp_path / "sandbox.db"), windows=None) as made:
        made.state.add_key("key", "secret")
        yield made


def called(sandbox: Sandbox, kind: Any, **options: Any) -> None:
    """A call to either side that meets a fault."""
    sandbox.state.faults.add(Fault("clerk", kind))
    with Http(f"{sandbox.url}/v2", **options) as http:
        http.send("POST", "products", json=b"{}", params={"key": "the-key"})


@pytest.mark.parametrize("kind", DRIPS)
def test_an_answer_that_drips_is_given_up_on_the_clock(sandbox, kind):
    """Each drop comes well within the time-out, so that no pause between two ever is one."""
    with pytest.raises(TimedOut) as caught:
        called(sandbox, kind, timeout=0.1)
    assert caught.value.applied_unknown


@pytest.mark.parametrize("kind", [*DRIPS, "timeout_before"])
def test_whoever_stops_does_not_wait_for_what_drips(sandbox, kind, monkeypatch):
    monkeypatch.setattr("sync.patience._AFTER_STOP", 0.0)
    with pytest.raises(Abandoned) as caught:
        called(sandbox, kind, timeout=3600, stop=lambda: True)
    assert caught.value.applied_unknown


def test_an_answer_under_way_is_still_taken_after_a_stop(sandbox):
    with Http(sandbox.url, stop=lambda: True) as http:
        assert http.send("GET", "/_sandbox/health").status == 200


@pytest.mark.parametrize("kind", ["huge", "bomb"])
def test_too_much_is_a_bad_answer_that_names_the_path_alone(sandbox, kind):
    with pytest.raises(BadAnswer, match=r"more than 64 MB at /v2/products$") as caught:
        called(sandbox, kind)
    assert caught.value.status == 200


def test_an_answer_below_the_bound_is_read(sandbox):
    sandbox.state.faults.add(Fault("clerk", "bomb", size=1_000_000))
    with Http(f"{sandbox.url}/v2") as http:
        assert len(http.send("GET", "products").json()["products"][0]) == 1_000_000


def drops(packed: bytes, taken: list[int], size: int = 4096) -> Iterator[bytes]:
    for at in range(0, len(packed), size):
        taken.append(size)
        yield packed[at : at + size]


def test_a_bomb_is_unpacked_in_small_pieces_and_no_further_than_it_may(monkeypatch):
    monkeypatch.setattr("sync.unpack.LARGEST", 3_000_000)
    taken: list[int] = []
    packed = gzip.compress(bytes(200_000_000), 6)
    pieces: list[int] = []
    with pytest.raises(TooLarge):
        pieces.extend(map(len, unpacked(drops(packed, taken), "gzip")))
    assert max(pieces) <= 1 << 18
    assert sum(pieces) <= 3_000_000
    assert sum(taken) < len(packed) / 10


def test_a_bomb_in_a_bomb_is_bounded_too(monkeypatch):
    monkeypatch.setattr("sync.unpack.LARGEST", 3_000_000)
    inner = gzip.compress(bytes(12_000_000), 9)
    with pytest.raises(TooLarge):
        list(unpacked([gzip.compress(inner + bytes(12_000_000))], "gzip, gzip"))


TEXT = os.urandom(300_000) + bytes(700_000)


@pytest.mark.parametrize("size", [1, 7, 1000, 10_000_000])
@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("X-GZIP", gzip.compress(TEXT, mtime=0)),
        ("gzip", gzip.compress(TEXT[:9], mtime=0) + gzip.compress(TEXT[9:], mtime=0)),
        ("gzip", gzip.compress(TEXT, mtime=0) + b"\0\0\0"),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", zlib.compress(TEXT, wbits=-15)),
        ("gzip, deflate", zlib.compress(gzip.compress(TEXT, mtime=0))),
    ],
)
def test_every_packing_is_undone(encoding, packed, size):
    if size == 1 and encoding == "":
        packed, whole = packed[:100], TEXT[:100]
    else:
        whole = TEXT
    assert b"".join(unpacked(drops(packed, [], size), encoding)) == whole


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("br", b"x"),
        ("gzip", b"no gzip"),
        ("gzip", gzip.compress(b"abc", mtime=0)[:-8] + b"rubbish!"),
    ],
)
def test_what_cannot_be_unpacked_is_told(encoding, packed):
    with pytest.raises(Unpackable):
        list(unpacked([packed], encoding))


@pytest.mark.parametrize("kind", DRIPS)
def test_a_client_that_stops_in_the_middle_of_an_answer_says_so(sandbox, kind, monkeypatch):
    monkeypatch.setattr("sync.patience._AFTER_STOP", 0.0)
    for side in ("clerk", "lightspeed"):
        sandbox.state.faults.add(Fault(side, kind))
    stopping = threading.Event()
    clock, keys = SystemClock(), [Key(1, Secret("key"), Secret("secret"))]
    budget = Budget(MemoryBook(), [1], reserve=0, clock=clock)

    def stop() -> bool:
        """True from the second look on: the call is under way then."""
        asked = stopping.is_set()
        stopping.set()
        return asked

    common = {"api_url": sandbox.url, "clock": clock, "stop": stop}
    reader = LightspeedClient(cluster="eu1", language="nl", keys=keys, budget=budget, **common)
    with reader, pytest.raises(lightspeed.Stopped):
        reader.get("shop")
    stopping.clear()
    writer = ClerkClient(public=Secret("public"), private=Secret("private"), **common)
    with writer, pytest.raises(clerk.Stopped):
        list(writer.upsert("products", [Record(1, 1, b'{"id":1}')]))
    assert writer.calls == {"products": 1}
