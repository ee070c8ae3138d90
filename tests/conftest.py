"""A small demo shop behind real HTTP on loopback, with a desk that knows it."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as properties

from sync import engine, run, vault
from sync.clock import Clock, SystemClock
from sync.database import opened
from sync.documents import as_json
from sync.openshop import opened_shop
from sync.sandbox import clerk
from sync.sandbox.fill import fill
from sync.sandbox.generate import generate
from sync.sandbox.lightspeed.switchboard import set_switches
from sync.sandbox.serve import Sandbox
from sync.sandbox.state import State
from sync.sandbox.windows import Limits
from sync.store import Desk, RunRow, StoreRow

# A page that a test opens starts no worker of its own; a test that wants one says so.
os.environ.setdefault("SYNC_EMBEDDED", "0")
# Most shops of the tests are on loopback and are no demo.
os.environ.setdefault("SYNC_ALLOW_PRIVATE", "127.0.0.1, ::1")

PUBLIC, PRIVATE = "public-of-the-test-store", "private-of-the-test-store"
KEY, SECRET = "5a" * 16, "6b" * 16
# Answers as Lightspeed documents them and a catalog as a shop answers it, with values of our own.
SAMPLES = Path(__file__).parent / "data" / "lightspeed"
# The same examples each time, and no clock: what fails once fails again. `make soak` searches on.
CALM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
properties.register_profile("steady", derandomize=True, **CALM)
properties.register_profile("searching", **CALM)
properties.load_profile("steady")
# Of a whole run with `--durations`: what takes half a minute and more.
LONG = ("e2e/", "test_changed_catalogue", "test_kill", "test_migration", "test_web", "test_uptime")
FAILED, FOLDERS = pytest.StashKey[bool](), itertools.count()
NO_LIMITS = Limits(second=10_000, five_minutes=100_000, hour=1_000_000, day=10_000_000)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "after(kind, **settings): begins after such a first run")
    # Apprise loads the one module or its own copy of it, whichever Python has.
    config.addinivalue_line("filterwarnings", "ignore:'imghdr' is deprecated:DeprecationWarning")


def pytest_itemcollected(item: pytest.Item) -> None:
    """What needs no file of its own needs no server, browser or process either: `make check`."""
    if not {"tmp_path", "tmp_path_factory"} & set(getattr(item, "fixturenames", ())):
        item.add_marker("cheap")


@pytest.hookimpl(trylast=True)  # pytest itself sorts by what tests share
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest begin first: no process is left alone with one at the end."""
    tests = Path(__file__).parent
    items.sort(key=lambda item: not item.path.relative_to(tests).as_posix().startswith(LONG))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report = yield
    item.stash[FAILED] = report.failed or item.stash.get(FAILED, False)
    return report


@pytest.fixture
def tmp_path(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Path]:
    """A folder of a name that no other test has before or after: what is kept by a path is never
    another test's. It goes with its test unless that failed: there are thousands of them."""
    name = re.sub(r"\W", "_", request.node.name)[:30]
    folder = tmp_path_factory.mktemp(f"{next(FOLDERS)}-{name}", numbered=False)
    yield folder
    if not request.node.stash.get(FAILED, False):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _secrets_of_this_test_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test registers as a secret is not hidden from the next one's texts."""
    known = vault._known
    monkeypatch.setattr(known, "secrets", set(known.secrets))
    monkeypatch.setattr(known, "forms", known.forms)
    monkeypatch.setattr(known, "words", known.words)


