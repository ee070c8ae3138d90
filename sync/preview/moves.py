"""What one plan does to a record that another does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sync.preview.cache import Cache

MOVES: Final = ("enter", "follow", "leave", "change")


@dataclass(frozen=True)
class Moves:
    """Records that a change lets `enter` (they would be in Clerk.io after a sync under it, and not
    without), lets `leave`, or sends with another payload. Orders that come in and still wait for
    their lines are those that `follow`, and in nothing else."""

    enter: int = 0
    leave: int = 0
    change: int = 0
    follow: int = 0


Id = int | str
Moved = Mapping[Id, str]
"""One of MOVES for each record that is moved."""

# A row that only one side has is of a record that is gone from Lightspeed; where it is missing,
# the settings leave that record alone, so it stays in Clerk.io. Orders that follow are in every
# part, and Clerk.io may have one already.
_BEFORE: Final = "ifnull(a.stays OR a.action = 'follow', 1)"


def move_of(row: str) -> str:
    """An SQL expression: what a part's row (by that name) is moved by, held against the row `a` of
    the part before; NULL if by nothing."""
    return f"""CASE
    WHEN {row}.stays AND NOT {_BEFORE} THEN 'enter'
    WHEN {row}.action = 'follow' AND NOT {row}.stays AND NOT {_BEFORE} THEN 'follow'
    WHEN {_BEFORE} AND NOT {row}.stays AND {row}.action <> 'follow' THEN 'leave'
    WHEN {row}.stays AND a.stays AND a.hash <> {row}.hash THEN 'change'
  END"""


_OF_ROWS: Final = f"""
SELECT b.source, {move_of("b")} AS move
FROM plan_row b LEFT JOIN plan_row a ON a.part = ?1 AND a.source = b.source
WHERE b.part = ?2 AND move IS NOT NULL
"""
_OF_OWN_ROWS: Final = f"{_OF_ROWS} AND b.own"
_MOVED: Final = f"""
{_OF_ROWS}
UNION ALL
SELECT a.source, 'enter' FROM plan_row a WHERE a.part = ?1 AND NOT a.stays
  AND NOT EXISTS (SELECT 1 FROM plan_row b WHERE b.part = ?2 AND b.source = a.source)
"""


def moved(cache: Cache, before: int, after: int) -> Moved:
    """What is moved between two parts of one entity. PlanGone if one was thrown away."""
    for part in (before, after):
        cache.part_by_id(part)
    if before == after:
        return {}
    if cache.is_model(before, after):
        return dict(cache.conn.execute(_OF_OWN_ROWS, [before, after]).fetchall())
    for part in (before, after):
        cache.complete(part)
    return dict(cache.conn.execute(_MOVED, [before, after]).fetchall())


def numbers(records: Moved) -> Moves:
    """How many of each move there are."""
    return Moves(**Counter(records.values()))
