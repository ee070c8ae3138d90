"""The plan cache of one store over a connection of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson

from sync.database import Database, immediate, sqlite3
from sync.plan import Counts
from sync.store import Refused

PLANS = 4
PARTS = 6  # of one entity
LINES_STALE = 60.0  # seconds for which arriving order lines leave a part current
SOME = 20_000  # rows that are copied at once, while nobody else can write
ABANDONED = 600.0  # seconds after which rows that nobody finished are thrown away
TOUCH = 5.0  # seconds between two notes of a use


class PlanGone(Refused):
    """The rows were thrown away or have become stale; the plan must be prepared anew."""

    def __init__(self) -> None:
        super().__init__("plan_gone")


Kind = tuple[str, str, str]  # action, reasons and step of a row
Kinds = Counter[Kind]  # how many rows have them


class PartBasis(NamedTuple):
    """What the decisions on an entity are made from: `key` names all of it, `state` what is no
    setting, `mapping` what makes the payloads, `deciding` (JSON) the settings that decide; `lines`
    moves with the order lines, `details` names what a list shows beside them."""

    entity: str
    key: str
    state: str
    lines: int
    details: int
    mapping: str
    deciding: str


@dataclass(frozen=True)
class Part:
    """One entity's rows: their numbers, and how many there are of each kind."""

    id: int
    entity: str
    key: str
    counts: Counts
    kinds: list[tuple[str, str, str, int]]  # action, reasons, step, how many
    details: int


@dataclass(frozen=True)
class StoredPlan:
    """The settings that a plan was made with, with their version (None for a draft), and its
    parts by entity."""

    key: str
    settings: dict[str, str]
    version: int | None
    parts: dict[str, int]
    used: float


