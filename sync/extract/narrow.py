"""What keeps failing while Lightspeed answers is narrowed down, so that the rest goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sync.errors import Message
from sync.extract.reading import Lost, Reading, Steps, T
from sync.lightspeed import (
    Blocked,
    LightspeedDown,
    LightspeedError,
    NoPermission,
    NotFound,
    Rejected,
    Unreadable,
)
from sync.lightspeed.answers import number_of, rows_of

MOST_LOST = 10  # rows of one list; with more of them it is the list that fails
PAGE = 250
REFUSALS = (NoPermission, NotFound, Rejected)


def pages_of(
    r: Reading,
    path: str,
    *,
    start: int = 1,
    limit: int = PAGE,
    expect: int | None = None,
    once: bool = False,
    **params: Any,
) -> Iterator[tuple[int, list[Any]]]:
    """Page number and rows as the client's `pages` gives them. A page that keeps failing is read in
    smaller ones; a row that fails alone is a Lost in its place. Raises LightspeedDown where no call
    of the side succeeds, or too many rows fail."""
    lost = 0
    if start == 1 and limit == PAGE and not params and path in r.early:
        rows = rows_of(r.early.pop(path), path)
        yield 1, rows
        if len(rows) < limit:
            return
        start = 2
    while True:
        try:
            for page, rows in r.client.pages(
                path, start=start, limit=limit, expect=expect, once=once, **params
            ):
                yield page, rows
                del rows  # before the next page is read
                start = page + 1
            return
        except Blocked:
            raise
        except LightspeedDown as error:
            found = _in_parts(r, path, (start - 1) * limit, limit, error, params)
            lost += _lost(found)
            if lost > MOST_LOST:
                raise
        yield start, found
        start += 1
        if len(found) < limit or (expect is not None and (start - 1) * limit >= expect):
            return


def _in_parts(
    r: Reading, path: str, offset: int, size: int, error: LightspeedDown, params: dict[str, Any]
) -> list[Any]:
    """The rows of a page that fails as a whole, from smaller pages that end where it does."""
    if not r.client.answers():
        raise error
    if size == 1:
        return [Lost(error.message)]
    step = size // next(n for n in range(2, size + 1) if size % n == 0)
    rows: list[Any] = []
    for at in range(offset, offset + size, step):
        found = _part(r, path, at, step, params)
        rows += found
        if _lost(rows) > MOST_LOST:
            raise error
        if len(found) < step:
            break
    return rows


def _lost(rows: Iterable[Any]) -> int:
    return sum(isinstance(row, Lost) for row in rows)


def _part(r: Reading, path: str, at: int, step: int, params: dict[str, Any]) -> list[Any]:
    try:
        page = at // step + 1
        return rows_of(r.client.get(path, retries=1, page=page, limit=step, **params), path)
    except LightspeedDown as error:
        return _in_parts(r, path, at, step, error, params)


def asked(
    r: Reading,
    paths: Sequence[str],
    *,
    person: bool | None = None,
    refusals: bool = False,
    **params: object,
) -> Iterator[tuple[int, Any | LightspeedError]]:
    """Position and value, or error, of many single gets, those that fail after others. One that
    fails while Lightspeed answers is an error of its own; one that is refused if `refusals` are
    wanted so."""
    yield from _each(r, [(path, params) for path in paths], person, refusals)


def _each(
    r: Reading,
    requests: Sequence[tuple[str, Mapping[str, object]]],
    person: bool | None,
    refusals: bool,
) -> Iterator[tuple[int, Any | LightspeedError]]:
    left = list(range(len(requests)))
    while left:
        places, answered = left, set()
        try:
            calls = [requests[place] for place in places]
            for index, value in r.client.each(calls, person=person):
                answered.add(places[index])
                yield places[index], value
            return
        except (NoPermission, Rejected) as error:
            if not refusals:
                raise
            failure: LightspeedError = error
        except LightspeedDown as error:
            if not r.client.answers():
                raise
            failure = error
        first, *left = [place for place in places if place not in answered]
        yield first, failure


def asked_along(
    r: Reading, paths: Sequence[str], early: Sequence[tuple[str, Mapping[str, object]]]
) -> list[Any | LightspeedError]:
    """The paths' values, or errors, in order. Beside them is asked what is wanted soon: a list's
    first page is kept for `pages_of`, a count for `counted`; what fails is asked for again then."""
    answers = dict(_each(r, [*((path, {}) for path in paths), *early], None, refusals=True))
    for place, (path, _) in enumerate(early, len(paths)):
        if not isinstance(answers[place], LightspeedError):
            r.early[path] = answers[place]
    return [answers[place] for place in range(len(paths))]


def spared(r: Reading, entity: str, code: str, steps: Steps[None]) -> Steps[bool]:
    """The steps of a part that the rest of a run can do without: where it is refused, or fails
    while Lightspeed answers, the run is partial and notes `code` with the cause. Returns whether
    they came to their end."""
    found = yield from attempted(r, steps)
    if isinstance(found, LightspeedError):
        r.problem(entity, Message(code, why=found))
        return False
    return True


def attempted(r: Reading, steps: Steps[T]) -> Steps[T | LightspeedError]:
    """What the steps return, or why they were refused or failed while Lightspeed answers."""
    try:
        return (yield from steps)
    except REFUSALS as error:
        return error
    except LightspeedDown as error:
        if not r.client.answers():
            raise
        return error


def counted(r: Reading, path: str, *, strict: bool = False, **params: Any) -> int | None:
    """How many rows the path has; None where that is not to be had while Lightspeed answers.
    Raises NoPermission, for who may not count may not read either, and if `strict` any refusal."""
    name = f"{path}/count"
    if name in r.early and not params:
        found = _number(r.early.pop(name), name)
    else:
        [(_, found)] = counts(r, [(path, params)])
    if isinstance(found, int):
        return found
    if isinstance(found, NoPermission) or (strict and isinstance(found, REFUSALS)):
        raise found
    r.log("warning", Message("log.not_counted", path=path, why=found))
    return None


def counted_all(r: Reading, paths: Iterable[str]) -> list[int] | None:
    """How many rows each of the paths has, asked side by side; None where one is not to be had."""
    paths = list(paths)
    known: dict[int, int] = {}
    for place, found in counts(r, [(path, {}) for path in paths]):
        if isinstance(found, NoPermission):
            raise found
        if isinstance(found, int):
            known[place] = found
        else:
            r.log("warning", Message("log.not_counted", path=paths[place], why=found))
    return [known[place] for place in range(len(paths))] if len(known) == len(paths) else None


def counts(
    r: Reading,
    requests: Sequence[tuple[str, Mapping[str, object]]],
    *,
    person: bool | None = None,
) -> Iterator[tuple[int, int | LightspeedError]]:
    """Position and number of rows, or error, of many lists (path, filters), asked side by side."""
    calls = [(f"{path}/count", params) for path, params in requests]
    for place, value in _each(r, calls, person, refusals=True):
        yield place, _number(value, calls[place][0])


def _number(value: Any | LightspeedError, path: str) -> int | LightspeedError:
    if isinstance(value, LightspeedError):
        return value
    try:
        return number_of(value, path)
    except Unreadable as error:
        return error
