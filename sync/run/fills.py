"""How many records in Clerk.io have a field filled, day by day, and what is unusual of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from math import ceil, floor, sqrt
from statistics import median
from typing import Final, NamedTuple

from sync.entities import ENTITIES
from sync.errors import Message
from sync.guard import Hold
from sync.ledger import RECORDS, Filled, moved_by
from sync.openshop import opened_shop
from sync.plan import PlanInputs, decide
from sync.run.calendar import DAYS, Points, last_of_days
from sync.store import Desk, StoreRow
from sync.usual import Range, usual

EMPTIED: Final = "emptied"
_TOLD: Final = 5  # fields of an entity that a run is held for, or tells of; the worst of them
Numbers = Mapping[str, Mapping[str, int]]


class Field(NamedTuple):
    """A field of what Clerk.io has of an entity's records."""

    entity: str
    name: str


@dataclass(frozen=True, slots=True)
class Unusual:
    """A field that is filled in `rate` percent of the records, where another share is usual."""

    field: Field
    rate: float
    usual: Range

    @property
    def fell(self) -> bool:
        """Whether it is less than usual."""
        return self.rate < self.usual.low


class Rates(NamedTuple):
    """In how many percent of the records a field was filled, day by day; and the least `spread` of
    it, for a share of few records moves by itself: the standard error of one of so many."""

    points: Points
    spread: float


def fill_rates(desk: Desk, store: StoreRow, zone: tzinfo, most: int = DAYS) -> dict[Field, Rates]:
    """The fields of each entity after the last whole sync of each day; days without a record, and
    those before this was counted, are left out."""
    if not desk.shop_file(desk.shop_by_id(store.shop_id)).exists():
        return {}
    with opened_shop(desk, store) as shop:
        return _rates(desk, store, shop.ledger.filled, zone, most)


def _place(field: Field) -> tuple[int, str]:
    """Where it stands in a list: products first."""
    return ENTITIES.index(field.entity), field.name


def _rates(
    desk: Desk, store: StoreRow, filled: Filled, zone: tzinfo, most: int = DAYS
) -> dict[Field, Rates]:
    day_of = {run: day for day, run in last_of_days(desk, store, zone, most).items()}
    left = [(day_of[run], numbers) for run, numbers in filled.after(day_of) if numbers]
    fields = {each for _, numbers in left for each in _fields(numbers)}
    lines: dict[Field, Points] = {field: [] for field in sorted(fields, key=_place)}
    for day, numbers in left:
        rates = _shares(numbers)
        for field, line in lines.items():
            if _records(numbers, field):
                line.append((day, rates.get(field, 0.0)))
    newest = left[-1][1] if left else {}
    return {
        field: Rates(line, _spread(line, _records(newest, field)))
        for field, line in lines.items()
        if line
    }


def _spread(line: Points, records: int) -> float:
    share = median(rate for _, rate in line) / 100
    return max(1.0, 100 * sqrt(share * (1 - share) / max(records, 1)))


def _records(numbers: Numbers, field: Field) -> int:
    return numbers.get(field.entity, {}).get(RECORDS, 0)


def _fields(numbers: Numbers) -> Iterator[Field]:
    for entity, counted in numbers.items():
        for name, n in counted.items():
            if name != RECORDS and n:
                yield Field(entity, name)


def _shares(numbers: Numbers) -> dict[Field, float]:
    return {
        field: round(100 * numbers[field.entity][field.name] / records, 1)
        for field in _fields(numbers)
        if (records := _records(numbers, field))
    }


def unusual_now(rates: Mapping[Field, Rates], k: float) -> list[Unusual]:
    """The fields of which the last day is out of its usual range, the farthest first."""
    return _judged(rates, {field: line.points[-1] for field, line in rates.items()}, k)


def unusual_fields(desk: Desk, store: StoreRow, filled: Filled, numbers: Numbers) -> list[Unusual]:
    """The fields that would be out of their usual range today with these numbers, the farthest
    first."""
    today = datetime.fromtimestamp(desk.clock.now(), UTC).date()
    shares, rates = _shares(numbers), _rates(desk, store, filled, UTC)
    now = {field: (today, shares.get(field, 0.0)) for field in rates if _records(numbers, field)}
    return _judged(rates, now, float(desk.options(store)["outlier_k"]))


def _judged(
    rates: Mapping[Field, Rates], now: Mapping[Field, tuple[date, float]], k: float
) -> list[Unusual]:
    found = []
    for field, (day, rate) in now.items():
        line = rates[field]
        usually = usual(dict(line.points), day, k, line.spread)
        if usually is not None and not usually.holds(rate):
            found.append(Unusual(field, rate, usually))
    return sorted(found, key=lambda each: -each.usual.distance(each.rate))


def emptied_holds(
    desk: Desk, store: StoreRow, filled: Filled, moves: Callable[[], Mapping[str, dict[str, int]]]
) -> list[Hold]:
    """What holds a run, if the store is set so: fields that what it sends, and `moves` the numbers
    by, would leave emptier than is usual. `count`, and the usual range's ends `of` and `limit`, are
    percent."""
    if desk.options(store)["outlier_hold"] != "yes":
        return []
    found = unusual_fields(desk, store, filled, filled.foretold(moves()))
    return [
        Hold(
            each.field.entity,
            EMPTIED,
            round(each.rate),
            ceil(each.usual.low),
            min(100, floor(each.usual.high)),
            each.field.name,
        )
        for each in _first(found)
    ]


def moved_by_plan(
    inputs: PlanInputs, entities: Iterable[str] = ENTITIES
) -> dict[str, dict[str, int]]:
    """How many records with a field filled there would be more or fewer after a plan."""
    filled = inputs.ledger.filled
    return moved_by(
        (entity, made.method, made.payload, filled.shown(entity, made.source))
        for entity in entities
        for made in decide(inputs, entity)
        if made.method
    )


def emptied_notices(found: list[Unusual]) -> Iterator[Message]:
    """What a run left emptier than is usual."""
    for each in _first(found):
        yield Message(
            "log.emptied",
            what=Message(f"entity.{each.field.entity}"),
            field=each.field.name,
            rate=round(each.rate),
            low=ceil(each.usual.low),
            high=min(100, floor(each.usual.high)),
        )


def _first(found: list[Unusual]) -> Iterator[Unusual]:
    told: dict[str, int] = {}
    for each in found:
        if each.fell and told.setdefault(each.field.entity, 0) < _TOLD:
            told[each.field.entity] += 1
            yield each