class Cache:
    """Parts and plans of one store."""

    def __init__(self, db: Database, store: int, now: float) -> None:
        self.db = db
        self.conn: sqlite3.Connection = db.conn
        self.store = store
        self.now = now
        self.held: set[int] = set()

    # -- plans ------------------------------------------------------------------------------

    def plan(self, key: str) -> StoredPlan | None:
        """The plan of that key, if it and all its parts are there."""
        row = self.conn.execute(
            "SELECT settings, version, parts, used FROM plan WHERE store = ? AND key = ?",
            [self.store, key],
        ).fetchone()
        if row is None:
            return None
        settings, version, parts, used = row
        plan = StoredPlan(key, orjson.loads(settings), version, orjson.loads(parts), used)
        return plan if self._all_ready(plan.parts) else None

    def _all_ready(self, parts: Mapping[str, int]) -> bool:
        marks = ",".join("?" * len(parts))
        sql = f"SELECT count(*) FROM plan_part WHERE id IN ({marks}) AND ready"
        row = self.conn.execute(sql, [*parts.values()]).fetchone()
        return bool(row[0] == len(parts))

    def note_use(self, plan: StoredPlan) -> None:
        """What was used last is thrown away last; nothing of it while this cache is open."""
        self.held.update(plan.parts.values())
        if self.now - plan.used < TOUCH:
            return
        with immediate(self.db):
            self.conn.execute(
                "UPDATE plan SET used = ? WHERE store = ? AND key = ?",
                [self.now, self.store, plan.key],
            )
            self.conn.executemany(
                "UPDATE plan_part SET used = ? WHERE id = ?",
                [(self.now, part) for part in plan.parts.values()],
            )

    def put_plan(self, plan: StoredPlan) -> None:
        """Keep a plan."""
        settings, parts = (orjson.dumps(each).decode() for each in (plan.settings, plan.parts))
        self.conn.execute(
            "INSERT OR REPLACE INTO plan VALUES (?, ?, ?, ?, ?, ?)",
            [self.store, plan.key, settings, plan.version, parts, plan.used],
        )

    # -- parts ------------------------------------------------------------------------------

    def part(self, key: str, lines: int) -> Part | None:
        """The newest finished part of that key; one made before more order lines came counts for
        a minute more, or a fetch of lines would make every click plan anew. It is not thrown away
        while this cache is open."""
        row = self.conn.execute(
            "SELECT id, entity, key, counts, details FROM plan_part"
            " WHERE store = ? AND key = ? AND ready AND (lines = ? OR made > ?)"
            " ORDER BY id DESC LIMIT 1",
            [self.store, key, lines, self.now - LINES_STALE],
        ).fetchone()
        if row is None:
            return None
        self.held.add(row[0])
        return _part(row)

    def part_by_id(self, part: int) -> Part:
        """The finished part; PlanGone if it was thrown away."""
        row = self.conn.execute(
            "SELECT id, entity, key, counts, details FROM plan_part WHERE id = ? AND ready", [part]
        ).fetchone()
        if row is None:
            raise PlanGone
        return _part(row)

    def begin(self, basis: PartBasis) -> int:
        """The id of a new part, not to be seen before it is finished, and not thrown away while
        this cache is open."""
        names = ", ".join(PartBasis._fields)
        made = self.conn.execute(
            f"INSERT INTO plan_part (store, {names}, made, used)"
            f" VALUES (?, {', '.join('?' * len(basis))}, ?, ?)",
            [self.store, *basis, self.now, self.now],
        )
        part = int(made.lastrowid or 0)
        self.held.add(part)
        return part

    def alike(self, basis: PartBasis) -> list[tuple[Part, dict[str, str]]]:
        """Finished parts that other settings decided and that are the same in all else, with these
        settings: those with all their rows first, then the newest."""
        alike = ("entity", "state", "lines", "details", "mapping")
        found = self.conn.execute(
            "SELECT id, entity, key, counts, details, deciding FROM plan_part WHERE store = ?"
            f" AND ready AND {' AND '.join(f'{name} = ?' for name in alike)}"
            " ORDER BY whole DESC, id DESC",
            [self.store, *(getattr(basis, name) for name in alike)],
        )
        return [(_part(row), orjson.loads(deciding)) for *row, deciding in found]

    def lean(self, part: int, model: Part) -> Kinds:
        """Let the rows that a part has none for be those of its model, until it is completed;
        returns how many rows of each kind these are. PlanGone if the model was thrown away
        meanwhile."""
        self.complete(model.id)
        sql = "UPDATE plan_part SET model = ?, whole = 0 WHERE id = ?"
        self.conn.execute(sql, [model.id, part])
        self.part_by_id(model.id)  # from now on it stays as long as this part needs it
        kinds = Counter({(action, reasons, step): n for action, reasons, step, n in model.kinds})
        for *kind, n in self.conn.execute(_REPLACED, [model.id, part]):
            kinds[tuple(kind)] -= n
        return +kinds

    def complete(self, part: int) -> None:
        """Give a part its model's rows where it has none, before all its rows are read: what a
        draft changes is told without them."""
        row = self.conn.execute(
            "SELECT model FROM plan_part WHERE id = ? AND NOT whole", [part]
        ).fetchone()
        if row is None:
            return
        (model,) = row
        after: object = float("-inf")
        while after is not None:
            (last,) = self.conn.execute(_LAST_OF_SOME, [model, after, SOME]).fetchone()
            if last is not None:
                self.conn.execute(_COPIED, [part, model, after, last])
            after = last
        self.conn.execute("UPDATE plan_part SET whole = 1 WHERE id = ?", [part])

    def going(self, part: int) -> frozenset[int | str]:
        """Lightspeed ids of the rows of which something is sent."""
        return frozenset(row[0] for row in self.conn.execute(_GOING, [part]))

    def moves(self, part: int) -> dict[str, int] | None:
        """How a part moves the numbers of filled fields; None if that was not noted."""
        sql = "SELECT moves FROM plan_part WHERE id = ?"
        (noted,) = self.conn.execute(sql, [part]).fetchone() or (None,)
        return None if noted is None else orjson.loads(noted)

    def note_moves(self, part: int, moves: Mapping[str, int]) -> None:
        """Keep how a part moves the numbers of filled fields."""
        noted = orjson.dumps({name: n for name, n in moves.items() if n}).decode()
        self.conn.execute("UPDATE plan_part SET moves = ? WHERE id = ?", [noted, part])

    def is_model(self, model: int, part: int) -> bool:
        """Whether all rows of a part but its own are those of the other, and it has all of them."""
        sql = "SELECT model IS ? FROM plan_part WHERE id = ?"
        return bool(self.conn.execute(sql, [model, part]).fetchone()[0])

    def knows_all(self, details: int) -> bool:
        """Whether a finished part has written these details; one that has begun keeps them."""
        answer = self.conn.execute(
            "SELECT EXISTS (SELECT 1 FROM plan_part WHERE details = ? AND ready)", [details]
        )
        return bool(answer.fetchone()[0])

    def unknown(self, details: int, sources: Sequence[int | str]) -> list[int | str]:
        """Which of the records have no details yet."""
        marks = ",".join("?" * len(sources))
        rows = self.conn.execute(
            f"SELECT source FROM plan_detail WHERE details = ? AND source IN ({marks})",
            [details, *sources],
        )
        known = {row[0] for row in rows}
        return [source for source in sources if source not in known]

    def add(
        self,
        part: int,
        rows: Iterable[tuple[Any, ...]],
        details: int,
        shown: Iterable[tuple[Any, ...]],
    ) -> None:
        """Rows of a part and details, in the order of the tables' columns."""
        with immediate(self.db):
            self.conn.executemany(
                f"INSERT INTO plan_row VALUES ({part}, ?, ?, ?, ?, ?, ?, ?, 1)",
                rows,
            )
            self.conn.executemany(
                f"INSERT OR IGNORE INTO plan_detail"
                f" VALUES ({details}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                shown,
            )

    def add_alike(
        self,
        part: int,
        rows: Iterable[tuple[Kind, Iterable[tuple[int | str, int | str, bytes | None]]]],
    ) -> None:
        """Rows of a part by kind: source, key, and the hash that Clerk.io shows and goes on to."""
        with immediate(self.db):
            for (action, reasons, step), alike in rows:
                told = f"'{action}', '{reasons}', '{step}'"  # codes of our own
                self.conn.executemany(
                    f"INSERT INTO plan_row VALUES ({part}, ?1, ?2, {told}, ?3 IS NOT NULL, ?3, 1)",
                    alike,
                )

    def finish(self, part: int, counts: Counts, kinds: Kinds) -> None:
        """Let the part be seen."""
        numbers = {"counts": vars(counts), "kinds": [[*kind, n] for kind, n in kinds.items()]}
        self.conn.execute(
            "UPDATE plan_part SET ready = 1, counts = ? WHERE id = ?",
            [orjson.dumps(numbers).decode(), part],
        )

    # -- throwing away ----------------------------------------------------------------------

    def prune(self, states: Mapping[str, str], stores: Collection[int]) -> None:
        """Throw away plans and parts that are stale, abandoned, too many, or of a store that no
        longer exists. `states` are the current ones by entity."""
        with immediate(self.db):
            self._prune_plans()
            useless = dict(self._useless(states, stores))
            for part in self._needed(useless):
                useless.pop(part, None)
            parts = [(part,) for part in useless]
            self.conn.executemany("DELETE FROM plan_part WHERE id = ?", parts)
            self.conn.executemany("DELETE FROM plan_row WHERE part = ?", parts)
            self.conn.executemany(
                "DELETE FROM plan_detail WHERE details = ?"
                " AND NOT EXISTS (SELECT 1 FROM plan_part WHERE details = plan_detail.details)",
                {(details,) for details in useless.values()},
            )
            marks = ",".join("?" * len(stores))
            self.conn.execute(f"DELETE FROM plan WHERE store NOT IN ({marks})", list(stores))

    def _prune_plans(self) -> None:
        self.conn.execute(
            "DELETE FROM plan WHERE store = ? AND key NOT IN (SELECT key FROM plan"
            " WHERE store = ? ORDER BY used DESC LIMIT ?)",
            [self.store, self.store, PLANS],
        )

    def _needed(self, useless: Collection[int]) -> set[int]:
        """Parts that others, which stay, have rows from."""
        leaning = self.conn.execute("SELECT id, model FROM plan_part WHERE NOT whole")
        return {model for part, model in leaning if part not in useless}

    def _useless(
        self, states: Mapping[str, str], stores: Collection[int]
    ) -> Iterator[tuple[int, int]]:
        rows = self.conn.execute(
            "SELECT id, details, store, entity, state, made, ready FROM plan_part"
            " ORDER BY used DESC, id DESC"
        ).fetchall()
        kept = dict.fromkeys(states, 0)
        for part, details, store, entity, state, made, ready in rows:
            if store not in stores or (not ready and made < self.now - ABANDONED):
                yield part, details
            elif store == self.store and ready and part not in self.held:
                kept[entity] += state == states[entity]
                if state != states[entity] or kept[entity] > PARTS:
                    yield part, details


