"""kill -9 anywhere loses nothing: the next run goes on under the same id."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import Place

ROOT = Path(__file__).parents[1]
IN_FLIGHT = 4


def command(place: Place, *words: str) -> list[str]:
    return [sys.executable, "-m", "sync", "--data", str(place.desk.data_dir), "--json", *words]


@pytest.mark.parametrize(
    ("side", "index"), [("lightspeed", 4), ("lightspeed", 20), ("lightspeed", 33), ("clerk", 1)]
)
def test_a_killed_run_is_resumed_under_its_id(place: Place, wait_for, side: str, index: int):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = subprocess.Popen(
        command(place, "run", "main"),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: place.calls(side) >= index)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    interrupted = place.desk.active_run(place.store)
    assert interrupted is not None
    assert interrupted.state in ("queued", "running")
    done = subprocess.run(
        command(place, "run", "main"), cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["run"] == interrupted.id
    records = place.records()
    sent = {(r["entity"], r["key"]): r["payload"] for r in records if r["action"] == "unchanged"}
    assert all(r["action"] in ("unchanged", "skip") for r in records)
    for entity in ("products", "categories", "orders"):
        expected = {key: payload for (kind, key), payload in sent.items() if kind == entity}
        assert expected == place.objects(entity)
    assert sum(n - 1 for n in lines_fetched(place).values()) <= IN_FLIGHT


def lines_fetched(place: Place) -> Counter[str]:
    paths = (call.path for call in place.state.calls(side="lightspeed"))
    return Counter(path for path in paths if "/orders/" in path and path.endswith("/products.json"))
