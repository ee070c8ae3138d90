"""What keeps failing while Lightspeed answers is narrowed down, so that the rest goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sync.extract.reading import Lost, Reading, Steps
from sync.lightspeed import (
    Blocked,
    LightspeedDown,
    LightspeedError,
    NoPermission,
    NotFound,
    Rejected,
)
from sync.lightspeed.answers import rows_of

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
    **params: Any,
) -> Iterator[tuple[int, list[Any]]]:
    """Page number and rows as the client's `pages` gives them. A page that keeps failing is read in
    smaller ones; a row that fails alone is a Lost in its place. Raises LightspeedDown where no call
    of the side succeeds, or too many rows fail."""
    lost = 0
    while True:
        try:
            for page, rows in r.client.pages(
                path, start=start, limit=limit, expect=expect, **params
            ):
                yield page, rows
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
        return [Lost(f"{error}")]
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
    """Position and value, or error, of many single gets. One that fails while Lightspeed answers is
    an error of its own; one that is refused if `refusals` are wanted so."""
    done = 0
    while done < len(paths):
        requests = [(path, params) for path in paths[done:]]
        first = done
        try:
            for place, value in r.client.each(requests, person=person):
                done = first + place + 1
                yield first + place, value
            continue
        except (NoPermission, Rejected) as error:
            if not refusals:
                raise
            found: LightspeedError = error
        except LightspeedDown as error:
            if not r.client.answers():
                raise
            found = error
        done += 1
        yield done - 1, found


def spared(r: Reading, entity: str, message: str, steps: Steps[None]) -> Steps[bool]:
    """The steps of a part that the rest of a run can do without: where it is refused, or fails
    while Lightspeed answers, the run is partial and says `message` with the cause. Returns whether
    they came to their end."""
    try:
        yield from steps
    except REFUSALS as error:
        r.problem(entity, f"{message}: {error}")
    except LightspeedDown as error:
        raise_outage(r, error)
        r.problem(entity, f"{message}: {error}")
    else:
        return True
    return False


def raise_outage(r: Reading, error: LightspeedDown) -> None:
    """Raises the error again if no call succeeds: then it is not this one that fails."""
    if not r.client.answers():
        raise error


def counted(r: Reading, path: str, *, strict: bool = False, **params: Any) -> int | None:
    """How many rows the path has; None where that is not to be had while Lightspeed answers.
    Raises NoPermission, for who may not count may not read either, and if `strict` any refusal."""
    try:
        return r.client.count(path, **params)
    except (NotFound, Rejected) as error:
        if strict:
            raise
        why: LightspeedError = error
    except LightspeedDown as error:
        raise_outage(r, error)
        why = error
    r.log("warning", f"{path} could not be counted: {why}")
    return None
