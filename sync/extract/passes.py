"""How a whole list is read, and when it is known to be complete.

A pass is complete when it met at least as many rows as were counted before it; or when two passes
met the same rows, no page before the last was short, and few enough are missing. Equal numbers do
not prove equal rows: what a complete pass did not meet is asked for singly before it counts as
gone, and where much is gone at once, a second pass must miss it too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from sync.database import immediate
from sync.errors import Message
from sync.extract.keep import Source, keep, keep_lost
from sync.extract.narrow import asked, counted, counted_all, pages_of
from sync.extract.reading import DAY, Reading, Steps, api_time
from sync.lenient import Damaged
from sync.lightspeed import LightspeedError, NotFound
from sync.mirror import facts
from sync.mirror.facts import Fact
from sync.shapes.values import identifier

MOST_PASSES = 3  # "repeated, at most twice"
_FIRST_SHOP = 1_104_537_600  # 2005: no shop there is older
ASKED_SINGLY = 50  # rows that are gone at once; more of them take a second pass


@dataclass(frozen=True)
class ListOf:
    """How one list resource is kept, of rows created from `since` to `until`: `put` stores a page's
    rows, which lie in the source's table. `beside` is counted when it ends. `single` is the path
    that gives one of its rows by id. `strict`: who refuses its count refuses the list. `needed`:
    no rows at all are doubted even where none were known. `once`: no later read would find a row
    that this one missed, so pages are under way together only where new rows come last."""

    name: str
    source: Source
    put: Callable[[list[Any], int], None]
    counted: bool = False
    beside: tuple[str, ...] = ()
    single: str = ""
    strict: bool = False
    needed: bool = False
    once: bool = False
    since: int = 0
    until: int = 0

    @property
    def params(self) -> dict[str, Any]:
        """The filters that the bounds are."""
        bounds = {"created_at_min": self.since, "created_at_max": self.until}
        return {name: api_time(at) for name, at in bounds.items() if at > 0}


@dataclass(frozen=True)
class Pass:
    """The outcome of reading a list: the id of the pass that met its rows (`seen`, as the journal
    keeps it), whether it was complete, how many rows fewer than were counted it met, and then what
    was counted beside it."""

    seen: int
    complete: bool
    beside: list[int] = field(default_factory=list)
    short: int = 0
    busy: bool = False


def read_list(r: Reading, kept: ListOf) -> Steps[Pass]:
    """Read a whole list, again where it may have gaps; then only what is gone was not met."""
    if r.journal.done(kept.name):
        return Pass(**r.journal.cursor(kept.name))
    while True:
        cursor = r.journal.cursor(kept.name)
        if "rows" not in cursor:
            cursor = _first_cursor(r, kept, cursor)
            r.journal.move(kept.name, cursor)
        if not cursor.get("ended"):
            yield from _read_pages(r, kept, cursor)
        found = _verdict(r, kept, cursor)
        if found is None or (found.complete and not _gone_is_known(r, kept, cursor)):
            continue
        if found.complete:
            yield from _ask_for_gone(r, kept, found.seen)
        r.journal.move(kept.name, asdict(found), done=True)
        return found


# -- the pages ------------------------------------------------------------------------------


def _first_cursor(r: Reading, kept: ListOf, earlier: dict[str, Any]) -> dict[str, Any]:
    source = kept.source
    told = r.mirror.fact(facts.AHEAD).get(source.path, {"n": 0})["n"]
    rows = max(source.known(r), told)
    worth = kept.counted or earlier or rows >= r.settings.page_size
    return {
        "seen": r.mirror.next_seq(),
        "page": 0,
        "rows": 0,
        "before": _counted(r, kept) if worth else None,
        "tries": earlier.get("tries", 0),
        "last": earlier.get("last"),
        "first": earlier.get("first"),
    }


def _counted(r: Reading, kept: ListOf) -> int | None:
    return counted(r, kept.source.path, strict=kept.strict, **kept.params)


def _read_pages(r: Reading, kept: ListOf, cursor: dict[str, Any]) -> Steps[None]:
    """The pages as they are expected, then those onto which new rows pushed others. A pass that is
    repeated asks for one page at a time: rows that move between answers under way are missed."""
    size = r.settings.page_size
    last = cursor["before"]
    while cursor["tries"] and _is_full(cursor, size) and _goes_on(cursor, size):
        yield from _on(r, kept, cursor, (cursor["page"] + 1) * size)  # one page at a time
    if _is_full(cursor, size) and _goes_on(cursor, size):
        yield from _on(r, kept, cursor, last)
    while last is not None and _pushed_on(r, kept, cursor):
        yield from _on(r, kept, cursor, (cursor["page"] + 1) * size)
    if _is_capped(cursor, size):
        yield from _beyond_the_cap(r, kept, cursor)
    cursor["ended"] = True
    r.journal.move(kept.name, cursor)


def _goes_on(cursor: dict[str, Any], size: int) -> bool:
    return cursor["before"] is None or bool(cursor["page"] * size < cursor["before"])


def _is_full(cursor: dict[str, Any], size: int) -> bool:
    return bool(cursor["page"] == 0 or cursor["rows"] == size)


def _on(r: Reading, kept: ListOf, cursor: dict[str, Any], expect: int | None) -> Steps[None]:
    size = r.settings.page_size
    start, path = cursor["page"] + 1, kept.source.path
    for page, rows in pages_of(
        r, path, start=start, limit=size, expect=expect, once=kept.once, **kept.params
    ):
        with immediate(r.mirror.db):
            keep(r, kept.source, kept.put, rows, cursor["seen"], (page - 1) * size)
            _note_ends(cursor, rows)
            cursor["page"], cursor["rows"] = page, len(rows)
            r.journal.move(kept.name, cursor)
        del rows  # before the next page is read
        yield


def _pushed_on(r: Reading, kept: ListOf, cursor: dict[str, Any]) -> bool:
    """Whether rows that were there may have moved behind the last page that was expected."""
    full = cursor["rows"] == r.settings.page_size
    return bool(full and kept.source.met(r, cursor["seen"]) < cursor["before"])


def _note_ends(cursor: dict[str, Any], rows: Iterable[Any]) -> None:
    """The highest id so far, and in which order ids come."""
    values = [row.value if isinstance(row, Damaged) else row for row in rows]
    found = [row for row in values if isinstance(row, dict)]
    ids = [number for row in found if (number := identifier(row.get("id")))]
    if ids:
        cursor["high"] = max([*ids, cursor.get("high", 0)])
        cursor.setdefault("down", ids[0] >= ids[-1])


# -- an API that ends its pages early -------------------------------------------------------


def _is_capped(cursor: dict[str, Any], size: int) -> bool:
    """Whether a page came empty that had to be full (rows that go while a list is read can empty
    the last one alone), or the same page once more."""
    if cursor["before"] is None or cursor["page"] <= 1 or cursor["rows"]:
        return False
    missing = cursor["before"] - (cursor["page"] - 1) * size
    twice = (cursor["last"] or {}).get("empty") == cursor["page"]
    return bool(missing >= size or (missing > _tolerated(cursor["before"]) and twice))


def _beyond_the_cap(r: Reading, kept: ListOf, cursor: dict[str, Any]) -> Steps[None]:
    """Read on by ranges of time that hold no more rows than the pages that the API gives; by ids
    where it obeys no times and begins with the lowest."""
    _say_cap(r, kept, cursor)
    path, size = kept.source.path, r.settings.page_size
    if "windows" not in cursor:
        future = r.now() + 10 * DAY
        nothing = {**kept.params, "created_at_min": api_time(future)}
        obeyed = r.client.count(path, **nothing) < cursor["before"]
        first = [[max(kept.since, _FIRST_SHOP), kept.until or future]]
        cursor |= {"cap": (cursor["page"] - 1) * size, "windows": first if obeyed else []}
        if not obeyed:
            yield from _by_ids(r, kept, cursor)
    while cursor["windows"] and kept.source.met(r, cursor["seen"]) < cursor["before"]:
        low, high = cursor["windows"].pop()
        times: dict[str, Any] = {"created_at_min": api_time(low), "created_at_max": api_time(high)}
        held = r.client.count(path, **times)
        if held > cursor["cap"] and high > low:
            middle = (low + high) // 2
            cursor["windows"] += [[low, middle], [middle + 1, high]]
        elif held:
            yield from _range(r, kept, cursor, times)
        r.journal.move(kept.name, cursor)
    cursor["stuck"] = kept.source.met(r, cursor["seen"]) < cursor["before"]


def _by_ids(r: Reading, kept: ListOf, cursor: dict[str, Any]) -> Steps[None]:
    met = -1
    while "high" in cursor and not cursor["down"]:
        before, met = met, kept.source.met(r, cursor["seen"])
        if met in (before, cursor["before"]):
            return
        yield from _range(r, kept, cursor, {"since_id": cursor["high"]})


def _range(r: Reading, kept: ListOf, cursor: dict[str, Any], chosen: dict[str, Any]) -> Steps[None]:
    size = r.settings.page_size
    for page, rows in pages_of(r, kept.source.path, limit=size, **kept.params | chosen):
        with immediate(r.mirror.db):
            keep(r, kept.source, kept.put, rows, cursor["seen"], (page - 1) * size)
            _note_ends(cursor, rows)
        yield


def _say_cap(r: Reading, kept: ListOf, cursor: dict[str, Any]) -> None:
    known, cap = facts.page_cap(kept.source.path), cursor["page"] - 1
    if r.mirror.fact(known) != cap:
        r.mirror.note(known, cap)
        said = {"path": kept.source.path, "page": cap, "count": cursor["before"]}
        r.log("warning", Message("log.page_cap", **said))


# -- complete or not ------------------------------------------------------------------------


def _verdict(r: Reading, kept: ListOf, cursor: dict[str, Any]) -> Pass | None:
    """The pass as it ended, incomplete if three of them had gaps; None: read it again."""
    pass_id, met = cursor["seen"], kept.source.met(r, cursor["seen"])
    counts = _beside(r, kept)
    before, size = cursor["before"], r.settings.page_size
    whole = cursor["page"] <= 1 and cursor["rows"] < size and (before or 0) <= size
    doubted = not whole or (not met and (kept.needed or kept.source.known(r) > 0))
    if before is None and doubted:
        before = _counted(r, kept)
    if before is None and doubted:
        return _uncounted(r, kept, cursor, met, counts)
    short = max(0, (before or 0) - met)
    busy = bool(counts) and counts[0] != before
    if not short or (whole and met) or _is_lie(r, kept, cursor, met, short):
        _remember_shortfall(r, kept, before, short)
        return Pass(pass_id, complete=True, beside=counts, short=short, busy=busy)
    r.log("warning", Message("log.counted", path=kept.source.path, count=before, read=met))
    return _again(r, kept, cursor, met)


def _beside(r: Reading, kept: ListOf) -> list[int]:
    """The counts that are wanted beside the list; none of them where one is not to be had."""
    return counted_all(r, kept.beside) or []


def _uncounted(
    r: Reading, kept: ListOf, cursor: dict[str, Any], met: int, counts: list[int]
) -> Pass | None:
    """A list that cannot be counted is complete when two passes gave the same rows, not none."""
    if met and _same_as_before(r, kept, cursor, met):
        return Pass(cursor["seen"], complete=True, beside=counts)
    return _again(r, kept, cursor, met)


def _again(r: Reading, kept: ListOf, cursor: dict[str, Any], met: int) -> Pass | None:
    """None, with a further pass prepared; an incomplete one if that was the last."""
    if cursor["tries"] + 1 >= MOST_PASSES:
        return Pass(cursor["seen"], complete=False)
    empty = None if cursor["rows"] else cursor["page"]
    clean = _is_clean(cursor, r.settings.page_size)
    last = {"seen": cursor["seen"], "met": met, "clean": clean, "empty": empty}
    again = {"tries": cursor["tries"] + 1, "last": last, "first": cursor["first"]}
    r.journal.move(kept.name, again)
    return None


def _is_clean(cursor: dict[str, Any], size: int) -> bool:
    """Whether no page before the last that was expected was short or empty."""
    if "stuck" in cursor:
        return not cursor["stuck"]
    return bool(cursor["rows"] == size or cursor["page"] * size >= (cursor["before"] or 0))


def _is_lie(r: Reading, kept: ListOf, cursor: dict[str, Any], met: int, short: int) -> bool:
    """Whether it is the count that is wrong: by as much as is known already, or two passes agree
    that it is."""
    if cursor["before"] is None or short > _tolerated(cursor["before"]):
        return False
    if not _is_clean(cursor, r.settings.page_size):
        return False
    if r.mirror.fact(_shortfall(kept)) == short:
        return True
    return _same_as_before(r, kept, cursor, met)


def _same_as_before(r: Reading, kept: ListOf, cursor: dict[str, Any], met: int) -> bool:
    """Whether the pass before this one was clean too and met the same rows."""
    last = cursor["last"]
    same = last and last["clean"] and last["met"] == met
    return bool(same and not kept.source.met(r, last["seen"]))


def _tolerated(before: int) -> int:
    """How many rows may be missing where it is the count that is wrong."""
    return max(3, before // 100)


def _shortfall(kept: ListOf) -> Fact[int | None]:
    return facts.shortfall(kept.source.path, kept.source.lang)


def _remember_shortfall(r: Reading, kept: ListOf, before: int | None, short: int) -> None:
    if (r.mirror.fact(_shortfall(kept)) or 0) == short:
        return
    r.mirror.note(_shortfall(kept), short)
    if short:
        given = (before or 0) - short
        said = {"path": kept.source.path, "count": before or 0, "read": given}
        r.log("warning", Message("log.shortfall", **said))


# -- what is gone ---------------------------------------------------------------------------


def _gone_is_known(r: Reading, kept: ListOf, cursor: dict[str, Any]) -> bool:
    """Whether few enough rows were not met to ask for each, or two passes missed them all; else
    the second pass is begun."""
    source, pass_id = kept.source, cursor["seen"]
    if cursor["first"] is not None:
        source.meet_all(r, cursor["first"], pass_id)
        return True
    if not kept.single or len(source.unmet(r, pass_id)) <= ASKED_SINGLY:
        return True
    r.log("info", Message("log.much_gone", path=source.path))
    r.journal.move(kept.name, {"tries": cursor["tries"], "first": pass_id})
    return False


def _ask_for_gone(r: Reading, kept: ListOf, pass_id: int) -> Steps[None]:
    """Ask for each row that was not met; one that is there is kept as it is now."""
    source = kept.source
    missed = source.unmet(r, pass_id) if kept.single else []
    if len(missed) > ASKED_SINGLY:
        return
    paths = [f"{kept.single}/{source.number_of(row_id)}" for row_id in missed]
    for place, answer in asked(r, paths):
        if isinstance(answer, NotFound):
            continue
        with immediate(r.mirror.db):
            if isinstance(answer, LightspeedError):
                keep_lost(r, source, missed[place], pass_id, answer.message)
            else:
                source.meet(r, missed[place], pass_id)
                rows = answer if isinstance(answer, list) else [answer]
                keep(r, source, kept.put, rows, pass_id, None)
        yield
