"""What the patrol of a store has seen: how far it is, and what differs from what was confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sync.clock import iso
from sync.entities import Id
from sync.fleet import patrol_of
from sync.inspection import alike
from sync.ledger import PatrolBook, shown_title
from sync.mirror import title_of
from sync.openshop import opened_shop
from sync.store import Desk, StoreRow


@dataclass(frozen=True)
class Differing:
    """A record that Clerk.io confirmed and shows otherwise; `key` is its id there, `title` what it
    is called (a customer by initials), None if it is gone from the mirror. `state` is
    `listed` (it stays so until somebody sends it), `sending` (the next run does) or `in_peace` (it
    was sent again twice to no avail)."""

    entity: str
    id: Id
    key: Id
    title: str | None
    kind: str
    fields: tuple[str, ...]
    since: str | None
    seen: str | None
    state: str
    causes: tuple[str, ...]


@dataclass(frozen=True)
class PatrolReport:
    """How far a store's patrol is (None: it is off, or has not begun), and what differs by now."""

    store: str
    patrol: Mapping[str, Any] | None
    records: list[Differing]


def patrol_report(desk: Desk, store: StoreRow) -> PatrolReport:
    """What the patrol of a store has seen; no call is made."""
    found: list[Differing] = []
    if desk.shop_file(desk.shop_by_id(store.shop_id)).exists():
        with opened_shop(desk, store) as shop:
            for group, members in alike(PatrolBook(shop.ledger).found()):
                for each in members:
                    goes = "sending" if each.goes else "listed"
                    found.append(
                        Differing(
                            entity=each.entity,
                            id=each.source,
                            key=each.key,
                            title=shown_title(
                                each.entity,
                                title_of(shop.mirror, store.language, each.entity, each.source),
                            ),
                            kind=each.kind,
                            fields=each.fields,
                            since=iso(each.first),
                            seen=iso(each.seen),
                            state="in_peace" if each.verdict == "peace" else goes,
                            causes=group.causes,
                        )
                    )
    told = patrol_of(desk.options(store), desk.patrol(store))
    return PatrolReport(store.slug, told, found)
