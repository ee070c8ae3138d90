"""What is told of one record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sync.entities import Id
from sync.explain.evidence import Evidence
from sync.rules import LINES_PENDING


@dataclass(frozen=True)
class Warned:
    """A value that cannot be read: `field` is Lightspeed's word, `variant` None for the product's
    own; `value` as it was received, in JSON and short."""

    code: str
    field: str
    variant: int | None
    value: str


@dataclass(frozen=True)
class InClerk:
    """What Clerk.io confirmed last, without its payload; `confirmed_at` is ISO 8601 UTC."""

    key: Id
    confirmed_at: str | None
    run: int | None
    hidden: bool


@dataclass(frozen=True)
class Drifted:
    """How Clerk.io showed a record otherwise than it was sent: `state` is `in_doubt` (it goes
    again), `mended`, or `changed_at_clerk` (left in peace: Clerk.io's own modifiers do it)."""

    state: str
    kind: str
    fields: Sequence[str]
    sent_again: int
    since: str | None


@dataclass(frozen=True)
class Removed:
    """When and in which run a store took a record out of Clerk.io."""

    at: str | None
    run: int
    reasons: Sequence[str]


@dataclass(frozen=True)
class Refusal:
    """When and in which run Clerk.io refused the record, or refused to remove it, with nothing
    confirmed since; `message` is English, `detail` its code and values."""

    at: str | None
    run: int
    message: str
    detail: Mapping[str, Any] | None
    link: str | None


@dataclass(frozen=True)
class NotRead:
    """Orders before that date were never read: an unknown one may be among them."""

    before: str | None


@dataclass(frozen=True, kw_only=True)
class Story:
    """Whether a record goes to Clerk.io and every reason why not. `key` is its id there, None
    where the shop does not have the record; `owner` is the record that has its key, where that is
    another one; `unreadable` has code and values of why it cannot be read; `would_include` is the
    smallest change of settings that would include it, `status` an order's own, `refused` what
    Clerk.io said last if that was no, `evidence` what the decision rests on."""

    store: str
    entity: str
    id: Id | None
    key: Id | None = None
    title: str | None
    unreadable: Mapping[str, Any] | None
    found: bool
    decision: Literal["include", "exclude"]
    reasons: Sequence[str]
    owner: int | None
    warnings: Sequence[Warned]
    payload: Any
    clerk: InClerk | None
    drift: Drifted | None
    removed: Removed | None
    would_include: Mapping[str, str] | None
    not_read: NotRead | None = None
    status: str | None = None
    refused: Refusal | None = None
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def goes(self) -> bool:
        return self.decision == "include"

    @property
    def follows(self) -> bool:
        """Whether it goes as soon as its lines are read."""
        return list(self.reasons) == [LINES_PENDING]
