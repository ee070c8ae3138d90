"""Problems that a person does not want to hear of until they grow."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from pages.components import context
from pages.components.person import person
from sync.answers import Problem

_CHOICE: Final = "muted problems"
Size = list[int]  # stores and records


def of(found: Sequence[Problem]) -> Mapping[str, Size]:
    """Return the muted ones that have not grown since, by their names in the URL. One that was
    solved and is back is heard again."""
    kept, now = _kept(), {f"{p.code}:{p.cause}": p for p in found}
    return {
        name: size
        for name, size in kept.items()
        if name in now and now[name].state != "back" and _size(now[name]) <= size
    }


def turn(name: str, problem: Problem) -> None:
    """Mute a problem at its present size, or hear of it again."""
    kept = _kept()
    if name in of([problem]):
        del kept[name]
    else:
        kept[name] = _size(problem)
    context.desk().choose(person(), _CHOICE, json.dumps(kept))


def _kept() -> dict[str, Size]:
    chosen = context.desk().choice(person(), _CHOICE)
    kept: dict[str, Size] = json.loads(chosen) if chosen else {}
    return kept


def _size(problem: Problem) -> Size:
    return [len(problem.stores), problem.records]
