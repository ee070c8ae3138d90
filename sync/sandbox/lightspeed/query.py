"""The parameters of a list or count: which rows of a kind, and which page of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sync.sandbox.lightspeed.switchboard import Switches

DEFAULT_LIMIT: Final = 50
MOST: Final = 250
STAMPS: Final = ("created_at_min", "created_at_max", "updated_at_min", "updated_at_max")
_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_DIGITS: Final = re.compile(r"\d{1,15}")


class Refused(Exception):
    """An answer other than 200, with Lightspeed's message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Page:
    """Which rows of all that match: `number` from 1, `limit` rows each."""

    number: int = 1
    limit: int = DEFAULT_LIMIT

    @property
    def offset(self) -> int:
        """How many rows come before."""
        return (self.number - 1) * self.limit


@dataclass(frozen=True)
class Where:
    """A condition on the table of records, with its values."""

    sql: str
    values: tuple[int | str, ...]

    def and_(self, sql: str, value: int | str) -> Where:
        """Both conditions."""
        return Where(f"{self.sql} and {sql}", (*self.values, value))


def page(query: Mapping[str, str], switches: Switches) -> Page:
    """The page asked for. Raises Refused(400) for numbers that are none or below 1; a limit above
    250 is clamped unless a switch refuses it."""
    number = _number(query, "page", 1)
    limit = _number(query, "limit", DEFAULT_LIMIT)
    if number < 1 or limit < 1 or (limit > MOST and switches.over_limit == "400"):
        raise bad_input()
    return Page(number, min(limit, MOST))


def where(
    kind: str,
    query: Mapping[str, str],
    columns: Mapping[str, str],
    general: frozenset[str],
    zone: ZoneInfo | None,
) -> Where:
    """The condition of a list: its own filters (parameter to column) and those of the general ones
    that it knows. Other parameters are ignored. Stamps are read in `zone`, UTC if None.

    Raises Refused(400) for a value that cannot be read.
    """
    condition = Where("kind = ?", (kind,))
    for name, column in columns.items():
        if name in query:
            textual = column not in ("owner", "other")
            value = query[name] if textual else _number(query, name, 0)
            condition = condition.and_(f"{column} = ?", value)
    if "since_id" in general and "since_id" in query:
        condition = condition.and_("id > ?", _number(query, "since_id", 0))
    for name in STAMPS:
        if name in general and name in query:
            column, _, end = name.replace("_at", "").partition("_")
            condition = condition.and_(
                f"{column} {'>=' if end == 'min' else '<='} ?", _seconds(query[name], zone)
            )
    return condition


def fields(query: Mapping[str, str]) -> frozenset[str]:
    """The top-level fields asked for; none means all."""
    return frozenset(filter(None, (name.strip() for name in query.get("fields", "").split(","))))


def bad_input() -> Refused:
    """The refusal of a value that cannot be read."""
    return Refused(400, "Invalid data input.")


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not _DIGITS.fullmatch(text):
        raise bad_input()
    return int(text)


def _seconds(text: str, zone: ZoneInfo | None) -> int:
    if not _STAMP.fullmatch(text):
        raise bad_input()
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=zone or UTC)
    except ValueError:
        raise bad_input() from None
    return int(moment.timestamp())
