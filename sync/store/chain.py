"""The hash chain of the audit trail: each entry's hash is made from the one before it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

FIRST_HASH: Final = "0" * 64
"""What stands before the first entry."""


def chained(above: str, row: list[Any]) -> str:
    """The hash of an entry (its columns but the hash) below the one with the hash `above`."""
    return hashlib.sha256(above.encode() + b"\n" + orjson.dumps(row)).hexdigest()


def text_of(value: Any) -> str | None:
    """A JSON value as its column has it."""
    return None if value is None else orjson.dumps(value).decode()


def entries_of(old: Iterable[Mapping[str, Any]]) -> Iterator[list[Any]]:
    """The rows of the trail as it is now from one without a chain, whose `detail` said what was
    done."""
    above = FIRST_HASH
    for number, entry in enumerate(old, 1):
        told = [entry[name] for name in ("at", "who", "action", "subject")]
        row = [number, *told, None, text_of(entry["detail"] or None)]
        above = chained(above, row)
        yield [*row, above]
