"""What runs say of the freshness promise of their store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sync.fleet import standings
from sync.freshness import GROUPS, Group, History, Pass, history
from sync.store import SUPERSEDED, Desk, StoreRow

# A read that was not complete leaves records as they were, and nobody knows which.
_INCOMPLETE: Final[Mapping[Group, frozenset[str]]] = {
    "products": frozenset(
        {"read.catalogue_moved", "read.categories_moved", "read.products_uncounted"}
    ),
    "orders": frozenset({"read.orders_moved"}),
}


def change_options(
    desk: Desk,
    store: StoreRow,
    changes: Mapping[str, str],
    seen: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """As `Desk.set_options`; what was promised is judged by the new options at once."""
    options = desk.set_options(store, changes, seen)
    note_freshness(desk, store.id)
    return options


def note_freshness(desk: Desk, store_id: int) -> None:
    """Keep how fresh the store's Clerk.io is and was, from its runs and by its present promise."""
    runs, now = desk.whole_syncs(store_id), desk.clock.now()
    for standing in standings(desk, store_id):
        found: dict[str, History] = {}
        for group in GROUPS:
            passes = [each for run in runs for each in _pass(run, group)]
            goes_by = standing.options[f"fresh_{group}_h"], standing.sync_time, standing.pauses
            known = history(passes, *goes_by, since=standing.chosen, now=now)
            if known is not None:
                found[group] = known
        desk.keep_freshness(store_id, found)


def _pass(run: Mapping[str, Any], group: Group) -> Iterator[Pass]:
    """When the run had brought the group to Clerk.io, if it has."""
    if run["as_of"] is None or _INCOMPLETE[group] & _codes(run):
        return
    rested, finished = run["rested"], run["finished"]
    if group == "products" and rested and rested["phase"] == "lines":
        yield Pass(run["as_of"], rested["at"], rested["worked"])
    elif finished is not None and not (group == "orders" and run["ended"] == SUPERSEDED):
        worked = max(0.0, finished - run["started"] - run["waited"])
        yield Pass(run["as_of"], finished, worked)


def _codes(run: Mapping[str, Any]) -> set[str]:
    return {each["detail"]["code"] for each in run["errors"] if each.get("detail")}
