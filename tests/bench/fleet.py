"""A worker with many shops of 5,000 products, of which 20 changed: how many hourly runs an hour it
does with one process and with several, what memory and CPU that takes, and how soon a person's run
begins meanwhile. And what looking after 5,000 stores costs.

Every answer takes ANSWER seconds. Time is played faster: the hours between the runs are skipped,
and all shops but the first are copies of it. The stand-ins run in a process of their own, whose
CPU is the worker's competitor here.

Run as `python -m tests.bench.fleet [shops] [products] [processes,…]`.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sync import alerts, run, status
from sync.database import immediate, kept, opened, script
from sync.engine import serving, upkeep
from sync.engine.places import MOST
from sync.engine.upkeep import SHARE_OF_ALERTS, TICK
from sync.engine.worker import FOR_PEOPLE, POLL
from sync.sandbox.state import State
from sync.store import Desk, RunRow, StoreRow
from sync.store.numbers import OWNER

CHANGES = 20
ORDERS = 200
ANSWER = 0.4  # seconds
PEOPLE = 8  # shops whose runs people start, one every second
STORES = 5_000
RUNS = 24  # of each of them, ended
HOUR = 3600.0

Words = Mapping[str, str]


def main() -> None:
    """Print one row for each figure."""
    shops = int(sys.argv[1]) if len(sys.argv) > 1 else MOST
    products = int(sys.argv[2]) if len(sys.argv) > 2 else 5_000
    processes = sys.argv[3].split(",") if len(sys.argv) > 3 else ["1", "2", "4"]
    with tempfile.TemporaryDirectory() as folder:
        _sustained(Path(folder), shops, products, [int(n) for n in processes])
    with tempfile.TemporaryDirectory() as folder:
        _many(Desk(Path(folder)))


# -- runs an hour -----------------------------------------------------------------------------


def _sustained(folder: Path, shops: int, products: int, processes: Sequence[int]) -> None:
    desk, file = Desk(folder / "data"), folder / "sandbox.db"
    with stand_ins(file, products) as words:
        first = connected(desk, words, "Shop 0")
        for n in range(2):  # what a shop learns once it has learned by then
            _change(file, n)
            desk.queue_run(first, "sync", trigger="manual")
            serving.work(desk, stop=threading.Event(), once=True)
    stores = [first, *(copied(desk, words, first, f"Shop {n}") for n in range(1, shops))]
    people = [copied(desk, words, first, f"Person {n}") for n in range(PEOPLE)]
    for store in people:
        desk.pause(store, True)
    port = words["URL"].rpartition(":")[2]
    for n, count in enumerate(processes):
        _change(file, n + 2)
        _skip_an_hour(desk)
        with stand_ins(file, products, "--port", port, "--delay", str(ANSWER)):
            _tell(count, _Hour(desk, stores, people).worked(count))


@contextmanager
def stand_ins(file: Path, products: int, *more: str) -> Iterator[Words]:
    size = ["--products", str(products), "--orders", str(ORDERS), "--state", str(file)]
    serve = [sys.executable, "-m", "sync.sandbox", "--windows", "off", *size, *more]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            yield dict(word.split("=", 1) for word in line.split())
        finally:
            server.terminate()


def connected(desk: Desk, words: Words, name: str) -> StoreRow:
    """A shop with one store; all of them are the same one to the stand-ins."""
    url = words["URL"]
    shop = desk.add_shop(name, domain="www.bench.example", cluster="eu1", api_url=url)
    desk.add_key(shop, words["LIGHTSPEED_API_KEY"], words["LIGHTSPEED_API_SECRET"])
    public, private = words["CLERK_PUBLIC_KEY_nl"], words["CLERK_PRIVATE_KEY_nl"]
    keys = {"public": public, "private": private}
    return desk.add_store(shop, name, language="nl", api_url=url, **keys)


def copied(desk: Desk, words: Words, first: StoreRow, name: str) -> StoreRow:
    """Another shop that has read and sent what the first one has."""
    store = connected(desk, words, name)
    source = desk.shop_file(desk.shop_by_id(first.shop_id))
    target = desk.shop_file(desk.shop_by_id(store.shop_id))
    with opened(source) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(source, target)
    with opened(target) as db, immediate(db) as conn:
        for (table,) in conn.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table'"
        ).fetchall():
            if any(row[1] == "store" for row in conn.execute(f"PRAGMA table_info({table})")):
                conn.execute(f"UPDATE {table} SET store = ?", [store.id])
        conn.execute("DELETE FROM meta WHERE key = ?", [OWNER])
    return store


def _change(file: Path, n: int) -> None:
    state = State(file)
    sold = [product for product in state.all("product") if product["isVisible"]]
    for product in sold[n * CHANGES : (n + 1) * CHANGES]:
        state.edit("product", product["id"], title=f"Changed {product['id']}")
    state.close()


def _skip_an_hour(desk: Desk) -> None:
    """All that has been happened an hour and a bit earlier: every store is due again."""
    past = ("queued", "started", "finished", "due")
    moved = ", ".join(f"{column} = {column} - {HOUR + 60}" for column in past)
    with opened(desk.path) as db:
        db.execute(f"UPDATE run SET {moved}")


@dataclass
class _Hour:
    """One run of each store by a worker of its own, while people start theirs."""

    desk: Desk
    stores: Sequence[StoreRow]
    people: Sequence[StoreRow]
    runs: list[RunRow] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    peak: int = 0
    cpu: float = 0.0

    def worked(self, processes: int) -> _Hour:
        """Let it work until all are done."""
        words = ["--data", str(self.desk.data_dir), "worker", "--embedded"]
        command = [sys.executable, "-m", "sync", *words, "--processes", str(processes)]
        before, since = _children_cpu(), self.desk.clock.now()
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
        worker = subprocess.Popen(command, stdin=pipe, stdout=nowhere, stderr=nowhere)
        try:
            asked: list[RunRow] = []
            with kept():
                while not self._done(since):
                    self.peak = max(self.peak, _memory(worker.pid))
                    if self._begun(since):
                        asked += self._ask(len(asked))
                    with suppress(subprocess.TimeoutExpired):
                        worker.wait(1)
                        break  # it died: the figures say so
        finally:
            worker.stdin.close() if worker.stdin else None
            worker.wait()
        self.cpu = _children_cpu() - before
        begun = [self.desk.run(row.id) for row in asked]
        self.starts = [row.started - row.queued for row in begun if row.started is not None]
        return self

    def _done(self, since: float) -> bool:
        ids = ", ".join(str(store.id) for store in self.stores)
        sql = f"SELECT id FROM run WHERE store_id IN ({ids}) AND queued >= ? AND finished > 0"
        with opened(self.desk.path) as db:
            ended = [run_id for (run_id,) in db.execute(sql, [since])]
        if len(ended) == len(self.stores):
            self.runs = [self.desk.run(run_id) for run_id in ended]
        return bool(self.runs)

    def _begun(self, since: float) -> bool:
        """Whether the worker has started and taken up a run."""
        with opened(self.desk.path) as db:
            sql = "SELECT EXISTS (SELECT 1 FROM run WHERE queued >= ? AND started > 0)"
            return bool(db.execute(sql, [since]).fetchone()[0])

    def _ask(self, n: int) -> list[RunRow]:
        """A person starts a run, if the store in turn has none."""
        store = self.people[n % len(self.people)]
        if self.desk.active_run(store) is not None:
            return []
        return [run.request(self.desk, store, "refresh")]

    @property
    def took(self) -> float:
        """Seconds from the first run's queueing to the last one's end."""
        began = min(row.queued for row in self.runs)
        return max(row.finished or 0.0 for row in self.runs) - began


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _memory(worker: int) -> int:
    """Bytes of a worker's processes together; what they share counts for each."""
    of: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            of[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    pids = [pid for pid, parent in of.items() if worker in (pid, parent)]
    pages = 0
    for pid in pids:
        try:
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except OSError:
            continue
    return pages * os.sysconf("SC_PAGE_SIZE")


def _tell(processes: int, hour: _Hour) -> None:
    bad = {row.state for row in hour.runs} - {"succeeded"}
    if bad:
        raise SystemExit(f"runs ended {bad}: {[row.message for row in hour.runs]}")
    n, name = len(hour.runs), f"--processes {processes}: "
    calls = sum(side["total"] for row in hour.runs for side in row.calls.values()) / n
    updated = sum(book["updated"] for row in hour.runs for book in row.books.values()) / n
    sequential = HOUR / (calls * ANSWER)
    _row(name + "shops, records updated in each", updated, f"{n} shops")
    _row(name + "calls of a run", calls, f"{sequential:,.0f} runs an hour one after the other")
    rate = n * HOUR / hour.took
    _row(name + "runs an hour, by the clock", rate, f"{rate / sequential:.1f} in flight on average")
    _row(name + "CPU seconds of a run", hour.cpu / (n + len(hour.starts)), "people's counted too")
    by_cpu = HOUR * (n + len(hour.starts)) / hour.cpu
    _row(name + "runs an hour and core, by CPU", by_cpu, f"{hour.cpu / hour.took:.2f} cores used")
    _row(name + "peak memory, MiB", hour.peak / 2**20, "")
    late = statistics.quantiles(hour.starts, n=20)[-1] if len(hour.starts) > 1 else 0.0
    _row(name + "a person's start, s (p95)", late, f"of {len(hour.starts)}")


# -- looking ----------------------------------------------------------------------------------

_FLEET = f"""
INSERT INTO shop (id, slug, name, domain, cluster, created)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {STORES})
  SELECT i, 'shop' || i, 'Shop', '', 'eu1', 0 FROM n;
INSERT INTO store (id, slug, name, shop_id, language, public_key, private_key, created)
  SELECT id, slug, name, id, 'nl', '', '', 0 FROM shop;
INSERT INTO settings_version (store_id, version, "values", at, who, note)
  SELECT id, 1, '{{}}', 0, 'bench', '' FROM shop;
INSERT INTO run (store_id, shop_id, kind, trigger, who, state, queued, started, finished, due,
  settings_version)
  WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {RUNS}),
    ago(i, s) AS (SELECT i, unixepoch() - ({RUNS} - i) * 3600 + 1800 FROM n)
  SELECT s.id, s.id, 'sync', 'schedule', 'bench', 'succeeded', a.s, a.s, a.s + 30, a.s, 1
  FROM ago a, store s ORDER BY a.i, s.id
"""


def _many(desk: Desk) -> None:
    """The costs that grow with the number of stores and not with their work."""
    with opened(desk.path) as db:
        script(db, _FLEET)
    with kept():
        schedule = _cost(lambda: upkeep.queue_due(desk))
    _row(f"the schedule of {STORES:,} stores, ms", schedule * 1000, "CPU, nothing due")
    _skip_an_hour(desk)
    began = _own_cpu()
    with kept():
        left = upkeep.queue_due(desk)
        while left:
            left = upkeep.queue_due(desk, left)
    _row("queueing a scheduled run, ms", (_own_cpu() - began) * 1000 / STORES, "CPU")
    with kept():
        queue = _cost(lambda: desk.due_runs(2 * (MOST + FOR_PEOPLE)))
    _row("the queue while all of them wait, ms", queue * 1000, "CPU")
    # A look at each poll and after each of 5,000 turns an hour.
    share = schedule / TICK + queue * (1 / POLL + 5_000 / HOUR)
    _row("looking at both, % of a core", 100 * share, "must reach <= 5")
    with kept():
        look = _cost(lambda: alerts.look(desk))
    pause = max(TICK, look / SHARE_OF_ALERTS)
    _row("a look at what alerts tell, ms", look * 1000, f"CPU, once in {pause:.0f} s")
    told = _cost(lambda: status.fleet(desk))
    _row("status of the whole fleet, ms", told * 1000, "CPU, once a rerun of the overview")


def _cost(look: Callable[[], object]) -> float:
    """CPU seconds of the cheapest of three looks."""
    costs = []
    for _ in range(3):
        before = _own_cpu()
        look()
        costs.append(_own_cpu() - before)
    return min(costs)


def _own_cpu() -> float:
    return time.process_time()


def _row(name: str, value: float, note: str) -> None:
    print(f"{name:50} {value:>10,.1f}   {note}".rstrip(), flush=True)


if __name__ == "__main__":
    main()
