"""Whether the desk can be worked with, and figures of it for who watches many of them: two answers
for machines, without names, addresses or paths."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sync
from sync.database import is_writable, opened, sqlite3
from sync.fleet import standings
from sync.status import LEVELS, damaged_files, dead_runs, judged
from sync.store import ACTIVE, TERMINAL, Desk, State, in_sql, worker_alive
from sync.store.schema import migrations

OK: Final = "ok"
NOT_NEEDED: Final = "not needed"
_DAY: Final = 86400.0
_WORK: Final = f"""
SELECT EXISTS (SELECT 1 FROM store WHERE NOT paused)
  OR EXISTS (SELECT 1 FROM run WHERE state IN ({in_sql(ACTIVE)}))
"""
_OPEN: Final = (*ACTIVE, State.HELD)
_OPEN_RUNS: Final = f"""
SELECT state, count(*) FROM run WHERE state IN ({in_sql(ACTIVE)}) GROUP BY state
UNION ALL SELECT state, count(*) FROM run WHERE state = '{State.HELD}' GROUP BY state
"""
_ENDED_RUNS: Final = f"""
SELECT state, count(*) FROM run
WHERE ifnull(started, queued) >= ? AND state IN ({in_sql(sorted(TERMINAL))}) GROUP BY state
"""
_OLDEST: Final = f"SELECT min(due) FROM run WHERE state IN ('{State.QUEUED}', '{State.APPROVED}')"


@dataclass(frozen=True, slots=True)
class Readiness:
    """What was looked at, each with `ok`, `not needed` or what is wrong."""

    checks: Mapping[str, str]

    @property
    def ready(self) -> bool:
        """Whether nothing is wrong."""
        return set(self.checks.values()) <= {OK, NOT_NEEDED}


def readiness(folder: Path, *, starting: bool = False) -> Readiness:
    """Look at a data folder and change nothing in it. `starting`: a worker was started that may not
    have the folder yet."""
    path = folder / "desk.db"
    disk = OK if is_writable(path) else "not writable"
    if not path.is_file():
        return Readiness({"desk": "missing", "disk": disk})
    try:
        with opened(path) as db:
            applied, known = migrations.applied(db), set(migrations.names())
            if applied != known:
                schema = "older" if applied < known else "newer"
                return Readiness({"desk": OK, "schema": schema, "disk": disk})
            needed = bool(db.execute(_WORK).fetchone()[0])
    except (sqlite3.Error, OSError):
        return Readiness({"desk": "cannot be opened", "disk": disk})
    worker = OK if starting or worker_alive(folder) else "none" if needed else NOT_NEEDED
    return Readiness({"desk": OK, "schema": OK, "worker": worker, "disk": disk})


def metrics(desk: Desk) -> str:
    """Return the desk's figures as OpenMetrics text."""
    now = desk.clock.now()
    with desk.opened() as db:
        waiting: Counter[str] = Counter(dict(db.execute(_OPEN_RUNS).fetchall()))
        ended: Counter[str] = Counter(dict(db.execute(_ENDED_RUNS, [now - _DAY]).fetchall()))
        oldest = db.execute(_OLDEST).fetchone()[0]
    bad, stands = damaged_files(desk), standings(desk)
    dead = dead_runs(desk, stands)
    levels = Counter(judged(each, each.due(now), now, bad, dead).level for each in stands)
    successes = [each.success for each in stands if each.success and not each.store.paused]
    age = 0.0 if oldest is None else max(0.0, now - oldest)
    families = (
        _family("runs", "Runs that have not ended, by state.", "state", waiting, _OPEN),
        _family("ended_runs", "Runs of the last day, by how they ended.", "state", ended, TERMINAL),
        _family("stores", "Stores by level.", "level", levels, LEVELS),
        _one("queue_age_seconds", "How long the longest due run waits for a worker.", age),
        _one(
            "oldest_success_seconds",
            "Since the last complete sync of the store that has waited longest.",
            max((now - at for at in successes), default=0.0),
        ),
        _one("outages", "Sides that do not answer.", len(desk.outages())),
        _one("damaged_files", "Files that the nightly check found damaged.", len(bad)),
        _one("worker_up", "Whether a worker drives this folder.", worker_alive(desk.data_dir)),
        _one("free_bytes", "What is free on the disk.", shutil.disk_usage(desk.data_dir).free),
        _one("data_bytes", "What desk and shops take.", _taken(desk.data_dir)),
        _build(migrations.names()[-1]),
    )
    return "".join(line for family in families for line in family) + "# EOF\n"


def _family(
    name: str, told: str, label: str, counts: Counter[str], known: Iterable[str]
) -> Iterator[str]:
    """One line for each known value, for those that did not occur too."""
    yield from _head(name, told)
    for value in sorted(known):
        yield f'sync_desk_{name}{{{label}="{value}"}} {counts[value]}\n'


def _one(name: str, told: str, value: float) -> Iterator[str]:
    yield from _head(name, told)
    yield f"sync_desk_{name} {round(value, 3) if isinstance(value, float) else int(value)}\n"


def _build(schema: str) -> Iterator[str]:
    yield from _head("build", "The version that answers, and desk.db's newest step.", kind="info")
    yield f'sync_desk_build_info{{version="{sync.__version__}",schema="{schema}"}} 1\n'


def _head(name: str, told: str, kind: str = "gauge") -> Iterator[str]:
    yield f"# TYPE sync_desk_{name} {kind}\n"
    if name.endswith(("_seconds", "_bytes")):
        yield f"# UNIT sync_desk_{name} {name.rpartition('_')[2]}\n"
    yield f"# HELP sync_desk_{name} {told}\n"


def _taken(folder: Path) -> int:
    """The bytes of the databases; a file that goes meanwhile counts as none."""
    total = 0
    for path in (*folder.glob("*.db*"), *folder.glob("shops/*.db*")):
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue
    return total
