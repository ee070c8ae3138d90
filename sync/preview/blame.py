"""Which of a draft's changed settings moves which record.

A setting is to blame for a record that it moves when it alone is added to the saved settings;
where several each do, all of them together. Pairs are to blame for what no single setting moves,
triples for what no pair does, and what is left is the work of all that concern the entity.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from sync.entities import ENTITIES
from sync.plan import PlanInputs, basis
from sync.preview.moves import Id, Moved, Moves, moved, numbers
from sync.preview.parts import ensured
from sync.preview.plans import Planned, Snapshot, opened_snapshot, planned
from sync.settings import differences
from sync.store import Desk, StoreRow

LARGEST: Final = 3  # settings that are tried together

Names = tuple[str, ...]


@dataclass(frozen=True)
class Blame:
    """Records that these settings move: together, or (`each`) every one of them alone. Each moved
    record is in one of a draft's blames."""

    settings: Names
    each: bool
    entities: Mapping[str, Moves]


@dataclass(frozen=True)
class Blamed:
    """A draft's differences from the saved settings, put on the settings that cause them."""

    blames: list[Blame]
    records: Mapping[str, Mapping[Id, Blame]]

    def moves(self, entity: str) -> Moves:
        """How many records of an entity the draft moves, by the way it does."""
        found = [vars(blame.entities[entity]) for blame in self.blames if entity in blame.entities]
        return Moves(**{name: sum(each[name] for each in found) for name in vars(Moves())})

    def by(self, entity: str, settings: Collection[str]) -> frozenset[Id]:
        """The records of an entity that just these settings are blamed for."""
        wanted = set(settings)
        found = self.records[entity].items()
        return frozenset(record for record, blame in found if wanted == set(blame.settings))

    def of(self, entity: str, record: Id) -> Names:
        """The settings that move a record; none if nothing does."""
        blame = self.records[entity].get(record)
        return blame.settings if blame else ()


def blamed(desk: Desk, store: StoreRow, draft: Mapping[str, str]) -> Blamed:
    """Blame every record that a draft (CLI texts) moves. SettingError for a bad draft."""
    with opened_snapshot(desk, store) as snapshot:
        return blamed_in(snapshot, planned(snapshot, None), planned(snapshot, draft))


def blamed_in(snapshot: Snapshot, saved: Planned, drafted: Planned) -> Blamed:
    """The same of two plans of an open snapshot."""
    return _gathered(dict(_by_entity(snapshot, saved, drafted)))


_Cause = tuple[Names, bool]  # settings; whether each of them does it alone


def _by_entity(
    snapshot: Snapshot, saved: Planned, drafted: Planned
) -> Iterator[tuple[str, list[tuple[_Cause, Moved]]]]:
    changes = differences(saved.inputs.settings, drafted.inputs.settings)
    new = {name: value for name, (_, value) in changes.items()}
    for entity in ENTITIES:
        moves = moved(snapshot.cache, saved.ids[entity], drafted.ids[entity])
        yield entity, list(_causes(_Trial(snapshot, saved, new, entity), moves))


@dataclass(frozen=True)
class _Trial:
    """Some of a draft's settings tried on one entity."""

    snapshot: Snapshot
    saved: Planned
    new: Mapping[str, str]
    entity: str

    def concerned(self) -> Names:
        """The changed settings that the entity's decisions are made from."""
        before = self.saved.parts[self.entity].key
        return tuple(name for name in self.new if self._key((name,)) != before)

    def _key(self, names: Names) -> str:
        return basis.part_key(self._inputs(names), self.entity)

    def _inputs(self, names: Names) -> PlanInputs:
        changed = self.saved.inputs.settings.changed({name: self.new[name] for name in names})
        return self.snapshot.inputs(changed)

    def moved(self, names: Names) -> Moved:
        """What these settings alone move."""
        part = ensured(self._inputs(names), self.snapshot.cache, self.entity)
        return moved(self.snapshot.cache, self.saved.ids[self.entity], part.id)


def _causes(trial: _Trial, moves: Moved) -> Iterator[tuple[_Cause, Moved]]:
    """Every cause with the records it moves, as the draft moves them."""
    rest = dict(moves)
    names = trial.concerned() if rest else ()
    for size in range(1, min(LARGEST, len(names) - 1) + 1):
        if not rest:
            return
        yield from _of_size(trial, names, size, rest)
    if rest:
        yield (names, False), rest


def _of_size(
    trial: _Trial, names: Names, size: int, rest: dict[Id, str]
) -> Iterator[tuple[_Cause, Moved]]:
    """The causes of that many settings; takes their records out of the rest."""
    causes: dict[Id, list[Names]] = {}
    for tried in combinations(names, size):
        for record in trial.moved(tried).keys() & rest.keys():
            causes.setdefault(record, []).append(tried)
    found: dict[_Cause, dict[Id, str]] = {}
    for record, sets in causes.items():
        alone = size == 1 and len(sets) > 1
        cause = (tuple(name for (name,) in sets), True) if alone else (sets[0], False)
        found.setdefault(cause, {})[record] = rest.pop(record)
    yield from found.items()


def _gathered(found: Mapping[str, list[tuple[_Cause, Moved]]]) -> Blamed:
    """The causes of all entities; fewest settings first, as the draft names them."""
    moves: dict[_Cause, dict[str, Moved]] = {}
    for entity, causes in found.items():
        for cause, records in causes:
            moves.setdefault(cause, {})[entity] = records
    blames: list[Blame] = []
    of_record: dict[str, dict[Id, Blame]] = {entity: {} for entity in found}
    for cause in sorted(
        moves, key=lambda cause: (len(cause[0]) > 1 and not cause[1], len(cause[0]))
    ):
        blame = Blame(*cause, {entity: numbers(each) for entity, each in moves[cause].items()})
        blames.append(blame)
        for entity, records in moves[cause].items():
            of_record[entity] |= dict.fromkeys(records, blame)
    return Blamed(blames, of_record)