@dataclass
class Place:
    """One shop and store on both sides: `state` is what the stand-ins have."""

    sandbox: Sandbox
    state: State
    desk: Desk
    store: StoreRow

    def preview(self, draft: dict[str, str] | None = None) -> dict[str, Any]:
        return as_json(run.preview(self.desk, self.store, draft))

    def records(self, draft: dict[str, str] | None = None) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = []
        run.preview(self.desk, self.store, draft, lines.append)
        return lines

    def set(self, **values: str) -> None:
        changed = self.desk.settings(self.store).settings.changed(values)
        run.change_settings(self.desk, self.store, changed, note="")

    def run(self, kind: str = "sync", **options: Any) -> RunRow:
        """Ask for a run and drive it in the foreground to its end or hold."""
        row = run.request(self.desk, self.store, kind, **options)
        return self.drive(row.id)

    def drive(self, run_id: int, *, wait: bool = True) -> RunRow:
        """Drive it in the foreground; where no pause takes time, waits for a window take none."""
        hasty = isinstance(self.desk.clock, HastyClock)
        while True:
            row = engine.drive(self.desk, run_id, wait=wait and not hasty, stop=threading.Event())
            if not wait or row.state != "waiting":
                return row
            self.desk.clock.sleep((row.until or 0) - self.desk.clock.now() + 0.05)

    def objects(self, entity: str) -> dict[Any, Any]:
        """What Clerk.io has."""
        return clerk.objects(self.state, PUBLIC, entity)

    def confirmed(self, entity: str) -> dict[Any, Any]:
        """What the ledger says that Clerk.io has."""
        with opened_shop(self.desk, self.store) as shop:
            rows = shop.ledger.conn.execute(
                "SELECT l.key, p.payload, l.hidden FROM ledger l JOIN ledger_payload p"
                " USING (store, entity, source) WHERE l.store = ? AND l.entity = ?",
                [self.store.id, entity],
            )
            return {
                key: {**orjson.loads(payload), **({"index": False} if hidden else {})}
                for key, payload, hidden in rows
            }

    def calls(self, side: str = "lightspeed") -> int:
        return len(self.state.calls(side=side))


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state file of a shop with 60 products and 120 orders."""
    return fill_file(tmp_path_factory.mktemp("filled") / "sandbox.db", products=60, orders=120)


def fill_file(path: Path, *, products: int, orders: int) -> Path:
    """Generate a shop at `path`, with the desk's keys on both sides."""
    state = State(path)
    fill(state, generate(products, orders, 1, datetime.now(UTC).replace(microsecond=0)))
    state.add_key(KEY, SECRET)
    clerk.add_store(state, PUBLIC, PRIVATE, "Test")
    state.close()
    return path


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state file of a shop with 14 products and 16 orders."""
    return fill_file(tmp_path_factory.mktemp("tiny") / "sandbox.db", products=14, orders=16)


@pytest.fixture
def place(filled: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """The shop with windows off, connected as shop `shop` and store `main` (Dutch); after a run if
    the test is marked so."""
    with begun(request, filled, tmp_path) as made:
        yield made


@pytest.fixture
def strict_place(filled: Path, tmp_path: Path) -> Iterator[Place]:
    """The same with the real windows, and pauses that take time."""
    with placed(filled, tmp_path, Limits(), SystemClock()) as made:
        yield made


class HastyClock(SystemClock):
    """A clock that skips every pause: the time is later, but nobody has waited."""

    def __init__(self, skipped: float = 0.0) -> None:
        self.skipped, self._set_back = skipped, 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        return super().now() + self.skipped - self._set_back

    def set_back(self, seconds: float) -> None:
        """Somebody sets the clock; no time has passed."""
        self._set_back += seconds

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.skipped += max(0.0, seconds)

    def monotonic(self) -> float:
        return super().monotonic() + self.skipped


@pytest.fixture
def hasty_place(filled: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """The shop with the real windows, in a world where no pause takes time."""
    with begun(request, filled, tmp_path, Limits()) as made:
        yield made


@pytest.fixture(params=["catalog", "plain"])
def either_place(filled: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """The shop as `place` has it, read through catalog, and where Lightspeed refuses that."""
    with begun(
        request, filled, tmp_path, catalog="403" if request.param == "plain" else ""
    ) as made:
        yield made


@dataclass(frozen=True)
class Left:
    """What a run left behind: the files of both sides, and how far ahead the clock was."""

    folder: Path
    skipped: float


@pytest.fixture(scope="session")
def runs_left(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Left]:
    """What a first run leaves behind, by what it began with; it runs once in a session."""
    left: dict[Any, Left] = {}

    def of(
        filled: Path,
        kind: str,
        settings: dict[str, str],
        limits: Limits = NO_LIMITS,
        catalog: str = "",
    ) -> Left:
        key = (filled, kind, tuple(sorted(settings.items())), limits, catalog)
        if key not in left:
            folder, clock = tmp_path_factory.mktemp("left"), HastyClock()
            with placed(filled, folder, limits, clock, catalog=catalog, settings=settings) as made:
                done = made.run(kind)
                assert done.state == "succeeded", done.message
            left[key] = Left(folder, clock.skipped)
        return left[key]

    return of


def begun(
    request: pytest.FixtureRequest,
    filled: Path,
    folder: Path,
    limits: Limits = NO_LIMITS,
    *,
    catalog: str = "",
    settings: dict[str, str] | None = None,
) -> AbstractContextManager[Place]:
    """A place as the test's mark `after("sync" or "refresh", setting=value, …)` wants it: a copy of
    what such a first run left behind; without a mark the shop before its first run. `settings`
    hold in any case."""
    mark, settings = request.node.get_closest_marker("after"), settings or {}
    if mark is None:
        return placed(filled, folder, limits, catalog=catalog, settings=settings)
    runs_left, (kind,) = request.getfixturevalue("runs_left"), mark.args
    left = runs_left(filled, kind, settings | mark.kwargs, limits, catalog)
    return again(left, folder, limits)


@contextmanager
def again(left: Left, folder: Path, limits: Limits = NO_LIMITS) -> Iterator[Place]:
    """What a run left behind, served from an address of its own."""
    shutil.copytree(left.folder, folder, dirs_exist_ok=True)
    clock = HastyClock(left.skipped)
    with served(folder, limits, clock) as sandbox:
        desk = Desk(folder / "data", clock=clock)
        move(desk.path, sandbox.url)
        yield Place(sandbox, sandbox.state, desk, desk.store("main"))


def move(desk: Path, url: str) -> None:
    """All shops and stores of that desk.db answer at the address from now on."""
    with opened(desk) as db, db.conn:
        for table in ("shop", "store"):
            db.execute(f"UPDATE {table} SET api_url = ?", [url])


@contextmanager
def placed(
    filled: Path,
    folder: Path,
    limits: Limits = NO_LIMITS,
    clock: Clock | None = None,
    *,
    catalog: str = "",
    settings: dict[str, str] | None = None,
) -> Iterator[Place]:
    """A copy of the filled state behind HTTP, and a desk beside it that knows it; both sides go
    by the same clock, on which no pause takes time unless another one is given."""
    clock = clock or HastyClock()
    folder.mkdir(parents=True, exist_ok=True)
    for file in filled.parent.glob("sandbox.db*"):
        shutil.copy(file, folder / file.name)
    with served(folder, limits, clock) as sandbox:
        if catalog:
            set_switches(sandbox.state, catalog=catalog)
        desk = Desk(folder / "data", clock=clock)
        place = Place(sandbox, sandbox.state, desk, connect(desk, sandbox.url))
        if settings:
            place.set(**settings)
        yield place


def served(folder: Path, limits: Limits, clock: Clock) -> Sandbox:
    """The stand-ins of the state file in that folder."""
    state = State(folder / "sandbox.db", now=clock.now)
    return Sandbox(state, now=clock.now, windows=limits)


@pytest.fixture(scope="session")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with shop and store, where nobody answers."""
    folder = tmp_path_factory.mktemp("connected") / "data"
    connect(Desk(folder), "http://127.0.0.1:9")
    return folder


def connect(desk: Desk, url: str, language: str = "nl") -> StoreRow:
    """Make shop and store on the desk."""
    shop = desk.add_shop("Shop", domain="www.shop.example", cluster="eu1", api_url=url)
    desk.add_key(shop, KEY, SECRET)
    return desk.add_store(
        shop,
        "Main",
        language=language,
        public=PUBLIC,
        private=PRIVATE,
        api_url=url,
    )


@pytest.fixture
def wait_for() -> Callable[[Callable[[], bool]], None]:
    """Wait until a condition holds; fails after a minute."""

    def wait(condition: Callable[[], bool]) -> None:
        tick = threading.Event()
        for _ in range(1200):
            if condition():
                return
            tick.wait(0.05)
        pytest.fail("the condition did not come true within a minute")

    return wait