# Ids are numbers and texts; numbers come first.
_LAST_OF_SOME: Final = """
SELECT max(source) FROM (SELECT source FROM plan_row WHERE part = ? AND source > ?
  ORDER BY source LIMIT ?)
"""
_COPIED: Final = """
INSERT OR IGNORE INTO plan_row
SELECT ?1, source, key, action, reasons, step, stays, hash, 0 FROM plan_row
WHERE part = ?2 AND source > ?3 AND source <= ?4
"""
_GOING: Final = """
WITH this AS (SELECT id, model FROM plan_part WHERE id = ? AND NOT whole)
SELECT source FROM plan_row WHERE part = ?1 AND action NOT IN ('skip', 'unchanged')
UNION ALL
SELECT source FROM this JOIN plan_row AS given ON part = model
WHERE action NOT IN ('skip', 'unchanged')
  AND NOT EXISTS (SELECT 1 FROM plan_row WHERE part = id AND source = given.source)
"""
_REPLACED: Final = """
SELECT a.action, a.reasons, a.step, count(*) FROM plan_row b
JOIN plan_row a ON a.part = ?1 AND a.source = b.source WHERE b.part = ?2 GROUP BY 1, 2, 3
"""


def _part(row: Sequence[Any]) -> Part:
    part, entity, key, packed, details = row
    numbers = orjson.loads(packed)
    counts = numbers["counts"]
    counts["reasons"] = Counter(counts["reasons"])
    kinds = [tuple(kind) for kind in numbers["kinds"]]
    return Part(part, entity, key, Counts(**counts), kinds, details)
