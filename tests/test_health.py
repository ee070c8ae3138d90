"""What a desk tells those who watch it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from sync import health, status
from sync.database import opened
from sync.engine import serving
from sync.store import Desk
from tests.bench.many import fill


def ended(path: Path) -> None:
    path.write_bytes(b"no database at all, but long enough to be asked for its pages" * 20)


def older(path: Path) -> None:
    _steps(
        path, "DELETE FROM _sqlite_migrations WHERE id = (SELECT max(id) FROM _sqlite_migrations)"
    )


def newer(path: Path) -> None:
    _steps(
        path,
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
        " SELECT migration_set, '999_later', applied_at FROM _sqlite_migrations LIMIT 1",
    )


def _steps(path: Path, sql: str) -> None:
    with opened(path) as db:
        db.execute(sql)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda path: None, {"desk": "ok", "schema": "ok", "worker": "not needed"}),
        (Path.unlink, {"desk": "missing"}),
        (ended, {"desk": "cannot be opened"}),
        (older, {"desk": "ok", "schema": "older"}),
        (newer, {"desk": "ok", "schema": "newer"}),
    ],
)
def test_a_desk_is_ready_if_this_version_can_work_with_it(
    tmp_path: Path, change: Callable[[Path], object], found: dict[str, str]
):
    desk = Desk(tmp_path / "data")
    change(desk.path)
    told = health.readiness(desk.data_dir)
    assert told.checks == {**found, "disk": "ok"}
    assert told.ready == (found["desk"] == found.get("schema") == "ok")


def test_a_worker_is_needed_once_there_is_something_to_do(tmp_path: Path):
    desk = Desk(tmp_path / "data")
    fill(desk, 3)
    assert health.readiness(desk.data_dir).checks["worker"] == "none"
    assert health.readiness(desk.data_dir, starting=True).ready
    with serving.worker_lock(desk) as mine:
        assert mine
        assert health.readiness(desk.data_dir).ready


def test_the_figures_are_those_of_the_desk_and_name_nobody(tmp_path: Path):
    desk = Desk(tmp_path / "data")
    fill(desk, 40)
    told = health.metrics(desk)
    rows = status.fleet(desk)
    levels = Counter(row["level"] for row in rows)
    for level in status.LEVELS:
        assert f'sync_desk_stores{{level="{level}"}} {levels[level]}\n' in told
    states = Counter(str(run.state) for store in desk.stores() for run in desk.runs(store))
    for state in ("held", "queued", "running", "waiting"):
        assert f'sync_desk_runs{{state="{state}"}} {states[state]}\n' in told
    families = [line.split()[2] for line in told.splitlines() if line.startswith("# TYPE")]
    assert len(families) == len(set(families))
    assert not [row["store"] for row in rows if row["store"] in told]
    assert str(tmp_path) not in told
